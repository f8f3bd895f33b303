"""`kryonix exporter` as a process: real Redis before it, real Prometheus behind it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from kryonix_tui.model.exported import METRICS, TENANT_INFO
from kryonix_tui.sources.redis.guard import ALLOWED
from tests.metrics_servers import prometheus
from tests.servers import RedisServer, Server, seed

T = TypeVar("T")
PATIENCE = 60.0
HOSTILE = ['x"}\x20or\x20vector(1)', "evil\x1b[2J", "other", "{{\x20.Value\x20}}"]
QUICK = "intervals: {redis: 0.2, tenants: 0.2, census: 0.3}\n"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Return a way to run the exporter in a home of its own, with more lines for its configuration."""

    @contextmanager
    def running(redis: Server, *arguments: str, more: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
        config = tmp_path / "config.yaml"
        config.write_text(QUICK + f"redis: {{url: {redis.url}}}\n" + more)
        config.chmod(0o600)
        command = [sys.executable, "-m", "kryonix_tui", "exporter", "--config", str(config), "--listen", "127.0.0.1:0"]
        own = {name: value for name, value in os.environ.items() if not name.startswith("KRYONIX_")}
        with subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=own | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")},
        ) as process:
            try:
                assert process.stdout
                name, _equals, url = process.stdout.readline().strip().partition("=")
                assert name == "exporter", process.stderr.read() if process.stderr else ""
                yield process, urllib.parse.urlsplit(url).netloc
            finally:
                process.kill()

    return running


def get(address: str, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def awaited(ask: Callable[[], T]) -> T:
    """Ask until the answer is not empty. Neither program offers an event to wait for."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer


def becomes(ask: Callable[[], T], expected: object) -> None:
    """Ask until the answer is `expected`: figures come with the readings of their kind, one after the other."""
    deadline = time.monotonic() + PATIENCE
    while (answer := ask()) != expected:
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)


def figure(address: str, series: str) -> float | None:
    """Return the value of one series as it stands on the page."""
    lines = [line for line in get(address)[1].splitlines() if line.startswith(series + " ")]
    return float(lines[0].rpartition(" ")[2]) if lines else None


def platform(server: Server) -> None:
    seed(
        server,
        [
            (0, "HSET tenant:acme:mobile:session:1 platform ios"),
            (2, 'LPUSH queue:tenant:acme:email {"enqueued_at":1738000000} b c'),
            (2, "LPUSH queue:system:auto_client_creation a"),
            (3, "HSET metrics:tenant:acme cache_hit_rate 87.5 avg_response_time 145ms"),
            (5, "HSET sdk:tenant:acme subdomain acme.example"),
        ],
    )
    with closing(server.client(0)) as client:
        for number, name in enumerate(HOSTILE):
            for session in range(number + 1):
                client.hset(f"tenant:{name}:mobile:session:{session}", "platform", "web")


def query(server: str, expression: str) -> dict[str, float]:
    address = urllib.parse.urlsplit(server).netloc
    _status, body = get(address, f"/api/v1/query?query={urllib.parse.quote(expression)}")
    return {
        found["metric"].get("tenant_id", ""): float(found["value"][1]) for found in json.loads(body)["data"]["result"]
    }


def test_prometheus_reads_what_redis_has(run: Callable[..., Any], one_redis: Server, tmp_path: Path) -> None:
    platform(one_redis)
    # A certificate by its host name, joined through what Redis knows of the tenant.
    join = f'label_replace({TENANT_INFO.name}{{subdomain!=""}}, "cn", "$1", "subdomain", "(.+)")'
    rules = {
        "groups": [
            {
                "name": "certificates",
                "rules": [
                    {"record": "cert", "expr": "vector(86400)", "labels": {"cn": "acme.example"}},
                    {"record": "days", "expr": f"sum by (tenant_id) (cert / 86400 * on (cn) group_right () {join})"},
                ],
            }
        ]
    }
    with run(one_redis) as (_process, address), prometheus(tmp_path, {"kryonix": address}, rules) as server:
        mobile = 'kryonix_tenant_sessions{kind="mobile"}'
        becomes(lambda: sorted(query(server.url, mobile).values()), [1, *range(1, len(HOSTILE) + 1)])
        sessions = query(server.url, mobile)
        assert sessions["acme"] == sessions[HOSTILE[0]] == 1
        assert sessions[HOSTILE[3]] == 4
        assert "other" not in sessions
        for expression, expected in {
            'kryonix_tenant_queue_depth{module="email"}': {"acme": 3},
            "time() - kryonix_tenant_queue_oldest_seconds": {"acme": pytest.approx(1_738_000_000, abs=600)},
            "kryonix_system_queue_depth": {"": 1},
            "kryonix_tenant_hit_rate_percent": {"acme": 87.5},
            'up{job="kryonix"}': {"": 1},
            "days": {"acme": 1},
        }.items():
            becomes(lambda expression=expression: query(server.url, expression), expected)  # type: ignore[misc]
        # What went up goes down again, also to nothing.
        seed(one_redis, [(2, "DEL queue:tenant:acme:email")])
        assert awaited(
            lambda: query(server.url, "kryonix_tenant_queue_depth == 0 or absent(kryonix_tenant_queue_depth)")
        )


def test_the_page_has_only_what_the_catalogue_names_and_promtool_accepts_it(
    run: Callable[..., Any], one_redis: Server
) -> None:
    platform(one_redis)
    with run(one_redis) as (_process, address):
        awaited(lambda: figure(address, 'kryonix_tenant_health{tenant_id="acme"}') is not None)
        page = get(address)[1]
    names = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    assert {name.split("{")[0] for name in names} <= {metric.name for metric in METRICS}
    assert "\x1b" not in page
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_redis_is_only_read(run: Callable[..., Any], one_redis: Server) -> None:
    platform(one_redis)
    with closing(one_redis.client()) as client:
        client.config_resetstat()
        with run(one_redis) as (_process, address):
            awaited(lambda: figure(address, 'kryonix_tenant_health{tenant_id="acme"}') is not None)
        sent = {name.removeprefix("cmdstat_").replace("|", " ").upper() for name in client.info("commandstats")}
    # The two are this test's own.
    assert sent - {"INFO", "CONFIG RESETSTAT"} <= {name.decode() for name in ALLOWED}


def test_a_redis_that_is_gone_is_told_and_its_figures_go(run: Callable[..., Any]) -> None:
    with RedisServer() as server:
        platform(server)
        with run(server, more="exporter: {stale_after: 1}\n") as (_process, address):
            awaited(lambda: figure(address, "kryonix_redis_up") == 1)
            awaited(lambda: figure(address, 'kryonix_tenant_sessions{kind="mobile",tenant_id="acme"}') == 1)
            server.stop(signal.SIGKILL)
            awaited(lambda: figure(address, "kryonix_redis_up") == 0)
            awaited(lambda: figure(address, 'kryonix_tenant_sessions{kind="mobile",tenant_id="acme"}') is None)
            assert figure(address, "kryonix_redis_memory_bytes") is None
            assert get(address, "/healthz") == (200, "ok\n")
            server.start()
            awaited(lambda: figure(address, "kryonix_redis_up") == 1)


def test_top_bounds_the_tenants_with_series(run: Callable[..., Any], one_redis: Server) -> None:
    seed(one_redis, [(0, f"HSET tenant:t{n}:mobile:session:{s} platform ios") for n in range(9) for s in range(n + 1)])
    with run(one_redis, "--top", "3") as (_process, address):
        becomes(lambda: figure(address, "kryonix_tenants_folded"), 6)
        sessions = 'kryonix_tenant_sessions{kind="mobile",tenant_id="%s"}'
        becomes(lambda: figure(address, sessions % "other"), sum(range(1, 7)))
        becomes(lambda: figure(address, sessions % "t8"), 9)
        assert figure(address, 'kryonix_tenant_sessions{kind="mobile",tenant_id="t0"}') is None


def test_a_token_is_asked_for(run: Callable[..., Any], one_redis: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    with run(one_redis, "--token-file", str(token)) as (process, address):
        assert get(address)[0] == 401
        assert get(address, Authorization="Bearer s3cret")[0] == 200
        process.send_signal(signal.SIGTERM)
        _output, errors = process.communicate(timeout=60)
    assert "s3cret" not in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_whoever_is_connected(
    run: Callable[..., Any], one_redis: Server, number: signal.Signals
) -> None:
    with run(one_redis) as (process, address):
        host, _colon, port = address.partition(":")
        assert get(address)[0] == 200
        with closing(socket.create_connection((host, int(port)))) as idle:
            idle.sendall(b"GET /met")
            assert get(address, "/healthz")[0] == 200
            process.send_signal(number)
            _output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "Exception" not in errors


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--listen", "0.0.0.0:0"], 2, "token"),
        (["--listen", "nonsense"], 2, "host:port"),
        (["--token-file", "/nonexistent"], 2, "/nonexistent"),
        (["--listen", "{taken}"], 1, "--listen"),
    ],
)
def test_what_cannot_be_is_said(one_redis: Server, arguments: list[str], code: int, said: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        given = [argument.format(taken=place) for argument in arguments]
        done = subprocess.run(
            [sys.executable, "-m", "kryonix_tui", "exporter", "--redis", one_redis.url, *given],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == code
    assert said in done.stderr
    assert "hint:" in done.stderr or code == 2

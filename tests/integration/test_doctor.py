"""The doctor before real servers: every kind of user, dead and wrong servers, the metrics stack, the command line."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui import doctor
from kryonix_tui.bootstrap import sources_of
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config, Credential, Credentials, HttpServer, Prometheus, Redis
from kryonix_tui.model.permissions import monitor_acl_line
from tests import program
from tests.calm import ENVIRONMENT, calm
from tests.faults import speaking
from tests.metrics_servers import RunningServer, TenantExporter, alertmanager, prometheus
from tests.servers import FLAVOURS, RedisServer, Server, free_port, running, seed

MONITOR = monitor_acl_line("kx_mon").replace("PASSWORD", "pw")


@dataclass(frozen=True, slots=True)
class Report:
    """An exit code, and the checks by name."""

    code: int
    checks: dict[str, dict[str, str]]

    def level(self, name: str) -> str:
        """Return the level of the check called `name`."""
        return self.checks[name]["level"]

    def text(self, name: str) -> str:
        """Return what the check called `name` found."""
        return self.checks[name]["text"]


Doctor = Callable[[Config], Awaitable[Report]]


@pytest.fixture
def examined(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Run the doctor over the servers of a configuration."""

    async def run(config: Config) -> Report:
        config = calm(config)
        code = await doctor.run(Loaded(config, {}, None, ""), sources_of(config), json_output=True)
        checks = json.loads(capsys.readouterr().out)["checks"]
        return Report(code, {check["name"]: check for check in checks})

    return run


def at(server: Server, username: str = "", password: str = "") -> Config:
    credentials = Credentials(monitor=Credential(username=username, password=password))
    return Config(redis=Redis(url=server.url, credentials=credentials))


@pytest.fixture(params=FLAVOURS, scope="module")
def users(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with users: `kx_mon` of our own line, the same without SLOWLOG, one without SCAN, one blind."""
    lines = (
        MONITOR,
        MONITOR.replace("kx_mon", "no_slowlog") + " -slowlog",
        MONITOR.replace("kx_mon", "no_scan") + " -scan",
        MONITOR.replace("kx_mon", "setter") + " ~tenant:* +set",
        "ACL SETUSER blind reset on >pw -@all +ping",
        "ACL SETUSER all reset on >pw ~* &* +@all",
    )
    for server in running(request.param):
        seed(server, [(0, line) for line in lines])
        yield server


async def test_the_user_that_the_doctor_recommends_passes(users: Server, examined: Doctor) -> None:
    report = await examined(at(users, "kx_mon", "pw"))
    assert report.code == 0
    assert users.flavour.capitalize() in report.text("redis.server")
    levels = {name: check["level"] for name, check in report.checks.items() if name.startswith("redis.")}
    assert set(levels.values()) == {"ok"}
    assert {"redis.user", "redis.reads", "redis.writes", "redis.databases", "redis.persistence"} <= set(levels)
    assert report.text("redis.databases").startswith("Databases: 16")
    assert "kx_mon" in report.text("redis.user")


async def test_a_user_without_slowlog_is_told_what_is_missing(users: Server, examined: Doctor) -> None:
    report = await examined(at(users, "no_slowlog", "pw"))
    assert report.code == 0
    assert report.text("redis.reads") == "Not permitted: SLOWLOG GET (no slow log)"
    assert (report.level("redis.reads"), report.level("redis.writes")) == ("warn", "ok")


async def test_a_user_without_scan_fails(users: Server, examined: Doctor) -> None:
    report = await examined(at(users, "no_scan", "pw"))
    assert (report.code, report.level("redis.reads")) == (1, "fail")


async def test_a_user_that_may_do_everything_is_warned_and_nothing_is_done(users: Server, examined: Doctor) -> None:
    report = await examined(at(users, "all", "pw"))
    assert report.code == 0
    assert (report.level("redis.user"), report.level("redis.writes")) == ("ok", "warn")
    with users.client() as behind:
        assert behind.dbsize() == 0
        assert behind.ping()


async def test_the_line_in_the_hint_makes_the_user_that_passes(examined: Doctor) -> None:
    with RedisServer() as server:
        report = await examined(at(server))
        assert report.code == 0
        assert (report.level("redis.user"), report.level("redis.reads")) == ("warn", "ok")
        assert "FLUSHALL" in report.text("redis.writes")
        line = report.checks["redis.writes"]["hint"].splitlines()[-1]
        seed(server, [(0, line.replace("PASSWORD", "pw"))])
        assert (await examined(at(server, line.split()[2], "pw"))).level("redis.writes") == "ok"


async def test_the_default_user_with_a_password(examined: Doctor) -> None:
    with RedisServer(requirepass="pw") as server:
        for config in (at(server, "", "pw"), Config(redis=Redis(url=server.url.replace("//", "//:pw@")))):
            report = await examined(config)
            assert report.level("redis.user") == "ok"
            assert "pw@" not in report.text("redis.server")


async def test_a_user_that_sees_nothing_and_a_wrong_password(users: Server, examined: Doctor) -> None:
    for password in ("pw", "wrong"):
        report = await examined(at(users, "blind", password))
        assert (report.code, report.level("redis.server")) == (3, "fail")
        assert report.checks["redis.server"]["hint"]
        assert report.level("prometheus.server") == "ok"


async def test_a_dead_port(examined: Doctor) -> None:
    report = await examined(Config(redis=Redis(url=f"redis://127.0.0.1:{free_port()}")))
    assert report.code == 3
    assert "nobody listens" in report.text("redis.server")
    assert {"configuration.file", "prometheus.server", "terminal.colours", "demo.server"} <= set(report.checks)


async def test_a_server_that_keeps_silent_is_given_up(examined: Doctor) -> None:
    with RedisServer() as server:
        with server.client() as behind:
            behind.execute_command("CLIENT", "PAUSE", "60000", "ALL")
        report = await examined(Config(redis=Redis(url=server.url, connect_timeout=0.3, timeout=0.3)))
    assert (report.code, report.text("redis.server").split(":")[0]) == (3, "Timed out")


async def test_a_server_that_speaks_in_escape_sequences(examined: Doctor) -> None:
    hostile = b"-ERR \x1b[2J what\r\n"
    # A greeting, four PINGs, and then INFO together with its three extras.
    async with speaking(b"%1\r\n+proto\r\n:3\r\n", b"+OK\r\n", *[hostile] * 4, hostile * 4) as port:
        report = await examined(Config(redis=Redis(url=f"redis://127.0.0.1:{port}")))
    assert report.code == 3
    assert "␛[2J what" in report.text("redis.server")


async def test_a_policy_that_evicts_queues_fails(examined: Doctor) -> None:
    with RedisServer(maxmemory="100mb", maxmemory_policy="allkeys-lru") as server:
        report = await examined(at(server))
        assert (report.code, report.level("redis.memory")) == (1, "fail")
        assert "volatile-lru" in report.checks["redis.memory"]["hint"]


async def test_fewer_databases_than_the_map_names(examined: Doctor) -> None:
    with RedisServer(databases=4) as server:
        report = await examined(at(server))
        assert (report.code, report.level("redis.databases")) == (0, "warn")


# Prometheus and Alertmanager

RULES = {"groups": [{"name": "tenants", "rules": [{"record": "tenant:cache_hit_rate", "expr": "cache_hits"}]}]}


@pytest.fixture(scope="module")
def prometheus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Prometheus with a figure of one tenant, and a target that is down."""
    with TenantExporter() as exporter:
        exporter.hits.labels("a").set(90)
        targets = {"tenants": exporter.address, "dead": f"127.0.0.1:{free_port()}"}
        with prometheus(tmp_path_factory.mktemp("prometheus"), targets, RULES) as server:
            yield server


async def test_the_metrics_stack(
    one_redis: Server, prometheus_server: RunningServer, tmp_path: Path, examined: Doctor
) -> None:
    with alertmanager(tmp_path) as alerts:
        config = Config(
            redis=Redis(url=one_redis.url),
            prometheus=Prometheus(url=prometheus_server.url),
            alertmanager=HttpServer(url=alerts.url),
        )
        async with asyncio.timeout(60):
            # Until it has scraped, evaluated and found out who is down, which it tells nobody.
            while True:
                report = await examined(config)
                if report.level("prometheus.rules") == "ok" and "of 2" in report.text("prometheus.targets"):
                    break
                await asyncio.sleep(0.2)
    assert report.code == 0
    assert report.text("prometheus.server").startswith("Prometheus 2.")
    assert report.text("prometheus.rules").startswith("Figures of 1 tenant from")
    assert report.level("prometheus.clock") == "ok"
    assert report.level("prometheus.targets") == "warn"
    assert "dead 127.0.0.1" in report.text("prometheus.targets")
    assert report.level("alertmanager.server") == report.level("alertmanager.alerts") == "ok"


async def test_an_http_server_on_the_port_of_redis_and_the_other_way_round(
    one_redis: Server, prometheus_server: RunningServer, examined: Doctor
) -> None:
    wrong = one_redis.url.replace("redis:", "http:")
    report = await examined(
        Config(
            redis=Redis(url=prometheus_server.url.replace("http:", "redis:")),
            prometheus=Prometheus(url=wrong, timeout=2),
            alertmanager=HttpServer(url=wrong, timeout=2),
        )
    )
    assert report.code == 3
    assert "does not speak Redis" in report.text("redis.server")
    assert report.level("prometheus.server") == report.level("alertmanager.server") == "fail"


async def test_a_dead_prometheus_fails_without_being_required(one_redis: Server, examined: Doctor) -> None:
    dead = Prometheus(url=f"http://127.0.0.1:{free_port()}")
    report = await examined(Config(redis=Redis(url=one_redis.url), prometheus=dead))
    assert (report.code, report.level("prometheus.server"), report.level("redis.server")) == (1, "fail", "ok")
    assert report.checks["prometheus.server"]["hint"]


# The command line


def _kryonix(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(folder), "PATH": "/usr/bin", "LANG": "C.UTF-8", "TERM": "xterm", **ENVIRONMENT, **variables}
    return program.run("doctor", *arguments, cwd=folder, env=environ)


def test_the_command_prints_text_or_json_and_ends_with_the_code(users: Server, tmp_path: Path) -> None:
    url = users.url.replace("//", "//kx_mon:pw@")
    done = _kryonix("--redis", url, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "● ok    This user may not write" in done.stdout
    assert done.stdout.endswith("\nEverything is fine.\n")
    assert "pw" not in done.stdout
    dead = _kryonix("--json", "--redis", f"redis://127.0.0.1:{free_port()}", folder=tmp_path)
    assert (dead.returncode, dead.stderr) == (3, "")
    document: dict[str, Any] = json.loads(dead.stdout)
    assert (document["schema"], document["worst"]) == ("kryonix.doctor/1", "fail")

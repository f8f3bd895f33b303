"""`kryonix optimize` as scripts use it: JSON, plans of earlier calls, exit codes; and hit rates before and after."""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.config.schema import Config, HttpServer, Prometheus, Redis
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.journal import Beginning, Journal
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Result
from kryonix_tui.model.optimization import Advice, Change, Fate
from tests import program
from tests.metrics_servers import prometheus_with
from tests.servers import Server

HOUR = 3600


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server(one_redis: Server) -> Server:
    """A server with a tenant that misses, and one with nothing to help."""
    pipeline = one_redis.client(1).pipeline(transaction=False)
    for number in range(30):
        pipeline.set(f"tenant:t1:api:crm:{number}", "x", ex=600)
        pipeline.set(f"tenant:fine:api:crm:{number}", "x", ex=600)
    pipeline.execute()
    one_redis.client(3).hset("metrics:tenant:t1", "cache_hit_rate", "71")
    one_redis.client(3).hset("metrics:tenant:fine", "cache_hit_rate", "99")
    return one_redis


def kryonix(server: Server, *arguments: str, role: str = "operator") -> Any:
    done = program.run("optimize", *arguments, "--redis", server.url, "--role", role)
    assert "Traceback" not in done.stderr
    return done


def document(server: Server, *arguments: str) -> dict[str, Any]:
    done = kryonix(server, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_warm_up_of_which_no_call_was_answered_has_failed(server: Server, tmp_path: Path) -> None:
    server.client(10).hset("prediction:tenant:t1", "next_hour_keys", json.dumps(["tenant:t1:api:crm:missing"]))
    server.client(1).set("tenant:t1:sdk:config", json.dumps({"api_endpoints": {"crm": "https://127.0.0.1/api"}}))
    config = tmp_path / "kryonix.yaml"
    config.write_text(json.dumps({"optimize": {"warm": {"enabled": True}}}))
    done = kryonix(server, "warm", "--tenant", "t1", "--yes", "--json", "--config", str(config))
    assert json.loads(done.stdout)["outcome"]["result"] == "failed"
    assert done.returncode == 1


def test_a_plan_says_hash_and_keys_and_is_carried_out_by_its_hash(server: Server) -> None:
    plan = document(server, "plan", "--tenant", "t1")
    assert plan["schema"] == "kryonix.optimize_plan/1"
    assert [advice["advice"] for advice in plan["recommendations"]] == ["longer_ttl"]
    assert plan["recommendations"][0]["evidence"].startswith("hit 71.0 % < 85 % (redis:metrics)")
    assert len(plan["changes"]) == 20
    assert plan["changes"][0].keys() == {
        *("tenant", "db", "key", "key_hex", "advice", "old_expires_ms", "new_expires_ms")
    }
    (tenant,) = plan["tenants"]
    assert (tenant["id"], tenant["hit_rate"]["value"]) == ("t1", 71)
    applied = document(server, "apply", "--plan", plan["hash"], "--yes")
    assert applied["schema"] == "kryonix.operation/1"
    assert applied["outcome"]["figures"]["done"] == 20
    client = server.client(1)
    for change in plan["changes"]:
        assert client.pexpiretime(bytes.fromhex(change["key_hex"]).decode()) == change["new_expires_ms"]
    history = document(server, "history")
    assert history["schema"] == "kryonix.optimize_history/1"
    assert (history["passes"][0]["fates"], history["passes"][0]["undoable"]) == ({"done": 20}, True)
    assert document(server, "undo", "--yes")["outcome"]["figures"]["done"] == 20
    assert document(server, "history")["passes"][0]["undone"][0]["fates"] == {"done": 20}
    for change in plan["changes"]:
        assert client.pexpiretime(bytes.fromhex(change["key_hex"]).decode()) == change["old_expires_ms"]


def test_usage_roles_and_plans_of_something_else(server: Server) -> None:
    assert kryonix(server, "plan").returncode == 2
    assert kryonix(server, "plan", "--all", "--tenant", "t1").returncode == 2
    assert kryonix(server, "plan", "--tenant", "t2").returncode == 2
    assert kryonix(server, "apply", "--tenant", "t1").returncode == 2, "nobody can be asked"
    assert kryonix(server, "apply", "--tenant", "t1", "--yes", role="viewer").returncode == 4
    assert kryonix(server, "undo", "--yes").returncode == 2
    assert kryonix(server, "apply", "--plan", "0" * 16, "--yes").returncode == 2
    assert not list(journal.passes())


def test_a_viewer_may_look(server: Server) -> None:
    done = kryonix(server, "plan", "--all", role="viewer")
    assert done.returncode == 0
    assert "2 tenants, advice for 1, 20 keys to change" in done.stdout
    assert "Let caches live longer" in done.stdout


def test_a_run_for_schedules_changes_what_it_may(server: Server) -> None:
    done = document(server, "run", "--all", "--yes")
    assert done["outcome"]["figures"]["done"] == 20
    assert done["plan"]["scope"] == {"tenants": [], "databases": []}
    assert document(server, "run", "--all", "--yes")["outcome"]["summary"].startswith("10 keys")
    assert document(server, "run", "--all", "--yes")["outcome"]["summary"] == "nothing had to be changed"


def past(folder: Path, at: float) -> Path:
    """Return a folder with Prometheus data of two hours: 70 % before `at`, 80 % after it, each with some noise."""
    lines = ["# TYPE tenant:cache_hit_rate gauge"]
    for tenant, step in (("t1", 10), ("calm", 0)):
        for number in range(-120, 121):
            value = 70 + (step if number > 0 else 0) + 2 * math.sin(number * 1.7)
            lines.append(f'tenant:cache_hit_rate{{tenant_id="{tenant}"}} {value:.3f} {at + 30 * number:.3f}')
    (folder / "past.txt").write_text("\n".join([*lines, "# EOF\n"]))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "past.txt", "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("{}\n")
    return folder / "prometheus.yml"


async def test_hit_rates_are_compared_over_the_same_time_before_and_after(server: Server, tmp_path: Path) -> None:
    at = time.time() - HOUR - 60
    with prometheus_with(tmp_path, past(tmp_path, at)) as metrics:
        config = Config(
            role="operator",
            redis=Redis(url=server.url),
            prometheus=Prometheus(url=metrics.url),
            alertmanager=HttpServer(),
        )
        optimizing = Maintenance(config).optimizing
        place = f"127.0.0.1:{server.port}"
        for number, tenant in enumerate(("t1", "calm")):
            beginning = Beginning(str(number) * 16, place, at, at + 86_400, (tenant,), {tenant: (70.0, "prometheus")})
            with Journal(beginning) as log:
                log.batch([Change(tenant, 1, b"k", Advice.LONGER_TTL, 1, 2)])
                log.applied([Fate.DONE])
                log.ended(Result.DONE)
        assert await optimizing.measure() == 2
        assert await optimizing.measure() == 0, "once is enough"
    calm, helped = (each.measured for each in sorted(optimizing.history(), key=lambda each: each.beginning.tenants))
    assert (helped["source"], helped["certain"]) == ("prometheus", True)
    assert helped["after"] - helped["before"] == pytest.approx(10, abs=1)
    assert (calm["certain"], calm["before_readings"] > 10) == (False, True)
    text = kryonix(server, "history").stdout
    assert "more than chance" in text
    assert "no difference that chance could not make" in text


async def test_without_prometheus_one_reading_is_too_few(server: Server) -> None:
    at = time.time() - HOUR - 60
    beginning = Beginning(
        "0" * 16, f"127.0.0.1:{server.port}", at, at + 86_400, ("t1",), {"t1": (60.0, "redis:metrics")}
    )
    with Journal(beginning) as log:
        log.ended(Result.DONE)
    optimizing = Maintenance(Config(role="operator", redis=Redis(url=server.url))).optimizing
    assert await optimizing.measure() == 1
    (found,) = optimizing.history()
    assert (found.measured["before"], found.measured["after"], found.measured["certain"]) == (60.0, 71.0, False)
    assert "too few readings to tell it from chance" in kryonix(server, "history").stdout


def test_what_can_no_longer_be_undone_is_shortened_and_later_forgotten(tmp_path: Path) -> None:
    now = time.time()
    for age in (10, 3 * 86_400):
        with Journal(Beginning(f"{age:016}", "x", now - age, now - age + 86_400, ("t1",))) as log:
            log.batch([Change("t1", 1, b"\xffk", Advice.LONGER_TTL, None, 2)])
            log.applied([Fate.DONE])
            log.batch([Change("t1", 1, b"cut off", Advice.LONGER_TTL, 1, 2)])
    journal.forget_old()
    young, old = journal.passes()
    assert (young.undoable, len(young.changes), young.pending) == (True, 2, 1)
    assert (old.undoable, old.fates, old.pending) == (False, {"done": 1}, 1)
    assert b"ff6b" not in (journal.folder() / f"{old.id}.jsonl").read_bytes()
    for path in journal.folder().glob("*.jsonl"):
        os.utime(path, (now - 91 * 86_400,) * 2)
    journal.forget_old()
    assert not list(journal.passes())


def test_a_journal_that_was_torn_says_what_is_left(tmp_path: Path) -> None:
    with Journal(Beginning("0" * 16, "x", time.time(), time.time() + 60, ("t1",))) as log:
        log.batch([Change("t1", 1, b"whole", Advice.LONGER_TTL, 1, 2)])
    with (journal.folder() / f"{log.id}.jsonl").open("ab") as file:
        file.write(b'{"event": "batch", "number": 2, "db": 1, "chan')
    (found,) = journal.passes()
    assert [change.key for change in found.changes] == [b"whole"]
    assert found.result == "failed"

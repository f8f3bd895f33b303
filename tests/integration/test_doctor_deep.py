"""`kryonix doctor --deep` before real servers: what is out of place is found, what others may not see is not told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from kryonix_tui import doctor
from kryonix_tui.bootstrap import sources_of
from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config, Credential, Credentials, Redis
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Progress, Purpose
from kryonix_tui.model.permissions import acl_line, monitor_acl_line
from kryonix_tui.sources.redis.audit import Auditor
from kryonix_tui.sources.redis.audit import auditor as audit_module
from kryonix_tui.sources.redis.audit import sdk as sdk_module
from tests.acl import run_line
from tests.calm import calm
from tests.servers import FLAVOURS, Server, running, seed

HEALTHY = [
    (0, "HSET tenant:alfa:mobile:session:1 tenant_id alfa platform ios"),
    (2, "LPUSH queue:tenant:alfa:crm 1"),
    (3, "HSET metrics:tenant:alfa cache_hit_rate 90"),
    (5, "HSET sdk:tenant:alfa api_key key-of-alfa subdomain alfa tenant_name Alfa"),
    (5, "HSET sdk:tenant:beta api_key key-of-beta subdomain beta tenant_name Beta"),
    (5, "HSET sdk:session:tenant:alfa:1 api_key key-of-alfa tenant_id alfa"),
    (12, "HSET system:database_info:12 x 1"),
]
TROUBLED = [
    *HEALTHY,
    # A queue in the metrics database, a verification with a phone number in its name.
    (3, "LPUSH queue:tenant:alfa:whatsapp 1"),
    (3, "LPUSH queue:tenant:gama:whatsapp 1"),
    (7, "SET verify:phone:+5511999990000 123456"),
    (7, "SET nobody:knows:1 x"),
    (5, "HSET sdk:tenant:Alfa api_key other subdomain other"),
    (5, "HSET sdk:tenant:gama api_key key-of-alfa subdomain beta"),
    (5, "HSET sdk:session:tenant:beta:7 api_key key-of-alfa"),
    (0, "HSET tenant:beta:mobile:session:2 tenant_id gama"),
    # No hash: passed over.
    (5, "SET sdk:tenant:delta x"),
]


class Told:
    """A teller that remembers."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.ended = False

    def tell(self, progress: Progress) -> None:
        """Remember."""
        self.steps.append(progress.step)

    def end(self) -> None:
        """Remember."""
        self.ended = True


class Report:
    """An exit code, and the checks by name."""

    def __init__(self, code: int, checks: list[dict[str, str]], steps: list[str]) -> None:
        self.code = code
        self.steps = steps
        self.text = json.dumps(checks)
        self.checks = {check["name"]: check for check in checks}

    def level(self, name: str) -> str:
        return self.checks[name]["level"]

    def said(self, name: str) -> str:
        return self.checks[name]["text"]


Deeply = Callable[[Config], Awaitable[Report]]


@pytest.fixture
def deeply(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Deeply:
    monkeypatch.setattr(audit_module, "PINGS", 20)

    async def run(config: Config) -> Report:
        config, told = calm(config), Told()
        auditor = Auditor(config.redis, keyspace_map(config.keyspace))
        code = await doctor.run(
            Loaded(config, {}, None, ""), sources_of(config), json_output=True, audit=auditor, teller=told
        )
        assert told.ended
        return Report(code, json.loads(capsys.readouterr().out)["checks"], told.steps)

    return run


def at(server: Server, **settings: Any) -> Config:
    credentials = settings.pop("credentials", Credentials())
    return Config(redis=Redis(url=server.url, credentials=credentials), **settings)


async def test_what_is_out_of_place_is_found_with_what_to_do(redis_server: Server, deeply: Deeply) -> None:
    seed(redis_server, TROUBLED)
    report = await deeply(at(redis_server))
    assert report.code == 1
    misplaced = report.checks["isolation.misplaced"]
    assert misplaced["level"] == "fail"
    assert "2 of queue in database 3, not 2 (queue:tenant:" in misplaced["text"]
    assert "1 of verification in database 7, not 6" in misplaced["text"]
    assert misplaced["why"]
    assert misplaced["hint"]
    assert "1 in database 7 (nobody:knows:*)" in report.said("isolation.unattributed")
    assert "Alfa, alfa (differ by case alone)" in report.said("isolation.look_alike")
    shared = report.said("isolation.sdk_keys")
    assert "alfa, gama have the same API key" in shared
    assert "beta, gama have the same subdomain" in shared
    assert report.level("isolation.sdk_keys") == "fail"
    assert "a session of beta in database 5 has the API key of alfa" in report.said("isolation.sessions")
    assert "a session of beta in database 0 has the tenant_id gama" in report.said("isolation.sessions")
    assert "a sample of 4 sessions" in report.said("isolation.sessions")
    # What is secret or personal is compared, not told.
    for secret in ("key-of-alfa", "5511999990000", "123456"):
        assert secret not in report.text
    assert {"latency", "users", "walking", "SDK keys and sessions"} <= set(report.steps)


async def test_a_platform_in_order_has_no_findings_of_isolation(redis_server: Server, deeply: Deeply) -> None:
    seed(redis_server, HEALTHY)
    report = await deeply(at(redis_server))
    isolation = {name: check["level"] for name, check in report.checks.items() if name.startswith("isolation.")}
    assert len(isolation) == 6
    assert set(isolation.values()) == {"ok"}
    assert report.level("latency.series") == "ok"
    assert report.level("databases.usable") == "ok"
    # Without a limit, and as a user who may do everything, there is something to say all the same.
    assert report.level("memory.limit") == "warn"
    assert report.code == 1


async def test_who_sees_some_tenants_hears_of_no_others(redis_server: Server, deeply: Deeply) -> None:
    seed(redis_server, TROUBLED)
    report = await deeply(at(redis_server, tenants=("alfa", "beta")))
    for hidden in ("gama", "Alfa", "nobody", "verif"):
        assert hidden not in report.text
    assert "1 of queue in database 3, not 2 (queue:tenant:alfa:*)" in report.said("isolation.misplaced")
    assert "isolation.unattributed" not in report.checks
    assert report.level("isolation.sdk_keys") == "ok"
    assert "the API key of alfa" in report.said("isolation.sessions")
    assert report.level("isolation.look_alike") == "ok"
    assert "not examined" in report.said("users.checks")


async def test_bounds_are_kept_and_told(one_redis: Server, deeply: Deeply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_module, "MOST_TENANTS", 2)
    monkeypatch.setattr(sdk_module, "MOST_WALKED", 1)
    monkeypatch.setattr(sdk_module, "_STEP", 1)
    seed(one_redis, TROUBLED)
    report = await deeply(at(one_redis))
    assert "2 of 5 SDK tenants were compared" in report.said("isolation.sdk_keys")
    assert int(report.said("isolation.sessions").rpartition("among ")[2].split()[0]) < 10


# Users


@pytest.fixture(params=FLAVOURS, scope="module")
def users(request: pytest.FixtureRequest) -> Iterator[Server]:
    for server in running(request.param, maxmemory="64mb"):
        with server.client() as admin:
            run_line(admin, monitor_acl_line("kx_mon"))
            run_line(admin, monitor_acl_line("asker") + " +acl|dryrun")
            run_line(admin, acl_line("kx_backup", grant(Purpose.BACKUP, KRYONIX)))
            run_line(admin, acl_line("kx_maintain", grant(Purpose.MAINTAIN, KRYONIX)) + " ~* +flushdb +config|set")
            run_line(admin, acl_line("kx_tune", grant(Purpose.TUNE, KRYONIX)))
        yield server


def named(monitor: str) -> Credentials:
    names = {purpose: f"kx_{purpose}" for purpose in ("backup", "maintain", "tune")}
    return Credentials(
        monitor=Credential(username=monitor, password="PASSWORD"),
        **{purpose: Credential(username=name, password="PASSWORD") for purpose, name in names.items()},
    )


async def test_users_that_are_wider_than_provisioned_are_named_with_what_they_may(
    users: Server, deeply: Deeply
) -> None:
    report = await deeply(at(users, credentials=named("asker")))
    maintain = report.checks["users.kx_maintain"]
    assert maintain["level"] == "warn"
    assert "FLUSHDB" in maintain["text"]
    assert "CONFIG SET" in maintain["text"]
    assert "on keys that are not the platform's" in maintain["text"]
    assert "provision --only acl" in maintain["hint"]
    for good in ("asker", "kx_backup", "kx_tune"):
        assert report.level(f"users.{good}") == "ok", report.said(f"users.{good}")
        assert "no more than its purpose" in report.said(f"users.{good}")
    assert "does not exist" in report.said("users.kx_restore")


async def test_where_nobody_may_ask_that_is_said(users: Server, deeply: Deeply) -> None:
    report = await deeply(at(users, credentials=named("kx_mon")))
    assert "was not found out" in report.said("users.kx_maintain")
    assert "+acl|dryrun" in report.checks["users.kx_maintain"]["hint"]
    # Our own user is enough for everything else.
    wrong = {name for name, check in report.checks.items() if check["level"] in ("warn", "fail")}
    assert not wrong, report.text


async def test_a_dead_server_is_examined_no_further(deeply: Deeply) -> None:
    report = await deeply(Config(redis=Redis(url="redis://127.0.0.1:1")))
    assert report.code == 3
    assert not [name for name in report.checks if name.startswith(("isolation", "latency"))]


# The command line


def test_it_ends_with_a_signal_and_leaves_nothing_behind(one_redis: Server) -> None:
    with one_redis.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(20_000):
            pipeline.set(f"tenant:t{number % 50}:api:crm:{number}", "x")
        pipeline.execute()
    command = [sys.executable, "-m", "kryonix_tui", "doctor", "--deep", "--json", "--redis", one_redis.url]
    environ = {**os.environ, "KRYONIX_REDIS_BUDGET": "0.01"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as running:
        with one_redis.client() as client:
            while client.info("commandstats").get("cmdstat_scan", {}).get("calls", 0) < 20:
                assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err


async def test_a_series_of_pings_and_databases_that_do_not_exist(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "PINGS", 20)
    auditor = Auditor(Redis(url=one_redis.url), KRYONIX)
    try:
        assert len(await auditor.round_trips()) == 20
        assert await auditor.unusable([0, 15, 99]) == {99: ""}
    finally:
        await auditor.close()

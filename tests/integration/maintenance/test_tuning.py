"""`kryonix tune` on real servers: applied, read back, undone to equality; killed in the middle; refused where it must be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kryonix_tui.config.schema import Config, Credential, Credentials, Redis
from kryonix_tui.config.tuning import Tuning
from kryonix_tui.errors import DriftError, KryonixError, LockedError, RefusedError, StoppedError, UsageError
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.ticket import new_ticket
from kryonix_tui.maintenance.tuning import journal
from kryonix_tui.maintenance.tuning.comparison import Standing
from kryonix_tui.maintenance.tuning.profiles import PROFILES
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose
from kryonix_tui.model.permissions import acl_line
from kryonix_tui.sources.redis.guard import checked
from tests.acl import run_line
from tests.faults import listening
from tests.servers import FLAVOURS, RedisServer, Server, running

NAMES = sorted({setting.parameter for profile in PROFILES.values() for setting in profile})
SMALL = Tuning(maxmemory="256mb", machine_memory="4gb")


@pytest.fixture(params=FLAVOURS, scope="module")
def _tuned(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from running(request.param, maxmemory="64mb", maxmemory_policy="allkeys-lru")


@pytest.fixture
def server(_tuned: Server) -> Iterator[Server]:
    """A server whose policy evicts everything, with a queue and a session; its settings are put back afterwards."""
    with _tuned.client(2) as queues, _tuned.client() as sessions:
        queues.lpush("queue:tenant:alfa:crm", "1")
        sessions.set("tenant:alfa:mobile:session:1", "x", ex=3600)
    before = config_of(_tuned)
    yield _tuned
    with _tuned.client() as client:
        for name, value in before.items():
            with contextlib.suppress(Exception):  # what cannot change did not
                client.config_set(name, value)
        client.flushall()


def config_of(server: Server, names: list[str] = NAMES) -> dict[str, str]:
    with server.client() as client:
        return {name: value for one in names for name, value in client.config_get(one).items()}


def configured(server: Server, tuning: Tuning = SMALL, **redis: Any) -> Config:
    return Config(role="operator", redis=Redis(**{"url": server.url, **redis}), tuning=tuning)


async def applied(
    config: Config, profile: str = "kryonix", between: Callable[[Progress], None] | None = None, **options: Any
) -> tuple[Plan, Outcome]:
    maintenance = Maintenance(config)
    operation = await maintenance.tune(profile, **options)
    try:
        plan = await maintenance.door.plan(operation)
        return plan, await maintenance.door.run(operation, plan, Run(between or (lambda _progress: None)))
    finally:
        await operation.close()


async def undone(config: Config, **options: Any) -> tuple[Plan, Outcome]:
    maintenance = Maintenance(config)
    operation = await maintenance.undo_tuning(**options)
    try:
        plan = await maintenance.door.plan(operation)
        return plan, await maintenance.door.run(operation, plan, Run())
    finally:
        await operation.close()


async def test_a_profile_is_applied_read_back_and_undone(server: Server) -> None:
    before = config_of(server)
    plan, outcome = await applied(configured(server))
    after = config_of(server)
    assert after["maxmemory-policy"] == "volatile-lru"
    assert after["maxmemory"] == str(256 * 1024**2)
    assert after["appendonly"] == "yes"
    assert after["hash-max-listpack-entries"] == "1024"
    assert after["tcp-backlog"] == before["tcp-backlog"]
    assert outcome.figures["changed"] == plan.counts["change"] > 8
    with server.client() as client:
        # The first AOF was waited for.
        assert client.info("persistence")["aof_rewrite_in_progress"] == 0
    _plan, back = await undone(configured(server))
    assert back.figures["left"] == 0
    assert config_of(server) == before
    with pytest.raises(RefusedError, match="not undone already"):
        await undone(configured(server))
    assert journal.last(plan.target.place) is None


async def test_applying_twice_changes_nothing_more(server: Server) -> None:
    await applied(configured(server), "conservative")
    plan, outcome = await applied(configured(server), "conservative")
    assert plan.counts["change"] == 0
    assert outcome.figures["changed"] == 0


CHANGEABLE = {
    "timeout": ["0", "10", "300"],
    "tcp-keepalive": ["0", "60", "300"],
    "maxmemory-samples": ["3", "5", "10"],
    "maxmemory-policy": ["noeviction", "allkeys-lru", "volatile-ttl", "volatile-lru"],
    "maxmemory": ["0", str(128 * 1024**2), str(512 * 1024**2)],
    "hash-max-listpack-entries": ["64", "1024"],
    "save": ["", "900 1", "300 10 60 1000 15 10000"],
    "appendfsync": ["no", "always", "everysec"],
    "auto-aof-rewrite-min-size": [str(32 * 1024**2), "1"],
}
STATES = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHANGEABLE.items()})


@given(state=STATES, others=st.dictionaries(st.sampled_from(["timeout", "tcp-keepalive"]), st.just("77")))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_undo_gives_back_exactly_what_was_except_what_others_changed(
    server: Server, state: dict[str, str], others: dict[str, str]
) -> None:
    config = configured(server)
    # The AOF has its own test: each rewrite takes its time.
    only = tuple(name for name in CHANGEABLE)
    with server.client() as client:
        for name, value in state.items():
            client.config_set(name, value)
        before = config_of(server)
        plan, _outcome = asyncio.run(applied(config, only=only))
        changed = {name for name in CHANGEABLE if name in plan.parameters}
        for name, value in others.items():
            client.config_set(name, value)
        if changed:
            asyncio.run(undone(config))
    assert config_of(server) == before | others


async def test_a_setting_that_somebody_else_changes_meanwhile_is_left(server: Server) -> None:
    def meddle(progress: Progress) -> None:
        if progress.step == "maxmemory-policy":
            with server.client() as client:
                client.config_set("timeout", "42")

    _plan, outcome = await applied(configured(server), "kryonix", meddle, only=("maxmemory-policy", "timeout"))
    assert config_of(server)["timeout"] == "42"
    assert outcome.figures == {**outcome.figures, "changed": 1, "left": 1}
    assert "timeout was changed by somebody else" in outcome.notices[0]


async def test_stopped_in_the_middle_it_says_what_was_done_and_undo_takes_it_back(server: Server) -> None:
    before, lines = config_of(server), list[str]()
    run = Run(lambda progress: run.cancel() if progress.step == "timeout" else None, lines.append)
    maintenance = Maintenance(configured(server))
    operation = await maintenance.tune(only=("maxmemory-policy", "timeout", "tcp-keepalive"))
    try:
        plan = await maintenance.door.plan(operation)
        with pytest.raises(StoppedError):
            await maintenance.door.run(operation, plan, run)
    finally:
        await operation.close()
    assert "2 settings were changed" in lines[-1]
    _plan, outcome = await undone(configured(server))
    assert outcome.figures["restored"] == 2
    assert config_of(server) == before


async def test_a_limit_is_left_where_more_is_used_by_the_time_it_is_set(server: Server) -> None:
    def fill(progress: Progress) -> None:
        if progress.step == "maxmemory":
            with server.client() as client:
                client.config_set("maxmemory", 64 * 1024**2)
                client.set("tenant:alfa:big", b"x" * 12 * 1024**2)

    config = configured(server, Tuning(maxmemory="8mb", machine_memory="4gb"))
    _plan, outcome = await applied(config, "kryonix", fill, only=("maxmemory-policy", "maxmemory"))
    assert config_of(server)["maxmemory"] == str(64 * 1024**2)
    assert any("more than that is used" in notice for notice in outcome.notices)
    with server.client() as client:
        assert client.exists("tenant:alfa:big")


async def test_a_disk_that_fills_up_stops_it_before_the_next_setting(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, honest, lines = config_of(server), journal.Journal._write, list[object]()

    def full(self: journal.Journal, line: Any) -> None:
        lines.append(line)
        if len(lines) > 2:
            raise KryonixError("No space left on device")
        honest(self, line)

    with monkeypatch.context() as patched:
        patched.setattr(journal.Journal, "_write", full)
        with pytest.raises(KryonixError) as stopped:
            await applied(configured(server), only=("maxmemory-policy", "timeout"))
    assert "timeout could not be set, 1 setting was before it: No space" in stopped.value.message
    assert "kryonix tune undo" in stopped.value.hint
    assert config_of(server) == {**before, "maxmemory-policy": "volatile-lru"}
    assert (await undone(configured(server)))[1].figures["restored"] == 1
    assert config_of(server) == before


async def test_a_limit_is_left_where_the_policy_has_come_to_evict_everything(server: Server) -> None:
    def meddle(progress: Progress) -> None:
        if progress.step == "maxmemory":
            with server.client() as client:
                client.config_set("maxmemory-policy", "allkeys-lru")

    with server.client() as client:
        client.config_set("maxmemory", 0)
    _plan, outcome = await applied(configured(server), "kryonix", meddle, only=("maxmemory-policy", "maxmemory"))
    assert config_of(server)["maxmemory"] == "0"
    assert any("would evict queues" in notice for notice in outcome.notices)
    assert (outcome.figures["changed"], outcome.figures["left"]) == (1, 1)


async def test_of_two_operators_one_waits(server: Server) -> None:
    with server.client() as client:
        client.set(REDIS_LOCK, new_ticket(Actor("ana", "elsewhere")), px=5000)
    before = config_of(server)
    with pytest.raises(LockedError, match="ana@elsewhere"):
        await applied(configured(server), only=("timeout",))
    assert config_of(server) == before


async def test_a_plan_that_no_longer_fits_is_refused(server: Server) -> None:
    maintenance = Maintenance(configured(server))
    operation = await maintenance.tune(only=("timeout",))
    try:
        plan = await maintenance.door.plan(operation)
        with server.client() as client:
            client.config_set("timeout", "9")
        with pytest.raises(DriftError, match="timeout was 0 → 300, is 9 → 300"):
            await maintenance.door.run(operation, plan, Run(), stored=True)
    finally:
        await operation.close()
    assert config_of(server)["timeout"] == "9"


async def test_what_may_not_be_set_is_refused_with_the_line_that_grants_it(server: Server) -> None:
    line = acl_line("kx_tune", grant(Purpose.TUNE, KRYONIX))
    with server.client() as admin:
        run_line(admin, line)
        run_line(admin, line.replace("kx_tune", "looker").replace(" +config|set", ""))

    def as_user(name: str) -> Config:
        return configured(server, credentials=Credentials(tune=Credential(username=name, password="PASSWORD")))

    maintenance = Maintenance(as_user("looker"))
    operation = await maintenance.tune(only=("timeout",))
    try:
        plan = await maintenance.door.plan(operation)
        assert "config|set" in plan.refusal
        assert any("ACL SETUSER looker" in effect for effect in plan.effects)
        # What it may see, it sees.
        assert plan.counts["change"] == 1
        with pytest.raises(RefusedError, match=r"config\|set"):
            await maintenance.door.run(operation, plan, Run())
    finally:
        await operation.close()
    # The user that our own line makes can do everything, and could set nothing but settings.
    _plan, outcome = await applied(as_user("kx_tune"), only=("timeout",))
    assert outcome.figures["changed"] == 1
    await undone(as_user("kx_tune"))


async def test_a_console_of_some_tenants_tunes_nothing(server: Server) -> None:
    limited = Config(role="operator", redis=Redis(url=server.url), tenants=("alfa",))
    with pytest.raises(RefusedError, match="limited"):
        await Maintenance(limited).tune()


async def test_exact_names_are_asked_for_and_nothing_else(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # MONITOR does not show CONFIG: what is sent is seen where it becomes bytes.
    sent: list[tuple[Any, ...]] = []

    def remember(arguments: Any, access: Any) -> tuple[Any, ...]:
        sent.append(checked(arguments, access))
        return sent[-1]

    monkeypatch.setattr("kryonix_tui.sources.redis.connection.checked", remember)
    operation = await Maintenance(configured(server)).tune()
    await operation.plan()
    await operation.close()
    asked = {command[2] for command in sent if command[:2] == (b"CONFIG", b"GET")}
    older = {setting.older for profile in PROFILES.values() for setting in profile}
    assert {"maxmemory", "hash-max-ziplist-entries"} <= asked
    assert asked <= {*NAMES, *older, "kryonix-probe"}
    assert not [name for name in asked if set(name) & set("*?[")]


# Servers of their own


@pytest.fixture(scope="module")
def on_disk() -> Iterator[Server]:
    yield from running("redis", timeout="7", masterauth="very-secret")


async def test_the_configuration_file_is_written_only_when_asked(on_disk: Server) -> None:
    path = on_disk.folder / "server.conf"
    config = configured(on_disk)
    before = path.read_text()
    plan, _outcome = await applied(config, only=("timeout",))
    assert path.read_text() == before
    assert any("--rewrite" in effect for effect in plan.effects)
    await undone(config)
    plan, _outcome = await applied(config, only=("timeout",), rewrite=True)
    assert "timeout 300" in path.read_text()
    assert "very-secret" not in json.dumps([plan.effects, dict(plan.parameters)])
    plan, _outcome = await undone(config)
    assert any("--rewrite" in effect for effect in plan.effects)
    assert "timeout 300" in path.read_text()
    await applied(config, only=("timeout",))
    await undone(config, rewrite=True)
    assert "timeout 7" in path.read_text()


@pytest.fixture(scope="module")
def without_config() -> Iterator[Server]:
    yield from running("redis", rename_command='CONFIG ""', maxmemory="64mb", maxmemory_policy="allkeys-lru")


async def test_a_server_without_config_is_refused_and_still_compared(without_config: Server) -> None:
    maintenance = Maintenance(configured(without_config))
    operation = await maintenance.tune()
    try:
        plan = await maintenance.door.plan(operation)
        assert "renamed or taken away" in plan.refusal
        assert operation.comparison is not None
        found = {line.parameter: line for line in operation.comparison.lines}
        assert found["maxmemory-policy"].now == "allkeys-lru"
        assert found["maxmemory-policy"].standing is Standing.REFUSED
        with pytest.raises(RefusedError):
            await maintenance.door.run(operation, plan, Run())
    finally:
        await operation.close()


def until_linked(client: redis.Redis) -> None:
    while client.info("replication")["master_link_status"] != "up":
        time.sleep(0.02)


def reply_of_a_vendor(words: list[bytes]) -> bytes:
    """Answer as a server of ElastiCache: INFO, and no CONFIG."""
    if words[0].upper() != b"INFO":
        return b"-ERR unknown command '%s'\r\n" % words[0]
    info = b"redis_version:7.1.0\r\nos:Amazon ElastiCache\r\nrole:master\r\nmaxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n"
    return b"$%d\r\n%s\r\n" % (len(info), info)


async def serve_a_vendor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            count = int((await reader.readuntil(b"\r\n"))[1:])
            words = []
            for _word in range(count):
                length = int((await reader.readuntil(b"\r\n"))[1:])
                words.append((await reader.readexactly(length + 2))[:-2])
            writer.write(reply_of_a_vendor(words))


async def test_a_vendors_server_is_refused_with_where_to_go() -> None:
    async with listening(serve_a_vendor) as port:
        maintenance = Maintenance(Config(role="operator", redis=Redis(url=f"redis://127.0.0.1:{port}")))
        operation = await maintenance.tune("conservative")
        try:
            plan = await maintenance.door.plan(operation)
            with pytest.raises(RefusedError, match="ElastiCache"):
                await maintenance.door.run(operation, plan, Run())
        finally:
            await operation.close()
    assert "Parameter groups" in plan.refusal
    assert operation.comparison is not None
    found = {line.parameter: line for line in operation.comparison.lines}
    assert found["maxmemory-policy"].critical


async def test_a_replica_is_tuned_without_a_lock_and_each_is_said_to_need_it(on_disk: Server) -> None:
    with RedisServer(replicaof=f"127.0.0.1 {on_disk.port}", replica_serve_stale_data="yes") as replica:
        with replica.client() as client:
            until_linked(client)
        plan, outcome = await applied(configured(replica), only=("timeout",))
        assert outcome.figures["changed"] == 1
        assert any("settings of its own" in effect for effect in plan.effects)
        plan, _outcome = await applied(configured(on_disk), only=("tcp-keepalive",))
        assert any("primary and 1 replica need" in effect for effect in plan.effects)
        await undone(configured(on_disk))


KILLED = """
import asyncio, os, signal, sys
from kryonix_tui.maintenance.tuning import operation
from kryonix_tui.cli import main
whole, point = operation.TuneApply._set, sys.argv.pop(1)
async def dying(self, parameter, value):
    if parameter == "timeout" and point == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    await whole(self, parameter, value)
    if parameter == "timeout":
        os.kill(os.getpid(), signal.SIGKILL)
operation.TuneApply._set = dying
main(sys.argv[1:])
"""


@pytest.mark.parametrize("point", ["before", "after"])
async def test_killed_in_the_middle_the_journal_tells_and_undo_gives_back(on_disk: Server, point: str) -> None:
    before = config_of(on_disk)
    only = [word for name in ("maxmemory-samples", "timeout", "tcp-keepalive") for word in ("--only", name)]
    command = ["tune", "apply", "--yes", *only, "--redis", on_disk.url, "--role", "operator"]
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, point, *command], capture_output=True, stdin=subprocess.DEVNULL
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert config_of(on_disk)["timeout"] == ("7" if point == "before" else "300")
    past = journal.last(f"127.0.0.1:{on_disk.port}")
    assert past is not None
    assert [(one.parameter, one.sure) for one in past.written] == [("maxmemory-samples", True), ("timeout", False)]
    assert not past.ended
    # The lock of the dead process is taken over, what it has set is given back.
    plan, _outcome = await undone(configured(on_disk))
    assert plan.counts["restore"] == (1 if point == "before" else 2)
    assert config_of(on_disk) == before


# The command line


def kryonix(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kryonix_tui", "tune", *arguments, "--redis", server.url, "--role", "operator"]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


def test_a_plan_is_made_by_one_call_and_carried_out_by_another(on_disk: Server) -> None:
    planned = kryonix(on_disk, "plan", "--json", "--only", "timeout")
    assert planned.returncode == 0, planned.stderr
    document = json.loads(planned.stdout)
    assert document["schema"] == "kryonix.tune_plan/1"
    (setting,) = document["settings"]
    assert {"parameter", "now", "wanted", "standing", "why", "risk", "source"} <= setting.keys()
    done = kryonix(on_disk, "apply", "--only", "timeout", "--plan", document["hash"], "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"]["figures"]["changed"] == 1
    assert config_of(on_disk)["timeout"] == "300"
    assert kryonix(on_disk, "undo", "--yes").returncode == 0
    assert config_of(on_disk)["timeout"] == "7"


def test_unknown_parameters_and_refusals_have_their_exit_codes(on_disk: Server, without_config: Server) -> None:
    refused = kryonix(without_config, "plan")
    assert refused.returncode == 4
    assert "allkeys-lru" in refused.stdout
    for arguments in (("fast", ()), ("kryonix", ("requirepass",))):
        with pytest.raises(UsageError):
            asyncio.run(Maintenance(configured(on_disk)).tune(*arguments))


def test_a_plan_that_may_not_be_carried_out_prints_the_line_that_grants_it(on_disk: Server) -> None:
    with on_disk.client() as admin:
        run_line(admin, acl_line("looker", grant(Purpose.TUNE, KRYONIX)).replace(" +config|set", ""))
    url = on_disk.url.replace("//", "//looker:PASSWORD@")
    command = [sys.executable, "-m", "kryonix_tui", "tune", "plan", "--redis", url, "--only", "timeout"]
    planned = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert planned.returncode == 4, planned.stderr
    assert "timeout  7 → 300" in planned.stdout
    assert "hint: ACL SETUSER" in planned.stderr or "ACL SETUSER kx_tune" in planned.stderr
    assert "PASSWORD@" not in planned.stdout + planned.stderr

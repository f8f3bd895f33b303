"""Which way a backup takes: as its plan says, by what the server answers, for every kind of user, and refused in time."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.errors import DriftError, NotPermittedError, SourceError, StoppedError, UnreachableError
from kryonix_tui.maintenance.backup import way
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.offer import Answer, Offer, replication_offer
from kryonix_tui.maintenance.backup.way import Way
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Progress, Purpose, Scope
from kryonix_tui.model.permissions import acl_line, monitor_acl_line
from kryonix_tui.sources.redis.address import Address
from tests import program
from tests.acl import run_line
from tests.faults import listening
from tests.integration.maintenance.operators import WHOLE, Watched, carried_out, configured, fill_tenants, with_redis
from tests.integration.maintenance.platform import LIBRARY
from tests.servers import FLAVOURS, RedisServer, Server, running

LINE = acl_line("kx_backup", grant(Purpose.BACKUP, KRYONIX))
NO_SYNC = " -sync -psync"
STREAMED = "streams its data; nothing is written"
NOT_TO_THIS_USER = "Replication is not permitted to this user: the backup is read key by key and fuzzy."
TO_NOBODY = "The server does not offer replication: the backup is read key by key and fuzzy."
REMOVED: dict[str, Any] = {"rename-command SYNC": '""', "rename-command PSYNC": '""'}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with tenants and a function library, which writes down who wants to be its replica."""
    for own in running(request.param, loglevel="verbose"):
        fill_tenants(own, 3)
        own.client().function_load(LIBRARY.decode())
        yield own


def provide(server: Server, rules: str = "", line: str = LINE) -> None:
    """Make the backup's user, with rules after those of the generated line."""
    with server.client() as admin:
        run_line(admin, line + rules)


def kryonix(server: Server, *arguments: str, user: str = "kx_backup:PASSWORD@") -> subprocess.CompletedProcess[str]:
    url = f"redis://{user}127.0.0.1:{server.port}"
    return program.run("backup", "create", *arguments, "--redis", url, "--role", "operator")


def assert_nothing_began(server: Server) -> None:
    """No fork, no replica, no transfer, and the server noticed nobody who wanted one."""
    with server.client(protocol=2) as admin:
        found = admin.info()
    assert (found["sync_full"], found["total_forks"], found["latest_fork_usec"], found["connected_slaves"]) == (0,) * 4
    assert "synchronization" not in (server.folder / "server.log").read_text()


def made(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """Return the way of the plan, and the consistency of the archive."""
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    with tarfile.open(destination_at().staging / document["outcome"]["artefact"]) as archive:
        file = archive.extractfile("manifest.json")
        assert file is not None
        consistency = json.load(file)["consistency"]
    assert any("fuzzy" in notice for notice in document["outcome"]["notices"]) == (consistency == "fuzzy")
    return document["plan"]["parameters"]["way"], consistency


@pytest.mark.parametrize(
    ("user", "rules", "scope"),
    [
        ("kx_backup:PASSWORD@", "", ()),
        ("kx_backup:PASSWORD@", "", ("--tenant", "t1")),
        ("kx_backup:PASSWORD@", " +acl|dryrun", ()),
        ("kx_backup:PASSWORD@", " -sync", ()),
        ("kx_backup:PASSWORD@", " -psync", ()),
        ("kx_backup:PASSWORD@", " -dump -scan -pexpiretime -function|dump", ()),
        ("", "", ()),
    ],
)
def test_who_may_replicate_is_promised_a_snapshot_and_gets_one(
    server: Server, user: str, rules: str, scope: tuple[str, ...]
) -> None:
    provide(server, rules)
    planned = kryonix(server, *scope, user=user)
    assert planned.returncode == 2
    assert STREAMED in planned.stderr
    assert "fuzzy" not in planned.stderr
    assert_nothing_began(server)
    assert made(kryonix(server, *scope, "--yes", "--json", user=user)) == ("stream", "snapshot")
    assert server.client(protocol=2).info("stats")["sync_full"] == 1


@pytest.mark.parametrize(
    ("rules", "scope"),
    [(NO_SYNC, ()), (NO_SYNC, ("--db", "1")), (f"{NO_SYNC} -replconf +acl|dryrun", ()), (" -replconf", ())],
)
def test_who_may_not_is_told_so_before_and_read_key_by_key(server: Server, rules: str, scope: tuple[str, ...]) -> None:
    provide(server, rules)
    planned = kryonix(server, *scope)
    assert planned.returncode == 2
    assert NOT_TO_THIS_USER in planned.stderr
    assert "fork" not in planned.stderr
    assert "cut from" not in planned.stderr
    assert made(kryonix(server, *scope, "--yes", "--json")) == ("key by key", "fuzzy")
    assert_nothing_began(server)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_server_without_replication_is_named_as_the_reason(flavour: str) -> None:
    with Server(flavour, **REMOVED) as server:
        fill_tenants(server, 2)
        provide(server, line=LINE.replace(" +sync +psync", ""))
        for user in ("", "kx_backup:PASSWORD@"):
            planned = kryonix(server, user=user)
            assert (planned.returncode, TO_NOBODY in planned.stderr) == (2, True)
            assert made(kryonix(server, "--yes", "--json", user=user)) == ("key by key", "fuzzy")


@pytest.mark.parametrize(
    ("rules", "missing", "scope"),
    [
        (f"{NO_SYNC} -dump", "psync, sync, dump", ()),
        (f"{NO_SYNC} -scan -pexpiretime +acl|dryrun", "psync, sync, scan, pexpiretime", ("--db", "0")),
        (f"{NO_SYNC} -function|dump", "psync, sync, function|dump", ()),
        (" -replconf -dump", "replconf, dump", ()),
        (" -info", "info", ()),
        (f"{NO_SYNC} resetkeys", "psync, sync, dump, pexpiretime", ()),
    ],
)
def test_who_may_neither_is_refused_with_the_line_that_is_enough(
    server: Server, rules: str, missing: str, scope: tuple[str, ...]
) -> None:
    provide(server, rules)
    refused = kryonix(server, *scope)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert f"the user kx_backup may not {missing} on" in refused.stderr
    assert "kx_mon" not in refused.stderr
    assert_nothing_began(server)
    assert destination_at().stored() == []
    line = next(text for text in refused.stderr.splitlines() if text.startswith("hint: ")).removeprefix("hint: ")
    assert line.startswith("ACL SETUSER kx_backup ")
    server.client().execute_command(*shlex.split(line))  # type: ignore[no-untyped-call]  # redis-py's
    assert STREAMED in kryonix(server, *scope).stderr


def test_part_of_a_server_needs_no_functions(server: Server) -> None:
    provide(server, f"{NO_SYNC} -function|dump")
    assert made(kryonix(server, "--tenant", "t1", "--yes", "--json")) == ("key by key", "fuzzy")


def test_the_monitors_user_is_not_to_be_given_more(server: Server) -> None:
    provide(server, line=monitor_acl_line("kx_mon"))
    refused = kryonix(server, "--yes", user="kx_mon:PASSWORD@")
    assert refused.returncode == 4
    assert "the user kx_mon may not" in refused.stderr
    assert LINE in refused.stderr
    assert "redis.credentials.backup" in refused.stderr
    assert "SETUSER kx_mon" not in refused.stderr


async def test_a_snapshot_that_is_refused_after_the_plan_is_no_other_backup(server: Server) -> None:
    provide(server)
    config = with_redis(configured(server), url=f"redis://kx_backup:PASSWORD@127.0.0.1:{server.port}")
    maintenance = Maintenance(config)
    operation = await maintenance.backup(WHOLE)
    plan = await operation.plan()
    provide(server, NO_SYNC)
    with pytest.raises(DriftError, match="refused now") as refused:
        await maintenance.door.run(operation, plan, Watched().run())
    await operation.close()
    assert refused.value.exit_code == 4
    assert "redis.credentials.backup" in refused.value.hint
    assert destination_at().stored() == []


async def test_a_permission_that_is_taken_away_meanwhile_ends_with_4_and_names_the_backups_user(server: Server) -> None:
    server.client(7).mset({f"tenant:t1:many:{number}": "x" for number in range(3000)})
    provide(server, NO_SYNC)
    config = with_redis(configured(server), url=f"redis://kx_backup:PASSWORD@127.0.0.1:{server.port}")

    def between(progress: Progress) -> None:
        if progress.step == "reading keys":
            provide(server, f"{NO_SYNC} -dump")

    maintenance = Maintenance(config)
    with pytest.raises(NotPermittedError) as refused:
        await carried_out(maintenance, await maintenance.backup(WHOLE), between)
    assert refused.value.exit_code == 4
    assert "kx_backup" in refused.value.hint
    assert "provision --only acl" in refused.value.hint
    assert "kx_mon" not in refused.value.hint
    assert destination_at().stored() == []


async def offered(port: int, **address: Any) -> Offer:
    return await replication_offer(Address(port=port, **address), connect_timeout=60, patience=60)


async def test_a_server_that_would_begin_is_not_asked() -> None:
    """Before 7.0, every PSYNC with enough arguments begins a transfer, and so does every SYNC."""
    asked: list[list[bytes]] = []

    async def old_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = []
            for _ in range(int(head[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2])
            asked.append(words)
            known = words[0] != b"REPLCONF"
            writer.write(b"-ERR wrong number of arguments\r\n" if known else b"-ERR Unrecognized REPLCONF option\r\n")

    async with listening(old_server) as port:
        assert (await offered(port)).answer is Answer.OPEN
    assert asked == [[b"PSYNC"], [b"SYNC", b"x"], [b"REPLCONF", b"rdb-filter-only", b"functions"]]


@pytest.mark.parametrize(
    ("replies", "answer"),
    [
        ([b"-ERR arity", b"-ERR arity", b"+OK", b"-ERR not supported here", b"-ERR not supported here"], Answer.ABSENT),
        ([b"-ERR arity", b"-ERR arity", b"+OK", b"+CONTINUE"], Answer.UNREADABLE),
        ([b"-ERR arity", b"-ERR arity", b":1"], Answer.UNREADABLE),
        ([b"-ERR arity", b"-ERR arity", b"+OK", b"-NOPERM no", b"-ERR Filtered replica requires EOF"], Answer.GIVEN),
    ],
)
async def test_other_answers(replies: list[bytes], answer: Answer) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            await reader.read(65536)
            writer.write(reply + b"\r\n")
        await reader.read()

    async with listening(serve) as port:
        assert (await offered(port)).answer is answer


async def test_a_replica_without_its_primary_gives_none_now_and_says_so() -> None:
    with RedisServer(replicaof="127.0.0.1 1") as replica, pytest.raises(UnreachableError, match="lost its primary"):
        await offered(replica.port)
    with pytest.raises(UnreachableError):
        await offered(1)
    with RedisServer(requirepass="secret") as server:
        with pytest.raises(SourceError, match="asks for a password"):
            await offered(server.port)
        assert (await offered(server.port, password="secret")).answer is Answer.GIVEN


@pytest.mark.parametrize(
    ("answer", "planned", "words"),
    [
        (Answer.OPEN, Way.TRIED, "shows when it is asked: else it is read key by key"),
        (Answer.UNREADABLE, Way.REDIS_CLI, "redis-cli takes the snapshot"),
    ],
)
async def test_what_cannot_be_known_is_said_and_tried(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch, answer: Answer, planned: Way, words: str
) -> None:
    async def unclear(*_arguments: object, **_options: object) -> Offer:
        return Offer(answer)

    fill_tenants(one_redis, 2)
    monkeypatch.setattr(way, "replication_offer", unclear)
    provide(one_redis)
    maintenance = Maintenance(
        with_redis(configured(one_redis), url=f"redis://kx_backup:PASSWORD@127.0.0.1:{one_redis.port}")
    )
    plan, outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
    assert plan.parameters["way"] == planned
    assert any(words in effect for effect in plan.effects)
    assert outcome.figures["keys"] == 243
    assert not any("fuzzy" in notice for notice in outcome.notices)
    provide(one_redis, NO_SYNC)
    if planned is Way.TRIED:
        _plan, outcome = await carried_out(maintenance, await maintenance.backup(WHOLE))
        assert any("fuzzy" in notice for notice in outcome.notices)
        provide(one_redis, f"{NO_SYNC} -dump")
        plan = await (await maintenance.backup(WHOLE)).plan()
        assert any("there is no backup, for dump" in effect for effect in plan.effects)
    with pytest.raises(NotPermittedError) as refused:
        await carried_out(maintenance, await maintenance.backup(WHOLE))
    assert (refused.value.exit_code, "kx_backup" in refused.value.hint) == (4, True)
    monkeypatch.setenv("PATH", "")
    if planned is Way.REDIS_CLI:
        plan = await (await maintenance.backup(WHOLE)).plan()
        assert plan.parameters["way"] == Way.KEYS


async def test_function_libraries_of_a_server_without_keys_are_read_too() -> None:
    with RedisServer() as server:
        server.client().function_load(LIBRARY.decode())
        provide(server, NO_SYNC)
        maintenance = Maintenance(
            configured(server, redis={"url": f"redis://kx_backup:PASSWORD@127.0.0.1:{server.port}"})
        )
        await carried_out(maintenance, await maintenance.backup(WHOLE))
    (entry,) = maintenance.archives()
    assert entry.manifest is not None
    assert entry.manifest.contents is not None
    assert (entry.manifest.consistency, entry.manifest.contents.functions) == ("fuzzy", 1)


@pytest.mark.parametrize("how", ["STOP file", "cancelled"])
async def test_a_part_is_stopped_after_the_next_look_though_no_key_of_it_was_met(one_redis: Server, how: str) -> None:
    client = one_redis.client()
    client.mset({f"foreign:{number}": "x" for number in range(9000)} | {"tenant:t1:api:crm:1": "x"})
    maintenance = Maintenance(configured(one_redis))
    operation = await maintenance.backup(Scope(("t1",)))
    plan = replace(await operation.plan(), parameters={"way": Way.KEYS.value})
    client.config_resetstat()
    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        stop_file().touch() if how == "STOP file" else run.cancel()

    run = Watched(stop).run()
    with pytest.raises(StoppedError, match=how):
        await operation.apply(plan, run)
    await operation.close()
    stop_file().unlink(missing_ok=True)
    assert (told[0].unit, told[0].total, told[0].step) == ("keys", 9001, "reading keys")
    assert 0 < told[0].done < 1000
    assert client.info("commandstats")["cmdstat_scan"]["calls"] <= 2
    assert destination_at().stored() == []

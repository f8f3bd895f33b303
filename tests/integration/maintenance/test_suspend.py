"""All sessions of a tenant end, nothing else does, and the archive brings them back as they were."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import msgspec
import pytest

from kryonix_tui.errors import KryonixError, LockedError, RefusedError, StoppedError
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.restore.undo import undo_folder
from kryonix_tui.maintenance.locks import redis_lock
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.tenants import removal
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import acl_line
from tests.acl import run_line
from tests.integration.maintenance.operators import bring_back, configured, meaning, with_redis
from tests.integration.maintenance.tenants import once, settle, suspended, when_removed
from tests.servers import RedisServer, Server

SESSIONS = {"mobile_session", "sdk_session", "sdk_dev_session", "websocket"}


async def test_all_sessions_end_and_come_back(redis_server: Server) -> None:
    settle(redis_server, [b"t1", b"t10"], keys=4)
    redis_server.client(0).expire("tenant:t1:mobile:session:1", 1800)
    before = meaning(redis_server)
    plan, outcome = await suspended(redis_server, "t1")
    after = meaning(redis_server)
    gone = [KRYONIX.attribute(*place) for place in before.keys() - after.keys()]
    assert {(found.tenant, found.kind) for found in gone} == {("t1", kind) for kind in SESSIONS}
    assert len(before) - len(after) == 16 == plan.counts["sessions"] == outcome.figures["sessions"]
    assert plan.counts["11/websocket"] == 4
    assert plan.confirmation == "t1"
    assert any("no lock-out" in effect for effect in plan.effects)
    assert any("not be encrypted" in effect for effect in plan.effects)
    # Channels are no sessions.
    assert redis_server.client(11).exists("websocket:channels:tenant:t1")
    command = shlex.split(outcome.notices[-1].partition(": ")[2])
    assert command[3:] == ["--policy", "skip"]
    await bring_back(redis_server, command[2], policy=Policy.SKIP)
    assert meaning(redis_server) == before


async def test_what_applications_open_again_is_told(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=4)

    def open_again() -> None:
        one_redis.client(0).hset("tenant:t1:mobile:session:1", "platform", "web")
        one_redis.client(0).hset("tenant:t1:mobile:session:new", "platform", "web")

    _plan, outcome = await suspended(one_redis, "t1", between=when_removed(open_again))
    assert outcome.notices[0] == "2 sessions are open again: 1 are new, 1 were written again by applications"
    assert outcome.figures["open"] == 2


async def test_sessions_that_end_by_themselves_are_no_trouble(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=4)

    def gone() -> None:
        for db in (0, 5, 11):
            one_redis.client(db).flushdb()

    _plan, outcome = await suspended(one_redis, "t1", between=once("saving", gone))
    assert outcome.summary == "all sessions have ended by themselves"
    assert undo_folder().stored() == []


async def test_nobody_is_suspended_who_has_no_session(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    for name in ("t2", "", "t", "*"):
        with pytest.raises(KryonixError, match="has no open session"):
            await suspended(one_redis, name)
    limited = msgspec.structs.replace(configured(one_redis), tenants=("t2",))
    with pytest.raises(RefusedError, match="limited to some tenants"):
        await suspended(one_redis, "t1", config=limited)


async def test_nothing_ends_that_was_not_saved(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=4)
    before = meaning(one_redis)
    blocked = undo_folder().path
    blocked.write_text("no folder")
    with pytest.raises(KryonixError):
        await suspended(one_redis, "t1")
    assert meaning(one_redis) == before


async def test_stopped_and_gone_on_with(one_redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH_KEYS", 3)
    settle(one_redis, [b"t1"], keys=4)
    before = meaning(one_redis)
    maintenance = Maintenance(configured(one_redis))
    other = maintenance.suspend("t1")
    async with redis_lock(other.writer, current_actor()):
        with pytest.raises(LockedError):
            await suspended(one_redis, "t1")
    await other.close()

    def steal() -> None:
        one_redis.client(0).delete("kryonix:lock:maintenance")

    with pytest.raises(StoppedError, match=r"the lock on Redis was lost; 3 of 16 keys were removed"):
        await suspended(one_redis, "t1", between=once("removing", steal))
    assert len(meaning(one_redis)) == len(before) - 3
    plan, _outcome = await suspended(one_redis, "t1")
    assert plan.counts["sessions"] == 13
    for archive in undo_folder().stored():
        if archive.name.endswith(".tar"):
            await bring_back(one_redis, str(undo_folder().path / archive.name), policy=Policy.SKIP)
    assert meaning(one_redis) == before


async def test_with_the_user_of_maintenance_alone() -> None:
    with RedisServer() as server:
        settle(server, [b"t1"], keys=2)
        with server.client() as admin:
            run_line(admin, acl_line("kx_maintain", grant(Purpose.MAINTAIN, KRYONIX)))
        config = with_redis(configured(server), url=f"redis://kx_maintain:PASSWORD@127.0.0.1:{server.port}")
        _plan, outcome = await suspended(server, "t1", config=config)
        assert outcome.figures["sessions"] == 8
        with server.client() as admin:
            run_line(admin, "ACL SETUSER kx_maintain -dump")
        settle(server, [b"t1"], keys=2)
        with pytest.raises(RefusedError, match="may not dump"):
            await suspended(server, "t1", config=config)


def test_on_the_command_line(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=2)
    before = meaning(one_redis)

    def kryonix(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kryonix_tui", "tenant", "suspend", "t1", "--redis", one_redis.url, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    assert kryonix("--role", "operator").returncode == 2
    assert meaning(one_redis) == before
    done = kryonix("--role", "operator", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"]["figures"]["sessions"] == 8
    assert len(meaning(one_redis)) == len(before) - 8

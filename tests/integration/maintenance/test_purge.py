"""A purge takes everything of one tenant and nothing of anybody else, after a backup that brings all of it back."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path

import msgspec
import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.config.schema import Credential, Credentials
from kryonix_tui.errors import DriftError, KryonixError, LockedError, RefusedError, VerificationError
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.backup import held
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.destination import Folder, destination_at
from kryonix_tui.maintenance.backup.verification import Level, verify
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.locks import file_lock, redis_lock
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.maintenance.tenants.first_saved import FirstSaved
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Outcome, Purpose, Result
from kryonix_tui.model.permissions import acl_line
from kryonix_tui.safetext import identity, safe
from tests.acl import run_line
from tests.integration.maintenance.operators import bring_back, configured, meaning, with_redis
from tests.integration.maintenance.tenants import HOSTILE, belongs, once, owned, purged, settle
from tests.servers import RedisServer, Server


async def test_a_tenant_goes_alone_and_comes_back_as_it_was(redis_server: Server) -> None:
    settle(redis_server, [b"t1", b"t10", b"t"], keys=7)
    before, mine = meaning(redis_server), owned(redis_server, b"t1")
    plan, outcome = await purged(redis_server, "t1")
    after = meaning(redis_server)
    assert before.keys() - after.keys() == mine
    assert all(after[place] == before[place] for place in after)
    assert plan.counts["keys"] == len(mine) == outcome.figures["keys"]
    assert sum(plan.counts.values()) == 2 * len(mine)
    assert plan.counts["0/mobile_session"] == plan.counts["2/queue"] == 7
    assert plan.counts["11/ws_channels"] == 1
    assert outcome.figures["left"] == outcome.figures["neighbours_gone"] == 0
    # The sentence that says how to undo it is a command that does.
    command = shlex.split(outcome.notices[-1].partition(": ")[2])
    assert command[:2] == ["kryonix", "restore"]
    assert command[3:] == ["--policy", "skip"]
    await bring_back(redis_server, command[2])
    assert meaning(redis_server) == before


async def test_no_name_reaches_beyond_itself(one_redis: Server) -> None:
    settle(one_redis, HOSTILE)
    whole = before = meaning(one_redis)
    archives = []
    for tenant in (b"t1", b"*", b"t?", b"[t1]", b"a\\b", b"\xff\xfe", b"tenant", b"t1\n"):
        mine = owned(one_redis, tenant)
        plan, outcome = await purged(one_redis, tenant)
        assert plan.confirmation == safe(identity(tenant))
        after = meaning(one_redis)
        assert before.keys() - after.keys() == mine, tenant
        assert mine
        assert belongs(mine, tenant)
        before = after
        archives.append(outcome.artefact)
    for archive in archives:
        await bring_back(one_redis, archive)
    assert meaning(one_redis) == whole


async def test_who_has_no_key_is_not_purged(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    before = meaning(one_redis)
    for name in ("t1:mobile", "t2", "", "T1", "tenant:t1", "t1*", "*"):
        with pytest.raises(KryonixError, match="there is no key of"):
            await purged(one_redis, name)
    assert meaning(one_redis) == before
    assert destination_at().stored() == []


async def test_only_names_are_sent_and_nothing_that_empties_a_database(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t2"], keys=3)
    with one_redis.client() as behind:
        behind.config_resetstat()
        await purged(one_redis, "t1")
        sent = {name.removeprefix("cmdstat_") for name in behind.info("commandstats")}
        writing = set(behind.execute_command("ACL", "CAT", "write"))
    assert {name for name in sent if name.encode() in writing} == {"set", "unlink"}


async def test_what_mentions_it_and_is_nobodys_is_told_and_stays(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t2"])
    one_redis.client(6).set("verify:phone:t1", "4711")
    plan, _outcome = await purged(one_redis, "t1")
    assert any("17 keys that belong to no tenant have its name" in effect for effect in plan.effects), plan.effects
    assert one_redis.client(3).get("loose:t1") == b"of nobody"
    assert one_redis.client(6).get("verify:phone:t1") == b"4711"


async def test_it_says_that_the_tenant_is_in_use(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=5)
    plan, _outcome = await purged(one_redis, "t1")
    # Mobile, SDK and developer sessions, and WebSockets.
    assert "It is in use: 20 sessions are open." in plan.effects


async def test_the_archive_is_verified_and_held(one_redis: Server, folder: Folder) -> None:
    settle(one_redis, [b"t1"])
    config = configured(one_redis, undo_days=12, keep_days=1)
    _plan, outcome = await purged(one_redis, "t1", config=config, to=str(folder.path))
    name = ArchiveName.parse(outcome.artefact)
    assert name is not None
    assert verify(folder, name, Level.DATA, config=config, keyspace=KRYONIX).sound
    until = held.holds(time.time()).until[str(name)]
    assert until == pytest.approx(time.time() + 12 * 86_400, abs=60)
    assert str(folder.path / outcome.artefact) in outcome.notices[-1]


async def test_the_backup_is_not_left_to_a_replica(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    before = meaning(one_redis)
    config = with_redis(configured(one_redis), replica_url="redis://127.0.0.1:1")
    _plan, outcome = await purged(one_redis, "t1", config=config)
    await bring_back(one_redis, outcome.artefact, config=config)
    assert meaning(one_redis) == before


async def test_a_server_that_streams_to_nobody_is_read_key_by_key() -> None:
    with RedisServer(**{"rename-command SYNC": '""', "rename-command PSYNC": '""'}) as server:
        settle(server, [b"t1", b"t10"], keys=3)
        before, mine = meaning(server), owned(server, b"t1")
        plan, outcome = await purged(server, "t1")
        assert any("fuzzy" in effect for effect in plan.effects)
        assert before.keys() - meaning(server).keys() == mine
        await bring_back(server, outcome.artefact)
        assert meaning(server) == before


async def test_an_archive_that_only_others_can_open_is_enough(one_redis: Server, tmp_path: Path) -> None:
    settle(one_redis, [b"t1"])
    before, recipient = meaning(one_redis), Identity.generate()
    config = configured(one_redis, recipients=[str(recipient.to_public())])
    _plan, outcome = await purged(one_redis, "t1", config=config)
    key = tmp_path / "identity.txt"
    key.touch(mode=0o600)
    key.write_text(f"{recipient}\n")
    await bring_back(one_redis, outcome.artefact, config=configured(one_redis, identity_file=str(key)))
    assert meaning(one_redis) == before


async def test_a_replica_is_refused(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    with (
        RedisServer(replicaof=f"127.0.0.1 {one_redis.port}") as replica,
        pytest.raises(RefusedError, match="is a replica"),
    ):
        await purged(replica, "t1")


@pytest.mark.parametrize("changes", [{"role": "viewer"}, {"read_only": True}, {"tenants": ("t2", "t1?")}])
async def test_who_may_not_purges_nothing(one_redis: Server, changes: dict[str, object]) -> None:
    settle(one_redis, [b"t1", b"t10"])
    before = meaning(one_redis)
    config = msgspec.structs.replace(configured(one_redis), **changes)
    with pytest.raises(RefusedError):
        await purged(one_redis, "t1", config=config)
    assert meaning(one_redis) == before
    assert destination_at().stored() == []


async def test_a_limited_console_hears_nothing_of_others(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"])
    config = msgspec.structs.replace(configured(one_redis), tenants=("t1",))
    # Whether somebody else exists is not told either.
    for name in ("t10", "t99"):
        with pytest.raises(RefusedError, match="limited to some tenants"):
            await purged(one_redis, name, config=config)

    def neighbour_loses() -> None:
        one_redis.client(3).delete("metrics:tenant:t10")

    plan, outcome = await purged(one_redis, "t1", config=config, between=once("removing", neighbour_loses))
    assert outcome.figures["neighbours_gone"] == 1
    said = " ".join((*plan.effects, *outcome.notices))
    assert "t10" not in said
    assert "loose" not in said


async def test_a_stop_file_holds_it_off(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    stop_file().touch()
    before = meaning(one_redis)
    with pytest.raises(KryonixError, match="STOP"):
        await purged(one_redis, "t1")
    assert meaning(one_redis) == before


async def test_the_name_must_be_typed(one_redis: Server) -> None:
    settle(one_redis, [b"t1", b"t10"])
    before = meaning(one_redis)
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.purge("t1")
    plan = await maintenance.door.plan(operation)
    for typed in ("", "t10", "T1", "t1 "):
        with pytest.raises(RefusedError, match="the confirmation is not t1"):
            await maintenance.door.run(operation, plan, Run(), confirmation=typed)
    await operation.close()
    assert meaning(one_redis) == before


async def test_a_plan_that_no_longer_fits_is_refused(one_redis: Server) -> None:
    settle(one_redis, [b"t1"], keys=10)
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.purge("t1")
    plan = await maintenance.door.plan(operation)
    # One session more is nothing among many keys.
    one_redis.client(0).set("tenant:t1:mobile:session:new", "x")
    for number in range(30):
        one_redis.client(1).set(f"tenant:t1:api:crm:{number}", "x")
    before = meaning(one_redis)
    with pytest.raises(DriftError, match="1/api_cache was 10, is 40"):
        await maintenance.door.run(operation, plan, Run(), confirmation="t1", stored=True)
    await operation.close()
    assert meaning(one_redis) == before


async def test_without_a_place_for_the_backup_nothing_is_planned(one_redis: Server, tmp_path: Path) -> None:
    settle(one_redis, [b"t1"])
    before = meaning(one_redis)
    blocked = tmp_path / "a file"
    blocked.touch()
    with pytest.raises(KryonixError, match="Not a directory"):
        await purged(one_redis, "t1", to=str(blocked))
    assert meaning(one_redis) == before


async def test_a_folder_that_takes_no_files_is_refused(
    one_redis: Server, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(one_redis, [b"t1"])
    # Whoever runs the tests may be allowed to write everywhere.
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != folder.path)
    with pytest.raises(RefusedError, match="without a backup nothing is removed"):
        await purged(one_redis, "t1", to=str(folder.path))


async def test_a_backup_that_cannot_hold_it_all_stops_it(one_redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(one_redis, [b"t1"], keys=5)
    before = meaning(one_redis)
    made = FirstSaved.make

    async def poor(self: FirstSaved, *arguments: object) -> tuple[ArchiveName, Outcome]:
        name, outcome = await made(self, *arguments)  # type: ignore[arg-type]  # as they came
        return name, Outcome(Result.DONE, outcome.summary, {**outcome.figures, "keys": 3})

    monkeypatch.setattr(FirstSaved, "make", poor)
    with pytest.raises(VerificationError, match=r"the backup holds 3 keys, and \d+ are there: nothing was removed"):
        await purged(one_redis, "t1")
    assert meaning(one_redis) == before


async def test_another_backup_or_writer_holds_it_off(one_redis: Server) -> None:
    settle(one_redis, [b"t1"])
    before = meaning(one_redis)
    with file_lock("backup-create", current_actor()), pytest.raises(LockedError, match="is at work since"):
        await purged(one_redis, "t1")
    other = Maintenance(configured(one_redis)).purge("t2")
    async with redis_lock(other.writer, current_actor()):
        with pytest.raises(LockedError, match="is at work since"):
            await purged(one_redis, "t1")
    await other.close()
    assert meaning(one_redis) == before
    events = [(line.event, line.details.get("result")) for line in AuditLog().entries()]
    assert events == [("started", None), ("finished", "refused"), ("refused", None)]


def provide(server: Server, purpose: Purpose, rules: str = "") -> str:
    """Make the user of a purpose, with rules after those of the generated line; return a URL that uses it."""
    name = f"kx_{purpose.value}"
    with server.client() as admin:
        run_line(admin, acl_line(name, grant(purpose, KRYONIX)) + rules)
    return f"redis://{name}:PASSWORD@127.0.0.1:{server.port}"


async def test_users_of_their_purposes_and_what_they_lack(redis_server: Server) -> None:
    """In a server of its own, for it makes users."""
    with Server(redis_server.flavour) as server:
        settle(server, [b"t1", b"t10"])
        url = provide(server, Purpose.MAINTAIN)
        provide(server, Purpose.BACKUP)
        credentials = Credentials(backup=Credential(username="kx_backup", password="PASSWORD"))
        config = with_redis(configured(server), url=url, credentials=credentials)
        before = meaning(server)
        # Keys beyond the map are no business of a user whose rules follow it.
        with pytest.raises(RefusedError, match="may not remove 16 keys of t1 that the map does not describe") as beyond:
            await purged(server, "t1", config=config)
        line = beyond.value.hint.partition(" grants it")[0]
        for taken, missing in ((" -unlink", "unlink"), (" clearselectors", "set"), (" resetkeys", "unlink")):
            provide(server, Purpose.MAINTAIN, taken)
            with pytest.raises(RefusedError, match=missing) as lacking:
                await purged(server, "t1", config=config)
            assert "ACL SETUSER kx_maintain" in lacking.value.hint
        provide(server, Purpose.MAINTAIN)
        with server.client() as admin:
            run_line(admin, line)
        provide(server, Purpose.BACKUP, " -sync -psync -replconf -dump")
        with pytest.raises(RefusedError) as unsaved:
            await purged(server, "t1", config=config)
        assert "kx_backup" in unsaved.value.hint
        assert meaning(server) == before
        provide(server, Purpose.BACKUP)
        mine = owned(server, b"t1")
        await purged(server, "t1", config=config)
        assert before.keys() - meaning(server).keys() == mine

"""Backups that come back: whole servers, tenants, other versions; policies, undo, and what others write meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyrage.x25519 import Identity  # type: ignore[import-untyped]

from kryonix_tui.errors import DriftError, KryonixError, RefusedError
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.backup.destination import destination_at
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Progress, Scope
from tests.archives import STRING, described, members, put, rdb, tar
from tests.integration.maintenance.operators import (
    WHOLE,
    Watched,
    back_up,
    bring_back,
    carried_out,
    configured,
    fill_tenants,
    meaning,
    planned,
)
from tests.integration.maintenance.platform import LIBRARY, contents, seed_everything
from tests.servers import FLAVOURS, RedisServer, Server, ValkeyServer


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of the test's own."""
    with Server(request.param, enable_debug_command="local") as own:
        yield own


def mode(path: str) -> int:
    return Path(path).stat().st_mode & 0o777


def digest_of(server: Server, *places: tuple[int, str]) -> list[bytes]:
    """Return DEBUG DIGEST of everything, or of single keys."""
    if not places:
        return [server.client().execute_command("DEBUG", "DIGEST")]  # type: ignore[no-untyped-call]  # redis-py's
    return [
        server.client(db).execute_command("DEBUG", "DIGEST-VALUE", key)[0]  # type: ignore[no-untyped-call]  # redis-py's
        for db, key in places
    ]


async def test_everything_comes_back_after_flushall(server: Server) -> None:
    seed_everything(server)
    for db in range(16):
        server.client(db).set(f"in {db}", db, ex=100_000)
    server.client().set("kryonix:own", "x")
    before, info = meaning(server), server.client().xinfo_stream("stream", full=True)
    name = await back_up(server, verify="drill")
    server.client().delete("kryonix:own")
    digest = digest_of(server)
    server.client().flushall()
    server.client().function_flush()
    plan, outcome = await bring_back(server, name)
    assert plan.counts == {"new": len(before), "changed": 0, "same": 0, "missing": 0, "expired": 0}
    assert (outcome.figures["written"], outcome.figures["differing"]) == (len(before), 0)
    assert meaning(server) == before
    assert digest_of(server) == digest
    assert server.client().xinfo_stream("stream", full=True) == info
    assert server.client().function_dump() is not None
    assert server.client().function_list(withcode=True)[0][-1] == LIBRARY
    assert server.client().exists("kryonix:own", "kryonix:lock:maintenance") == 0


@pytest.mark.parametrize("policy", list(Policy))
async def test_function_libraries_that_exist_are_never_overwritten(server: Server, policy: Policy) -> None:
    seed_everything(server)
    name = await back_up(server)
    server.client().flushall()
    server.client().function_load(LIBRARY.decode() + "\n-- newer", replace=True)
    before = server.client().function_dump()
    if policy is Policy.FAIL:
        with pytest.raises(RefusedError, match="functions"):
            await bring_back(server, name, policy=policy)
        assert server.client().dbsize() == 0
    else:
        _plan, outcome = await bring_back(server, name, policy=policy)
        assert any("functions were not restored" in notice for notice in outcome.notices)
    assert server.client().function_dump() == before


async def test_one_tenant_comes_back_and_nothing_else_is_touched(server: Server) -> None:
    fill_tenants(server, 12)
    name = await back_up(server)
    before = meaning(server)
    theirs = {place for place in before if b":t1:" in place[1]}
    assert len(theirs) == 120
    for db in (0, 1, 5):
        server.client(db).unlink(*[key for where, key in theirs if where == db])
        server.client(db).set("written since", "by others")
        server.client(db).set("tenant:t10:api:crm:0", "newer")
    others = contents(server)
    server.client().config_resetstat()
    plan, outcome = await bring_back(server, name, Scope(("t1",)))
    stats = server.client().info("commandstats")
    assert stats["cmdstat_restore"]["calls"] - stats["cmdstat_restore"].get("rejected_calls", 0) <= 120 + 40
    assert not {"cmdstat_flushall", "cmdstat_flushdb", "cmdstat_keys", "cmdstat_del"} & set(stats)
    assert stats["cmdstat_unlink"]["calls"] <= 20, "the lock, and the question whether that is permitted"
    assert (plan.counts["new"], plan.counts["missing"]) == (120, 0)
    assert outcome.figures["written"] == 120
    after = contents(server)
    assert {place: content for place, content in after.items() if place not in theirs} == others
    assert {place: meaning(server)[place] for place in theirs} == {place: before[place] for place in theirs}


async def test_a_tenants_backup_holds_that_tenant(server: Server) -> None:
    fill_tenants(server, 12)
    server.client().set("kryonix:tenant:t1:note", "the console's")
    before = meaning(server)
    name = await back_up(server, Scope(("t1", "t12"), (0, 5)))
    assert name.scope != "full"
    server.client().flushall()
    await bring_back(server, name)
    assert meaning(server) == {
        (db, key): content
        for (db, key), content in before.items()
        if db in (0, 5) and (b":t1:" in key or b":t12:" in key)
    }


async def test_a_scope_that_is_not_in_the_archive_is_refused(server: Server) -> None:
    fill_tenants(server, 3)
    name = await back_up(server)
    with pytest.raises(KryonixError, match="no key of t77, database 9") as refused:
        await planned(server, name, Scope(("t1", "t77"), (0, 9)))
    assert refused.value.exit_code == 1
    assert refused.value.title == "Nothing to restore"
    with pytest.raises(KryonixError, match="no tenant t77"):
        await back_up(server, Scope(("t77",)))


@pytest.mark.parametrize("scope", [Scope((), (99,)), Scope((), (9,)), Scope(("t1",), (9,)), Scope(("t1",), (99,))])
async def test_an_empty_part_is_refused_by_backup_and_restore(one_redis: Server, scope: Scope) -> None:
    fill_tenants(one_redis, 2)
    name = await back_up(one_redis)
    with pytest.raises(KryonixError, match="no key in what was named") as refused:
        await back_up(one_redis, scope)
    assert (refused.value.title, refused.value.exit_code) == ("Nothing to back up", 1)
    assert [stored.name for stored in destination_at().stored() if stored.name.endswith(".tar")] == [str(name)]
    before = contents(one_redis)
    with pytest.raises(KryonixError, match=f"no key of .*database {scope.databases[0]}") as refused:
        await planned(one_redis, name, scope, policy=Policy.REPLACE)
    assert (refused.value.title, refused.value.exit_code) == ("Nothing to restore", 1)
    assert contents(one_redis) == before


async def test_how_long_it_may_take_is_what_was_measured(one_redis: Server) -> None:
    fill_tenants(one_redis, 10)
    name = await back_up(one_redis)
    existing = (await planned(one_redis, name)).estimates["seconds"]
    one_redis.client().flushall()
    whole = (await planned(one_redis, name)).estimates["seconds"]
    part = (await planned(one_redis, name, Scope(("t1",)))).estimates["seconds"]
    assert whole == pytest.approx(1203 / 14_000, rel=0.05)
    assert whole / 10 < part < whole / 4, "the rest of the archive is walked over"
    assert whole < existing < 2 * whole


async def test_the_preview_counts_what_is_there(server: Server) -> None:
    fill_tenants(server, 3)
    server.client().set("short", "x", px=60_000)
    name = await back_up(server)
    server.client().delete("tenant:t1:mobile:session:0", "short")
    server.client().set("tenant:t1:mobile:session:1", "other")
    server.client().expire("tenant:t1:mobile:session:2", 1000)
    server.client(1).set("tenant:t1:api:crm:new", "x")
    server.client(2).set("new", "x")
    server.client().set("kryonix:lock:other", "x")
    assert (await planned(server, name)).counts == {"new": 2, "changed": 2, "same": 360, "missing": 3, "expired": 0}
    of_one = (await planned(server, name, Scope(("t1",)))).counts
    assert of_one == {"new": 1, "changed": 2, "same": 117, "missing": 1, "expired": 0}
    of_db = (await planned(server, name, Scope((), (1,)))).counts
    assert of_db == {"new": 0, "changed": 0, "same": 121, "missing": 1, "expired": 0}


async def test_what_has_expired_since_is_counted_and_replaces_nothing(server: Server) -> None:
    client = server.client()
    client.set("gone", "old", px=300)
    client.set("stays", "x")
    name = await back_up(server)
    while client.exists("gone"):
        pass
    client.set("gone", "new")
    plan, outcome = await bring_back(server, name, policy=Policy.REPLACE)
    assert (plan.counts["expired"], plan.counts["same"], outcome.figures["expired"]) == (1, 1, 1)
    assert client.get("gone") == b"new"


@pytest.mark.parametrize("policy", list(Policy))
async def test_policies(one_redis: Server, policy: Policy) -> None:
    fill_tenants(one_redis, 2)
    name = await back_up(one_redis)
    before = meaning(one_redis)
    client = one_redis.client()
    client.set("tenant:t1:mobile:session:0", "other")
    client.unlink("tenant:t2:mobile:session:0")
    if policy is Policy.FAIL:
        now = meaning(one_redis)
        with pytest.raises(RefusedError, match="242 keys of the backup exist"):
            await bring_back(one_redis, name, policy=policy)
        assert meaning(one_redis) == now
        return
    plan, outcome = await bring_back(one_redis, name, policy=policy)
    assert bool(plan.confirmation) == (policy is Policy.REPLACE)
    if policy is Policy.SKIP:
        assert (outcome.figures["written"], outcome.figures["skipped"]) == (1, 1)
        assert client.get("tenant:t1:mobile:session:0") == b"other"
    else:
        assert (outcome.figures["written"], outcome.figures["unchanged"]) == (2, 241)
        assert meaning(one_redis) == before


async def test_overwriting_names_whom_it_hits(one_redis: Server) -> None:
    fill_tenants(one_redis, 3)
    whole, part = await back_up(one_redis), await back_up(one_redis, Scope(("t1", "t2")))
    one_redis.client().set("tenant:t1:mobile:session:0", "other")
    place = f"127.0.0.1:{one_redis.port}"
    for name, scope, expected in (
        (whole, Scope(), "all"),
        (whole, Scope(("t1",)), "t1"),
        (part, Scope(), "t1+t2"),
    ):
        plan = await planned(one_redis, name, scope, policy=Policy.REPLACE)
        assert plan.confirmation == f"{place}/{expected}"
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.restore(str(whole), Scope(), policy=Policy.REPLACE)
    plan = await maintenance.door.plan(operation)
    with pytest.raises(RefusedError, match="confirmation"):
        await maintenance.door.run(operation, plan, Watched().run())
    await operation.close()


@pytest.mark.parametrize("policy", [Policy.FAIL, Policy.REPLACE])
async def test_what_others_write_meanwhile_is_left_alone(one_redis: Server, policy: Policy) -> None:
    fill_tenants(one_redis, 10)
    name = await back_up(one_redis)
    # Its database is the last to be written: the first batch has others.
    client, key = one_redis.client(5), "other:tenant:t9:7"
    if policy is Policy.FAIL:
        client.flushall()
    else:
        client.set(key, "before the restore")
        client.set("other:tenant:t8:7", "before the restore")
    written: list[bool] = []

    def writer(progress: Progress) -> None:
        if progress.step == "writing" and not written:
            written.append(True)
            client.set(key, "meanwhile")
            client.set("other:tenant:t9:brand-new", "meanwhile")

    _plan, outcome = await bring_back(one_redis, name, policy=policy, between=writer)
    assert written
    assert client.get(key) == b"meanwhile"
    assert outcome.figures["meanwhile"] == 1
    assert any("left alone" in notice for notice in outcome.notices)
    assert client.get("other:tenant:t8:7") == b"value 7 of t8"
    assert client.get("other:tenant:t9:brand-new") == b"meanwhile"


async def test_the_undo_archive_brings_back_exactly_what_was_overwritten(server: Server) -> None:
    seed_everything(server)
    name = await back_up(server)
    with contextlib.closing(server.client()) as client:
        client.set("raw", "changed", ex=1000)
        client.delete("list", "stream")
        client.sadd("list", "now", "a", "set")
        client.hset("large-hash", "field-1", "changed")
        client.set("new since", "x")
    changed = meaning(server)
    _plan, outcome = await bring_back(server, name, policy=Policy.REPLACE)
    assert mode(outcome.artefact) == 0o600
    back = meaning(server)
    assert back != changed
    _plan, undone = await bring_back(server, outcome.artefact, policy=Policy.REPLACE)
    assert undone.figures["written"] == 3
    stream = (0, b"stream")
    assert meaning(server) == {**changed, stream: back[stream]}, "new keys stay"


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_value_is_the_same_however_a_server_packs_it(flavour: str) -> None:
    plain: dict[str, Any] = {
        f"{kind}-max-listpack-entries": 0 for kind in ("hash", "zset", *(("set",) if flavour == "valkey" else ()))
    } | {"set-max-intset-entries": 0, "rdbcompression": "no", "list-max-listpack-size": 2}
    with Server(flavour) as one, Server(flavour, **plain) as other:
        seed_everything(one)
        name = await back_up(one)
        _plan, outcome = await bring_back(other, name)
        assert outcome.figures["differing"] == 0
        assert meaning(other) == meaning(one)
        assert contents(other) != contents(one)
        assert (await planned(other, name)).counts["same"] == len(meaning(one))
        other.client().hset("small-hash", "n", 2)
        other.client().zincrby("small-zset", 0.25, "a")
        other.client().lset("list", 77, "other")
        other.client().sadd("intset", 50)
        other.client().xack("stream", "workers", "3-0")
        assert (await planned(other, name)).counts["changed"] == 5


async def test_redis_into_valkey_and_undone_there() -> None:
    with RedisServer() as old, ValkeyServer() as new:
        seed_everything(old)
        name = await back_up(old)
        _plan, outcome = await bring_back(new, name)
        assert outcome.figures["differing"] == 0
        assert meaning(new) == meaning(old)
        plan, again = await bring_back(new, name, policy=Policy.SKIP)
        assert (plan.counts["same"], again.figures["unchanged"]) == (len(meaning(old)), len(meaning(old)))
        new.client().hset("small-hash", "field", "changed")
        new.client().sadd("small-set", "changed")
        changed = meaning(new)
        _plan, replaced = await bring_back(new, name, policy=Policy.REPLACE)
        assert meaning(new) == meaning(old)
        await bring_back(new, replaced.artefact, policy=Policy.REPLACE)
        assert meaning(new) == changed


async def test_valkey_into_an_older_redis_is_refused_and_converted_on_wish() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        fill_tenants(new, 2)
        new.client(3).rpush("list", *range(200))
        new.client(3).sadd("packed set", "a", "b", "12")
        new.client(3).zadd("zset", {"a": 1, "b": 2.5})
        name = await back_up(new)
        with pytest.raises(RefusedError, match="does not read format 80") as refused:
            await planned(old, name)
        assert "--convert" in refused.value.hint
        _plan, outcome = await bring_back(old, name, convert=True)
        assert outcome.figures["differing"] == 0
        assert meaning(old) == meaning(new)


def _without_activity(info: dict[str, Any]) -> dict[str, Any]:
    """Return what XINFO STREAM FULL says, besides when consumers were last active and how the entries are packed."""
    consumers = [
        [{name: value for name, value in consumer.items() if name != b"active-time"} for consumer in group["consumers"]]
        for group in info["groups"]
    ]
    groups = [group | {"consumers": theirs} for group, theirs in zip(info["groups"], consumers, strict=True)]
    return info | {"groups": groups, "radix-tree-keys": 0, "radix-tree-nodes": 0}


async def test_streams_of_a_newer_format_come_back_with_their_groups_and_what_waits_in_them() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        seed_everything(new)
        there, here = new.client(), old.client()
        there.xgroup_createconsumer("stream", "idle", "nobody yet")
        there.delete("small-hash", "large-hash")
        info = {name: there.xinfo_stream(name, full=True) for name in ("stream", "emptied")}
        name = await back_up(new)
        _plan, outcome = await bring_back(old, name, convert=True)
        assert outcome.figures["differing"] == 0
        assert "unrestorable" not in outcome.figures
        assert meaning(old) == meaning(new)
        for key, before in info.items():
            assert _without_activity(here.xinfo_stream(key, full=True)) == _without_activity(before)
        for client in (there, here):
            client.xack("stream", "workers", "3-0")
            client.xadd("emptied", {"b": 2}, id="2-0")
        pending = [client.xpending_range("stream", "workers", "-", "+", 50) for client in (there, here)]
        assert [[entry["message_id"] for entry in each] for each in pending] == [
            [entry["message_id"] for entry in pending[0]]
        ] * 2
        read = [client.xreadgroup("workers", "bob", {"stream": ">"}, count=3) for client in (there, here)]
        assert read[0] == read[1]


EXPIRING = {f"expiring {number}": f"verify:phone:+55119{number:08}" for number in range(7)}


def with_expiring_fields(server: Server) -> None:
    """Put values that Redis 7.0 has no place for among others, one of them under a hostile name."""
    fill_tenants(server, 2)
    client = server.client()
    client.xadd("stream", {"a": 1})
    for key in ("tenant:t1:\x1b[2Jhash", *EXPIRING.values()):
        client.hset(key, "field", "value")
        client.execute_command("HEXPIRE", key, 10_000, "FIELDS", 1, "field")  # type: ignore[no-untyped-call]  # redis-py's


async def test_what_the_older_server_cannot_hold_is_counted_and_named_and_refused_unless_it_may_be_left_out() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        with_expiring_fields(new)
        name = await back_up(new)
        plan = await planned(old, name, convert=True)
        assert plan.counts["unrestorable"] == 8
        assert "8 keys cannot be written in format 10" in plan.refusal
        assert "8 hashes with fields that expire" in plan.refusal
        assert "--skip-unrestorable" in plan.refusal
        assert plan.refusal.count("(database 0)") == 5, "named, but not without end"
        assert plan.refusal.endswith("…; --skip-unrestorable restores the others")
        assert "\x1b" not in plan.refusal
        assert "verify:phone:+5•••" in plan.refusal
        assert not any(phone in plan.refusal for phone in EXPIRING.values())
        with pytest.raises(RefusedError, match="--skip-unrestorable"):
            await bring_back(old, name, convert=True)
        assert old.client().dbsize() == 0


async def test_the_others_come_back_where_what_cannot_be_held_may_be_left_out() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        with_expiring_fields(new)
        name, before = await back_up(new), meaning(new)
        gone = {(0, b"tenant:t1:\x1b[2Jhash"), *((0, key.encode()) for key in EXPIRING.values())}
        plan, outcome = await bring_back(old, name, convert=True, skip_unrestorable=True)
        assert plan.refusal == ""
        assert plan.parameters["unrestorable"] == "skip"
        assert any(effect.startswith("Left out: 8 keys") for effect in plan.effects)
        assert meaning(old) == {place: content for place, content in before.items() if place not in gone}
        assert (outcome.figures["unrestorable"], outcome.figures["written"]) == (8, len(before) - 8)
        assert "8 left out" in outcome.summary
        ended = [entry.details for entry in AuditLog().entries() if entry.event == "finished"][-1]
        assert ended["figures"]["unrestorable"] == 8
        assert "8 left out" in str(ended["summary"])
        of_one, outcome = await bring_back(old, name, Scope(("t1",)), Policy.SKIP, convert=True, skip_unrestorable=True)
        assert (of_one.counts["unrestorable"], of_one.counts["same"]) == (1, 120)


async def test_a_plan_that_leaves_keys_out_is_not_carried_out_without_saying_so_again() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        with_expiring_fields(new)
        name = await back_up(new)
        plan = await planned(old, name, convert=True, skip_unrestorable=True)
        maintenance = Maintenance(configured(old))
        operation = maintenance.restore(str(name), Scope(), convert=True)
        with pytest.raises(DriftError, match="unrestorable"):
            await maintenance.door.run(operation, plan, Watched().run(), stored=True)
        await operation.close()
        assert old.client().dbsize() == 0


async def test_what_has_expired_is_not_counted_as_not_restorable() -> None:
    with ValkeyServer() as new, RedisServer() as old:
        with_expiring_fields(new)
        client = new.client()
        client.pexpire("tenant:t1:\x1b[2Jhash", 2500)
        name = await back_up(new)
        while client.exists("tenant:t1:\x1b[2Jhash"):
            pass
        plan = await planned(old, name, convert=True)
        assert (plan.counts["unrestorable"], plan.counts["expired"]) == (7, 1)


async def test_an_archive_may_be_named_with_its_destination(one_redis: Server) -> None:
    fill_tenants(one_redis, 2)
    name = await back_up(one_redis)
    for text in (str(name), str(destination_at().staging / str(name)), f"file://{destination_at().staging}/{name}"):
        assert (await planned(one_redis, text)).counts["same"] == 243


async def test_an_encrypted_backup_comes_back(one_redis: Server, tmp_path: Path) -> None:
    identity = Identity.generate()
    file = tmp_path / "identity"
    file.touch(mode=0o600)
    file.write_text(str(identity))
    fill_tenants(one_redis, 2)
    before = meaning(one_redis)
    settings: dict[str, Any] = {"recipients": (str(identity.to_public()),), "identity_file": str(file)}
    name = await back_up(one_redis, **settings)
    assert name.encrypted
    one_redis.client().flushall()
    with pytest.raises(KryonixError, match="encrypted"):
        await planned(one_redis, name)
    await bring_back(one_redis, name, config=configured(one_redis, **settings))
    assert meaning(one_redis) == before


async def test_a_server_without_replication_is_backed_up_key_by_key(server: Server) -> None:
    seed_everything(server)
    before = meaning(server)
    server.client().execute_command("ACL SETUSER", "default", "-sync", "-psync")  # type: ignore[no-untyped-call]  # redis-py's
    maintenance = Maintenance(configured(server))
    plan, outcome = await carried_out(maintenance, await maintenance.backup(Scope()))
    assert any("key by key" in effect for effect in plan.effects)
    assert any("fuzzy" in notice for notice in outcome.notices)
    manifest = maintenance.archives()[0].manifest
    assert manifest is not None
    assert manifest.consistency == "fuzzy"
    server.client().flushall()
    await bring_back(server, outcome.artefact)
    assert meaning(server) == before


async def test_an_archive_that_took_the_name_since_the_plan_was_made_is_not_restored(one_redis: Server) -> None:
    one_redis.client().set("ours", "x")
    name = await back_up(one_redis)
    one_redis.client().flushall()
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.restore(name, WHOLE)
    plan = await maintenance.door.plan(operation)
    foreign, made_at = rdb([Record(0, b"foreign", STRING, b"\x01x")]), int(name.made_at.timestamp())
    manifest, stored = described(foreign, id=name.id * 4, created=made_at, key=None)
    put(destination_at().staging, tar(members(manifest, stored), made_at), str(name))
    try:
        with pytest.raises(DriftError, match="another archive"):
            await maintenance.door.run(operation, plan, Watched().run())
    finally:
        await operation.close()
    assert one_redis.client().dbsize() == 0

"""Optimisation on real servers: the planned keys and no others, other people's writes, undo to equality, hostile names."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kryonix_tui.config.optimize import Optimize as Limits
from kryonix_tui.config.schema import Config, Credential, Credentials, Redis
from kryonix_tui.errors import (
    AuthenticationError,
    ConfigError,
    DriftError,
    LockedError,
    RefusedError,
    StoppedError,
    UsageError,
)
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.operation import Optimize
from kryonix_tui.maintenance.optimize.writing import Wanted, write
from kryonix_tui.maintenance.purposes import grant
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose
from kryonix_tui.model.optimization import Advice, Change, Fate, TenantAnalysis
from kryonix_tui.model.permissions import acl_line
from kryonix_tui.sources.redis.clients import ask
from kryonix_tui.sources.redis.pace import BURST
from tests.acl import run_line
from tests.integration.maintenance.operators import carried_out
from tests.patience import measured_again
from tests.servers import RedisServer, Server

CACHE = 1
TTL = 600


def configured(server: Server, **limits: Any) -> Config:
    return Config(role="operator", redis=Redis(url=server.url, budget=100.0), optimize=Limits(**limits))


def fill(
    server: Server, tenant: str | bytes, keys: int = 30, *, hit: float | None = 70.0, ttl: int | None = TTL
) -> None:
    """Put a tenant with cached keys there; what it says of its hit rate is `hit`."""
    name = tenant.encode() if isinstance(tenant, str) else tenant
    with contextlib.closing(server.client(CACHE)) as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(keys):
            pipeline.set(b"tenant:%b:api:crm:%d" % (name, number), f'{{"n": {number}}}', ex=ttl)
        pipeline.execute()
    if hit is not None:
        server.client(3).hset(
            b"metrics:tenant:%b" % name, mapping={"cache_hit_rate": str(hit), "api_calls_today": "10"}
        )


def expiries(server: Server, db: int = CACHE) -> dict[bytes, int]:
    client = server.client(db)
    return {key: client.pexpiretime(key) for key in client.scan_iter(count=1000)}


async def optimized(config: Config, *tenants: str, **options: Any) -> tuple[Plan, Outcome, Optimize]:
    maintenance = Maintenance(config)
    operation = maintenance.optimizing.apply(tenants or None, **options)
    plan, outcome = await carried_out(maintenance, operation)
    return plan, outcome, operation


async def undone(config: Config, pass_id: str = "") -> Outcome:
    maintenance = Maintenance(config)
    return (await carried_out(maintenance, maintenance.optimizing.undo(pass_id)))[1]


async def test_a_tenant_that_misses_gets_more_time_for_the_planned_keys_and_no_others(redis_server: Server) -> None:
    fill(redis_server, "t1")
    fill(redis_server, "t10")
    fill(redis_server, "*")
    before = expiries(redis_server)
    plan, outcome, operation = await optimized(configured(redis_server), "t1")
    assert (plan.counts["keys"], plan.counts["longer_ttl"], plan.counts["tenants"]) == (20, 20, 1)
    assert outcome.figures["done"] == 20
    after = expiries(redis_server)
    other = {key for key in before if before[key] != after[key]}
    assert other == {change.key for change in operation.changes}
    assert all(key.startswith(b"tenant:t1:api:") for key in other)
    assert {change.key: change.new_ms for change in operation.changes} == {key: after[key] for key in other}
    for change in operation.changes:
        assert change.old_ms is not None
        assert 1.4 < (change.new_ms - time.time() * 1000) / (change.old_ms - time.time() * 1000) < 1.6
    assert any("hit 70.0 % < 85 % (redis:metrics), 0 of 30 sampled keys" in effect for effect in plan.effects)


async def test_undo_restores_exactly_and_again_changes_nothing(redis_server: Server) -> None:
    fill(redis_server, "t1")
    before = expiries(redis_server)
    await optimized(configured(redis_server), "t1")
    assert expiries(redis_server) != before
    outcome = await undone(configured(redis_server))
    assert outcome.figures["done"] == 20
    assert expiries(redis_server) == before
    assert (await undone(configured(redis_server))).figures["already"] == 20
    assert expiries(redis_server) == before


async def test_a_key_is_given_more_time_once_until_the_application_writes_it(one_redis: Server) -> None:
    fill(one_redis, "t1", 20)
    config = configured(one_redis)
    _plan, _outcome, first = await optimized(config, "t1")
    again = (await optimized(config, "t1"))[2]
    assert len(first.changes) == 20
    assert not again.changes
    one_redis.client(CACHE).set(first.changes[0].key, "written anew", ex=TTL)
    (change,) = (await optimized(config, "t1"))[2].changes
    assert change.key == first.changes[0].key


async def test_a_replica_is_no_clock_and_does_not_know_what_was_read_elsewhere(one_redis: Server) -> None:
    fill(one_redis, "t1", 5)
    with RedisServer(replicaof=f"127.0.0.1 {one_redis.port}") as replica, replica.client() as follower:
        while follower.info("replication")["master_link_status"] != "up":  # noqa: ASYNC110 - INFO is all there is
            await asyncio.sleep(0.02)
        config = configured(one_redis)
        config = msgspec.structs.replace(config, redis=msgspec.structs.replace(config.redis, replica_url=replica.url))
        known = await looked_at(config)
        assert "idle" not in known.unknown
        stats = follower.info("commandstats")
        assert "cmdstat_pexpiretime" in stats
        assert "cmdstat_time" not in stats
        follower.replicaof("no", "one")
        known = await looked_at(configured(replica, dead_weight=True))
        assert "idle" in known.unknown
        assert "cmdstat_object|idletime" not in follower.info("commandstats")


async def looked_at(config: Config) -> TenantAnalysis:
    operation = Maintenance(config).optimizing.apply(("t1",))
    await operation.look(_run())
    await operation.close()
    return operation.analyses[0]


async def test_of_what_was_not_looked_for_nobody_says_that_it_is_missing(one_redis: Server) -> None:
    fill(one_redis, "t1", 5)
    names = [f"tenant:t1:api:crm:{number}" for number in (4, "missing")]
    one_redis.client(10).hset("prediction:tenant:t1", "next_hour_keys", json.dumps(names))
    for reads, missing in ((1, 0), (100, 1)):
        operation = Maintenance(configured(one_redis, reads=reads, keys=1)).optimizing.apply(("t1",))
        await operation.look(_run())
        await operation.close()
        assert len(operation.analyses[0].prediction.missing) == missing


async def test_what_was_undone_is_not_done_again_unasked(one_redis: Server) -> None:
    fill(one_redis, "t1", 5)
    fill(one_redis, "t2", 5, hit=99, ttl=None)
    config = configured(one_redis, dead_weight=True, clean_up=True)
    assert len((await optimized(config, automatic=True))[2].changes) == 10
    await undone(config)
    assert not (await optimized(config, automatic=True))[2].changes
    assert len(await _chosen(config, "t1")) == 5, "whoever asks for it gets it"
    one_redis.client(CACHE).set("tenant:t1:api:crm:3", "written anew", ex=TTL)
    (change,) = (await optimized(config, automatic=True))[2].changes
    assert change.key == b"tenant:t1:api:crm:3"


@pytest.mark.parametrize("hit", [85.0, 99.0, None])
async def test_a_tenant_that_does_well_or_tells_nothing_is_left_alone(one_redis: Server, hit: float | None) -> None:
    fill(one_redis, "t1", hit=hit)
    before = expiries(one_redis)
    plan, outcome, operation = await optimized(configured(one_redis), "t1")
    assert plan.counts["keys"] == 0
    assert outcome.summary == "nothing had to be changed"
    assert expiries(one_redis) == before
    assert ("hit_rate" in operation.analyses[0].unknown) is (hit is None)


@pytest.mark.parametrize("name", [b"t[1]", b"a*b", b"\xff\x00", b"x\\y", b"{t}", b"--all"])
async def test_names_that_mean_something_elsewhere_are_names(one_redis: Server, name: bytes) -> None:
    for each in (name, b"t1", b"axb", b"a", b"x"):
        fill(one_redis, each, 5)
    before = expiries(one_redis)
    tenant = name.decode("utf-8", "surrogateescape")
    _plan, outcome, _operation = await optimized(configured(one_redis), tenant)
    after = expiries(one_redis)
    assert outcome.figures["done"] == 5
    assert {key for key in before if before[key] != after[key]} == {
        b"tenant:%b:api:crm:%d" % (name, n) for n in range(5)
    }
    await undone(configured(one_redis))
    assert expiries(one_redis) == before


async def test_what_others_do_between_plan_and_write_stands(one_redis: Server) -> None:
    fill(one_redis, "t1", 20)
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.optimizing.apply(("t1",))
    plan = await maintenance.door.plan(operation)
    client = one_redis.client(CACHE)
    keys = [change.key for change in operation.changes]
    client.delete(keys[0])
    client.set(keys[1], "fresh", ex=60)
    client.persist(keys[2])
    others = {key: expiries(one_redis).get(key) for key in keys[:3]}
    try:
        outcome = await maintenance.door.run(operation, plan, _run())
    finally:
        await operation.close()
    assert (outcome.figures["done"], outcome.figures["gone"], outcome.figures["changed"]) == (17, 1, 2)
    assert {key: expiries(one_redis).get(key) for key in keys[:3]} == others


async def test_a_plan_of_an_earlier_call_changes_its_own_keys(one_redis: Server) -> None:
    fill(one_redis, "t1", 200)
    maintenance = Maintenance(configured(one_redis))
    first = maintenance.optimizing.apply(("t1",))
    plan = await maintenance.door.plan(first)
    await first.close()
    before = expiries(one_redis)
    second = Maintenance(configured(one_redis))
    operation = second.optimizing.of_plan(plan.hash)
    try:
        recalled = second.door.recall(plan.hash)
        await second.door.run(operation, recalled, _run(), stored=True)
    finally:
        await operation.close()
    after = expiries(one_redis)
    assert {key for key in before if before[key] != after[key]} == {change.key for change in first.changes}


async def test_a_plan_whose_keys_are_mostly_gone_is_refused(one_redis: Server) -> None:
    fill(one_redis, "t1", 20)
    maintenance = Maintenance(configured(one_redis))
    first = maintenance.optimizing.apply(("t1",))
    plan = await maintenance.door.plan(first)
    await first.close()
    one_redis.client(CACHE).delete(*[change.key for change in first.changes[:11]])
    operation = maintenance.optimizing.of_plan(plan.hash)
    with pytest.raises(DriftError, match="9 of 20 keys"):
        await maintenance.door.run(operation, maintenance.door.recall(plan.hash), _run(), stored=True)
    await operation.close()


async def test_writers_during_apply_and_undo_lose_nothing(one_redis: Server) -> None:
    """Ten rounds against an application that goes on writing: whatever it wrote last stands, all else is undone."""
    fill(one_redis, "t1", 300)
    written: dict[bytes, int] = {}
    stop = threading.Event()

    def write() -> None:
        client = one_redis.client(CACHE)
        number = 0
        while not stop.is_set():
            number = (number + 7) % 60
            key = f"tenant:t1:api:crm:{number}"
            client.set(key, "the application's", px=700_000 + number)
            written[key.encode()] = client.pexpiretime(key)

    before = expiries(one_redis)
    config = configured(one_redis, keys=300, sample=300)
    worker = threading.Thread(target=write)
    worker.start()
    try:
        _plan, outcome, _operation = await optimized(config, "t1")
        back = await undone(config)
    finally:
        stop.set()
        worker.join()
    after = expiries(one_redis)
    assert outcome.figures["done"] >= 200
    assert back.figures["done"] >= 200
    assert written
    assert {key: after[key] for key in written} == written
    assert {key: after[key] for key in before if key not in written} == {
        key: before[key] for key in before if key not in written
    }


async def test_a_key_that_is_written_all_the_time_keeps_no_other_back(
    one_redis: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(one_redis, "t1", 8)
    behind = one_redis.client(CACHE)
    clients = Maintenance(configured(one_redis)).optimizing.apply(("t1",)).writer
    keys = [b"tenant:t1:api:crm:%d" % number for number in range(8)]
    wanted = [Wanted(key, behind.pexpiretime(key.decode()), behind.pexpiretime(key.decode()) + 60_000) for key in keys]

    async def meddled(connection: Any, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Answer, and let somebody touch the third key between the question and the step."""
        replies = await ask(connection, commands)
        behind.append(keys[2].decode(), "x")
        return replies

    monkeypatch.setattr("kryonix_tui.maintenance.connections.ask", meddled)
    try:
        fates = await write(clients, CACHE, wanted)
    finally:
        await clients.close()
    assert fates == [Fate.BUSY if number == 2 else Fate.DONE for number in range(8)]
    after = expiries(one_redis)
    for number, each in enumerate(wanted):
        assert after[each.key] == (each.old_ms if number == 2 else each.new_ms)


Fates = st.lists(st.sampled_from(["leave", "rewrite", "persist", "delete", "expire"]), min_size=8, max_size=8)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(between=Fates, afterwards=Fates)
def test_undo_after_apply_is_equality_except_what_others_changed(
    one_redis: Server, between: list[str], afterwards: list[str]
) -> None:
    one_redis.client().flushall()
    fill(one_redis, "t1", 8)
    before = expiries(one_redis)
    client = one_redis.client(CACHE)

    def others(acts: list[str]) -> None:
        for number, act in enumerate(acts):
            key = b"tenant:t1:api:crm:%d" % number
            if act == "rewrite":
                client.set(key, "new", ex=900)
            elif act == "delete":
                client.delete(key)
            elif act == "persist":
                client.persist(key)
            elif act == "expire":
                client.expire(key, 333)

    async def whole() -> tuple[dict[bytes, int], Outcome, Outcome]:
        maintenance = Maintenance(configured(one_redis))
        operation = maintenance.optimizing.apply(("t1",))
        plan = await maintenance.door.plan(operation)
        others(between)
        outcome = await maintenance.door.run(operation, plan, _run())
        await operation.close()
        others(afterwards)
        between_states = expiries(one_redis)
        return between_states, outcome, await undone(configured(one_redis))

    states, outcome, back = asyncio.run(whole())
    after = expiries(one_redis)
    untouched = {n for n in range(8) if between[n] == "leave" and afterwards[n] == "leave"}
    kept = sum(act == "leave" for act in between)
    assert outcome.figures.get("done", 0) == kept
    assert back.figures.get("done", 0) == len(untouched)
    for number in range(8):
        key = b"tenant:t1:api:crm:%d" % number
        assert after.get(key) == (before[key] if number in untouched else states.get(key)), number


async def test_what_would_have_ended_by_now_ends_when_it_is_undone(one_redis: Server) -> None:
    fill(one_redis, "t1", 3, ttl=31)
    await optimized(configured(one_redis), "t1")
    (done,) = journal.passes()
    # The clock cannot be turned: the journal says that the old end was a minute ago.
    text = (journal.folder() / f"{done.id}.jsonl").read_text()
    for change in done.changes:
        assert change.old_ms is not None
        text = text.replace(str(change.old_ms), str(int(time.time() * 1000) - 60_000))
    (journal.folder() / f"{done.id}.jsonl").write_text(text)
    maintenance = Maintenance(configured(one_redis))
    operation = maintenance.optimizing.undo()
    plan, outcome = await carried_out(maintenance, operation)
    assert "3 of them would have ended by now: they end at once." in plan.effects
    assert outcome.figures["done"] == 3
    assert not expiries(one_redis)


async def test_dead_weight_gets_an_end_beyond_the_undo_window_and_undo_takes_it_away(one_redis: Server) -> None:
    fill(one_redis, "t1", 5, hit=99, ttl=None)
    sessions = one_redis.client(0)
    sessions.hset("tenant:t1:mobile:session:old", mapping={"last_activity": "2020-01-01T00:00:00Z", "platform": "web"})
    sessions.hset("tenant:t1:mobile:session:silent", mapping={"platform": "web"})
    sessions.hset("tenant:t1:sdk:session:new", mapping={"last_activity": "2999-01-01T00:00:00Z"})
    off = await optimized(configured(one_redis), "t1")
    assert not off[2].changes
    (advice,) = off[2].advice
    assert (advice.advice, advice.figures["endless"], advice.figures["abandoned"]) == (Advice.DEAD_WEIGHT, 5, 1)
    config = configured(one_redis, dead_weight=True, undo_hours=24)
    _plan, outcome, _operation = await optimized(config, "t1")
    assert outcome.figures["done"] == 6
    ends = [*expiries(one_redis).values(), sessions.pexpiretime("tenant:t1:mobile:session:old")]
    assert all(end > (time.time() + 24 * 3600) * 1000 for end in ends)
    assert sessions.pexpiretime("tenant:t1:mobile:session:silent") == -1
    assert sessions.pexpiretime("tenant:t1:sdk:session:new") == -1
    await undone(config)
    assert set(expiries(one_redis).values()) == {-1}
    assert sessions.pexpiretime("tenant:t1:mobile:session:old") == -1


async def test_an_unasked_run_leaves_dead_weight_alone_unless_told_to(one_redis: Server) -> None:
    fill(one_redis, "t1", 5, hit=99, ttl=None)
    assert not (await optimized(configured(one_redis, dead_weight=True), automatic=True))[2].changes
    found = await optimized(configured(one_redis, dead_weight=True, clean_up=True), automatic=True)
    assert len(found[2].changes) == 5


async def test_quiet_hours_are_the_tenant_s_own(one_redis: Server) -> None:
    for name, zone in (("east", "Etc/GMT-12"), ("west", "Etc/GMT+0"), ("nowhere", "Mars/Base")):
        fill(one_redis, name, 3)
        one_redis.client(7).hset(f"config:tenant:{name}", "timezone", zone)
    hour = time.gmtime().tm_hour
    quiet = f"{(hour + 11) % 24:02}:00-{(hour + 14) % 24:02}:00"
    plan, _outcome, operation = await optimized(configured(one_redis, quiet_hours=quiet), automatic=True)
    assert {change.tenant for change in operation.changes} == {"east"}
    assert any(effect.startswith("2 tenants are left out") for effect in plan.effects)
    assert len((await optimized(configured(one_redis, quiet_hours=quiet)))[2].changes) == 6


async def test_limits_of_a_pass_are_kept_and_the_worst_come_first(one_redis: Server) -> None:
    for number, hit in enumerate((80, 20, 50)):
        fill(one_redis, f"t{number}", 30, hit=hit)
    _plan, _outcome, operation = await optimized(configured(one_redis, changes=25), automatic=True)
    counts = {name: sum(change.tenant == name for change in operation.changes) for name in ("t0", "t1", "t2")}
    assert counts == {"t0": 0, "t1": 20, "t2": 5}


async def test_reads_are_bounded_and_counted_as_the_server_counts_them(one_redis: Server) -> None:
    for number in range(10):
        fill(one_redis, f"t{number}", 60)
    stats = one_redis.client()
    stats.config_resetstat()
    maintenance = Maintenance(configured(one_redis, reads=150, keys=10))
    operation = maintenance.optimizing.apply(None)
    await operation.look(_run())
    counted = stats.info("stats")
    caused = counted["keyspace_hits"] + counted["keyspace_misses"]
    plan = await maintenance.door.plan(operation)
    await operation.close()
    assert f"{caused} reads of ours are in the server's hit ratio" in " ".join(plan.effects)
    assert stats.info("commandstats")["cmdstat_pexpiretime"]["calls"] == 150


async def test_a_run_over_many_tenants_keeps_to_the_budget(one_redis: Server) -> None:
    """What `bench/optimize.py` measures for 10,000 tenants: the server's own word of what we cost it, against the clock."""

    async def test() -> None:
        one_redis.client().flushall()
        tenants, keys, budget = 400, 12, 0.02
        pipeline = one_redis.client(CACHE).pipeline(transaction=False)
        for number in range(tenants * keys):
            pipeline.set(f"tenant:t{number % tenants}:api:crm:{number}", "x", ex=TTL)
        pipeline.execute()
        pipeline = one_redis.client(3).pipeline(transaction=False)
        for number in range(tenants):
            pipeline.hset(f"metrics:tenant:t{number}", "cache_hit_rate", "70")
        pipeline.execute()
        stats = one_redis.client()
        stats.config_resetstat()
        config = configured(one_redis, keys=5, changes=1500)
        config = msgspec.structs.replace(config, redis=Redis(url=one_redis.url, budget=100 * budget))
        began = time.monotonic()
        _plan, outcome, _operation = await optimized(config, automatic=True)
        seconds = time.monotonic() - began
        spent = sum(stat["usec"] for stat in stats.info("commandstats").values()) / 1e6
        assert outcome.figures["done"] == 1500
        assert spent <= budget * seconds + BURST

    # The server measures a command by the clock, also where its machine did something else meanwhile.
    await measured_again(test)


async def test_an_analysis_alone_writes_nothing(one_redis: Server) -> None:
    fill(one_redis, "t1")
    stats = one_redis.client()
    stats.config_resetstat()
    operation = Maintenance(configured(one_redis)).optimizing.apply(("t1",))
    await operation.look(_run())
    await operation.close()
    used = {name.removeprefix("cmdstat_").partition("|")[0] for name in stats.info("commandstats")}
    assert used <= {
        "hello",
        "select",
        "client",
        "info",
        "scan",
        "hmget",
        "hlen",
        "time",
        "pexpiretime",
        "memory",
        "object",
        "ping",
        "config",
    }


async def test_a_console_of_some_tenants_touches_and_sees_no_others(one_redis: Server) -> None:
    for name in ("seen", "hidden"):
        fill(one_redis, name, 5)
    everybody = configured(one_redis)
    limited = msgspec.structs.replace(everybody, tenants=("seen",))
    _plan, outcome, operation = await optimized(limited)
    assert {change.tenant for change in operation.changes} == {"seen"}
    assert outcome.figures["done"] == 5
    assert [known.tenant for known in operation.analyses] == ["seen"]
    with pytest.raises(RefusedError, match="limited to some tenants"):
        Maintenance(limited).optimizing.apply(("seen", "hidden"))
    await optimized(everybody, "hidden")
    assert len(list(Maintenance(everybody).optimizing.history())) == 2
    assert [each.beginning.tenants for each in Maintenance(limited).optimizing.history()] == [("seen",)]
    newest = next(Maintenance(everybody).optimizing.history())
    with pytest.raises(RefusedError, match="limited to some tenants"):
        Maintenance(limited).optimizing.undo(newest.id)


async def test_a_pass_that_is_stopped_can_be_undone(one_redis: Server) -> None:
    fill(one_redis, "t1", 300)
    before = expiries(one_redis)
    maintenance = Maintenance(configured(one_redis, keys=300, sample=300))
    operation = maintenance.optimizing.apply(("t1",))
    plan = await maintenance.door.plan(operation)
    run = _run()

    def cancel(progress: Progress) -> None:
        if progress.done >= 100:
            run.cancel()

    run._tell = cancel
    with pytest.raises(StoppedError, match="100 keys got another expiry before") as stopped:
        await maintenance.door.run(operation, plan, run)
    await operation.close()
    (done,) = journal.passes()
    assert (done.result, done.fates, done.pending) == ("stopped", {"done": 100}, 0)
    assert f"optimize undo {done.id}" in stopped.value.hint
    assert (await undone(configured(one_redis))).figures["done"] == 100
    assert expiries(one_redis) == before


async def test_nobody_is_named_and_unknown_tenants_are_refused(one_redis: Server) -> None:
    fill(one_redis, "t1")
    operation = Maintenance(configured(one_redis)).optimizing.apply(("t1", "t2"))
    with pytest.raises(UsageError, match="nothing of t2"):
        await operation.plan()
    await operation.close()
    with pytest.raises(UsageError, match="nothing was optimised yet"):
        Maintenance(configured(one_redis)).optimizing.undo()


async def test_a_second_operator_waits_for_the_first(one_redis: Server) -> None:
    fill(one_redis, "t1")
    before = expiries(one_redis)
    one_redis.client().set(REDIS_LOCK.decode(), "somebody else's", ex=30)
    with pytest.raises(LockedError):
        await optimized(configured(one_redis), "t1")
    assert expiries(one_redis) == before
    assert not list(journal.passes())


async def test_two_operators_who_plan_the_same_keys_change_each_once(one_redis: Server) -> None:
    fill(one_redis, "t1", 20)
    consoles = [Maintenance(configured(one_redis)) for _number in range(2)]
    operations = [console.optimizing.apply(("t1",)) for console in consoles]
    plans = [await console.door.plan(each) for console, each in zip(consoles, operations, strict=True)]
    figures = []
    for console, operation, plan in zip(consoles, operations, plans, strict=True):
        figures.append((await console.door.run(operation, plan, _run())).figures)
        await operation.close()
    assert [figure.get("done", 0) for figure in figures] == [20, 0]
    assert figures[1]["changed"] == 20


async def test_a_pass_on_another_server_is_not_undone_here(one_redis: Server, guarded: Server) -> None:
    fill(guarded, "t1", 5)
    await optimized(as_users(guarded, "kx_maintain"), "t1")
    fill(one_redis, "t1", 5)
    before = expiries(one_redis)
    with pytest.raises(RefusedError, match="that was another server"):
        await undone(configured(one_redis))
    assert expiries(one_redis) == before


def test_quiet_hours_that_cannot_be_read_are_a_mistake_of_the_configuration(one_redis: Server) -> None:
    with pytest.raises(ConfigError, match="quiet_hours"):
        Maintenance(configured(one_redis, quiet_hours="at night")).optimizing.apply(None)


async def test_what_was_done_is_in_the_audit_log_and_the_journal_is_private(one_redis: Server) -> None:
    fill(one_redis, "t1")
    await optimized(configured(one_redis), "t1")
    await undone(configured(one_redis))
    assert [(line.event, line.action) for line in AuditLog().entries()] == [
        ("started", "optimize.apply"),
        ("finished", "optimize.apply"),
        ("started", "optimize.undo"),
        ("finished", "optimize.undo"),
    ]
    (path,) = journal.folder().glob("*.jsonl")
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["begin", "batch", "applied", "end", "undone"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server with a maintaining user as provisioned, and one who may only read."""
    with RedisServer() as server:
        admin = server.client()
        run_line(admin, acl_line("kx_maintain", grant(Purpose.MAINTAIN, KRYONIX)))
        run_line(admin, acl_line("kx_mon", grant(Purpose.MONITOR, KRYONIX)))
        yield server


def as_users(server: Server, maintain: str) -> Config:
    credentials = Credentials(
        monitor=Credential(username="kx_mon", password="PASSWORD"),
        maintain=Credential(username=maintain, password="PASSWORD"),
    )
    return Config(role="operator", redis=Redis(url=server.url, credentials=credentials))


async def test_the_provisioned_users_are_enough(guarded: Server) -> None:
    fill(guarded, "t1", 20)
    _plan, outcome, _operation = await optimized(as_users(guarded, "kx_maintain"), "t1")
    assert outcome.figures["done"] == 20
    assert (await undone(as_users(guarded, "kx_maintain"))).figures["done"] == 20


async def test_a_server_that_counts_reads_tells_hot_keys_and_not_since_when_others_are_idle(guarded: Server) -> None:
    fill(guarded, "t1", 5, hit=99)
    admin = guarded.client()
    admin.config_set("maxmemory-policy", "volatile-lfu")
    try:
        operation = Maintenance(as_users(guarded, "kx_maintain")).optimizing.apply(("t1",))
        await operation.look(_run())
        await operation.close()
    finally:
        admin.config_set("maxmemory-policy", "noeviction")
    (known,) = operation.analyses
    assert "idle" in known.unknown
    assert "frequency" not in known.unknown
    assert all(key.frequency is not None for key in known.seen if key.kind == "api_cache")


async def test_a_monitor_that_may_not_read_expiries_is_told(guarded: Server) -> None:
    fill(guarded, "t1", 5)
    line = acl_line("kx_poor", grant(Purpose.MONITOR, KRYONIX)).replace(" +pexpiretime", "")
    run_line(guarded.client(), line)
    poor = Credentials(monitor=Credential(username="kx_poor", password="PASSWORD"))
    config = Config(role="operator", redis=Redis(url=guarded.url, credentials=poor))
    operation = Maintenance(config).optimizing.apply(("t1",))
    with pytest.raises(AuthenticationError, match="pexpiretime"):
        await operation.look(_run())
    await operation.close()


async def test_results_are_kept_where_that_is_wished_for_and_permitted(guarded: Server) -> None:
    fill(guarded, "t1", 20)
    key, db = "ai:analysis_result:tenant:t1", guarded.client(4)
    db.delete(key)
    await optimized(as_users(guarded, "kx_maintain"), "t1")
    assert not db.exists(key), "nothing is kept unless it is wished for"
    await undone(as_users(guarded, "kx_maintain"))
    wished = msgspec.structs.replace(as_users(guarded, "kx_maintain"), optimize=Limits(keep_result=True))
    _plan, refused, _operation = await optimized(wished, "t1")
    assert "1 result was not kept" in refused.notices[0]
    await undone(wished)
    line = acl_line("kx_keeper", grant(Purpose.MAINTAIN, KRYONIX, keeps_results=True))
    assert line.endswith('"(~ai:analysis_result:tenant:* +set)"')
    run_line(guarded.client(), line)
    wished = msgspec.structs.replace(as_users(guarded, "kx_keeper"), optimize=Limits(keep_result=True))
    maintenance = Maintenance(wished)
    operation = maintenance.optimizing.apply(("t1",))
    plan = await maintenance.door.plan(operation)
    assert any("is written to ai:analysis_result" in effect for effect in plan.effects)
    # What others did meanwhile is nothing that we have done.
    for change in operation.changes[:3]:
        guarded.client(change.db).delete(change.key)
    outcome = await maintenance.door.run(operation, plan, _run())
    await operation.close()
    assert not outcome.notices
    result = json.loads(db.get(key) or b"")
    assert (result["tenant_id"], result["optimizations_applied"], result["keys_changed"]) == ("t1", ["longer_ttl"], 17)
    assert 86_000 < db.ttl(key) <= 86_400
    await undone(wished)


async def test_a_missing_permission_is_told_with_the_line_that_grants_it(guarded: Server) -> None:
    fill(guarded, "t1", 20)
    before = expiries(guarded)
    operation = Maintenance(as_users(guarded, "kx_mon")).optimizing.apply(("t1",))
    with pytest.raises(RefusedError, match=r"may not .*pexpireat") as refused:
        await operation.plan()
    await operation.close()
    assert "ACL SETUSER" in refused.value.hint
    assert expiries(guarded) == before


async def _chosen(config: Config, *tenants: str) -> tuple[Change, ...]:
    operation = Maintenance(config).optimizing.apply(tenants)
    await operation.look(_run())
    await operation.close()
    return operation.changes


def _run() -> Any:
    from kryonix_tui.maintenance.door import Run

    return Run()

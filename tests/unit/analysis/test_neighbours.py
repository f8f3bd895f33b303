"""Who costs what, as the assembler puts it together; memory by database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.analysis.neighbours import SLOWEST, CostLedger
from kryonix_tui.analysis.update import Update
from kryonix_tui.model.census import BigKey, Census, TenantCensus
from kryonix_tui.model.server import SlowLogEntry
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading
from tests.unit.builders import METRICS, NOW, SESSION, WALL, ago, assembler, census, facts, server, snapshot, update


def _slow(number: int, tenant: str | None, millis: int) -> SlowLogEntry:
    return SlowLogEntry(number, int(WALL), millis * 1000, "GET", tenant=tenant, module="crm")


def _sized(found: Census, sizes: dict[str, int], **changes: object) -> Census:
    tenants = {name: replace(found.tenants[name], sizes={METRICS: size}) for name, size in sizes.items()}
    return replace(found, tenants={**found.tenants, **tenants}, sampled=9, **changes)  # type: ignore[arg-type]


def test_nothing_is_known_before_anything_was_read() -> None:
    known = update().platform.neighbours
    assert (known.slow, known.top, known.growth_seconds) == (None, (), None)


def test_costs_of_a_tenant_come_together() -> None:
    big = BigKey(3, b"metrics:tenant:a", "metrics", "a", 2_000_000)
    counted = _sized(census({"a": {METRICS: 5}, "b": {METRICS: 1}}), {"a": 4_000_000, "b": 10}, big_keys=(big,))
    taken = snapshot(server=server(slow_log=(_slow(0, "a", 30), _slow(1, "b", 10))), census=counted)
    first = update(taken).platform.neighbours.top[0]
    assert (first.tenant, first.slow.calls, first.slow_share) == ("a", 1, 75)
    assert (first.bytes, first.big_keys) == (4_000_000, (big,))
    assert first.keys_per_minute is None, "one pass of the census says nothing about growth"


def test_the_slowest_come_first_and_the_rest_is_summed_up() -> None:
    log = tuple(_slow(number, f"t{number}", 10 + number) for number in range(SLOWEST + 5))
    known = update(snapshot(server=server(slow_log=log))).platform.neighbours
    assert [cost.tenant for cost in known.top] == [f"t{number}" for number in range(SLOWEST + 4, 4, -1)]
    assert known.others.calls == 5
    assert known.others.seconds == pytest.approx(0.060)


def test_who_only_grows_is_named_too() -> None:
    here = assembler()
    counts = {name: {METRICS: 5, SESSION: 100} for name in ("a", "b", "c")}
    before = snapshot(
        server=Reading(server(), ago(120)), census=Reading(census(counts), ago(120)), facts=[facts("b", ago(120))]
    )
    here.assemble(before)
    after = replace(
        before,
        census=Reading(census({**counts, "c": {METRICS: 5, SESSION: 300}}), NOW),
        facts={"b": facts("b", NOW, queues={"whatsapp": 20})},
    )
    known = here.assemble(after).neighbours
    assert [cost.tenant for cost in known.top] == ["c", "b"]
    assert known.growth_seconds == 120
    assert known.cost("c").keys_per_minute == 100
    assert known.cost("a").keys_per_minute == 0
    assert known.cost("b").queue_per_minute == 10
    assert known.cost("a").queue_per_minute is None


def test_a_refresh_without_news_is_the_same_as_before() -> None:
    here = assembler()
    taken = snapshot(server=server(slow_log=(_slow(0, "a", 30),)), census=census({"a": {METRICS: 5}}))
    first = here.assemble(taken).neighbours
    again = here.assemble(replace(taken, taken_at=NOW)).neighbours
    assert again == first
    assert again.slow is first.slow


def test_a_tenant_that_is_gone_leaves_the_ledger() -> None:
    ledger = CostLedger()
    slow = snapshot(server=server(), census=_sized(census({"a": {METRICS: 5}}), {"a": 100}))
    assert [cost.tenant for cost in ledger.enter(slow, update(slow).platform.tenants, ["a"]).top] == ["a"]
    empty = replace(slow, census=Reading(census({}), NOW))
    assert ledger.enter(empty, {}, ["a"]).top == ()


def _databases(shown: Update) -> dict[int, int | None]:
    return {database.db: database.bytes for database in shown.platform.databases if database.bytes}


def test_memory_of_databases_counts_tenants_and_those_of_no_tenant() -> None:
    counted = _sized(census({"a": {METRICS: 5}, "b": {METRICS: 1}}), {"a": 1000, "b": 200}, mean_sizes={METRICS: 50})
    database = counted.databases[3]
    counted = replace(counted, databases={3: replace(database, keys=10, kinds={"metrics": 10})})
    shown = update(snapshot(server=server(), census=counted))
    assert _databases(shown) == {3: 1000 + 200 + 4 * 50}
    assert shown.platform.bytes == 1400


def test_memory_follows_tenants_that_change_and_go() -> None:
    here = assembler()

    def databases(found: Census) -> dict[int, int | None]:
        taken: Snapshot = snapshot(server=server(), census=found)
        return {known.db: known.bytes for known in here.assemble(taken).databases if known.bytes}

    assert databases(_sized(census({"a": {METRICS: 5}, "b": {METRICS: 1}}), {"a": 1000, "b": 200})) == {3: 1200}
    assert databases(_sized(census({"a": {METRICS: 6}}), {"a": 1500})) == {3: 1500}


def test_memory_is_unknown_where_nothing_was_sampled() -> None:
    shown = update(snapshot(server=server(), census=census({"a": {METRICS: 5}})))
    assert shown.platform.bytes is None
    assert TenantCensus("a", {}).bytes is None

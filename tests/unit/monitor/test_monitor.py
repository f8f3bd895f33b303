"""All sources together: each at its own pace, each failing alone."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from types import SimpleNamespace

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant, now
from kryonix_tui.errors import UnreachableError
from kryonix_tui.model.census import Census
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.monitor import monitor as monitor_module
from kryonix_tui.monitor import poller as poller_module
from kryonix_tui.monitor.monitor import ROTATION_LEAST
from kryonix_tui.monitor.turn import LEAST_TURN, next_turn
from tests.unit.builders import alert, alerts
from tests.unit.monitor.fakes import NEVER, OFTEN, FakeRedis, World, counted

DEAD = UnreachableError("nobody there", hint="Start it.")
READ = (SourceName.REDIS, SourceName.CENSUS, SourceName.TENANTS, SourceName.PROMETHEUS, SourceName.ALERTMANAGER)


def _condition(update: Update, name: SourceName) -> Condition:
    return update.snapshot.sources[name].condition


def _all_read(update: Update) -> bool:
    return all(_condition(update, name) is Condition.OK for name in READ)


def _tenants(update: Update) -> set[str]:
    return set(update.platform.tenants)


def _stepwise(*steps: Census | Exception) -> FakeRedis:
    return FakeRedis(steps=list(steps), turns=asyncio.Queue())


async def test_before_any_answer_there_is_an_update_to_show() -> None:
    update = World().monitor().update
    assert all(state.condition is Condition.WAITING for state in update.snapshot.sources.values())
    assert len(update.platform.databases) == 16


async def test_everything_is_read_and_told() -> None:
    world = World()
    async with world.running() as watched:
        update = await watched.until(_all_read)
    assert _tenants(update) == {"acme"}
    assert update.snapshot.server is not None
    assert update.platform.system_queues == {"auto_client_creation": 2}
    assert update.platform.tenants["acme"].facts is not None


async def test_what_is_not_configured_is_not_asked_and_says_so() -> None:
    world = World(metrics=None, alerts=None)
    async with world.running() as watched:
        update = await watched.until(lambda u: _condition(u, SourceName.TENANTS) is Condition.OK)
        watched.monitor.refresh(SourceName.PROMETHEUS)
        watched.monitor.refresh()
    for name in (SourceName.PROMETHEUS, SourceName.ALERTMANAGER):
        assert _condition(update, name) is Condition.NOT_CONFIGURED


async def test_a_failing_source_leaves_the_others_alone_and_keeps_what_it_gave() -> None:
    world = World(pace={"alertmanager": OFTEN, "redis": OFTEN})
    assert world.alerts is not None
    world.alerts.answers.value = alerts(alert())
    async with world.running() as watched:
        good = (await watched.until(_all_read)).snapshot.sources[SourceName.ALERTMANAGER].last_good
        world.alerts.answers.error = DEAD
        await watched.until(lambda u: _condition(u, SourceName.ALERTMANAGER) is Condition.FAILING)
        await world.redis.server_answers.times(world.redis.server_answers.asked + 3)
        update = await watched.until(lambda u: u.snapshot.sources[SourceName.ALERTMANAGER].failures > 1)
        assert good is not None
        failed = update.snapshot.sources[SourceName.ALERTMANAGER]
        assert failed.last_good is not None
        assert failed.last_good.steady >= good.steady
        assert [found.name for found in update.platform.alerts] == ["QueueBacklog"]
        assert _condition(update, SourceName.REDIS) is Condition.OK
        world.alerts.answers.error = None
        await watched.until(_all_read)


async def test_a_source_that_hangs_holds_nobody_up() -> None:
    world = World()
    assert world.metrics is not None
    world.metrics.answers.open.clear()
    async with world.running() as watched:
        update = await watched.until(lambda u: _condition(u, SourceName.TENANTS) is Condition.OK)
    assert _condition(update, SourceName.PROMETHEUS) is Condition.WAITING


async def test_a_defect_in_one_source_does_not_end_the_console() -> None:
    world = World()
    assert world.metrics is not None
    world.metrics.answers.error = KeyError("oops")
    async with world.running() as watched:
        update = await watched.until(
            lambda u: (
                _condition(u, SourceName.PROMETHEUS) is Condition.FAILING
                and _condition(u, SourceName.TENANTS) is Condition.OK
            )
        )
    trouble = update.snapshot.sources[SourceName.PROMETHEUS].trouble
    assert trouble is not None
    assert trouble.title == "Internal error"


async def test_what_a_pass_knows_is_shown_as_it_grows() -> None:
    steps: list[Census | Exception] = [
        counted("a", complete=False, fraction=0.3),
        counted("a", "b"),
        counted("a", "b", fraction=0.1),
        DEAD,
    ]
    redis = _stepwise(*steps)
    async with World(redis, pace={"census": OFTEN}).running() as watched:
        redis.step()
        await watched.until(lambda u: _tenants(u) == {"a"} and not u.platform.complete)
        redis.step()
        await watched.until(lambda u: _tenants(u) == {"a", "b"} and u.platform.complete)
        redis.step()
        update = await watched.until(lambda u: u.snapshot.census_progress == 0.1)
        assert update.platform.complete


async def test_a_census_in_a_hurry_begins_now() -> None:
    redis = FakeRedis()
    async with World(redis).running() as watched:
        await watched.until(_all_read)
        watched.monitor.hurry_census()
        await redis.census_answers.times(2)
    assert redis.hurried == 1


async def test_progress_is_told_during_a_pass_alone_and_ends_with_a_failure() -> None:
    redis = _stepwise(counted("a", complete=False, fraction=0.5), DEAD)
    async with World(redis).running() as watched:
        redis.step()
        await watched.until(lambda u: u.snapshot.census_progress == 0.5)
        redis.step()
        update = await watched.until(lambda u: _condition(u, SourceName.CENSUS) is Condition.FAILING)
    assert update.snapshot.census_progress is None
    assert _tenants(update) == {"a"}


async def test_a_census_is_not_stale_while_its_next_pass_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    present = [now()]
    for module in (monitor_module, poller_module):
        monkeypatch.setattr(module, "now", lambda: present[0])
    monkeypatch.setattr(poller_module, "time", SimpleNamespace(monotonic=lambda: present[0].steady))
    redis = _stepwise(*(counted("a", fraction=0.1) for _ in range(4)), counted("a"))
    world = World(redis, pace={"census": OFTEN})
    async with world.running() as watched:
        for _ in range(5):
            redis.step()
        await watched.until(lambda u: u.platform.complete and u.snapshot.census_progress is None)
        await redis.census_answers.times(2)
        for _ in range(4):
            # A pass that lasts many intervals.
            present[0] = Instant(present[0].wall + 0.2, present[0].steady + 0.2)
            watched.updates.clear()
            redis.step()
            update = await watched.until(lambda u: u.snapshot.census_progress is not None)
            assert not update.snapshot.sources[SourceName.CENSUS].stale(update.snapshot.taken_at)


async def test_facts_are_read_only_when_a_census_has_seen_keys() -> None:
    redis = _stepwise(counted("a", complete=False, fraction=0.5), counted("a"))
    async with World(redis, pace={"redis": OFTEN, "tenants": OFTEN}).running() as watched:
        await redis.server_answers.times(5)
        assert _condition(watched.updates[-1], SourceName.TENANTS) is Condition.WAITING
        assert redis.rounds == []
        redis.step()
        await watched.until(lambda u: _condition(u, SourceName.TENANTS) is Condition.OK)
    assert redis.rounds[0] == ["a"]


async def test_tenants_in_view_come_first_and_every_other_in_its_turn() -> None:
    names = [f"t{number:04}" for number in range(3 * ROTATION_LEAST + 20)]
    redis = FakeRedis(steps=[counted(*names)])
    world = World(redis, pace={"tenants": OFTEN})
    async with world.running() as watched:
        watched.monitor.look_at(["t0319", "ghost", "t0007"])
        await redis.facts_answers.times(5)
        update = await watched.until(lambda u: len(u.snapshot.facts) == len(names))
    for wanted in redis.rounds:
        assert wanted[:2] == ["t0319", "t0007"]
        assert len(wanted) <= ROTATION_LEAST + 2
        assert len(set(wanted)) == len(wanted)
    assert set(update.snapshot.facts) == set(names)


async def test_looking_at_somebody_new_reads_at_once_and_looking_on_does_not() -> None:
    names = [f"t{number:04}" for number in range(2 * ROTATION_LEAST)]
    redis = FakeRedis(steps=[counted(*names)])
    async with World(redis).running() as watched:
        await watched.until(lambda u: len(u.snapshot.facts) >= ROTATION_LEAST)
        rounds = redis.facts_answers.asked
        last = next(name for name in reversed(names) if name not in watched.updates[-1].snapshot.facts)
        watched.monitor.look_at([last])
        await redis.facts_answers.times(rounds + 1)
        await watched.until(lambda u: last in u.snapshot.facts)
        rounds = redis.facts_answers.asked
        for _ in range(5):
            watched.monitor.look_at([last])
            await asyncio.sleep(0)
        watched.monitor.refresh(SourceName.ALERTMANAGER)
        assert redis.facts_answers.asked == rounds


async def test_scrolling_does_not_hammer_a_server_that_fails() -> None:
    names = [f"t{number:04}" for number in range(3 * ROTATION_LEAST)]
    redis = FakeRedis(steps=[counted(*names)])
    redis.facts_answers.error = DEAD
    async with World(redis).running() as watched:
        await watched.until(lambda u: _condition(u, SourceName.TENANTS) is Condition.FAILING)
        asked = redis.facts_answers.asked
        for name in names[:20]:
            watched.monitor.look_at([name])
            await asyncio.sleep(0)
        assert redis.facts_answers.asked == asked
        watched.monitor.refresh(SourceName.TENANTS)  # a person may always ask
        await redis.facts_answers.times(asked + 1)


async def test_facts_of_vanished_tenants_go_after_a_complete_census_and_not_before() -> None:
    redis = _stepwise(counted("a", "b", complete=False, fraction=0.9), counted("b"))
    async with World(redis, pace={"tenants": OFTEN}).running() as watched:
        redis.step()
        await watched.until(lambda u: set(u.snapshot.facts) == {"a", "b"})
        await redis.facts_answers.times(redis.facts_answers.asked + 2)
        assert set(watched.updates[-1].snapshot.facts) == {"a", "b"}
        redis.step()
        await watched.until(lambda u: set(u.snapshot.facts) == {"b"})


async def test_when_redis_is_back_its_other_readings_do_not_wait() -> None:
    redis = FakeRedis()
    redis.server_answers.error = DEAD
    redis.census_answers.error = DEAD
    async with World(redis, pace={"redis": OFTEN, "census": NEVER}).running() as watched:
        await watched.until(
            lambda u: all(_condition(u, name) is Condition.FAILING for name in (SourceName.REDIS, SourceName.CENSUS))
        )
        redis.census_answers.error = None
        redis.server_answers.error = None
        await watched.until(_all_read)


async def test_updates_are_coalesced(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(pace={"redis": OFTEN})
    async with world.running() as watched:
        await watched.until(_all_read)
        monkeypatch.setattr(monitor_module, "QUIET", NEVER)
        told = len(watched.updates)
        await world.redis.server_answers.times(world.redis.server_answers.asked + 20)
    # One may have been under way.
    assert len(watched.updates) <= told + 1


async def test_the_first_facts_of_tenants_are_told_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "QUIET", NEVER)
    redis = _stepwise(counted(complete=False, fraction=0.1), counted("a"))
    async with World(redis).running() as watched:
        redis.step()
        await watched.until(lambda u: u.snapshot.census_progress == 0.1)
        redis.step()
        await watched.until(lambda u: "a" in u.snapshot.facts)


async def test_at_rest_a_reading_of_the_server_sets_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(pace={"redis": 0.05, "alertmanager": OFTEN})
    assert world.alerts is not None
    async with world.running() as watched:
        await watched.until(_all_read)
        monkeypatch.setattr(monitor_module, "EAGER", 0.0)
        monkeypatch.setattr(monitor_module, "BEAT", NEVER)
        servers, told = world.redis.server_answers.asked, len(watched.updates)
        await world.alerts.answers.times(world.alerts.answers.asked + 100)
        servers, told = world.redis.server_answers.asked - servers, len(watched.updates) - told
        for _reading in range(3):
            newest = watched.updates[-1]
            await watched.until(lambda update, newest=newest: update is not newest)  # type: ignore[misc]
    # One update may be under way at either end of what was counted; a slow one stands for several readings.
    assert told <= servers + 2


async def test_who_asks_for_something_does_not_wait_for_the_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_module, "BEAT", NEVER)
    world = World(pace={"alertmanager": OFTEN})
    assert world.alerts is not None
    async with world.running() as watched:
        await watched.until(_all_read)
        monkeypatch.setattr(monitor_module, "EAGER", 0.0)
        await world.alerts.answers.times(world.alerts.answers.asked + 20)
        told = len(watched.updates)
        await world.alerts.answers.times(world.alerts.answers.asked + 20)
        assert len(watched.updates) == told
        watched.monitor.refresh(SourceName.PROMETHEUS)
        newest = watched.updates[-1]
        await watched.until(lambda update: update is not newest)


async def test_however_long_an_update_takes_what_was_read_is_told_before_it_looks_stale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(monitor_module, "QUIET_SHARE", 1e-9)
    async with World(pace={"redis": OFTEN}).running() as watched:
        for _update in range(3):
            newest = watched.updates[-1] if watched.updates else None
            await watched.until(lambda u, newest=newest: _all_read(u) and u is not newest)  # type: ignore[misc]


async def test_a_refresh_reads_one_source_or_all() -> None:
    world = World()
    assert world.metrics is not None
    assert world.alerts is not None
    async with world.running() as watched:
        await watched.until(_all_read)
        watched.monitor.refresh(SourceName.PROMETHEUS)
        await world.metrics.answers.times(2)
        assert world.alerts.answers.asked == 1
        watched.monitor.refresh()
        await world.metrics.answers.times(3)
        await world.alerts.answers.times(2)
        await world.redis.server_answers.times(2)


async def test_connections_are_closed_when_it_is_cancelled() -> None:
    world = World()
    async with world.running() as watched:
        await watched.until(_all_read)
        assert world.redis.closed == 0
    assert world.metrics is not None
    assert world.alerts is not None
    assert (world.redis.closed, world.metrics.closed, world.alerts.closed) == (1, 1, 1)


async def test_history_gets_one_sample_for_each_reading_of_the_server() -> None:
    world = World(pace={"redis": OFTEN, "alertmanager": OFTEN})
    async with world.running() as watched:
        await world.redis.server_answers.times(10)
        update = await watched.until(lambda u: len(u.history.platform["ops"].last(10)) >= 3)
        assert len(update.history.platform["ops"].last(1000)) <= world.redis.server_answers.asked


async def test_collect_reads_everything_once() -> None:
    world = World(FakeRedis(steps=[counted("a", complete=False, fraction=0.5), counted("a", "b")]))
    update = await world.monitor().collect(None)
    assert _all_read(update)
    assert update.platform.complete
    assert set(update.snapshot.facts) == {"a", "b"}
    assert world.redis.server_answers.asked == 1


async def test_collect_cuts_a_slow_census_short_and_reads_facts_of_those_it_saw() -> None:
    redis = _stepwise(counted("a", complete=False, fraction=0.25), counted("a", "b"))
    redis.step()
    update = await World(redis).monitor().collect(0.05)
    assert _tenants(update) == {"a"}
    assert not update.platform.complete
    assert set(update.snapshot.facts) == {"a"}
    assert _condition(update, SourceName.CENSUS) is Condition.OK


async def test_collect_says_so_where_a_census_saw_nothing_in_time() -> None:
    update = await World(_stepwise(counted("a"))).monitor().collect(0.02)
    census = update.snapshot.sources[SourceName.CENSUS]
    assert census.condition is Condition.FAILING
    assert census.trouble is not None
    assert update.snapshot.census is None
    assert _condition(update, SourceName.TENANTS) is Condition.WAITING


async def test_collect_without_redis_still_brings_the_rest() -> None:
    world = World()
    world.redis.server_answers.error = DEAD
    update = await world.monitor().collect(None)
    assert _condition(update, SourceName.REDIS) is Condition.FAILING
    assert update.snapshot.metrics is not None
    assert update.snapshot.metrics.value == MetricsFacts()
    assert world.redis.census_answers.asked == 0


async def test_a_listener_that_fails_ends_the_monitor_and_closes_the_connections() -> None:
    world = World()
    monitor = world.monitor()

    def broken(_update: Update) -> None:
        raise ZeroDivisionError

    monitor.listen(broken)
    with suppress(ExceptionGroup):
        await asyncio.wait_for(monitor.run(), 60)
    assert world.redis.closed == 1


async def test_the_collector_of_cycles_is_as_it_was_when_the_monitor_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kryonix_tui.monitor.garbage.WORTH", 0)
    before, monitor, meanwhile = gc.get_threshold(), World().monitor(), []

    def broken(_update: Update) -> None:
        meanwhile.append(gc.get_threshold())
        raise ZeroDivisionError

    monitor.listen(broken)
    with suppress(ExceptionGroup):
        await asyncio.wait_for(monitor.run(), 60)
    gc.unfreeze()
    assert meanwhile != [before]
    assert gc.get_threshold() == before


def test_turns_shorten_over_the_budget_and_grow_back_below_it() -> None:
    costly, cheap = OwnLoad(share=0.09, budget=0.05), OwnLoad(share=0.02, budget=0.05)
    turn = 1.0
    for _ in range(20):
        turn = next_turn(turn, costly)
    assert turn == LEAST_TURN
    for _ in range(20):
        turn = next_turn(turn, cheap)
    assert turn == 1.0
    assert next_turn(0.5, OwnLoad(share=0.9, budget=0.05, hurried=True)) == 0.5
    assert next_turn(0.5, OwnLoad()) == 0.5

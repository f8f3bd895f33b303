"""The recent past: bounded, with gaps where nothing was known, and never one tenant's for another's."""

from __future__ import annotations

import math
import threading
import time
import tracemalloc
from collections.abc import Iterable
from dataclasses import replace

import pytest

from kryonix_tui import clock
from kryonix_tui.analysis.frames import STEP
from kryonix_tui.analysis.history import LOOKED_AT, History
from kryonix_tui.analysis.series import DAY
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Database, HitRate, Platform, Sessions, Tenant, Witness
from tests.unit.builders import NOW, ago, facts, state

HOUR = 3600.0
MOST_BYTES = 100_000_000


def tenant(name: str, *, hit_rate: float = 90.0, queue: int = 4, sessions: int = 2) -> Tenant:
    """Return a tenant of whom everything is known."""
    return Tenant(
        name,
        hit_rate=HitRate(Witness("redis:metrics", hit_rate, NOW)),
        queues={"crm": queue},
        facts=facts(name),
        sessions=Sessions(sessions),
    )


def platform(seconds: float, *tenants: Tenant | str) -> Platform:
    """Return a platform so many seconds from now on."""
    made = [tenant(entry) if isinstance(entry, str) else entry for entry in tenants]
    return Platform(
        at=ago(-seconds),
        tenants={entry.tenant: entry for entry in made},
        databases=(Database(0, "Mobile sessions", keys=7),),
        complete=True,
    )


def record(history: History, moments: Iterable[float], *tenants: Tenant | str) -> None:
    """Record a platform at each of some moments."""
    shown = platform(0, *tenants)
    for seconds in moments:
        history.record(replace(shown, at=ago(-seconds)), {})


def past(history: History, name: str, figure: str, start: float, end: float) -> list[float]:
    """Return a tenant's figure between two moments."""
    points = history.tenant(name, figure).between(NOW.steady + start, NOW.steady + end, 100_000)
    return [value for _at, value in points]


def test_figures_databases_and_tenants_are_recorded() -> None:
    history = History()
    history.record(platform(0, "acme"), {"ops": 12.0, "unheard_of": 1.0})
    history.record(platform(2, "acme"), {"ops": 13.0})
    assert history.platform["ops"].last(10) == [12, 13]
    assert all(math.isnan(value) for value in history.platform["memory"].last(10))
    assert "unheard_of" not in history.platform
    assert history.database_keys[0].last(10) == [7, 7]
    assert {name: history.tenant("acme", name).last(10) for name in ("hit_rate", "queue_depth", "sessions")} == {
        "hit_rate": [90],
        "queue_depth": [4],
        "sessions": [2],
    }


def test_a_moment_is_recorded_once() -> None:
    history = History()
    for seconds in (0, 0, -1, 1):
        history.record(platform(seconds), {"ops": 1.0})
    assert len(history.platform["ops"].last(10)) == 2


def test_tenants_are_recorded_less_often_than_the_platform() -> None:
    history = History()
    record(history, [number * 1.0 for number in range(20)], "acme")
    assert len(history.platform["ops"].last(100)) == 20
    assert len(history.tenant("acme", "hit_rate").last(100)) == pytest.approx(20 / STEP, abs=1)


def test_a_tenant_of_whom_nothing_is_known_has_a_gap() -> None:
    history = History()
    record(history, [0], Tenant("acme"))
    assert all(math.isnan(history.tenant("acme", name).last(1)[0]) for name in ("hit_rate", "queue_depth"))
    assert history.tenant("acme", "sessions").last(1) == [0]


def test_a_tenant_that_vanished_leaves_its_place_and_nobody_inherits_its_past() -> None:
    history = History()
    record(history, (0, STEP), tenant("acme", queue=77), "beta")
    record(history, (2 * STEP,), "beta")
    assert history.tenant("acme", "queue_depth").last(10) == []
    record(history, (3 * STEP, 4 * STEP), "beta", tenant("newcomer", queue=1))
    assert history.tenant("newcomer", "queue_depth").last(10) == [1, 1]
    assert past(history, "newcomer", "queue_depth", -DAY, DAY) == [1, 1]
    assert history.tenant("beta", "queue_depth").last(10) == [4] * 5


@pytest.mark.parametrize("moved", range(0, 300, 25))
def test_a_minute_in_which_a_place_changed_hands_is_nobodys(moved: int) -> None:
    history = History()
    record(history, range(moved, moved + 20, 5), tenant("old", queue=900))
    record(history, (moved + 20,))
    record(history, range(moved + 25, moved + 7_000, 5), tenant("new", queue=3))
    assert {value for value in past(history, "new", "queue_depth", 0, 8_000) if math.isfinite(value)} == {3}


def test_of_a_queue_the_peak_is_kept_and_of_a_rate_the_mean() -> None:
    history = History()
    for number in range(int(2 * HOUR / STEP)):
        busy = number % 60 == 0
        history.record(
            platform(number * STEP, tenant("acme", queue=600 if busy else 0, hit_rate=30 if busy else 90)), {}
        )
    early = (0, HOUR / 2)
    assert set(past(history, "acme", "queue_depth", *early)) == {600}
    assert past(history, "acme", "hit_rate", *early)[1:-1] == pytest.approx([89] * 4)


def test_who_is_looked_at_is_known_at_full_resolution_for_an_hour() -> None:
    history = History()
    moments = [number * STEP for number in range(int(2 * HOUR / STEP))]
    record(history, moments[:60], "acme", "beta")
    history.tenant("acme", "hit_rate").last(1)
    record(history, moments[60:], "acme", "beta")
    end = 2 * HOUR
    assert len(past(history, "acme", "hit_rate", end - HOUR, end)) == HOUR / STEP
    assert len(past(history, "beta", "hit_rate", end - HOUR, end)) == pytest.approx(60 + 55, abs=2)


def test_no_more_tenants_are_looked_at_than_there_is_room_for() -> None:
    history = History()
    crowd = [tenant(f"t{number}") for number in range(LOOKED_AT + 10)]
    record(history, (0,), *crowd)
    for entry in crowd:
        history.tenant(entry.tenant, "hit_rate").last(1)
    record(history, (number * STEP for number in range(1, 100)), *crowd)
    kept = [len(past(history, entry.tenant, "hit_rate", 0, HOUR)) == 100 for entry in crowd]
    assert kept == [False] * 10 + [True] * LOOKED_AT


def test_a_suspended_machine_and_a_silent_server_are_gaps() -> None:
    history = History(interval=2.0)
    record(history, [*range(0, 60, 2), *range(600, 660, 2)], "acme")
    for values in (
        [value for _at, value in history.platform["sessions"].between(NOW.steady + 70, NOW.steady + 590, 500)],
        past(history, "acme", "sessions", 70, 590),
    ):
        assert len(values) == 1
        assert math.isnan(values[0])


def test_the_steady_clock_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    counts_sleep = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    monkeypatch.setattr("kryonix_tui.clock.time.clock_gettime", {counts_sleep: 12.5}.get)
    assert clock.now().steady == 12.5


@pytest.mark.parametrize(
    ("stale", "unknown"),
    [
        ((SourceName.TENANTS,), {"queue_depth"}),
        ((SourceName.TENANTS, SourceName.PROMETHEUS), {"queue_depth", "hit_rate"}),
        ((SourceName.CENSUS,), {"sessions"}),
        ((SourceName.ALERTMANAGER,), set()),
    ],
)
def test_what_a_dead_source_said_is_not_recorded_as_if_it_were_new(
    stale: tuple[SourceName, ...], unknown: set[str]
) -> None:
    sources = {name: state(name, last_good=ago(10_000 if name in stale else 1)) for name in SourceName}
    history = History()
    figures = {"queue_depth": 1.0, "hit_rate": 1.0, "sessions": 1.0, "ops": 1.0}
    history.record(platform(0, "acme"), figures, sources)
    assert {name for name in figures if math.isnan(history.platform[name].last(1)[0])} == unknown
    of_tenant = {
        name for name in ("queue_depth", "hit_rate", "sessions") if math.isnan(history.tenant("acme", name).last(1)[0])
    }
    assert of_tenant == unknown


def test_what_is_counted_begins_when_everything_was_counted_once() -> None:
    sources = {name: state(name) for name in SourceName}
    sources[SourceName.CENSUS] = SourceState(SourceName.CENSUS, Condition.WAITING, 60.0)
    history, figures = History(), {"ops": 1.0, "hit_rate": 2.0, "sessions": 3.0, "queue_depth": 4.0}
    # The last one: a database was emptied, and is counted anew.
    for seconds, complete in ((0, False), (6, True), (12, False)):
        history.record(replace(platform(seconds, "acme"), complete=complete), figures, sources)
    for series in (history.platform, {name: history.tenant("acme", name) for name in ("sessions", "queue_depth")}):
        for name in ("sessions", "queue_depth"):
            begun, *rest = series[name].last(3)
            assert math.isnan(begun)
            assert len(rest) == 2
            assert not any(map(math.isnan, rest))
    assert not any(map(math.isnan, (*history.platform["ops"].last(3), *history.tenant("acme", "hit_rate").last(3))))


def bytes_taken(count: int, moments: Iterable[float], looked_at: int = 0) -> int:
    """Return the bytes of a history of so many tenants, recorded at these moments."""
    everybody = {f"t{number}": tenant(f"t{number}") for number in range(count)}
    shown = replace(platform(0), tenants=everybody)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        history = History()
        for seconds in moments:
            for number in range(looked_at):
                history.tenant(f"t{number}", "hit_rate").last(1)
            history.record(replace(shown, at=ago(-seconds)), {})
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(400)
def test_a_day_of_ten_thousand_tenants_takes_less_than_100_mb() -> None:
    # As many rows as each resolution keeps, but not all that they were made from: a row is as large either way; and
    # ten times a tenth (eight times an eighth of those looked at), because tracing every float takes its time.
    day = [*range(0, int(DAY - HOUR), 300), *range(int(DAY - HOUR), int(DAY), 60), *range(int(DAY), int(DAY) + 300, 5)]
    full_hours = 8 * bytes_taken(LOOKED_AT // 8, range(0, int(1.3 * HOUR), 5), LOOKED_AT // 8)
    assert 40_000_000 < 10 * bytes_taken(1_000, day) + full_hours < MOST_BYTES


def test_it_can_be_read_while_it_is_written() -> None:
    history = History()
    stop = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            seconds = 0.0
            while not stop.is_set():
                crowd = [f"t{number}" for number in range(int(seconds) % 7 + 1)]
                history.record(platform(seconds, *crowd), {"ops": seconds})
                seconds += STEP
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for round_number in range(2000):
            points = history.platform["ops"].between(-math.inf, math.inf, 100_000)
            assert all(math.isnan(value) or value == at - NOW.steady for at, value in points[-100:])
            depths = history.tenant(f"t{round_number % 7}", "queue_depth").last(60)
            # A tenant that leaves while it is read is unknown, never another one's figure.
            assert {depth for depth in depths if not math.isnan(depth)} <= {4}
    finally:
        stop.set()
        writer.join()
    assert failures == []

"""The census keeps to its budget, by the server's figures, and holds back where answers come late."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kryonix_tui.model.server import CommandStat
from kryonix_tui.sources.redis.own_traffic import SHARE_WINDOW, OwnShare, OwnTraffic
from kryonix_tui.sources.redis.pace import BURST, FIRST_COUNT, LEAST_COUNT, MOST_COUNT, Pace
from kryonix_tui.sources.redis.surroundings import LEAST, LEAST_ALONE, LEAST_PER_KEY, MOST, Surroundings


class Clock:
    """Time that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("kryonix_tui.sources.redis.pace.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def spend(pace: Pace, clock: Clock, calls: int, seconds: float = 0.001) -> float:
    """Take so many calls with their pauses; return how long all took."""
    began = clock.now
    for _ in range(calls):
        clock.now += seconds
        clock.now += pace.pause(seconds, pace.count)
    return clock.now - began


def test_calls_take_the_budget_and_no_more(clock: Clock) -> None:
    pace = Pace(0.05)
    pace.learn(0.0002, others=0.0)
    calls = 2000
    cost = calls * (pace.count * (0.0002 / FIRST_COUNT) + pace.surroundings.of_call(pace.count))
    taken = spend(pace, clock, calls, seconds=0.002)
    assert (cost - BURST) / taken == pytest.approx(0.05, rel=0.05)


def test_what_other_commands_take_comes_off_the_census_but_a_quarter_stays() -> None:
    pace = Pace(0.08)
    pace.learn(0.0002, others=0.02)
    assert pace.rate == pytest.approx(0.06)
    pace.learn(0.0002, others=0.5)
    assert pace.rate == pytest.approx(0.02)


def test_count_follows_what_a_call_takes() -> None:
    slow, quick = Pace(0.05), Pace(0.05)
    for _ in range(5):
        slow.learn(0.0002 * slow.count / FIRST_COUNT, others=0.0)
        quick.learn(0.000_001 * quick.count / FIRST_COUNT, others=0.0)
    assert slow.count == 25
    assert quick.count == MOST_COUNT
    for _ in range(20):
        slow.learn(0.05, others=0.0)
    assert slow.count == LEAST_COUNT


def test_short_calls_are_charged_for_what_surrounds_them(clock: Clock) -> None:
    pace = Pace(0.05)
    pace.learn(0.000_01, others=0.0)
    pace.count = LEAST_COUNT
    taken = spend(pace, clock, 4000, seconds=0.001)
    assert (4000 * LEAST - BURST) / taken < 0.05


def readings(*steps: tuple[float, int, int, int]) -> Surroundings:
    """Return what was learned from steps of (CPU seconds outside of commands, SCANs of ours, MEMORY USAGEs, calls of others)."""
    learned = Surroundings()
    used, scans, sizes, others = 10.0, 0, 0, 0
    for outside, more_scans, more_sizes, more_others in ((0.0, 0, 0, 0), *steps):
        scans, sizes, others = scans + more_scans, sizes + more_sizes, others + more_others
        used += outside + (more_scans * 100 + more_sizes * 2 + more_others) / 1e6
        stats = (("scan", scans, 100), ("memory|usage", sizes, 2), ("get", others, 1))
        learned.read(
            used,
            {name: CommandStat(name, calls, calls * each) for name, calls, each in stats},
            {"scan": scans, "memory|usage": sizes},
        )
    return learned


def test_what_used_cpu_has_beyond_the_commands_is_charged_by_calls() -> None:
    assert Surroundings().of_call(100) == pytest.approx(LEAST + 100 * LEAST_PER_KEY)
    assert readings((0.008, 100, 300, 0)).of_call(100) == pytest.approx(0.00008)
    assert readings((0.0001, 100, 0, 0)).of_call(100) == LEAST_ALONE


def test_calls_of_others_do_not_make_ours_cheap() -> None:
    assert readings((0.1, 100, 0, 20_000)).of_call(100) == pytest.approx(LEAST + 100 * LEAST_PER_KEY)


def test_a_server_that_is_busy_with_itself_does_not_stop_the_census() -> None:
    assert readings((0.9, 100, 0, 0)).of_call(100) == MOST


def test_a_cost_that_was_seen_is_forgotten_slowly_and_few_calls_say_nothing() -> None:
    seen = ((0.008, 100, 0, 0), (0.003, 100, 0, 0))
    assert readings(*seen).of_call(10) == pytest.approx(0.000075)
    # Two calls in a second: what the server does by itself must not be shared out to them.
    assert readings(*seen, (0.002, 2, 0, 0)).of_call(10) == pytest.approx(0.000075)


def test_after_a_restart_or_resetstat_nothing_is_learned_from_the_difference() -> None:
    learned = Surroundings()
    for used, calls in ((10.0, 1000), (10.02, 200), (10.028, 300), (0.5, 400)):
        learned.read(used, {"scan": CommandStat("scan", calls, 0)}, {"scan": calls})
    assert learned.of_call(0) == pytest.approx(0.00008)


def test_a_small_server_is_counted_without_a_wait(clock: Clock) -> None:
    pace = Pace(0.05)
    assert spend(pace, clock, 20, seconds=0.0003) == pytest.approx(20 * 0.0003)


def test_it_holds_back_where_answers_come_later_and_goes_on_when_they_do_not(clock: Clock) -> None:
    pace = Pace(0.05)
    spend(pace, clock, 30, seconds=0.001)
    pace.learn(0.0002, others=0.0)
    assert pace.held_back == 1
    spend(pace, clock, 30, seconds=0.05)
    pace.learn(0.0002, others=0.0)
    pace.learn(0.0002, others=0.0)
    assert pace.held_back == 4
    spend(pace, clock, 30, seconds=0.001)
    for _ in range(4):
        pace.learn(0.0002, others=0.0)
    assert pace.held_back == 1


def test_a_pass_in_a_hurry_has_no_pauses(clock: Clock) -> None:
    pace = Pace(0.001)
    pace.full = True
    assert spend(pace, clock, 500) == pytest.approx(0.5)


def test_the_share_is_our_calls_at_what_the_server_says_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: clock.now)
    traffic = OwnTraffic()
    share = OwnShare(traffic)
    share.read({"scan": CommandStat("scan", 1000, 50_000)})
    assert share.total is None
    for _ in range(100):
        traffic.sent("scan")
    clock.now += SHARE_WINDOW
    # Somebody else scanned too: 400 calls took 80 ms, a quarter of them were ours.
    share.read({"scan": CommandStat("scan", 1400, 130_000)})
    assert share.total == pytest.approx(100 * (0.0002 + LEAST) / SHARE_WINDOW)
    clock.now += SHARE_WINDOW
    for _ in range(10):
        traffic.sent("scan")
    # CONFIG RESETSTAT: what a call took before must do.
    share.read({"scan": CommandStat("scan", 10, 2_000)})
    assert share.total == pytest.approx(10 * (0.0002 + LEAST) / SHARE_WINDOW)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Callable[..., OwnShare]:
    """Return a share of one interval of so many seconds: of 100 SCANs with COUNT 50, and 10 pipelines of 20 HMGETs."""

    def measured(*used: float | None, seconds: float = 2.0) -> OwnShare:
        clock = Clock(monkeypatch)
        monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: clock.now)
        share = OwnShare(traffic := OwnTraffic())
        for round_, cpu in enumerate(used):
            stats = {"scan": (100, 10_000), "hmget": (200, 400), "get": (900, 900)}
            share.read({name: CommandStat(name, n * round_, took * round_) for name, (n, took) in stats.items()}, cpu)
            for name, calls in {"scan": 100, "hmget": 200}.items():
                for _ in range(calls):
                    traffic.sent(name)
            traffic.trips += 110
            traffic.scanned += 100 * 50
            clock.now += seconds
        return share

    return measured


def test_the_share_has_what_surrounds_a_call_as_the_budget_has(shared: Callable[..., OwnShare]) -> None:
    scans = 0.01 + 100 * (LEAST + 50 * LEAST_PER_KEY)
    others = 0.0004 + 10 * (LEAST + 20 * LEAST_PER_KEY)
    # A server that says nothing of its processor time; one that spent as much, and more, outside of commands.
    for used in ((None, None), (1.0, 1.03)):
        share = shared(*used)
        assert share.total == pytest.approx((scans + others) / 2)
        assert share.beside_scan == pytest.approx(others / 2)


def test_no_more_surrounds_our_calls_than_the_server_spent_outside_of_commands(shared: Callable[..., OwnShare]) -> None:
    ours, of_others = 0.01 + 0.0004, 0.0009
    assert shared(1.0, 1.0 + ours + of_others + 0.001).total == pytest.approx((ours + 0.001) / 2)


def test_the_share_is_told_over_seconds_for_what_a_rest_saved_is_spent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: clock.now)
    share, told = OwnShare(OwnTraffic()), []
    calls = 0
    for more in (0, 500, 0, 0, 0, 0, 0):
        for _ in range(more):
            share._traffic.sent("scan")
        calls += more
        share.read({"scan": CommandStat("scan", calls, calls * 100)})
        told.append(share.total)
        clock.now += 1
    burst = 500 * (0.0001 + LEAST)
    assert told == [None, *(pytest.approx(burst / seconds) for seconds in (1, 2, 3, 4, 5)), 0]


def test_a_server_that_tells_nothing_of_commands_tells_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: clock.now)
    share, told = OwnShare(traffic := OwnTraffic()), []
    for stats in ({}, {}, {"scan": CommandStat("scan", 0, 0)}, {}, {"scan": CommandStat("scan", 200, 20_000)}):
        share.read(stats)
        told.append(share.total)
        for _ in range(100):
            traffic.sent("scan")
        clock.now += 1
    assert told == [None, None, None, None, pytest.approx(200 * (0.0001 + LEAST) / 2)]


def test_what_others_scan_says_nothing_of_what_our_calls_take(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: clock.now)
    share = OwnShare(traffic := OwnTraffic())
    pace, calls, microseconds = Pace(0.05), 0, 0
    for others in (0, 0, 0, 20_000, 20_000, 20_000, 20_000):
        share.read({"scan": CommandStat("scan", calls, microseconds)})
        pace.learn(share.learned("scan"), others=0.0)
        # Twice between two readings: what was learned is learned once.
        pace.learn(share.learned("scan"), others=0.0)
        for _ in range(100):
            traffic.sent("scan")
        # Ours take a microsecond per key, those of others two in all.
        calls, microseconds = calls + 100 + others, microseconds + 100 * pace.count + others * 2
        clock.now += 1
    share.read({"scan": CommandStat("scan", calls, microseconds)})
    assert pace.per_key == pytest.approx(0.000_001, rel=0.3)
    around = 100 * pace.surroundings.of_call(0)
    assert share.total == pytest.approx(100 * pace.count * 0.000_001 + around, rel=0.3)

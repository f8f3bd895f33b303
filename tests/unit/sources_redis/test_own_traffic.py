"""The console's own load: counted since the start, rated over the last seconds."""

from __future__ import annotations

import pytest

from kryonix_tui.sources.redis import own_traffic
from kryonix_tui.sources.redis.own_traffic import OwnLookups, OwnTraffic


def test_the_rate_forgets_and_the_memory_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("kryonix_tui.sources.redis.own_traffic.time.monotonic", lambda: now[0])
    traffic = OwnTraffic()
    for _ in range(5_000):
        traffic.sent("scan")
        traffic.sent("info")
        now[0] += 0.05
    assert traffic.commands == 10_000
    assert traffic.per_second() == pytest.approx(40, rel=0.1)
    assert len(traffic._recent) <= own_traffic.RATE_WINDOW + 1
    now[0] += 60
    assert traffic.per_second() == 0


def test_hits_and_misses() -> None:
    traffic = OwnTraffic()
    for found in (True, True, False):
        traffic.looked_up(found=found)
    assert (traffic.hits, traffic.misses) == (2, 1)


def look_up(traffic: OwnTraffic, hits: int, misses: int = 0) -> None:
    """Note so many lookups."""
    for found in [True] * hits + [False] * misses:
        traffic.looked_up(found=found)


def test_ours_are_of_the_run_that_counts_them() -> None:
    own = OwnLookups(traffic := OwnTraffic())
    look_up(traffic, 50, 20)
    assert own.read("run-1", 500, 100) == (50, 20)
    look_up(traffic, 10)
    # After a restart the server has counted none of them.
    assert own.read("run-2", 30, 5) == (0, 0)
    look_up(traffic, 7, 1)
    assert own.read("run-2", 40, 6) == (7, 1)
    # A failover and back: it still counts what it counted then.
    assert own.read("run-1", 900, 100) == (60, 20)


def test_counters_that_were_reset_hold_none_of_ours() -> None:
    own = OwnLookups(traffic := OwnTraffic())
    look_up(traffic, 50, 20)
    own.read("run-1", 500, 100)
    assert own.read("run-1", 3, 1) == (0, 0)
    look_up(traffic, 5)
    assert own.read("run-1", 20, 1) == (5, 0)


def test_of_very_many_runs_the_last_are_remembered() -> None:
    own = OwnLookups(traffic := OwnTraffic())
    for number in range(100):
        look_up(traffic, 1)
        own.read(f"run-{number}", 10, 0)
    assert len(own._runs) <= 8

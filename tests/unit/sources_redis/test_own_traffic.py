"""The console's own load: counted since the start, rated over the last seconds."""

from __future__ import annotations

import pytest

from kryonix_tui.sources.redis import own_traffic
from kryonix_tui.sources.redis.own_traffic import OwnTraffic


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

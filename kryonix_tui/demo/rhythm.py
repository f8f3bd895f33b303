"""What a tenant's figures are at a moment: a pure function of its profile and the seconds since the start.

A day of the platform takes ten minutes. One tenant degrades on a fixed timetable and recovers, again and again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from kryonix_tui.demo.cast import Part, Profile

DAY_SECONDS: Final = 600.0
"""Seconds that a day of the platform takes."""
DOCUMENTED_HOLD: Final = 60.0
"""Seconds for which the documented tenants keep exactly their documented figures."""

_DISTRESS_START, _DISTRESS_FULL, _RECOVERY_START, _RECOVERED, _DISTRESS_CYCLE = 45.0, 105.0, 345.0, 405.0, 1200.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One tenant at one moment: percentages in 0..100, times in ms, `anomaly` in 0..1, `load` 1.0 on average.

    `hit_rate` is what the tenant's live metrics say (database 3), `perf_hit_rate` what its performance hash says (9).
    """

    hit_rate: float
    perf_hit_rate: float
    response_ms: float
    mobile_p95_ms: float
    error_rate: float
    requests_per_second: float
    anomaly: float
    load: float


def figures(profile: Profile, elapsed: float) -> Figures:
    """Return the figures of `profile`, `elapsed` seconds after the start."""
    load = day_load(profile, elapsed)
    ill = distress(elapsed) if profile.part is Part.DEGRADING else 0.0
    hit_rate = profile.hit_rate + _swing(profile, elapsed)
    hit_rate = min(99.5, hit_rate * (1 - ill) + 55.0 * ill)
    return Figures(
        hit_rate=hit_rate,
        perf_hit_rate=max(0.0, hit_rate - (14.0 if profile.part is Part.DISAGREEING else 2.0 * (profile.phase - 0.5))),
        response_ms=profile.response_ms * (0.85 + 0.15 * load) * (1 + 2.4 * ill),
        mobile_p95_ms=profile.mobile_p95_ms * (0.9 + 0.1 * load) * (1 + 3.5 * ill),
        error_rate=profile.error_rate * (0.9 + 0.1 * load) + 7.5 * ill,
        requests_per_second=profile.requests_per_second * load,
        anomaly=min(1.0, 0.08 + 0.10 * profile.phase + 0.05 * _ripple(profile, elapsed) + 0.8 * ill),
        load=load,
    )


def day_load(profile: Profile, elapsed: float) -> float:
    """Return how busy the tenant is: between 0.55 and 1.45, 1.0 over a whole day."""
    return 1 + 0.45 * math.sin(2 * math.pi * (elapsed / DAY_SECONDS + profile.phase))


def distress(elapsed: float) -> float:
    """Return how ill the degrading tenant is, 0..1: well for 45 s, a minute's fall, four minutes down, a minute's rise."""
    moment = elapsed % _DISTRESS_CYCLE
    if moment < _DISTRESS_FULL:
        return max(0.0, (moment - _DISTRESS_START) / (_DISTRESS_FULL - _DISTRESS_START))
    return 1.0 if moment < _RECOVERY_START else max(0.0, (_RECOVERED - moment) / (_RECOVERED - _RECOVERY_START))


def poisson(rng: Random, mean: float) -> int:
    """Return how many of something happen where `mean` are expected (Knuth's product method; normal above 30)."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, happened = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        happened += 1
    return happened


def _swing(profile: Profile, elapsed: float) -> float:
    """Percentage points by which the hit rate is off its usual value."""
    if profile.part is Part.DOCUMENTED:
        return 0.0 if elapsed < DOCUMENTED_HOLD else 0.4 * _ripple(profile, elapsed)
    return 1.8 * (day_load(profile, elapsed) - 1) / 0.45 + 0.5 * _ripple(profile, elapsed)


def _ripple(profile: Profile, elapsed: float) -> float:
    """An irregular movement between -1 and 1, the same on every run."""
    fast, slow = 17 + 11 * profile.phase, 41 + 23 * profile.phase
    return 0.5 * math.sin(2 * math.pi * elapsed / fast) + 0.5 * math.sin(2 * math.pi * elapsed / slow)

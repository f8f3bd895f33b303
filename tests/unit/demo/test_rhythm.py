"""What figures do over time."""

from __future__ import annotations

from random import Random
from statistics import fmean

import pytest

from kryonix_tui.demo.cast import Part, Profile, cast
from kryonix_tui.demo.rhythm import DAY_SECONDS, day_load, distress, figures, poisson

PROFILES = cast(40, 20_000, 7)


def of(part: Part) -> Profile:
    return next(profile for profile in PROFILES if profile.part is part)


@pytest.mark.parametrize("elapsed", [0.0, 13.0, 59.0])
def test_documented_hit_rates_hold_for_a_minute(elapsed: float) -> None:
    assert [figures(profile, elapsed).hit_rate for profile in PROFILES[:3]] == [87.5, 92.1, 89.3]


def test_documented_hit_rates_then_move_a_little() -> None:
    rates = [figures(PROFILES[0], elapsed).hit_rate for elapsed in range(60, 660, 3)]
    assert len({round(rate, 1) for rate in rates}) > 3
    assert all(abs(rate - 87.5) <= 0.4 for rate in rates)


def test_one_tenant_degrades_and_recovers() -> None:
    tenant = of(Part.DEGRADING)
    before, down, after = figures(tenant, 40), figures(tenant, 200), figures(tenant, 500)
    assert before.hit_rate > 85
    assert down.hit_rate == pytest.approx(55, abs=3)
    assert after.hit_rate > 85
    assert down.response_ms > 2 * before.response_ms
    assert before.error_rate < 1
    assert down.error_rate > 5
    assert before.mobile_p95_ms < 50
    assert down.mobile_p95_ms > 100


def test_distress_comes_back() -> None:
    assert distress(200.0) == distress(1400.0) == 1.0
    assert distress(0.0) == distress(44.0) == distress(600.0) == 0.0
    assert distress(75.0) == pytest.approx(0.5)


def test_all_figures_stay_possible() -> None:
    for profile in PROFILES:
        for elapsed in range(0, 1300, 7):
            at = figures(profile, elapsed)
            assert 0 < at.hit_rate <= 100
            assert 0 <= at.perf_hit_rate <= 100
            assert 0 <= at.error_rate <= 100
            assert 0 <= at.anomaly <= 1
            assert at.requests_per_second > 0


def test_the_witnesses_of_one_tenant_disagree() -> None:
    at = figures(of(Part.DISAGREEING), 10)
    assert at.hit_rate - at.perf_hit_rate > 10


def test_a_day_is_as_busy_as_usual_on_average() -> None:
    loads = [day_load(PROFILES[5], step * DAY_SECONDS / 100) for step in range(100)]
    assert fmean(loads) == pytest.approx(1.0)
    assert max(loads) > 1.4


@pytest.mark.parametrize("mean", [0.3, 4.0, 80.0])
def test_poisson_happens_as_often_as_expected(mean: float) -> None:
    rng = Random(1)
    assert fmean(poisson(rng, mean) for _ in range(4000)) == pytest.approx(mean, rel=0.08)

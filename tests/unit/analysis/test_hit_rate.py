"""Which witness of a hit rate is shown, and what is said of the others."""

from __future__ import annotations

import pytest

from kryonix_tui.analysis.hit_rate import DISAGREEMENT, FRESH_SECONDS, reconcile, witnesses
from kryonix_tui.clock import Instant
from kryonix_tui.model.metrics import MetricsFacts, Sample
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import HitRate
from tests.unit.builders import NOW, WALL, ago, facts, metrics

BOTH = {"metrics": 87.5, "perf": 89.0}


def _reconciled(
    rates: dict[str, float] | None, prometheus: float | None, *, read: Instant = NOW, asked: Instant = NOW
) -> HitRate:
    samples = {} if prometheus is None else {"cache_hit_rate": Sample(prometheus, asked.wall)}
    known = None if rates is None else facts(at=read, hit_rates=rates)
    rate = reconcile(witnesses(known, samples, Reading(MetricsFacts(), asked)), NOW)
    assert rate is not None
    return rate


def test_prometheus_comes_before_redis_and_metrics_before_perf() -> None:
    rate = _reconciled(BOTH, 88.0)
    assert [rate.chosen.source, *(other.source for other in rate.others)] == [
        "prometheus",
        "redis:metrics",
        "redis:perf",
    ]
    assert _reconciled(BOTH, None).chosen.source == "redis:metrics"
    assert _reconciled({"perf": 89.0}, None).chosen.source == "redis:perf"


def test_a_stale_witness_gives_way_to_a_fresh_one() -> None:
    rate = _reconciled(BOTH, 88.0, asked=ago(FRESH_SECONDS + 1))
    assert rate.chosen.source == "redis:metrics"
    assert rate.others[0].source == "prometheus"


def test_exactly_at_the_limit_a_witness_is_fresh() -> None:
    assert _reconciled(BOTH, 88.0, asked=ago(FRESH_SECONDS)).chosen.source == "prometheus"


def test_where_none_is_fresh_the_freshest_is_shown() -> None:
    rate = _reconciled(BOTH, 88.0, asked=ago(FRESH_SECONDS + 200), read=ago(FRESH_SECONDS + 100))
    assert rate.chosen.source == "redis:metrics"


@pytest.mark.parametrize(("other", "disagree"), [(80.0 + DISAGREEMENT, False), (80.1 + DISAGREEMENT, True)])
def test_witnesses_disagree_beyond_the_margin(other: float, *, disagree: bool) -> None:
    assert _reconciled({"metrics": 80.0}, other).disagree is disagree


def test_without_a_witness_there_is_no_figure() -> None:
    assert reconcile(witnesses(facts(), {}, None), NOW) is None
    assert reconcile(witnesses(None, {}, None), NOW) is None


@pytest.mark.parametrize("value", [-0.1, 100.1, float("nan"), float("inf")])
def test_what_is_no_percentage_is_no_witness(value: float) -> None:
    assert witnesses(None, {"cache_hit_rate": Sample(value, WALL)}, Reading(MetricsFacts(), NOW)) == ()


@pytest.mark.parametrize("skew", [-86_400.0, -3600.0, 3600.0, 86_400.0])
def test_the_clock_of_prometheus_does_not_make_its_figures_older_or_younger(skew: float) -> None:
    reading = Reading(metrics({"acme": {"cache_hit_rate": 91.0}}, at=WALL - 30 + skew), ago(30))
    (witness,) = witnesses(None, reading.value.tenants["acme"], reading)
    assert witness.at.age(NOW) == pytest.approx(30)
    assert witness.at.wall == pytest.approx(WALL - 30)


def test_a_sample_without_its_reading_is_not_believed() -> None:
    assert witnesses(None, {"cache_hit_rate": Sample(90.0, WALL)}, None) == ()

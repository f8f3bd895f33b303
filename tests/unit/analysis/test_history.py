"""The recent past: bounded, with gaps where nothing was known."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.history import TENANT_STEP, History, Series
from kryonix_tui.model.tenant import Database, HitRate, Platform, Tenant, Witness
from tests.unit.builders import NOW, ago, facts


@given(st.integers(1, 20), st.lists(st.integers(0, 1000)), st.integers(0, 50))
def test_a_series_keeps_the_newest(capacity: int, values: list[int], count: int) -> None:
    series = Series(capacity)
    for value in values:
        series.append(value)
    assert list(series) == values[-capacity:]
    assert len(series) == len(values[-capacity:])
    assert series.last(count) == values[max(0, len(values) - min(count, capacity)) :]


def test_what_is_unknown_is_a_gap_and_no_zero() -> None:
    series = Series(3)
    series.append(None)
    series.append(0)
    gap, zero = series
    assert math.isnan(gap)
    assert zero == 0


def _platform(seconds: float, *tenants: str) -> Platform:
    rate = HitRate(Witness("redis:metrics", 90.0, NOW))
    return Platform(
        at=ago(-seconds),
        tenants={name: Tenant(name, hit_rate=rate, queues={"crm": 4}, facts=facts(name)) for name in tenants},
        databases=(Database(0, "Mobile sessions", keys=7),),
    )


def test_figures_databases_and_tenants_are_recorded() -> None:
    history = History()
    history.record(_platform(0, "acme"), {"ops": 12.0, "unheard_of": 1.0})
    history.record(_platform(2, "acme"), {"ops": 13.0})
    assert list(history.platform["ops"]) == [12, 13]
    assert math.isnan(next(iter(history.platform["memory"])))
    assert "unheard_of" not in history.platform
    assert list(history.times) == [0, 2]
    assert list(history.database_keys[0]) == [7, 7]
    assert list(history.hit_rate["acme"]) == [90]
    assert list(history.queue_depth["acme"]) == [4]


def test_tenants_are_recorded_less_often_than_the_platform() -> None:
    history = History()
    for seconds in (0, TENANT_STEP - 1, TENANT_STEP, TENANT_STEP + 1):
        history.record(_platform(seconds, "acme"), {})
    assert len(history.times) == 4
    assert len(history.hit_rate["acme"]) == 2


def test_a_tenant_that_vanished_is_forgotten() -> None:
    history = History()
    history.record(_platform(0, "acme", "beta"), {})
    history.record(_platform(TENANT_STEP, "beta"), {})
    assert set(history.hit_rate) == set(history.queue_depth) == {"beta"}


def test_a_tenant_of_whom_nothing_is_known_has_a_gap() -> None:
    history = History()
    history.record(Platform(NOW, tenants={"acme": Tenant("acme")}), {})
    assert math.isnan(history.hit_rate["acme"].last(1)[0])
    assert math.isnan(history.queue_depth["acme"].last(1)[0])

"""Samples over time: bounded, thinned without hiding what matters, with gaps where nothing was known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.series import DAY, FULL_SAMPLES, MEAN, PEAK, Fold, Point, Ring, Series, newest, read

STEP = 2.0


def filled(seconds: float, fold: Fold = MEAN, step: float = STEP) -> Series:
    """Return a series with a sample every `step` seconds, whose value is its time."""
    series = Series(fold)
    for number in range(int(seconds / step) + 1):
        series.append(number * step, number * step)
    return series


@given(st.integers(1, 20), st.lists(st.integers(0, 1000)), st.integers(0, 50))
def test_a_ring_keeps_the_newest(capacity: int, values: list[int], count: int) -> None:
    ring = Ring(capacity)
    samples = [(float(at), float(value)) for at, value in enumerate(values)]
    for at, value in samples:
        ring.append(at, value)
    assert ring.points() == samples[-capacity:]
    assert ring.points(count) == samples[max(0, len(samples) - min(count, capacity)) :]


def test_what_is_unknown_is_a_gap_and_no_zero() -> None:
    series = Series()
    series.append(0, None)
    series.append(2, 0)
    gap, zero = series.last(5)
    assert math.isnan(gap)
    assert zero == 0


def test_the_last_hour_is_whole_and_the_day_before_it_a_value_a_minute() -> None:
    series = filled(DAY)
    fine = series.between(DAY - 3600, DAY, 10_000)
    assert [at for at, _value in fine] == [DAY - 3600 + STEP * number for number in range(1801)]
    coarse = series.between(0, DAY - FULL_SAMPLES * STEP - 60, 10_000)
    assert {later - at for (at, _), (later, _) in pairwise(coarse)} == {60.0}
    assert all(abs(value - at) <= STEP for at, value in coarse), "a mean of its minute"


@pytest.mark.parametrize(("fold", "expected"), [(MEAN, 15.0), (PEAK, 60.0)])
def test_a_queue_that_was_full_for_a_moment_is_seen_when_its_past_is_thinned(fold: Fold, expected: float) -> None:
    series = Series(fold)
    for number in range(4 * FULL_SAMPLES):
        series.append(number * 1.0, 60.0 if number % 4 == 0 else 0.0)
    [(_at, value), *_rest] = series.between(600, 659, 100)
    assert value == expected


@pytest.mark.parametrize(("fold", "expected"), [(MEAN, 2.0), (PEAK, 3.0)])
def test_a_chart_with_few_dots_shows_what_matters_too(fold: Fold, expected: float) -> None:
    points = [(float(at), float(at % 4)) for at in range(400)]
    shown = read([(points, 10.0)], 0, 399, 50, fold)
    assert len(shown) <= 50
    assert max(value for _at, value in shown) <= 3
    assert max(value for _at, value in shown) >= expected


def test_a_pause_is_a_gap_at_every_resolution() -> None:
    series = Series()
    for start in (0.0, 20_000.0, 30_000.0):
        for number in range(FULL_SAMPLES):
            series.append(start + number, 1.0)
    for start, end in ((3600.0, 20_000.0), (23_600.0, 30_000.0)):
        inside = series.between(start + 60, end - 60, 500)
        assert inside
        assert all(math.isnan(value) for _at, value in inside), (start, end)


def test_no_gap_where_none_was() -> None:
    for most in (10, 100, 1000, 10_000):
        assert all(math.isfinite(value) for _at, value in filled(30_000).between(0, 30_000, most)), most


def test_trends_have_the_gap_too() -> None:
    assert str(newest([(0, 1.0), (2, 1.0), (60, 5.0)], 12, 3)) == "[1.0, nan, 5.0]"
    assert newest([(0, 1.0)], 12, 0) == []


@given(
    st.lists(st.floats(0, 1e6), unique=True, max_size=200).map(sorted),
    st.lists(st.floats(0, 1e6), unique=True, max_size=200).map(sorted),
    st.floats(0, 1e6),
    st.floats(1, 1e6),
    st.integers(2, 60),
)
def test_never_more_points_than_asked_nor_outside_nor_backwards(
    coarse: list[float], fine: list[float], start: float, span: float, most: int
) -> None:
    tiers: list[tuple[list[Point], float]] = [([(at, 1.0) for at in coarse], 90.0), ([(at, 2.0) for at in fine], 12.0)]
    points = read(tiers, start, start + span, most, MEAN)
    assert len(points) <= most
    assert all(before <= after for (before, _), (after, _) in pairwise(points))
    assert all(start <= at <= start + span for at, _value in points)


def test_rows_fold_column_by_column_and_know_what_is_missing() -> None:
    from array import array

    rows = [array("f", [1, math.nan]), array("f", [3, 4, 5]), array("f", [5, math.nan, 7])]
    assert list(MEAN.rows(rows)) == [3, 4, 6]
    depths = [array("f", [1, -math.inf]), array("f", [3, 4, -math.inf]), array("f", [2, 0, -math.inf])]
    assert list(PEAK.rows(depths)) == [3, 4, -math.inf]

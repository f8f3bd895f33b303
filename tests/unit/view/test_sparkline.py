"""Trends as characters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.view.sparkline import BLOCKS, block, dots


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], "    "),
        ([math.nan, math.nan], "    "),
        ([0, 1, 2, 3, 4, 5, 6, 7], "⣀⣤⣶⣿"),
        ([5, 5, 5, 5, 5, 5, 5, 5], "⣀⣀⣀⣀"),
        ([1, 4], "⠀⠀⠀⣸"),
        ([0, math.nan, 1, math.nan, 0, 0, 0, 0], "⡀⡇⣀⣀"),
        ([9, 9, 9, 0, 1, 2, 3, 4, 5, 6, 7], "⣀⣤⣶⣿"),
    ],
)
def test_the_newest_values_are_drawn_from_the_right(values: list[float], drawn: str) -> None:
    assert dots(values, 4) == drawn


def test_a_given_scale_holds() -> None:
    assert dots([50, 50], 1, low=0, high=100) == "⣶"
    assert dots([-10, 500], 1, low=0, high=100) == "⣸"


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True)),
    st.integers(0, 20),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_trend_is_as_wide_as_asked(values: list[float], width: int, low: float | None) -> None:
    assert len(dots(values, width, low=low)) == width


@pytest.mark.parametrize(
    ("value", "high", "drawn"),
    [(0, 10, " "), (-1, 10, " "), (1, 0, " "), (1, 1e9, "▁"), (5, 10, "▄"), (10, 10, "█"), (11, 10, "█")],
)
def test_a_block_is_filled_by_its_share(value: float, high: float, drawn: str) -> None:
    assert block(value, high) == drawn


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
def test_a_block_is_one_character_whatever_it_is_given(value: float, high: float) -> None:
    assert block(value, high) in BLOCKS

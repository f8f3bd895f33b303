"""Figures are read as their unit says; what makes no sense is unknown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.facts import FACTS, Unit, parse_fact, parse_number


@pytest.mark.parametrize(
    ("text", "unit", "figure"),
    [
        ("87.5", Unit.PERCENT, 87.5),
        ("0.2%", Unit.PERCENT, 0.2),
        (" 100 % ", Unit.PERCENT, 100),
        ("100.01", Unit.PERCENT, None),
        ("900%", Unit.PERCENT, None),
        ("145ms", Unit.MILLISECONDS, 145),
        ("1.5s", Unit.MILLISECONDS, 1500),
        ("145", Unit.MILLISECONDS, 145),
        ("145ms", Unit.COUNT, None),
        ("5%", Unit.COUNT, None),
        ("5000", Unit.COUNT, 5000),
        ("-1", Unit.COUNT, None),
        ("abc", Unit.COUNT, None),
        ("", Unit.COUNT, None),
        ("nan", Unit.PERCENT, None),
        ("inf", Unit.COUNT, None),
        ("1e3", Unit.COUNT, None),
        ("9" * 400, Unit.COUNT, None),
    ],
)
def test_numbers(text: str, unit: Unit, figure: float | None) -> None:
    assert parse_number(text, unit) == figure


@given(st.sampled_from(sorted(FACTS)), st.binary(max_size=40))
def test_any_bytes_are_a_sane_value_or_unknown(name: str, raw: bytes) -> None:
    value = parse_fact(name, raw)
    if isinstance(value, float):
        assert math.isfinite(value)
        assert value >= 0
    elif isinstance(value, str):
        assert FACTS[name] is Unit.TEXT
        assert "\x1b" not in value

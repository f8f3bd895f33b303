"""Figures as text: what they look like at their boundaries, and that they keep their promises for every float."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.view import formats

any_float = st.floats(allow_nan=True, allow_infinity=True)

TABLES: dict[Callable[[float | None], str], dict[float | None, str]] = {
    formats.count: {
        None: "–",
        0: "0",
        999: "999",
        1000: "1.0k",
        1234: "1.2k",
        9949: "9.9k",
        9951: "10k",
        34_567: "35k",
        999_499: "999k",
        999_500: "1.0M",
        5_600_000: "5.6M",
        2e9: "2.0G",
        3e12: "3.0T",
        999e12: "999T",
        1e15: ">999T",
        1e300: ">999T",
        -1500: "-1.5k",
    },
    formats.full_count: {None: "–", 0: "0", 12_345: "12,345"},
    formats.size: {None: "–", 0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1.5 * 2**30: "1.5 GiB", 2**50: "1024.0 TiB"},
    formats.percent: {None: "–", 0: "0.0 %", 87.5: "87.5 %", 99.94: "99.9 %", 99.96: "100 %", 100: "100 %"},
    formats.bare_percent: {None: "–", 87.44: "87.4", 100: "100", 120.5: "120.5"},
    formats.limit_percent: {None: "–", 85: "85 %", 99.5: "99.5 %", 100: "100 %"},
    formats.milliseconds: {
        None: "–",
        0.3: "0.3 ms",
        9.94: "9.9 ms",
        9.96: "10 ms",
        145: "145 ms",
        999.4: "999 ms",
        999.6: "1.0 s",
        1234: "1.2 s",
    },
    formats.duration: {
        None: "–",
        -5: "0 s",
        0: "0 s",
        59.9: "59 s",
        60: "1 min",
        3599: "59 min",
        3600: "1 h",
        7500: "2 h 5 min",
        36_060: "10 h",
        86_399: "23 h",
        86_400: "1 d",
        6 * 86_400 + 3 * 3600: "6 d 3 h",
        10 * 86_400 + 3600: "10 d",
    },
    formats.age: {
        None: "–",
        -1: "now",
        0.99: "now",
        1: "1s",
        59.9: "59s",
        60: "1m",
        3599: "59m",
        3600: "1h",
        86_399: "23h",
        86_400: "1d",
        999 * 86_400: "999d",
        1000 * 86_400: "2y",
        1e15: "999y",
    },
}


@pytest.mark.parametrize(
    ("unit", "value", "text"), [(unit, value, text) for unit, table in TABLES.items() for value, text in table.items()]
)
def test_at_the_boundaries(unit: Callable[[float | None], str], value: float | None, text: str) -> None:
    assert unit(value) == text


@given(value=any_float)
@pytest.mark.parametrize("unit", list(TABLES))
def test_no_float_raises_and_what_is_no_number_is_a_dash(unit: Callable[[float | None], str], value: float) -> None:
    assert (unit(value) == formats.DASH) is not math.isfinite(value)


@given(any_float)
def test_a_count_is_five_characters_and_a_sign_at_most(value: float) -> None:
    assert len(formats.count(value).removeprefix("-" if value < 0 else "")) <= (5 if value >= 0 else 6)


@given(any_float)
def test_an_age_is_four_characters_at_most(value: float) -> None:
    assert len(formats.age(value)) <= 4


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_of_two_ages_the_larger_does_not_look_younger(one: float, other: float) -> None:
    units = "smhdy"

    def seen(text: str) -> tuple[int, int]:
        return (-1, 0) if text == "now" else (units.index(text[-1]), int(text[:-1]))

    small, large = sorted((one, other))
    assert seen(formats.age(small)) <= seen(formats.age(large))


@given(any_float, any_float)
def test_no_moment_raises(wall: float, today: float) -> None:
    assert formats.clock_time(wall, today=today)


def test_a_moment_of_today_and_of_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    noon = 1_700_049_600.0  # 2023-11-15 12:00 UTC
    assert formats.clock_time(noon + 83, today=noon) == "12:01:23"
    assert formats.clock_time(noon - 86_400, today=noon) == "11-14 12:00"
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (512, "512"),
        (1023, "1023"),
        (1024, "1.0K"),
        (10_190, "10K"),
        (1024 * 1023.6, "1.0M"),
        (34 * 2**20, "34M"),
        (1.5 * 2**30, "1.5G"),
    ],
)
def test_short_sizes_are_of_five_characters(value: float | None, text: str) -> None:
    assert formats.short_size(value) == text
    assert len(text) <= 5

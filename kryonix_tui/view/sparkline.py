"""Trends in one line of text: braille dots, two samples a character, four levels each."""

from __future__ import annotations

import math
from collections.abc import Sequence

_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_BLANK = 0x2800

BLOCKS = " ▁▂▃▄▅▆▇█"


def dots(values: Sequence[float], width: int, low: float | None = None, high: float | None = None) -> str:
    """Return the newest `2 * width` values as `width` characters; `nan` leaves a gap.

    `low` and `high` are the ends of the scale; without them, those of the values. A flat line is drawn at the bottom.
    """
    shown = list(values)[-2 * width :]
    known = [value for value in shown if math.isfinite(value)]
    if not known:
        return " " * width
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    levels = [_level(value, bottom, top) for value in shown]
    levels = [0] * (2 * width - len(levels)) + levels
    return "".join(chr(_BLANK + _LEFT[levels[index]] + _RIGHT[levels[index + 1]]) for index in range(0, 2 * width, 2))


def block(value: float, high: float) -> str:
    """Return one character that is filled by `value` of `high`; anything above nothing shows at least a line."""
    if not (value > 0 and high > 0):  # nan is nothing, too
        return BLOCKS[0]
    return BLOCKS[8] if value >= high else BLOCKS[max(1, math.ceil(8 * (value / high)))]


def _level(value: float, bottom: float, top: float) -> int:
    if not math.isfinite(value):
        return 0
    if value <= bottom or top <= bottom:
        return 1
    if value >= top:
        return 4
    # Halved, so that no difference of two floats is infinite.
    return 1 + min(3, int(4 * ((value / 2 - bottom / 2) / (top / 2 - bottom / 2))))

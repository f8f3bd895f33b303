"""A panel's figures: in their unit, judged by its thresholds, as a bar or a shade."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from kryonix_tui.config.screen import Limits, Panel, Unit
from kryonix_tui.i18n import _, numerals
from kryonix_tui.model.tenant import Health
from kryonix_tui.view import formats
from kryonix_tui.view.cells import HEALTH_TONE, UNKNOWN, Cell, Line, Tone, health_cell, line

SHADES = " ░▒▓█"


def level(value: float, limits: Limits | None) -> Health:
    """Return what thresholds make of a figure."""
    if limits is None:
        return Health.OK
    low_is_bad = limits.critical < limits.warn
    for limit, found in ((limits.critical, Health.CRITICAL), (limits.warn, Health.WARNING)):
        if value < limit if low_is_bad else value > limit:
            return found
    return Health.OK


def in_unit(value: float | None, unit: Unit) -> str:
    """Return a figure as text: `87.5 %`, `145 ms`, `12 d`, `1.5 GiB`, `12,345`; without a unit as it is."""
    return formats.DASH if value is None else _UNITS[unit](value)


def _bare(value: float) -> str:
    return numerals(f"{value:,.0f}" if value.is_integer() else f"{value:.4g}")


def _days(value: float) -> str:
    return _("{count} d").format(count=numerals(f"{value:.1f}") if abs(value) < 9.95 else f"{value:.0f}")


_UNITS: Final[dict[Unit, Callable[[float], str]]] = {
    "": lambda value: _bare(float(value)),
    "percent": formats.percent,
    "ratio": lambda value: formats.percent(100 * value),
    "ms": formats.milliseconds,
    "seconds": lambda value: formats.milliseconds(1000 * value) if abs(value) < 60 else formats.duration(value),
    "days": _days,
    "bytes": formats.size,
    "count": formats.full_count,
    "per_second": lambda value: f"{formats.count(value) if abs(value) >= 9.95 else numerals(f'{value:.2g}')}/s",
}


def figure(value: float, unit: Unit, limits: Limits | None) -> Cell:
    """Return a figure with the glyph and the tone of what it amounts to."""
    found = level(value, limits)
    if found is Health.OK:
        return Cell(in_unit(value, unit), Tone.STRONG)
    return Cell(f"{health_cell(found).text} {in_unit(value, unit)}", HEALTH_TONE[found])


def tone(value: float, limits: Limits | None, otherwise: Tone = Tone.ACCENT) -> Tone:
    """Return the tone of a figure that has no room for a glyph."""
    found = level(value, limits)
    return HEALTH_TONE[found] if found is not Health.OK else Tone.OK if limits is not None else otherwise


def shade(value: float, low: float, high: float) -> str:
    """Return a character that is as full as a value is high between the ends of its scale; the lowest is not empty.

    >>> [shade(value, 0, 100) for value in (0, 30, 60, 100)], shade(7, 7, 7)
    (['░', '▒', '▓', '█'], '░')
    """
    return SHADES[1 + min(3, int(4 * share_of(value, low, high)))]


def share_of(value: float, low: float, high: float) -> float:
    """Return where between the ends of a scale a value lies, 0 to 1, however large all of them are."""
    if not high > low:
        return 0.0
    # Halves, as the whole of it may be more than a float holds.
    share = (value / 2 - low / 2) / (high / 2 - low / 2 or math.inf)
    return min(1.0, max(0.0, share))


def scale(panel: Panel, value: float) -> tuple[float, float]:
    """Return the ends of a gauge's scale."""
    limits = panel.thresholds
    usual = {"percent": 100.0, "ratio": 1.0}.get(
        panel.unit, max(value, 1.25 * max(limits.warn, limits.critical)) if limits else value
    )
    low = min(0.0, value) if panel.low is None else panel.low
    high = usual if panel.high is None else panel.high
    return low, high if high > low else low + 1.0


def gauge(panel: Panel, value: float | None, width: int) -> list[Line]:
    """Return a bar with the figure behind it, and under it the scale with the thresholds."""
    if value is None:
        return [line(UNKNOWN)]
    low, high = scale(panel, value)
    shown = figure(value, panel.unit, panel.thresholds)
    cells = max(4, width - len(shown.text) - 2)

    def place(at: float) -> int:
        return round(cells * share_of(at, low, high))

    filled, limits = place(value), panel.thresholds
    rest = ["░"] * (cells - filled)
    for limit in (limits.warn, limits.critical) if limits else ():
        if filled <= place(limit) < cells:
            rest[place(limit) - filled] = "┊"
    colour = tone(value, limits)
    ends = [_limit(low, panel.unit), _limit(high, panel.unit)]
    if limits is not None:
        sign = "<" if limits.critical < limits.warn else ">"
        ends[1:1] = [f"▲ {sign}{_limit(limits.warn, panel.unit)}", f"✖ {sign}{_limit(limits.critical, panel.unit)}"]
    return [
        line(Cell("█" * filled, colour), Cell("".join(rest), Tone.MUTED), "  ", shown),
        line(Cell("  ".join(ends), Tone.MUTED)),
    ]


def _limit(value: float, unit: Unit) -> str:
    """Return a figure that somebody configured, without digits that nobody wrote."""
    return formats.limit_percent(value) if unit == "percent" else in_unit(value, unit)

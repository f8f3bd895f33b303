"""Figures as text: short, of stable width, and "–" where nothing is known."""

from __future__ import annotations

import math
import time
from datetime import datetime

from kryonix_tui.i18n import _

DASH = "–"
_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def count(value: float | None) -> str:
    """`999`, `1.2k`, `34k`, `5.6M`: at most five characters."""
    if value is None or not math.isfinite(value):
        return DASH
    for size, unit in _STEPS:
        if abs(value) >= size:
            scaled = value / size
            return f"{scaled:.1f}{unit}" if abs(scaled) < 9.95 else f"{scaled:.0f}{unit}"
    return f"{value:.0f}"


def full_count(value: float | None) -> str:
    """Every digit, grouped: `12,345`."""
    return DASH if value is None else f"{value:,.0f}"


def size(value: float | None) -> str:
    """Bytes: `512 B`, `1.5 GiB`."""
    if value is None:
        return DASH
    for step, unit in _BYTES:
        if abs(value) >= step:
            return f"{value / step:.1f} {unit}"
    return f"{value:.0f} B"


def percent(value: float | None, digits: int = 1) -> str:
    """`87.5 %`, but `100 %`."""
    return DASH if value is None else f"{bare_percent(value, digits)} %"


def bare_percent(value: float | None, digits: int = 1) -> str:
    """`87.5`, but `100`: for columns that say percent in their title."""
    if value is None:
        return DASH
    return "100" if value >= 99.95 else f"{value:.{digits}f}"


def milliseconds(value: float | None) -> str:
    """`0.3 ms`, `145 ms`, `1.2 s`."""
    if value is None:
        return DASH
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def duration(seconds: float | None) -> str:
    """The two largest units at most: `4 s`, `3 min`, `2 h 5 min`, `6 d 3 h`."""
    if seconds is None:
        return DASH
    whole = int(max(0.0, seconds))
    if whole < 60:
        return _("{count} s").format(count=whole)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    if hours < 24:
        rest = minutes % 60
        text = _("{count} h").format(count=hours)
        return f"{text} {_('{count} min').format(count=rest)}" if rest and hours < 10 else text
    rest = hours % 24
    text = _("{count} d").format(count=days)
    return f"{text} {_('{count} h').format(count=rest)}" if rest and days < 10 else text


def age(seconds: float | None) -> str:
    """How old something is, in at most four characters: `now`, `4s`, `12m`, `3h`, `9d`."""
    if seconds is None:
        return DASH
    if seconds < 1:
        return _("now")
    for step, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= step:
            return f"{int(seconds // step)}{unit}"
    return f"{int(seconds)}s"


def clock_time(wall: float, *, today: float | None = None) -> str:
    """`14:03:22` of today, `11-21 14:03` of another day, in the terminal's time zone."""
    moment, day = datetime.fromtimestamp(wall), datetime.fromtimestamp(time.time() if today is None else today)  # noqa: DTZ006 - local on purpose
    return moment.strftime("%H:%M:%S" if moment.date() == day.date() else "%m-%d %H:%M")

"""Figures as text: short, of stable width, in the signs of the language, and "–" where nothing is known.

For eyes alone: JSON, hashes and files take the numbers themselves.
"""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import TypeGuard

from kryonix_tui.i18n import _, ngettext, numerals

DASH = "–"
_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_AGES = ((1000 * 86_400, 365 * 86_400, "y"), (86_400, 86_400, "d"), (3600, 3600, "h"), (60, 60, "m"), (1, 1, "s"))
"""From how many seconds on an age is told in which unit: seconds of the unit, and its letter."""


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def count(value: float | None) -> str:
    """`999`, `1.2k`, `34k`, `5.6M`, and `>999T` beyond: at most five characters, and a sign."""
    if not _known(value):
        return DASH
    if abs(value) >= 999.5e12:
        return ">999T" if value > 0 else "<-999T"
    for step, unit in _STEPS:
        # What would be rounded to 1000 of the smaller unit is 1.0 of this one.
        if abs(value) >= step * (0.9995 if step > 1e3 else 1):
            scaled = value / step
            return numerals(f"{scaled:.1f}{unit}" if abs(scaled) < 9.95 else f"{scaled:.0f}{unit}")
    return f"{value:.0f}"


def full_count(value: float | None) -> str:
    """Every digit, grouped: `12,345`."""
    return numerals(f"{value:,.0f}") if _known(value) else DASH


def keys(number: int) -> str:
    """Return a number of keys in full: `1 key`, `12,345 keys`."""
    return ngettext("{count} key", "{count} keys", number).format(count=full_count(number))


def tenants(number: int) -> str:
    """Return a number of tenants in full."""
    return ngettext("{count} tenant", "{count} tenants", number).format(count=full_count(number))


def databases(number: int) -> str:
    """Return a number of databases in full."""
    return ngettext("{count} database", "{count} databases", number).format(count=full_count(number))


def expiring(number: int) -> str:
    """Return how many expire: `1 expires`, `12 expire`."""
    return ngettext("{count} expires", "{count} expire", number).format(count=full_count(number))


def size(value: float | None) -> str:
    """Bytes: `512 B`, `1.5 GiB`."""
    if not _known(value):
        return DASH
    for step, unit in _BYTES:
        if abs(value) >= step:
            return numerals(f"{value / step:.1f} {unit}")
    return f"{value:.0f} B"


def short_size(value: float | None) -> str:
    """Bytes in at most five characters: `512`, `1.5K`, `34M`; K is 1,024. For columns that say bytes in their title."""
    if not _known(value):
        return DASH
    for step, unit in _BYTES:
        # What would be rounded to 1024 of the smaller unit is 1.0 of this one.
        if abs(value) >= step * (0.9995 if step > 1024 else 1):
            scaled = value / step
            return numerals(f"{scaled:.1f}{unit[0]}" if abs(scaled) < 9.95 else f"{scaled:.0f}{unit[0]}")
    return f"{value:.0f}"


def percent(value: float | None, digits: int = 1) -> str:
    """`87.5 %`, but `100 %`."""
    return f"{bare_percent(value, digits)} %" if _known(value) else DASH


def bare_percent(value: float | None, digits: int = 1) -> str:
    """`87.5`, but `100`: for columns that say percent in their title. Over 100 is what it is: `120.5`."""
    if not _known(value):
        return DASH
    return "100" if 99.95 <= value < 100.05 else numerals(f"{value:.{digits}f}")


def limit_percent(value: float | None) -> str:
    """A limit as it was configured: `85 %`, `99.5 %`."""
    return numerals(f"{value:g} %") if _known(value) else DASH


def milliseconds(value: float | None) -> str:
    """`0.3 ms`, `145 ms`, `1.2 s`."""
    if not _known(value):
        return DASH
    if value >= 999.5:
        return numerals(f"{value / 1000:.1f} s")
    return numerals(f"{value:.1f} ms") if value < 9.95 else f"{value:.0f} ms"


def duration(seconds: float | None) -> str:
    """The two largest units at most: `4 s`, `3 min`, `2 h 5 min`, `6 d 3 h`."""
    if not _known(seconds):
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
    """How old something is, in at most four characters: `now`, `4s`, `12m`, `3h`, `9d`, `3y`."""
    if not _known(seconds):
        return DASH
    for least, unit, letter in _AGES:
        if seconds >= least:
            return f"{min(999, int(seconds // unit))}{letter}"
    return _("now")


def clock_time(wall: float, *, today: float | None = None) -> str:
    """`14:03:22` of today, `11-21 14:03` of another day, in the terminal's time zone."""
    try:
        moment = datetime.fromtimestamp(wall)  # noqa: DTZ006 - local on purpose
        day = datetime.fromtimestamp(time.time() if today is None else today)  # noqa: DTZ006 - local on purpose
    except (OverflowError, ValueError, OSError):  # no date of any calendar
        return DASH
    # Translators: a day of this year and a time, as strftime writes them.
    return moment.strftime("%H:%M:%S" if moment.date() == day.date() else _("%m-%d %H:%M"))

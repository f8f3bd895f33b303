"""Hours of the day in a tenant's own time zone: when it works, and when it may be disturbed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kryonix_tui.model.optimization import BusinessHours
from kryonix_tui.safetext import safe

_WEEK: Final = 8
"""Days that are looked at for the next opening: today, and a week on."""


def zone(name: str) -> ZoneInfo | None:
    """Return a time zone by its name in the tz database, None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def time_of_day(text: object) -> time | None:
    """Return the time that `HH:MM` says, None where it is none; 24:00 is the last minute of a day."""
    if text == "24:00":
        return time(23, 59)
    try:
        return datetime.strptime(str(text), "%H:%M").replace(tzinfo=UTC).time()
    except ValueError:
        return None


def business_hours(said: object, timezone: str, now: float) -> BusinessHours | None:
    """Return when a tenant works, of `{"start", "end", "days"}` (days 1..7, Monday first; none: every day).

    None where it cannot be understood, or its time zone is not known: an hour without a zone says nothing.
    """
    place = zone(timezone)
    if place is None or not isinstance(said, Mapping):
        return None
    start, end = time_of_day(said.get("start")), time_of_day(said.get("end"))
    days = _days(said.get("days"))
    if start is None or end is None or days is None:
        return None
    local = datetime.fromtimestamp(now, place)
    is_open = local.isoweekday() in days and within(local.time(), start, end)
    return BusinessHours(
        timezone=safe(timezone, 40),
        start=f"{start:%H:%M}",
        end=f"{end:%H:%M}",
        is_open=is_open,
        opens=None if is_open else _opening(local, start, days),
    )


def within(moment: time, start: time, end: time) -> bool:
    """Tell whether a time of day is in [start, end), which may go over midnight; equal: the whole day."""
    if start < end:
        return start <= moment < end
    return moment >= start or moment < end


def window_of(text: str) -> tuple[time, time] | None:
    """Return the two times of `HH:MM-HH:MM`, None where it is something else."""
    first, dash, last = text.partition("-")
    start, end = time_of_day(first.strip()), time_of_day(last.strip())
    return (start, end) if dash and start is not None and end is not None else None


def is_quiet(window: tuple[time, time], timezone: str, now: float) -> bool | None:
    """Tell whether it is within `window` where the tenant is, None where nobody knows where that is."""
    place = zone(timezone)
    return None if place is None else within(datetime.fromtimestamp(now, place).time(), *window)


def _days(said: Any) -> frozenset[int] | None:
    if said is None:
        return frozenset(range(1, 8))
    if not isinstance(said, list) or not all(isinstance(day, int) and 0 <= day <= 7 for day in said):
        return None
    # Some write Sunday as 0.
    return frozenset(day or 7 for day in said) or None


def _opening(local: datetime, start: time, days: frozenset[int]) -> float | None:
    for ahead in range(_WEEK):
        day = local.date() + timedelta(days=ahead)
        opening = datetime.combine(day, start, local.tzinfo)
        if day.isoweekday() in days and opening > local:
            return opening.timestamp()
    return None

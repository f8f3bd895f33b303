"""The stretch of time that the charts of a screen show: how long, until when, and how its axis is labelled."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kryonix_tui.analysis.series import DAY
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

SPANS: Final = (300.0, 900.0, 3600.0, 21_600.0, DAY)
"""Seconds that a window may show: 5 and 15 minutes, 1, 6 and 24 hours."""

_TICKS: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
"""Seconds between two labels of an axis."""
_LABEL = 10
"""Cells that a label of the axis takes, with the blanks around it."""


@dataclass(frozen=True, slots=True)
class Window:
    """`span` seconds until `until`, or until now where that is None."""

    span: float = SPANS[1]
    until: Instant | None = None

    def bounds(self, now: Instant) -> tuple[float, float]:
        """Return its beginning and its end, in steady seconds."""
        end = self.end(now).steady
        return end - self.span, end

    def end(self, now: Instant) -> Instant:
        """Return its end."""
        return self.until or now

    def earlier(self, now: Instant) -> Window:
        """Return the window half a span earlier, but not before the day that is kept."""
        return self._moved(-self.span / 2, now)

    def later(self, now: Instant) -> Window:
        """Return the window half a span later; from now on it follows the time again."""
        return self._moved(self.span / 2, now)

    def wider(self, now: Instant) -> Window:
        """Return the next longer window with the same end."""
        longer = next((span for span in SPANS if span > self.span), self.span)
        return replace(self, span=longer).fitted(now)

    def closer(self) -> Window:
        """Return the next shorter window with the same end."""
        return replace(self, span=next((span for span in reversed(SPANS) if span < self.span), self.span))

    def fitted(self, now: Instant) -> Window:
        """Return the window, moved so that it begins within the day that is kept."""
        return self._moved(0.0, now)

    def live(self) -> Window:
        """Return the window that ends now."""
        return replace(self, until=None)

    def _moved(self, seconds: float, now: Instant) -> Window:
        back = min(self.end(now).age(now) - seconds, DAY - self.span)
        if self.until is not None and back == self.until.age(now):
            return self
        return replace(self, until=Instant(now.wall - back, now.steady - back)) if back > 0 else self.live()


def named_span(text: str) -> float | None:
    """Return the span that a text names: `15m`, `15 min`, `6h`; None where there is no such span."""
    wanted = text.casefold().replace(" ", "").removesuffix("in")
    return next((span for span in SPANS if wanted in (formats.age(span), f"{span / 3600:g}h")), None)


def state(window: Window, now: Instant, *, paused: bool) -> Line:
    """Return what the charts show: the span, and whether it follows the time, is held, or lies back."""
    cells = [Cell(formats.duration(window.span), Tone.STRONG)]
    if paused:
        cells.append(
            Cell(" " + _("paused {time}").format(time=formats.clock_time(now.wall, today=now.wall)), Tone.WARNING)
        )
    if window.until is not None:
        back = _("-{duration}").format(duration=formats.duration(window.until.age(now)))
        until = _("until {time}").format(time=formats.clock_time(window.until.wall, today=now.wall))
        cells.append(Cell(f" {back} ({until})", Tone.WARNING))
    if not paused and window.until is None:
        cells.append(Cell(" " + _("live"), Tone.OK))
    return line(*cells)


def ticks(start: float, end: float, width: int) -> list[tuple[float, str]]:
    """Return the labels of an axis from `start` to `end` (epoch seconds) on `width` cells: round times of this zone."""
    wanted = (end - start) * _LABEL / max(width, 1)
    step = next((step for step in _TICKS if step >= wanted), math.ceil(wanted / 86_400) * 86_400)
    offset = datetime.fromtimestamp(end).astimezone().utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = math.ceil((start + shift) / step) * step - shift
    count = int((end - first) // step) + 1
    return [(at, _time_of_day(at)) for at in (first + number * step for number in range(count))]


def _time_of_day(wall: float) -> str:
    return datetime.fromtimestamp(wall).strftime("%H:%M")  # noqa: DTZ006 - local on purpose

"""How long charts hold the event loop: two of 160 x 50 with a day of data, drawn anew every second, against 10 ms.

A heart beats on the loop every two milliseconds; what it comes late by is how long somebody held it. Of each second the
longest hold counts, of all seconds their median. The peer is the goal itself; the same app while its charts rest is
printed for comparison, because a busy machine is late by itself.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import sys
import time

from textual.app import App, ComposeResult
from textual.containers import Vertical

from bench.result import Result, against
from kryonix_tui.analysis.series import DAY, Series
from kryonix_tui.tui.terminal import SWITCH_SECONDS
from kryonix_tui.tui.widgets.chart import Chart, Plot
from kryonix_tui.view.cells import line

GOAL = 0.010
"""Seconds that a chart may hold the loop."""
BEAT = 0.002
SIZE = (160, 102)
"""Two charts of 160 x 50, each with a title."""


class Charts(App[None]):
    """Two charts, one above the other."""

    def compose(self) -> ComposeResult:
        """Lay them out."""
        yield Vertical(Chart(), Chart())

    def draw(self, series: Series, end: float) -> None:
        """Let both show the day before `end`."""
        for chart in self.query(Chart):
            chart.show(line("a figure"), Plot(series, end - DAY, end, 0))


def run(*, quick: bool) -> list[Result]:
    """Measure rounds in which charts rest and are drawn, in turns."""
    rounds, seconds = (3, 5) if quick else (5, 10)
    # As in the console (`tui.terminal.run_in_terminal`).
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    rest: list[float] = []
    drawn: list[float] = []
    try:
        for _round in range(rounds):
            rest += asyncio.run(_holds(seconds, drawing=False))
            drawn += asyncio.run(_holds(seconds, drawing=True))
    finally:
        sys.setswitchinterval(before)
    name = f"longest hold by charts (at rest {1000 * statistics.median(rest):.1f} ms)"
    return [against(name, drawn, [GOAL], "a chart's budget", "s", 1.0)]


def _a_day() -> Series:
    series = Series()
    for second in range(0, int(DAY), 10):
        series.append(float(second), 50 + 40 * math.sin(second / 900) + second % 7)
    return series


async def _holds(seconds: int, *, drawing: bool) -> list[float]:
    """Return the longest time in seconds that the loop was held, for each second."""
    series, app = _a_day(), Charts()
    holds: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        app.draw(series, DAY)
        await pilot.pause(1.0)
        for second in range(1, seconds + 1):
            heart = asyncio.create_task(_lateness(1.0))
            await asyncio.sleep(0)
            if drawing:
                # The window moves by more than a dot, so that everything is drawn and painted again.
                series.append(DAY + 600 * second, 50.0 + second)
                app.draw(series, DAY + 600 * second)
            holds.append(await heart)
    return holds


async def _lateness(seconds: float) -> float:
    """Return the most that a beat of the next `seconds` came late by."""
    longest = 0.0
    ends = time.perf_counter() + seconds
    while (due := time.perf_counter() + BEAT) < ends:
        await asyncio.sleep(BEAT)
        longest = max(longest, time.perf_counter() - due)
    return longest

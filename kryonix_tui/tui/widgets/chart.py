"""A line chart. plotext draws it in a thread, and only when its data, its size or its place on screen changed.

plotext has one figure for the whole program, so one thread draws all charts, one after the other. What a chart should
show may change while it is drawn: then it is drawn once more, as it is wanted by then.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from textual import events
from textual.geometry import Region
from textual.strip import Strip

from kryonix_tui.analysis.series import Point, Track
from kryonix_tui.i18n import _, numerals
from kryonix_tui.tui.widgets.plotter import plotter
from kryonix_tui.tui.widgets.toned import TonedView
from kryonix_tui.view import formats, window
from kryonix_tui.view.cells import Cell, Line, Tone, line

_FIGURES = 8
"""Columns that the figures beside a chart take."""
_EXACT = 100_000
"""Below this, figures that would look the same beside a chart are written in full; above it there is no room."""
_LARGEST = 1e15
"""Figures beyond this, of either sign, are drawn as if they were this large."""
LEAST_WIDTH, LEAST_HEIGHT = 16, 4
FEW = 30
"""A figure of so few samples is drawn with every new one."""
LONGEST_WAIT = 10.0
"""Seconds after which new data are drawn, also where they move nothing by a dot."""
GROUP = "charts"
"""The workers that wait for drawings."""

_PEN = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows: a figure, from when to when (steady seconds), and the ends of its scale.

    `ahead` is the wall clock's lead over the steady one, to label the axis. Without `low` or `high` the data set the end.
    `marks` are moments at which something happened. Until `told_until` the figure is as Prometheus told it.
    """

    track: Track
    start: float
    end: float
    ahead: int
    low: float | None = None
    high: float | None = None
    marks: tuple[float, ...] = ()
    told_until: float | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """A drawing that is wanted; equal ones look the same, but for what arrived in the meantime."""

    plot: Plot
    width: int
    height: int
    samples: int


class Chart(TonedView, can_focus=False):
    """Shows one figure under a title. Unknown values leave a gap."""

    DEFAULT_CSS = """
    Chart { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._title: Line = ()
        self._plot: Plot | None = None
        self._rows: Sequence[Line] = ()
        self._drawn: _Request | None = None
        self._drawing = False

    def show(self, title: Line, plot: Plot | None) -> None:
        """Show a figure; None: there is nothing to be drawn, the title says why."""
        before, self._title, self._plot = self._title, title, plot
        if plot is None:
            self._rows, self._drawn = (), None
        if plot is None or bool(before) != bool(title):
            self.repaint()
        elif before != title:
            self.repaint_lines(0)
        self._draw()

    def say(self, rows: Sequence[Line]) -> None:
        """Show lines where there is no one figure to draw."""
        self._title, self._plot, self._rows, self._drawn = (), None, tuple(rows), None
        self.repaint()

    def paint(self, y: int, width: int) -> Strip:
        """Return the title or a row of the chart."""
        lines = [self._title, *self._rows] if self._title else self._rows
        cells: Line = lines[y] if y < len(lines) else ()
        return self.strip(cells, width, self.base)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at the new size."""
        del event
        self.forget()
        self._draw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines for the compositor, which asks for what is in sight: so draw what was not worth it before."""
        self.call_later(self._draw)
        return super().render_lines(crop)

    @property
    def in_sight(self) -> bool:
        """Whether any of the chart can be seen."""
        return self.is_on_screen and self.screen.is_current and bool(self.screen.find_widget(self).visible_region)

    def _draw(self) -> None:
        if not self._drawing and self.is_attached and self.in_sight and self._wanted() not in (None, self._drawn):
            self._drawing = True
            self.run_worker(self._keep_up(), group=GROUP)

    async def _keep_up(self) -> None:
        """Draw until what is drawn is what is wanted."""
        try:
            while (wanted := self._wanted()) is not None and wanted != self._drawn:
                rows = await asyncio.get_running_loop().run_in_executor(_PEN, _drawing, wanted)
                if self._plot is not None:
                    self._rows, self._drawn = rows, wanted
                self.repaint()
        finally:
            self._drawing = False

    def _wanted(self) -> _Request | None:
        """Return the drawing for the plot and the size of the moment."""
        plot, region = self._plot, self.scrollable_content_region
        width, height = region.width, region.height - bool(self._title)
        if plot is None or width <= 0 or height <= 0:
            return None
        # The right end moves on by dots, of which a character has two, so that most new samples need no new drawing.
        dot = min(LONGEST_WAIT, max(1.0, (plot.end - plot.start) / (2 * width)))
        end = math.ceil(plot.end / dot) * dot
        moved = replace(plot, start=end - (plot.end - plot.start), end=end)
        return _Request(moved, width, height, min(plot.track.version, FEW))


def _drawing(request: _Request) -> list[Line]:
    plot = request.plot
    points = plot.track.between(plot.start, plot.end, 2 * request.width)
    return draw(points, plot, (request.width, request.height))


def draw(points: Sequence[Point], plot: Plot, size: tuple[int, int]) -> list[Line]:
    """Return a chart of points as lines of `size` (width, height); words where there is nothing to draw."""
    width, height = size
    known = [value for _at, value in points if math.isfinite(value)]
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return [line(Cell(_("no room for a chart"), Tone.MUTED))]
    if len(known) < 2:
        recent = [value for value in plot.track.last(FEW) if math.isfinite(value)]
        nothing = _("collecting ...") if len(recent) < 2 else _("nothing is known of this time")
        return [line(Cell(nothing, Tone.MUTED))]
    plotext = plotter()
    low, high = _scale(known, plot)
    # Else no plot would be larger than the terminal was when plotext first looked.
    plotext.terminal.limit(width=False, height=False)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless")
    figure.axes(active=False)
    for stretch in _stretches(points):
        times, values = zip(*((at, min(max(value, low), high)) for at, value in stretch), strict=True)
        # Figures stand at the right, where the newest are.
        signal = figure.signal(times, values, marker="braille", yside="right")
        figure.draw(signal.lines() if len(stretch) > 1 else signal)
    for moment in plot.marks:
        figure.line(moment, "vertical", style="dotted")
    beside, below = figure.ruler("y", "right"), figure.ruler("x")
    beside.lim(low, high)
    labels = _labels(low, high, known[-1], height - 1)
    beside.ticks([value for value, _text in labels], [text for _value, text in labels])
    below.lim(plot.start, plot.end)
    moments = window.ticks(plot.start + plot.ahead, plot.end + plot.ahead, width)
    below.ticks([wall - plot.ahead for wall, _text in moments], [text for _wall, text in moments])
    drawn: str = figure.build().string(colorless=True)
    told = _told_columns(plot, width)
    return [line(Cell(row[:told], Tone.MUTED), Cell(row[told:], Tone.ACCENT)) for row in drawn.split("\n")][:height]


def _told_columns(plot: Plot, width: int) -> int:
    """Return how many columns at the left show what Prometheus told: these are dimmed."""
    if plot.told_until is None:
        return 0
    share = (plot.told_until - plot.start) / (plot.end - plot.start)
    return round((width - _FIGURES) * min(1.0, max(0.0, share)))


def _stretches(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield the parts between gaps."""
    stretch: list[Point] = []
    for point in points:
        if math.isfinite(point[1]):
            stretch.append(point)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _scale(values: Sequence[float], plot: Plot) -> tuple[float, float]:
    """Return the ends of the scale. What lies beyond is drawn at its edge: plotext would make room for all of it."""
    low = _bounded(min(values) if plot.low is None else plot.low)
    high = _bounded(max(values) if plot.high is None else plot.high)
    if high < low:
        low, high = (low, low) if plot.high is None else (high, high)
    margin = (high - low) * 0.05 or max(1.0, abs(high) * 0.05)
    # What is counted is never less than nothing, nor is the scale.
    below = low - margin if low < 0 else max(0.0, low - margin)
    return (low if plot.low is not None else below), (high if plot.high is not None else high + margin)


def _bounded(value: float) -> float:
    return min(_LARGEST, max(-_LARGEST, value))


def _labels(low: float, high: float, newest: float, rows: int) -> list[tuple[float, str]]:
    """Return the figures beside a chart: the newest one, marked, and the ends of the scale where there is room."""
    row = (high - low) / max(1, rows - 1)
    ends = [value for value in (low, high) if abs(value - newest) >= row]
    texts = {value: _figure(value, high) for value in (*ends, newest)}
    if len(set(texts.values())) < len(texts) and max(high, abs(newest)) < _EXACT:
        texts = {value: formats.full_count(value) for value in texts}
    at = min(max(newest, low), high)
    return [*((value, f"  {texts[value]:>6}") for value in ends if value != at), (at, f" ◂{texts[newest]:>6}")]


def _figure(value: float, high: float) -> str:
    return formats.count(value) if max(high, abs(value)) >= 1000 else numerals(f"{value:.1f}")

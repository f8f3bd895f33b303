"""A line chart, drawn by plotext only when its data, its size or its place on screen changed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from kryonix_tui.i18n import _
from kryonix_tui.tui.widgets.toned import TonedView
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
TICKS = 3
"""Spaces between the figures beside a chart."""


class Chart(TonedView, can_focus=False):
    """Shows one series under a title. Unknown values leave a gap."""

    DEFAULT_CSS = """
    Chart { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._title: Line = ()
        self._values: tuple[float, ...] = ()
        self._bounds: tuple[float | None, float | None] = (None, None)
        self._span = ""
        self._rows: list[Line] = []
        self._drawn: object = None

    def show(
        self,
        title: Line,
        values: Sequence[float],
        *,
        low: float | None = None,
        high: float | None = None,
        span: str = "",
    ) -> None:
        """Show `values`, oldest first. `low` and `high` are ends of the scale; `span` says how far back the left end is."""
        self._title, self._values, self._bounds, self._span = title, tuple(values), (low, high), span
        self._draw()

    def paint(self, y: int, width: int) -> Strip:
        """Return the title or a row of the chart."""
        lines = [self._title, *self._rows] if self._title else self._rows
        cells: Line = lines[y] if y < len(lines) else ()
        return self.strip(cells, width, self.rich_style)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at the new size."""
        del event
        self._draw()
        self.forget()

    def _draw(self) -> None:
        region = self.scrollable_content_region
        size = (region.width, region.height - bool(self._title))
        state = (self._values, self._bounds, self._span, size)
        if state != self._drawn:
            self._drawn = state
            self._rows = draw(self._values, size, self._bounds, self._span)
        self.repaint()


def draw(
    values: Sequence[float], size: tuple[int, int], bounds: tuple[float | None, float | None], span: str
) -> list[Line]:
    """Return a chart of `values` as lines of `size` (width, height); a word where there is nothing to draw."""
    width, height = size
    points = [(index, value) for index, value in enumerate(values) if math.isfinite(value)]
    if width < LEAST_WIDTH or height < LEAST_HEIGHT or len(points) < 2:
        return [line(Cell(_("collecting ..."), Tone.MUTED))]
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless")
    figure.axes(active=False)
    figure.draw(figure.signal([x for x, y in points], [y for x, y in points], marker="braille").lines())
    low, high = _scale([y for x, y in points], bounds)
    vertical, horizontal = figure.ruler("y"), figure.ruler("x")
    vertical.lim(low, high)
    ticks = [low + (high - low) * step / TICKS for step in range(TICKS + 1)]
    vertical.ticks(ticks, [f"{formats.count(tick) if high >= 1000 else f'{tick:.1f}':>6} " for tick in ticks])
    horizontal.lim(0, len(values) - 1)
    horizontal.ticks([0], [f"-{span}" if span else " "])
    drawn: str = figure.build().string(colorless=True)
    return [line(Cell(row, Tone.ACCENT)) for row in drawn.split("\n")][:height]


def _scale(values: Sequence[float], bounds: tuple[float | None, float | None]) -> tuple[float, float]:
    low = min(values) if bounds[0] is None else bounds[0]
    high = max(values) if bounds[1] is None else bounds[1]
    margin = (high - low) * 0.05 or max(1.0, abs(high) * 0.05)
    return (low if bounds[0] is not None else low - margin), (high if bounds[1] is not None else high + margin)

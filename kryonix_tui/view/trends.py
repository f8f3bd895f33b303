"""What panels show of a stretch of time: a line to draw, a row of dots per series, a heatmap, events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kryonix_tui.analysis.series import MEAN, read
from kryonix_tui.analysis.series import Point as SteadyPoint
from kryonix_tui.config.screen import Annotation, Panel
from kryonix_tui.i18n import _
from kryonix_tui.model.question import LabelledSeries, Point
from kryonix_tui.safetext import safe
from kryonix_tui.view import figures, panels
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.legends import legend, text
from kryonix_tui.view.panel_questions import Asked
from kryonix_tui.view.sparkline import dots

_LABEL_WIDTH = 20
"""Cells that the names of rows take at most."""
_GAP = 1.5
"""So many steps without a point are a gap."""


@dataclass(frozen=True, slots=True)
class AnswerTrack:
    """A series of an answer, as charts read it (see `analysis.series.Track`).

    `ahead` is the wall clock's lead over the steady one.
    """

    series: LabelledSeries
    step: float
    ahead: int

    @property
    def version(self) -> int:
        """As `Track`."""
        return len(self.series.points)

    @property
    def told_until(self) -> None:
        """As `Track`: the whole panel is Prometheus'."""
        return

    def last(self, count: int) -> list[float]:
        """As `Track`."""
        return [value for _at, value in self.series.points[-count:]]

    def between(self, start: float, end: float, most: int) -> list[SteadyPoint]:
        """As `Track`."""
        points = [(at - self.ahead, value) for at, value in self.series.points]
        return read([(points, _GAP * self.step)], start, end, most, MEAN)


def single(asked: Sequence[Asked], ahead: int) -> AnswerTrack | None:
    """Return the one series that a panel shows; None where there is none or several."""
    found = [(one.question, series) for one in asked for series in one.series]
    if len(found) != 1:
        return None
    ((question, series),) = found
    return AnswerTrack(series, question.step, ahead) if question is not None else None


@dataclass(frozen=True, slots=True)
class _Row:
    """A series with the query that it answers."""

    one: Asked
    series: LabelledSeries

    @property
    def name(self) -> str:
        return legend(self.one.query, self.series)

    @property
    def step(self) -> float:
        return self.one.question.step if self.one.question else 0.0


def rows(panel: Panel, asked: Sequence[Asked], stretch: tuple[float, float], size: tuple[int, int]) -> list[Line]:
    """Return a row for each series: dots over time, or shades in a heatmap, and the newest figure.

    `stretch` is from when to when (epoch seconds). What does not fit into `size` (width, height) is counted.
    """
    if not any(one.series for one in asked):
        return panels.absent(asked, _("no data"))
    width, height = size
    found = [_Row(one, series) for one in asked for series in one.series]
    if panel.kind == "heatmap":
        found.sort(key=lambda row: row.name)
    failed = panels.troubles(asked)
    room = max(1, height - len(failed))
    shown = found if len(found) <= room else found[: max(1, room - 1)]
    names = min(_LABEL_WIDTH, max(len(row.name) for row in shown))
    newest = [figures.in_unit(row.series.newest, panel.unit_of(row.one.query)) for row in shown]
    cells = max(4, width - names - max(len(figure) for figure in newest) - 2)
    dots_each = 1 if panel.kind == "heatmap" else 2
    drawn = [_drawn(panel, row, found, _grid(row, stretch, dots_each * cells)) for row in shown]
    lines = [
        line(
            Cell(f"{row.name[:names]:<{names}} ", Tone.MUTED),
            *trend,
            Cell(f" {figure}", figures.tone(row.series.newest, panel.limits_of(row.one.query), Tone.STRONG)),
        )
        for row, trend, figure in zip(shown, drawn, newest, strict=True)
    ]
    left_out = [panels.more(len(found) - len(shown))] if len(found) > len(shown) else []
    return [*lines, *left_out, *failed]


def _drawn(panel: Panel, row: _Row, all_rows: Sequence[_Row], values: Sequence[float]) -> Line:
    """Return the past of a series: in a heatmap on the scale of all, as dots on its own, two to a cell."""
    if panel.kind != "heatmap":
        return (Cell(dots(values, len(values) // 2, panel.low, panel.high), Tone.ACCENT),)
    known = [value for other in all_rows for __, value in other.series.points]
    low = min(0.0, *known) if panel.low is None else panel.low
    high = max(known) if panel.high is None else panel.high
    limits = panel.limits_of(row.one.query)
    cells = (
        Cell(" ") if math.isnan(value) else Cell(figures.shade(value, low, high), figures.tone(value, limits))
        for value in values
    )
    return tuple(Cell("".join(cell.text for cell in run), tone) for tone, run in groupby(cells, lambda cell: cell.tone))


def _grid(row: _Row, stretch: tuple[float, float], count: int) -> list[float]:
    """Return `count` values: at each moment the newest point, `nan` where that is longer ago than a gap."""
    start, end = stretch
    width = (end - start) / count
    longest = max(_GAP * row.step, width)
    points, place = row.series.points, 0
    values: list[float] = []
    for moment in (start + (number + 1) * width for number in range(count)):
        while place < len(points) and points[place][0] <= moment:
            place += 1
        known = place and moment - points[place - 1][0] <= longest
        values.append(points[place - 1][1] if known else math.nan)
    return values


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when (epoch seconds), and what is said of it."""

    at: float
    text: str


def events(annotation: Annotation, asked: Asked) -> Iterator[Event]:
    """Yield when a series of an annotation appeared after a gap, or changed its value.

    One that is there from the beginning of the answer began before: it is no event.
    """
    step = asked.question.step if asked.question else 0.0
    first = min((series.points[0][0] for series in asked.series), default=0.0)
    begins = _beginning(asked, first)
    for series in asked.series:
        said = text(annotation.text, series) if annotation.text else ""
        words = f"{annotation.name}: {said}" if said else annotation.name
        before: Point = (
            (begins, series.points[0][1]) if series.points[0][0] <= begins + _GAP * step else (-math.inf, 0.0)
        )
        for point in series.points:
            if point[1] and (point[1] != before[1] or point[0] - before[0] > _GAP * step):
                yield Event(point[0], safe(words, 120))
            before = point


def _beginning(asked: Asked, first: float) -> float:
    """Return when the stretch of an answer began."""
    if asked.question is None or asked.answered is None or asked.answered.reading is None:
        return first
    until = asked.question.until or asked.answered.reading.at.wall
    return until - asked.question.span

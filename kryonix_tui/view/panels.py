"""What panels show of Prometheus' answers as they are now: a figure, a bar, a table, a matrix, a feed.

What they show of a stretch of time is in `view.trends`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final

from kryonix_tui.clock import Instant
from kryonix_tui.config.screen import Panel, Query
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.question import Answered, LabelledSeries
from kryonix_tui.safetext import safe
from kryonix_tui.view import figures, formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line
from kryonix_tui.view.legends import legend
from kryonix_tui.view.panel_questions import Asked

_MESSAGE_LIMIT = 300
_COLUMN_GAP = 2


def lines(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    """Return the content of a panel that shows how it is now, `width` cells wide."""
    if not any(one.series for one in asked):
        return absent(asked, _("nothing") if panel.kind == "feed" else _("no data"))
    return [*_KINDS[panel.kind](panel, asked, width), *_left_out(asked), *troubles(asked)]


def absent(asked: Sequence[Asked], empty: str) -> list[Line]:
    """Return why there is nothing to show: `empty` where Prometheus answered that there is nothing."""
    failed = troubles(asked)
    if failed:
        return failed
    if any(one.question is None for one in asked):
        return [line(Cell(_("nothing is chosen yet"), Tone.MUTED))]
    waiting = any(one.answered is None or one.answered.reading is None for one in asked)
    return [line(Cell(_("asking Prometheus ...") if waiting else empty, Tone.MUTED))]


def troubles(asked: Sequence[Asked]) -> list[Line]:
    """Return what went wrong at the last attempt, each thing once."""
    found = dict.fromkeys(message(one.answered) for one in asked if one.answered and one.answered.trouble)
    return [line(Cell(f"✖ {text}", Tone.CRITICAL)) for text in found]


def message(answered: Answered) -> str:
    """Return what went wrong at the last attempt, empty where nothing did."""
    trouble = answered.trouble
    return safe(f"{_(trouble.title)}: {trouble.message}", _MESSAGE_LIMIT) if trouble else ""


def age(asked: Sequence[Asked], now: Instant) -> Cell:
    """Return how old a panel's oldest answer is; loud where it is stale or the last attempt failed."""
    readings = [one.answered.reading for one in asked if one.answered and one.answered.reading]
    failed = any(one.answered and one.answered.trouble for one in asked)
    oldest = max((reading.at.age(now) for reading in readings), default=None)
    if oldest is None:
        return Cell(_("no answer"), Tone.CRITICAL) if failed else Cell(_("waiting"), Tone.MUTED)
    if any(one.answered and one.answered.stale(now) for one in asked):
        return Cell(_("STALE {age}").format(age=formats.age(oldest)), Tone.WARNING)
    return Cell(f"✖ {formats.age(oldest)}", Tone.CRITICAL) if failed else Cell(formats.age(oldest), Tone.MUTED)


def without_prometheus(panels: Iterable[Panel]) -> tuple[Panel, ...]:
    """Return the panels that show nothing where there is no Prometheus."""
    return tuple(panel for panel in panels if not panel.redis)


def left_out(panels: Collection[Panel]) -> str:
    """Return one remark in the place of panels that need Prometheus, where there is none."""
    text = ngettext("{count} panel needs Prometheus", "{count} panels need Prometheus", len(panels))
    return _("{panels}: not configured (prometheus.url)").format(panels=text.format(count=len(panels)))


def more(count: int) -> Line:
    """Return how many series are not shown."""
    text = ngettext("and {count} more series", "and {count} more series", count).format(count=count)
    return line(Cell(text, Tone.MUTED))


def _each(asked: Sequence[Asked]) -> Iterator[tuple[Query, LabelledSeries]]:
    return ((one.query, series) for one in asked for series in one.series)


def _figure(panel: Panel, query: Query, series: LabelledSeries) -> Cell:
    return figures.figure(series.newest, panel.unit_of(query), panel.limits_of(query))


def _stat(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    found = list(_each(asked))
    if len(found) > 1:
        return _table(panel, asked, width)
    ((query, series),) = found
    name = line(Cell(legend(query, series), Tone.MUTED)) if query.legend else ()
    return [line(_figure(panel, query, series)), *([name] if name else [])]


def _gauge(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    found = list(_each(asked))
    if len(found) == 1:
        return figures.gauge(panel, found[0][1].newest, width)
    return [
        shown
        for query, series in found
        for shown in (line(Cell(legend(query, series), Tone.MUTED)), figures.gauge(panel, series.newest, width)[0])
    ]


def _table(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    if panel.by:
        return _matrix(panel, asked, width)
    rows = [(legend(query, series), _figure(panel, query, series)) for query, series in _each(asked)]
    longest = max(len(name) for name, _cell in rows)
    return [line(Cell(f"{name:<{longest}}  ", Tone.MUTED), cell) for name, cell in rows]


def _matrix(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    """Return a row for each value of the label `by`, a column for each query. A heatmap shades each column by itself."""
    names = sorted({series.labels.get(panel.by, "") for _query, series in _each(asked)})
    head = [Cell(f"{safe(panel.by.replace('_', ' '), 24):<{_first(names)}}", Tone.MUTED)]
    rows: list[list[Cell]] = [[Cell(f"{safe(name, 24) or '–':<{_first(names)}}", Tone.STRONG)] for name in names]
    room = width - _first(names)
    for one in asked:
        column = _column(panel, one, names)
        title = safe(_(one.query.legend), 24)
        wide = max(len(title), *(len(cell.text) for cell in column)) + _COLUMN_GAP
        if wide > room and len(head) > 1:
            break
        room -= wide
        head.append(Cell(f"{title:>{wide}}", Tone.MUTED))
        for row, cell in zip(rows, column, strict=True):
            row.append(Cell(f"{cell.text:>{wide}}", cell.tone))
    return [tuple(head), *(tuple(row) for row in rows)]


def _first(names: Sequence[str]) -> int:
    return max(12, *(len(safe(name, 24)) for name in names))


def _column(panel: Panel, one: Asked, names: Sequence[str]) -> list[Cell]:
    values = {series.labels.get(panel.by, ""): series.newest for series in one.series}
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    cells: list[Cell] = []
    for name in names:
        value = values.get(name)
        if value is None:
            cells.append(UNKNOWN)
            continue
        text = figures.in_unit(value, panel.unit_of(one.query))
        if panel.kind == "heatmap":
            text = f"{figures.shade(value, min(low, 0.0), high)} {text}"
        limits = panel.limits_of(one.query)
        cells.append(Cell(text, figures.tone(value, limits, Tone.PLAIN)))
    return cells


def _feed(panel: Panel, asked: Sequence[Asked], width: int) -> list[Line]:
    del width
    found = sorted(((legend(query, series), query, series) for query, series in _each(asked)), key=itemgetter(0))
    return [
        line(Cell("◆ ", figures.tone(series.newest, panel.limits_of(query), Tone.INFO)), name)
        for name, query, series in found
    ]


def _left_out(asked: Sequence[Asked]) -> list[Line]:
    count = sum(one.answered.reading.value.more for one in asked if one.answered and one.answered.reading)
    return [more(count)] if count else []


_KINDS: Final[dict[str, Callable[[Panel, Sequence[Asked], int], list[Line]]]] = {
    "stat": _stat,
    "gauge": _gauge,
    "table": _table,
    "heatmap": _matrix,
    "feed": _feed,
}

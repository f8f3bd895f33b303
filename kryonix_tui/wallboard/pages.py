"""Where panels stand on a wall of some size. A wall is not scrolled: what does not fit stands on another page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kryonix_tui.config.screen import COLUMNS, Kind, Panel
from kryonix_tui.tui.widgets.panels import span_at

FRAME: Final = 2
"""Rows and columns that a frame takes."""
LEAST: Final[dict[Kind, int]] = {"stat": 5, "gauge": 7, "feed": 6, "table": 6, "heatmap": 7, "timeseries": 8}
"""Rows of a panel at least, its frame included: figures have three."""
_SHARE: Final = 5
"""Figures take a fifth of the height at least: a wall that is higher shows them larger, not more of them."""
_FIGURES: Final = ("stat", "gauge")
_WEIGHT: Final = 3
"""How much more of the room that is left goes to figures, which are read from afar, than to lines."""


@dataclass(frozen=True, slots=True)
class Place:
    """A panel, and where it stands: cells from the left and from the top, and its size with its frame."""

    panel: Panel
    x: int
    y: int
    width: int
    height: int

    @property
    def inner(self) -> tuple[int, int]:
        """Columns and rows of its content: one column beside the frame stays free."""
        return max(1, self.width - FRAME - 2), max(1, self.height - FRAME)


def pages(panels: Sequence[Panel], width: int, height: int) -> list[tuple[Place, ...]]:
    """Return the panels on pages of a size, at least one page."""
    found: list[list[list[Place]]] = [[]]
    room = height
    for row in _rows(panels, width):
        needed = _least(row, height)
        if found[-1] and needed > room:
            found.append([])
            room = height
        found[-1].append(row)
        room -= needed
    return [tuple(_filled(page, height)) for page in found]


def _rows(panels: Sequence[Panel], width: int) -> Iterator[list[Place]]:
    """Yield the panels in rows of 24 columns, all of a row as wide as it takes to fill it."""
    row: list[tuple[Panel, int]] = []
    for panel in panels:
        columns = span_at(panel.span[0], width)
        if row and sum(taken for _panel, taken in row) + columns > COLUMNS:
            yield _placed(row, width)
            row = []
        row.append((panel, columns))
    if row:
        yield _placed(row, width)


def _placed(row: Sequence[tuple[Panel, int]], width: int) -> list[Place]:
    taken, places, x = sum(columns for _panel, columns in row), [], 0
    for panel, columns in row:
        end = x + columns
        left, right = width * x // taken, width * end // taken
        places.append(Place(panel, left, 0, right - left, 0))
        x = end
    return places


def _least(row: Sequence[Place], height: int) -> int:
    """Return the rows that a row of panels needs on a wall of a height."""
    figures = height // _SHARE if any(place.panel.kind in _FIGURES for place in row) else 0
    return max(figures, *(LEAST[place.panel.kind] for place in row))


def _filled(rows: Sequence[Sequence[Place]], height: int) -> Iterator[Place]:
    """Yield the places of a page, with all of its height given to them."""
    least = [_least(row, height) for row in rows]
    weights = [max(_weight(place.panel) for place in row) for row in rows]
    left, total, y, given = max(0, height - sum(least)), sum(weights), 0, 0
    for row, needed, weight in zip(rows, least, weights, strict=True):
        more = left * (given + weight) // total - left * given // total
        tall = min(needed + more, max(1, height - y))
        yield from (replace(place, y=y, height=tall) for place in row)
        y, given = y + tall, given + weight


def _weight(panel: Panel) -> int:
    return panel.span[1] * (_WEIGHT if panel.kind in _FIGURES else 1)

"""Lists as columns: what every table on screen is described by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

from kryonix_tui.i18n import _
from kryonix_tui.view.cells import Cell

T = TypeVar("T")


MARGIN = 1
"""Blank characters between two columns."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column of a list of T.

    `name` is stable (filters, remembered sort orders), `title` is for people. `width` is in terminal cells; where there
    is room, it grows up to `most`, and what is then left goes to those that `grows` marks. `rank` says what goes first
    where there is no room: 0 always stays. `value` is what a filter compares and a sort uses: a number, a text, or None
    where unknown. `word` is what a filter compares texts with where the value is a number that stands for a word
    (`health=critical`); `words` are all that there can be, where they are few. `unit` says what a filter may write behind
    a number (`bytes`, `seconds`; empty: a count). `falling`: the first sort by it shows the largest first. `frozen`: it
    stays where it is while the others move sideways. `heading` stands over the column instead of its title. `tail`: the end is
    shown of what is too long. What is not `shown` can be filtered and sorted by.
    """

    name: str
    title: str
    width: int
    cell: Callable[[T], Cell]
    value: Callable[[T], float | str | None]
    numeric: bool = False
    falling: bool = False
    grows: bool = False
    most: int = 0
    rank: int = 0
    word: Callable[[T], str] | None = None
    words: tuple[str, ...] = ()
    unit: str = ""
    frozen: bool = False
    heading: str = ""
    shown: bool = True
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A column with the width that it got."""

    column: Column[T]
    width: int


@dataclass(frozen=True, slots=True)
class Layout(Generic[T]):
    """What is shown of a list's columns. `before` and `after` columns are hidden on the left and on the right.

    `shift` is how many steps to the right of the first layout this one is; `frozen` columns stay where they are.
    """

    placed: tuple[Placed[T], ...] = ()
    shift: int = 0
    before: int = 0
    after: int = 0
    frozen: int = 1


def layout(columns: Sequence[Column[T]], width: int, shift: int = 0) -> Layout[T]:
    """Return what is shown in `width` cells, `shift` steps to the right, or as far as there is anything to see.

    The first layout has the columns that matter most (`fit`). Further ones have all columns in their order, behind the
    frozen ones (or the first, where none is) as many as there is room for: the second layout is the first that shows
    something new, from there it goes on by columns.
    """
    columns = [column for column in columns if column.shown]
    chosen = fit(columns, width)
    if shift <= 0 or len(chosen) == len(columns):
        return Layout(tuple(chosen), 0, 0, len(columns) - len(chosen))
    stay = [place for place in chosen if place.column.frozen] or chosen[:1]
    names = {place.column.name for place in stay}
    moving = [column for column in columns if column.name not in names]
    room = width - sum(place.width + MARGIN for place in stay)
    shown = {place.column.name for place in chosen}
    last = _last_start(moving, room)
    first = next((at for at in range(last) if {c.name for c in _window(moving[at:], room)} - shown), last)
    start = min(first + shift - 1, last)
    window = _window(moving[start:], room)
    placed = fit(window, room) if _needed(window) <= room else [Placed(column, least(column)) for column in window]
    return Layout((*stay, *placed), start - first + 1, start, len(moving) - start - len(window), len(stay))


def fit(columns: Iterable[Column[T]], width: int) -> list[Placed[T]]:
    """Return the columns that fit into `width` cells, in their order; what is left goes to those that grow."""
    kept = [column for column in columns if column.shown]
    while len(kept) > 1 and _needed(kept) > width and max(column.rank for column in kept) > 0:
        worst = max(column.rank for column in kept)
        last = max(index for index, column in enumerate(kept) if column.rank == worst)
        del kept[last]
    widths = [least(column) for column in kept]
    spare = max(0, width - _needed(kept))
    for index, column in enumerate(kept):
        extra = min(spare // 2, max(0, column.most - widths[index]))
        widths[index] += extra
        spare -= extra
    growing = sum(column.grows for column in kept) or 1
    return [
        Placed(column, wide + (spare // growing if column.grows else 0))
        for column, wide in zip(kept, widths, strict=True)
    ]


def least(column: Column[Any]) -> int:
    """Return the cells that a column takes at least: its width, or more where its title is longer in another language."""
    title = _(column.title)
    return max(column.width, len(title)) if title != column.title and not column.heading else column.width


def sort_items(items: Iterable[T], column: Column[T], *, reverse: bool) -> list[T]:
    """Return `items` by `column`; unknown values come last in both directions. The sort is stable."""
    known: list[tuple[float | str, T]] = []
    unknown: list[T] = []
    for item in items:
        value = sort_value(item, column)
        if value is None:
            unknown.append(item)
        else:
            known.append((value, item))
    known.sort(key=itemgetter(0), reverse=reverse)
    return [item for _, item in known] + unknown


def sort_value(item: T, column: Column[T]) -> float | str | None:
    """Return what `item` is sorted by: texts without case; None where there is no figure, or one that is no number."""
    value = column.value(item)
    if isinstance(value, str):
        return value.casefold()
    return None if value is None or value != value else value  # noqa: PLR0124 - only nan differs from itself


def column_named(columns: Sequence[Column[T]], name: str) -> Column[T] | None:
    """Return the column called `name`, if there is one."""
    return next((column for column in columns if column.name == name), None)


def _needed(columns: Sequence[Column[T]]) -> int:
    return sum(map(least, columns)) + MARGIN * (len(columns) - 1)


def _window(columns: Sequence[Column[T]], room: int) -> Sequence[Column[T]]:
    """Return as many of the first columns as there is room for, one at least."""
    count = len(columns)
    while count > 1 and _needed(columns[:count]) > room:
        count -= 1
    return columns[:count]


def _last_start(columns: Sequence[Column[T]], room: int) -> int:
    """Return from which column on all the rest can be seen."""
    start = 0
    while start < len(columns) - 1 and _needed(columns[start:]) > room:
        start += 1
    return start

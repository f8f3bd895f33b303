"""Lists as columns: what every table on screen is described by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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
    (`health=critical`). `falling`: the first sort by it shows the largest first.
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


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A column with the width that it got."""

    column: Column[T]
    width: int


def fit(columns: Iterable[Column[T]], width: int) -> list[Placed[T]]:
    """Return the columns that fit into `width` cells, in their order; what is left goes to those that grow."""
    kept = list(columns)
    while len(kept) > 1 and _needed(kept) > width and max(column.rank for column in kept) > 0:
        worst = max(column.rank for column in kept)
        last = max(index for index, column in enumerate(kept) if column.rank == worst)
        del kept[last]
    widths = [column.width for column in kept]
    spare = max(0, width - _needed(kept))
    for index, column in enumerate(kept):
        extra = min(spare // 2, max(0, column.most - column.width))
        widths[index] += extra
        spare -= extra
    growing = sum(column.grows for column in kept) or 1
    return [
        Placed(column, wide + (spare // growing if column.grows else 0))
        for column, wide in zip(kept, widths, strict=True)
    ]


def sort_items(items: Iterable[T], column: Column[T], *, reverse: bool) -> list[T]:
    """Return `items` by `column`; unknown values come last in both directions. The sort is stable."""
    known: list[tuple[float | str, T]] = []
    unknown: list[T] = []
    for item in items:
        value = column.value(item)
        if value is None:
            unknown.append(item)
        else:
            known.append((value.casefold() if isinstance(value, str) else value, item))
    known.sort(key=_first, reverse=reverse)
    return [item for _, item in known] + unknown


def column_named(columns: Sequence[Column[T]], name: str) -> Column[T] | None:
    """Return the column called `name`, if there is one."""
    return next((column for column in columns if column.name == name), None)


def _needed(columns: Sequence[Column[T]]) -> int:
    return sum(column.width for column in columns) + MARGIN * (len(columns) - 1)


def _first(pair: tuple[float | str, T]) -> float | str:
    return pair[0]

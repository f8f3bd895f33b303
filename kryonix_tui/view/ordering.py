"""Which rows of a list are shown, in which order: made anew when somebody asks for it, and otherwise now and then.

A refresh costs what is visible. Filtering and sorting go through all rows, so they are not part of it: a new order is
made when the operator filters or sorts and when rows came or went, else every `SETTLE` seconds, and by itself never for
more than `SHARE` of the time. Rows that jump each second could not be read anyway; the figures in them are always new.

The work is done in small steps (`work`), so that a list of 100,000 rows never holds whoever does it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Generic, TypeVar

from kryonix_tui.view.columns import Column, sort_value

T = TypeVar("T")
Steps = Generator[None, None, list[str]]

SETTLE: Final = 3.0
"""Seconds between two orders that nobody asked for."""

SHARE: Final = 0.05
"""The largest part of the time that goes into orders that nobody asked for."""

CHEAP: Final = 0.005
"""Seconds of work that need no rest: updates come five times a second at most."""

RUN: Final = 2048
"""Rows that are sorted in one step. Sorted runs are then merged, which costs little: Timsort recognises them."""

STRIDE: Final = 64
"""Rows that are looked at in one step, where there is no filter."""


@dataclass(frozen=True, slots=True)
class Wish(Generic[T]):
    """What the operator wants to see. `passes` is None where there is no filter; `column` None keeps the natural order."""

    column: Column[T] | None = None
    reverse: bool = False
    passes: Callable[[T], bool] | None = None

    def same(self, other: Wish[T]) -> bool:
        """Tell whether this is the same wish: columns are made anew with each update, their names tell them apart."""
        mine = self.column.name if self.column else ""
        theirs = other.column.name if other.column else ""
        return (mine, self.reverse) == (theirs, other.reverse) and self.passes is other.passes


class Ordering(Generic[T]):
    """The order of a list. `keys` is the newest one that is complete, of the rows in `roster`; a new one is a new list."""

    def __init__(self) -> None:
        self.keys: Sequence[str] = ()
        self.roster: Sequence[str] = ()
        self._wish: Wish[T] | None = None
        self._rows: Mapping[str, T] = {}
        self._roster: Sequence[str] = ()
        self._natural: Sequence[str] = ()
        self._natural_of: Sequence[str] | None = None
        self._making: Steps | None = None
        self._begun = 0.0
        self._spent = 0.0

    @property
    def busy(self) -> bool:
        """Whether an order is being made."""
        return self._making is not None

    def want(
        self,
        wish: Wish[T],
        rows: Mapping[str, T],
        roster: Sequence[str],
        now: float,
        natural: Column[T] | None = None,
    ) -> bool:
        """Say what is wanted of which rows; return whether there is work to do.

        `roster` has the keys of all rows; it is the same object while none came or went. `now` is in seconds of a steady
        clock. Rows that are equal stand by `natural`, or as the roster has them.
        """
        asked = self._wish is None or not wish.same(self._wish)
        if asked or (not self.busy and rows is not self._rows and self._due(roster, now)):
            self._wish, self._rows, self._roster = wish, rows, roster
            self._begun, self._spent = now, 0.0
            self._making = self._make(wish, rows, roster, natural)
        return self.busy

    def work(self, seconds: float) -> bool:
        """Work for about so long; return whether the order is complete."""
        started = time.perf_counter()
        while self._making is not None:
            try:
                next(self._making)
            except StopIteration as complete:
                self.keys, self.roster, self._making = complete.value, self._roster, None
            if time.perf_counter() - started >= seconds:
                break
        self._spent += time.perf_counter() - started
        return self._making is None

    def _due(self, roster: Sequence[str], now: float) -> bool:
        """Tell whether an order that nobody asked for may be made: rows that come or go find their place sooner."""
        rest = self._spent / SHARE if self._spent > CHEAP else 0.0
        same = roster is self._roster or roster == self._roster
        return now >= self._begun + max(SETTLE if same else 0.0, rest)

    def _make(self, wish: Wish[T], rows: Mapping[str, T], roster: Sequence[str], natural: Column[T] | None) -> Steps:
        if self._natural_of is not roster:
            made = yield from arranged(roster, rows, Wish(natural))
            self._natural, self._natural_of = made, roster
        return (yield from arranged(self._natural, rows, wish))


def arranged(keys: Sequence[str], rows: Mapping[str, T], wish: Wish[T]) -> Steps:
    """Return the keys of the rows that `wish` lets pass, in its order; unknown figures last, equal ones as they were.

    It is a generator so that others have their turn: each step is short, however many rows there are.
    """
    known: list[tuple[float | str, str]] = []
    unknown: list[str] = []
    for index, key in enumerate(keys):
        if wish.passes is not None or index % STRIDE == 0:
            yield
        item = rows.get(key)
        if item is None or (wish.passes is not None and not wish.passes(item)):
            continue
        value = sort_value(item, wish.column) if wish.column is not None else None
        if value is None:
            unknown.append(key)
        else:
            known.append((value, key))
    ordered = yield from _sorted(known, reverse=wish.reverse)
    return [key for _value, key in ordered] + unknown


def _sorted(
    pairs: list[tuple[float | str, str]], *, reverse: bool
) -> Generator[None, None, list[tuple[float | str, str]]]:
    runs = [pairs[start : start + RUN] for start in range(0, len(pairs), RUN)]
    for run in runs:
        run.sort(key=itemgetter(0), reverse=reverse)
        yield
    while len(runs) > 1:
        merged = []
        for index in range(0, len(runs), 2):
            run = runs[index]
            if index + 1 < len(runs):
                run += runs[index + 1]
                run.sort(key=itemgetter(0), reverse=reverse)
            merged.append(run)
            yield
        runs = merged
    return runs[0] if runs else []

"""When an order is made, and that it is the right one however it is cut into steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.view import ordering
from kryonix_tui.view.cells import Cell
from kryonix_tui.view.columns import Column, sort_items
from kryonix_tui.view.ordering import SETTLE, SHARE, Ordering, Wish


@dataclass(frozen=True)
class _Row:
    name: str
    figure: float | None = None


FIGURE: Column[_Row] = Column("figure", "Figure", 5, lambda r: Cell(r.name), lambda r: r.figure)
NAME: Column[_Row] = Column("name", "Name", 5, lambda r: Cell(r.name), lambda r: r.name)


def _rows(figures: Sequence[float | None]) -> dict[str, _Row]:
    return {f"row_{index:05}": _Row(f"row_{index:05}", figure) for index, figure in enumerate(figures)}


def _done(made: Ordering[_Row]) -> Sequence[str]:
    while not made.work(1.0):
        pass
    return made.keys


@given(st.lists(st.floats() | st.none(), max_size=60), st.booleans(), st.integers(1, 9))
def test_it_is_the_order_of_sort_items_whatever_the_steps(figures: list[float | None], reverse: bool, run: int) -> None:
    rows, made = _rows(figures), Ordering[_Row]()
    before, ordering.RUN = ordering.RUN, run  # type: ignore[misc]  # small steps for few rows
    try:
        made.want(Wish(FIGURE, reverse), rows, tuple(reversed(rows)), 0.0, NAME)
        keys = _done(made)
    finally:
        ordering.RUN = before  # type: ignore[misc]
    assert list(keys) == [row.name for row in sort_items(rows.values(), FIGURE, reverse=reverse)]


def test_a_step_is_short_and_work_ends_in_time() -> None:
    rows, made = _rows([float(index * 7919 % 20_011) for index in range(20_000)]), Ordering[_Row]()
    made.want(Wish(FIGURE, passes=lambda row: row.figure != 5), rows, tuple(rows), 0.0, NAME)
    turns = 0
    while not made.work(0.001):
        turns += 1
        assert made.busy
        assert made.keys == (), "half an order is none"
    assert turns > 3
    assert len(made.keys) == 19_999


def test_a_new_wish_is_granted_at_once_and_a_new_figure_later() -> None:
    made = Ordering[_Row]()
    roster = ("a", "b")
    rows = {"a": _Row("a", 1), "b": _Row("b", 2)}
    assert made.want(Wish(FIGURE), rows, roster, 0.0)
    assert _done(made) == ["a", "b"]
    swapped = {"a": _Row("a", 3), "b": _Row("b", 2)}
    assert not made.want(Wish(FIGURE), swapped, roster, SETTLE - 0.1), "rows that jump cannot be read"
    assert made.want(Wish(FIGURE, reverse=True), swapped, roster, SETTLE - 0.1)
    assert _done(made) == ["a", "b"]
    assert not made.want(Wish(FIGURE, reverse=True), swapped, roster, 99.0), "nothing is new"
    again = dict(rows)
    assert made.want(Wish(FIGURE, reverse=True), again, roster, 99.0)
    assert _done(made) == ["b", "a"]


def test_rows_that_come_and_go_are_put_in_their_place_at_once() -> None:
    made = Ordering[_Row]()
    rows = _rows([1, 2])
    made.want(Wish(FIGURE), rows, tuple(rows), 0.0)
    _done(made)
    more = _rows([1, 2, 0])
    assert made.want(Wish(FIGURE), more, tuple(more), 0.1)
    assert _done(made) == ["row_00002", "row_00000", "row_00001"]


def test_orders_that_nobody_asked_for_take_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 1))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    made = Ordering[_Row]()
    rows = _rows([1, 2])
    made.want(Wish(FIGURE), rows, tuple(rows), 0.0)
    made.work(1e9)
    monkeypatch.undo()
    spent = made._spent
    assert spent >= 1
    more = _rows([1, 2, 0])
    assert not made.want(Wish(FIGURE), more, tuple(more), spent / SHARE - 0.1)
    assert made.want(Wish(FIGURE), more, tuple(more), spent / SHARE)


def test_a_newer_wish_takes_the_place_of_one_under_way() -> None:
    rows, made = _rows([float(index) for index in range(5000)]), Ordering[_Row]()
    made.want(Wish(FIGURE), rows, tuple(rows), 0.0)
    assert not made.work(0.0)
    made.want(Wish(FIGURE, reverse=True), rows, tuple(rows), 0.0)
    assert _done(made)[0] == "row_04999"

"""Which columns there is room for, and in which order their items come."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.view.cells import Cell
from kryonix_tui.view.columns import MARGIN, Column, Placed, column_named, fit, layout, sort_items


@dataclass(frozen=True)
class _Row:
    name: str
    figure: float | None


def _column(name: str, width: int, *, rank: int = 0, most: int = 0, grows: bool = False) -> Column[_Row]:
    return Column(name, name, width, lambda r: Cell(r.name), lambda r: r.figure, rank=rank, most=most, grows=grows)


def _width(placed: list[Placed[_Row]]) -> int:
    return sum(place.width for place in placed) + MARGIN * (len(placed) - 1)


@st.composite
def column_lists(draw: st.DrawFn) -> list[Column[_Row]]:
    widths = st.integers(1, 30)
    return [
        _column(
            f"c{index}",
            draw(widths),
            rank=draw(st.integers(0, 9)),
            most=draw(st.integers(0, 60)),
            grows=draw(st.booleans()),
        )
        for index in range(draw(st.integers(1, 12)))
    ]


@given(column_lists(), st.integers(0, 300))
def test_columns_are_never_wider_than_asked_where_their_ranks_allow(columns: list[Column[_Row]], width: int) -> None:
    placed = fit(columns, width)
    staying = [column for column in columns if column.rank == 0] or [min(columns, key=lambda column: column.rank)]
    needed = sum(column.width for column in staying) + MARGIN * (len(staying) - 1)
    assert _width(placed) <= max(width, needed)


@given(column_lists(), st.integers(0, 300))
def test_what_always_stays_stays_in_its_order_and_nothing_shrinks(columns: list[Column[_Row]], width: int) -> None:
    placed = fit(columns, width)
    names = [place.column.name for place in placed]
    assert names == [column.name for column in columns if column.name in names]
    assert {column.name for column in columns if column.rank == 0} <= set(names)
    assert all(place.width >= place.column.width for place in placed)
    assert placed


def test_the_highest_rank_goes_first_and_of_equals_the_last() -> None:
    columns = [_column("a", 10), _column("b", 10, rank=2), _column("c", 10, rank=1), _column("d", 10, rank=2)]
    kept = ["".join(place.column.name for place in fit(columns, width)) for width in (43, 42, 31, 21, 20, 1)]
    assert kept == ["abcd", "abc", "ac", "ac", "a", "a"]


def test_room_that_is_left_goes_to_those_that_want_it() -> None:
    columns = [_column("a", 10, most=14), _column("b", 5), _column("c", 10, grows=True)]
    assert [place.width for place in fit(columns, 47)] == [14, 5, 26]


ROWS = [_Row("b", 2), _Row("?", None), _Row("a", 1), _Row("c", 2)]


def test_unknown_figures_come_last_in_both_directions() -> None:
    by_figure = _column("figure", 5)
    assert [row.name for row in sort_items(ROWS, by_figure, reverse=False)] == ["a", "b", "c", "?"]
    assert [row.name for row in sort_items(ROWS, by_figure, reverse=True)] == ["b", "c", "a", "?"]


def test_texts_are_sorted_without_case() -> None:
    by_name: Column[_Row] = Column("name", "Name", 5, lambda r: Cell(r.name), lambda r: r.name)
    rows = [_Row("b", None), _Row("C", None), _Row("A", None)]
    assert [row.name for row in sort_items(rows, by_name, reverse=False)] == ["A", "b", "C"]


def _shown(columns: list[Column[_Row]], width: int, shift: int) -> str:
    return "".join(place.column.name for place in layout(columns, width, shift).placed)


COLUMNS = [
    replace(_column("a", 4), frozen=True),
    replace(_column("b", 6), frozen=True),
    _column("c", 5),
    _column("d", 5, rank=3),
    _column("e", 5, rank=2),
    _column("f", 5, rank=1),
]


def test_what_there_is_no_room_for_is_reached_by_going_sideways() -> None:
    assert _shown(COLUMNS, 35, 0) == "abcdef"
    assert _shown(COLUMNS, 35, 3) == "abcdef", "nothing is hidden, so nothing moves"
    assert [_shown(COLUMNS, 29, shift) for shift in range(4)] == ["abcef", "abcde", "abdef", "abdef"]
    assert [_shown(COLUMNS, 23, shift) for shift in range(4)] == ["abcf", "abcd", "abde", "abef"]


def test_a_layout_says_how_much_is_hidden_on_either_side() -> None:
    hidden = [layout(COLUMNS, 23, shift) for shift in range(4)]
    assert [(found.before, found.after) for found in hidden] == [(0, 2), (0, 2), (1, 1), (2, 0)]
    assert layout(COLUMNS, 23, 99).shift == 3, "no further than there is something to see"


@given(column_lists(), st.integers(1, 300))
def test_every_column_is_reached_and_the_frozen_ones_never_move(columns: list[Column[_Row]], width: int) -> None:
    seen: set[str] = set()
    first = layout(columns, width, 0)
    for shift in range(len(columns) + 2):
        found = layout(columns, width, shift)
        assert found.placed[: found.frozen] == first.placed[: found.frozen]
        seen |= {place.column.name for place in found.placed}
    assert seen == {column.name for column in columns}
    assert found.after == 0


def test_what_is_not_shown_takes_no_room() -> None:
    columns = [_column("a", 4), replace(_column("hidden", 4), shown=False), _column("b", 4)]
    for width in (1000, 30, 5):
        for shift in range(3):
            assert "hidden" not in [place.column.name for place in layout(columns, width, shift).placed]
    assert [place.column.name for place in fit(columns, 1000)] == ["a", "b"]
    assert column_named(columns, "hidden") is columns[1]

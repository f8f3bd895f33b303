"""Fewer codes must paint the same: a terminal's screen is compared cell by cell, colours and all."""

from __future__ import annotations

from typing import Any

import pyte
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.tui.colour_codes import shortened

SIZE = (30, 6)


def painted(data: str) -> list[list[Any]]:
    """Return the cells of a terminal that was sent `data`, and the style in which it would go on."""
    screen = pyte.Screen(*SIZE)
    pyte.Stream(screen).feed(data)
    width, height = SIZE
    cells = [[screen.buffer[y][x] for x in range(width)] for y in range(height)]
    return [*cells, [screen.cursor.attrs, screen.cursor.x, screen.cursor.y]]


_BYTE = st.integers(0, 255)
_COLOUR = st.one_of(
    st.tuples(_BYTE, _BYTE, _BYTE).map(lambda rgb: "8;2;{};{};{}".format(*rgb)),
    _BYTE.map(lambda index: f"8;5;{index}"),
    st.integers(0, 7).map(str),
)
_STYLE = st.lists(
    st.one_of(
        _COLOUR.map(lambda code: "3" + code),
        _COLOUR.map(lambda code: "4" + code),
        st.sampled_from(["1", "3", "4", "7", "9", "95", "104", "39", "49", "22"]),
    ),
    min_size=1,
    max_size=4,
).map(";".join)
_MOVE = st.tuples(st.integers(1, SIZE[1]), st.integers(1, SIZE[0])).map(lambda at: f"\x1b[{at[0]};{at[1]}H")
_TEXT = st.sampled_from(["a", "bc ", "●", "", " "])
_PIECE = st.one_of(
    st.tuples(_STYLE, _TEXT).map(lambda piece: f"\x1b[{piece[0]}m{piece[1]}\x1b[0m"),
    _MOVE,
    _TEXT,
    st.sampled_from(["\r\n", "\x1b[2J", "\x1b[K"]),
)


@given(st.lists(_PIECE, max_size=12).map("".join))
def test_the_screen_is_the_same(data: str) -> None:
    assert painted(shortened(data)) == painted(data)
    assert len(shortened(data)) <= len(data) + 2 * data.count("\x1b[0m")


def test_only_the_colour_that_differs_is_sent() -> None:
    line = "\x1b[38;2;1;2;3;48;2;9;9;9ma\x1b[0m\x1b[38;2;4;5;6;48;2;9;9;9mb\x1b[0m\x1b[38;2;4;5;6;48;2;9;9;9mc\x1b[0m"
    assert shortened(line) == "\x1b[38;2;1;2;3;48;2;9;9;9ma\x1b[38;2;4;5;6mbc\x1b[0m"


def test_a_style_said_in_another_way_is_not_ended() -> None:
    data = "\x1b[38;2;0;0;0;38;5;1ma\x1b[0m\x1b[38;5;1ma\x1b[0m"
    assert painted(shortened(data)) == painted(data)


def test_what_ends_is_ended() -> None:
    assert shortened("\x1b[1;32ma\x1b[0m\x1b[32mb\x1b[0m") == "\x1b[1;32ma\x1b[0;32mb\x1b[0m"

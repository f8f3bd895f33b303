"""What is sent is what changes: a terminal that was sent only that shows the same as one that was sent everything."""

from __future__ import annotations

from typing import Any

import pyte
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from kryonix_tui.tui.colour_codes import shortened
from kryonix_tui.tui.glass import Changes, Glass

WIDE, HIGH = 24, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True)
PLAIN, RED, BOLD = Style.parse("#aabbcc on #000000"), Style.parse("#ff0000 on #000000"), Style.parse("bold")

Line = list[tuple[str, Style]]


def strip(*pieces: tuple[str, Style]) -> Strip:
    """Return pieces as a strip of the terminal's width."""
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(WIDE, PLAIN)


def whole(lines: list[Strip], glass: Glass) -> str:
    """Return what a first paint sends."""
    return Changes(LayoutUpdate([[line] for line in lines], Region(0, 0, WIDE, HIGH)), glass).render_segments(CONSOLE)


def partly(lines: dict[int, Strip], glass: Glass, cut: int = WIDE) -> str:
    """Return what a paint of some lines sends, each in two pieces where `cut` is inside of it."""
    chops: list[dict[int, Strip | None]] = [{} for _ in range(HIGH)]
    for y, line in lines.items():
        chops[y] = {0: line.crop(0, cut), cut: line.crop(cut, WIDE)} if cut < WIDE else {0: line}
    ends = [[*list(chop)[1:], WIDE] for chop in chops]
    spans = [(y, 0, WIDE) for y in sorted(lines)]
    return Changes(ChopsUpdate(chops, spans, ends), glass).render_segments(CONSOLE)


def shown(*sent: str) -> list[list[Any]]:
    """Return the cells of a terminal after all that was sent."""
    screen = pyte.Screen(WIDE + 1, HIGH)  # in its last column pyte breaks what combines off
    stream = pyte.Stream(screen)
    for data in sent:
        stream.feed(shortened(data).replace("\n", "\r\n"))
    return [[looks(screen.buffer[y][x]) for x in range(WIDE)] for y in range(HIGH)]


def looks(cell: Any) -> Any:
    """Return a cell as it is seen: of a blank only the background is."""
    return cell._replace(fg="default", bold=False) if cell.data == " " else cell


def test_a_figure_in_the_middle_is_sent_alone() -> None:
    glass = Glass()
    first = [strip(("redis ", PLAIN), ("3s", RED), (" census 9s", PLAIN)) for _ in range(HIGH)]
    whole(first, glass)
    sent = partly({1: strip(("redis ", PLAIN), ("4s", RED), (" census 9s", PLAIN))}, glass)
    assert sent == "\x1b[2;7H" + Strip.render_style(RED, "4", ColorSystem.TRUECOLOR)


def test_what_is_shown_already_is_not_sent() -> None:
    glass = Glass()
    whole([strip(("abc", PLAIN))] * HIGH, glass)
    assert partly({0: strip(("abc", PLAIN)), 2: strip(("a", PLAIN), ("bc", PLAIN))}, glass) == ""


def test_the_colour_of_a_blank_is_none() -> None:
    glass = Glass()
    whole([strip(("a c", PLAIN))] * HIGH, glass)
    assert partly({0: strip(("a", PLAIN), (" ", RED), ("c", PLAIN))}, glass) == ""


def test_a_new_layout_is_sent_as_what_it_changes() -> None:
    glass = Glass()
    first = [strip(("abc", PLAIN), (" " * 9, RED), ("xyz", PLAIN))] * HIGH
    whole(first, glass)
    second = [first[0], strip(("abc", PLAIN), (" " * 9, RED), ("xyZ", PLAIN)), first[2]]
    assert whole(second, glass) == f"\x1b[2;15H{Strip.render_style(PLAIN, 'Z', ColorSystem.TRUECOLOR)}"


def test_what_there_is_no_room_for_is_left_out_and_comes_later() -> None:
    glass = Glass()
    lines = [strip((letter * WIDE, PLAIN)) for letter in "abc"]
    update = LayoutUpdate([[line] for line in lines], Region(0, 0, WIDE, HIGH))
    changes = Changes(update, glass, most=1, first=range(1, 2))
    sent = [changes.render_segments(CONSOLE)]
    assert not changes.complete
    assert "b" * WIDE in sent[0]
    assert "a" not in sent[0]
    sent.append(whole(lines, glass))
    assert "b" not in sent[1]
    assert shown(*sent) == shown(whole(lines, Glass()))


def test_another_colour_is_a_change() -> None:
    glass = Glass()
    whole([strip(("abc", PLAIN))] * HIGH, glass)
    assert partly({0: strip(("abc", RED))}, glass).count("abc") == 1


def test_who_forgets_sends_all() -> None:
    glass = Glass()
    first = [strip(("abc", PLAIN))] * HIGH
    whole(first, glass)
    glass.forget()
    assert "abc" in partly({0: first[0]}, glass)


_PIECES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*"ab1 █⣀好✖", "e\u0301"]), min_size=1, max_size=5).map("".join),
        st.sampled_from([PLAIN, RED, BOLD]),
    ),
    max_size=6,
)
_CUT = st.sampled_from([WIDE, 7, 12])


@given(st.lists(st.tuples(st.integers(0, HIGH - 1), _PIECES, _CUT), max_size=6))
def test_the_terminal_shows_the_same_as_one_that_is_sent_everything(paints: list[tuple[int, Line, int]]) -> None:
    glass = Glass()
    lines = [strip()] * HIGH
    sent = [whole(lines, glass)]
    for y, pieces, cut in paints:
        line = strip(*pieces)
        assume(not line.crop(cut).text.startswith("\u0301"))  # cuts are edges of widgets
        lines[y] = Strip.join([line.crop(0, cut), line.crop(cut)])
        sent.append(partly({y: lines[y]}, glass, cut))
    assert shown(*sent) == shown(whole(lines, Glass()))

"""What is sent to the terminal when little changes: as little."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor
from textual.strip import Strip

from kryonix_tui.tui.widgets.toned import changed_width
from tests.tui.conftest import Clock
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage


@contextmanager
def painting(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, int]]:
    """Give, by line of the screen, up to which column something was painted again."""
    painted: dict[int, int] = {}
    paint = Compositor.render_partial_update

    def noting(self: Compositor) -> ChopsUpdate | None:
        update = paint(self)
        for y, _start, end in update.spans if update else ():
            painted[y] = max(painted.get(y, 0), end)
        return update

    with monkeypatch.context() as patched:
        patched.setattr(Compositor, "render_partial_update", noting)
        yield painted


def box(running: Console, name: str) -> range:
    """Return the lines of a box inside its border."""
    region = running.app.screen.query_one(f"#{name}").region
    return range(region.y + 1, region.bottom - 1)


async def test_an_age_that_grows_repaints_no_row(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(WIDE, Stage().update()) as running:
        with painting(monkeypatch) as painted:
            clock.advance(1)
            running.app.tick()
            await running.settle()
        title = running.app.screen.query_one("#strip").region
        assert 0 < painted[title.y] < title.width / 2
        assert not painted.keys() & {*box(running, "strip"), *box(running, "attention"), *box(running, "feed")}


async def test_a_row_that_comes_repaints_no_other(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        rows = running.rows("attention")
        stage.hit_rates["zeta"] = 84.0
        with painting(monkeypatch) as painted:
            await running.tell(stage.update(clock.moment))
        assert running.rows("attention") == [*rows, "zeta"]
        assert [y for y in box(running, "attention") if y in painted] == [box(running, "attention")[1 + len(rows)]]


@pytest.mark.parametrize(
    ("before", "after", "width"),
    [
        (("a", "9s", "   "), ("a", "8s", "   "), 3),
        (("a", "9s", "   "), ("b", "9s", "   "), 1),
        (("a", "9s", "   "), ("a", "9s", "  x"), 6),
        (("a", "9s", "   "), ("a", "10s", "  "), 6),
    ],
)
def test_the_end_that_two_lines_share_is_not_sent_again(
    before: tuple[str, ...], after: tuple[str, ...], width: int
) -> None:
    assert changed_width(Strip(map(Segment, before)), Strip(map(Segment, after))) == width


def test_a_line_that_is_new_is_sent_whole() -> None:
    assert changed_width(None, Strip([Segment("abc")])) == 3


async def test_a_list_that_grows_behind_its_scrollbar_lays_nothing_out_anew(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage({f"tenant_{number:02}": 50.0 for number in range(60)}, [])
    async with console(WIDE, stage.update()) as running:
        table = running.table("attention")
        assert table.show_vertical_scrollbar
        stage.hit_rates |= {f"zeta_{number:02}": 50.0 for number in range(60)}
        layouts: list[str] = []
        with monkeypatch.context() as patched:
            patched.setattr(Compositor, "reflow", lambda *_given, **_named: layouts.append("made"))
            await running.tell(stage.update(clock.moment))
        assert (layouts, table.virtual_size.height) == ([], 121)
        assert table.vertical_scrollbar.window_virtual_size == 121
        await running.press("end")
        assert table.scroll_offset.y == table.max_scroll_y > 60

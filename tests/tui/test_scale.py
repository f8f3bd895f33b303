"""What is drawn costs what is visible: ten thousand tenants feel like a hundred."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.strip import Strip

from kryonix_tui.analysis.update import Update
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.table import Table
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage

SIZES = (100, 10_000)
ROUNDS = 5


def platform(count: int) -> Update:
    """Return a platform of so many tenants."""
    return Stage({f"tenant_{number:05}": 50.0 + number % 50 for number in range(count)}, []).update()


def best(act: object) -> float:
    """Return the seconds of this thread on a processor in the cheapest of some runs: who else is busy does not count."""
    assert callable(act)
    times = []
    for _round in range(ROUNDS):
        started = time.thread_time()
        act()
        times.append(time.thread_time() - started)
    return min(times)


async def measured(running: Console) -> tuple[float, float]:
    """Return the seconds of painting all visible rows, and of a whole redraw."""
    view = running.app.screen
    assert isinstance(view, ListView)
    table = running.table()

    def paint() -> None:
        table._painted.clear()
        for y in range(table.size.height):
            table.render_line(y)

    return best(paint), best(view.redraw)


async def test_neither_painting_nor_a_refresh_depends_on_the_number_of_tenants() -> None:
    paint, redraw = {}, {}
    for count in SIZES:
        async with console(WIDE, platform(count)) as running:
            await running.press("2")
            assert len(running.rows()) == count
            paint[count], redraw[count] = await measured(running)
    few, many = SIZES
    assert paint[many] < 3 * paint[few]
    assert redraw[many] < 3 * redraw[few]


@contextmanager
def counted_rows() -> Iterator[list[str]]:
    """Yield the keys of the rows that are made into cells."""
    painted: list[str] = []
    original = Table._row

    def counting(table: Table[object], key: str, *arguments: Any) -> Strip:
        painted.append(key)
        return original(table, key, *arguments)

    Table._row = counting  # type: ignore[method-assign,assignment]
    try:
        yield painted
    finally:
        Table._row = original  # type: ignore[method-assign]


async def test_only_visible_rows_are_made_into_cells() -> None:
    async with console(WIDE, platform(10_000)) as running:
        await running.press("2")
        with counted_rows() as painted:
            await running.tell(platform(10_000))
        assert 0 < len(painted) <= 4 * running.table().size.height


async def test_moving_the_cursor_paints_two_rows() -> None:
    async with console(WIDE, platform(100)) as running:
        await running.press("2")
        before, after = running.rows()[:2]
        with counted_rows() as painted:
            running.table().action_down()
        assert sorted(painted) == sorted([before, after])


async def test_scrolling_paints_the_rows_that_come_into_view() -> None:
    async with console(WIDE, platform(1000)) as running:
        await running.press("2")
        table = running.table()
        table.action_page_down_rows()
        with counted_rows() as painted:
            for _row in range(5):
                table.action_down()
        assert len(set(painted)) <= 7
        assert len(painted) <= 12

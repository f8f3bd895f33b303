"""What is drawn costs what is visible: ten thousand tenants feel like a hundred."""

from __future__ import annotations

import time

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
    """Return the seconds of the fastest of some runs: a busy machine slows some of them."""
    assert callable(act)
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return min(times)


async def measured(running: Console) -> tuple[float, float]:
    """Return the seconds of painting all visible rows, and of a whole redraw with filter and sort."""
    view = running.app.screen
    assert isinstance(view, ListView)
    table = running.table()

    def paint() -> None:
        table._painted.clear()
        for y in range(table.size.height):
            table.render_line(y)

    return best(paint), best(view.redraw)


async def test_painting_does_not_depend_on_the_number_of_tenants() -> None:
    paint, redraw = {}, {}
    for count in SIZES:
        async with console(WIDE, platform(count)) as running:
            await running.press("2")
            assert len(running.rows()) == count
            paint[count], redraw[count] = await measured(running)
    few, many = SIZES
    assert paint[many] < 3 * paint[few]
    # Sorting goes through all rows; it must stay far below the time of a refresh, and far from 100 times as much.
    assert redraw[many] < 40 * redraw[few]
    assert redraw[many] < 0.5


async def test_only_visible_rows_are_made_into_cells() -> None:
    async with console(WIDE, platform(10_000)) as running:
        await running.press("2")
        table = running.table()
        painted = 0
        original = Table._row

        def counting(*arguments: object) -> object:
            nonlocal painted
            painted += 1
            return original(*arguments)  # type: ignore[arg-type]

        Table._row = counting  # type: ignore[assignment,method-assign]
        try:
            await running.tell(platform(10_000))
        finally:
            Table._row = original  # type: ignore[method-assign]
        assert 0 < painted <= 4 * table.size.height

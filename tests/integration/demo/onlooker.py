"""A console, as people have it, that looks at a running demo: real monitor, real sources, Textual's pilot for the keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from kryonix_tui import bootstrap
from kryonix_tui.config.schema import HttpServer, Intervals, Prometheus, Redis
from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.panelled import PanelledView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.panels import PanelGrid
from kryonix_tui.view.cells import plain
from tests.tui.console import WIDE, Console, FakeMonitor, loaded

PATIENCE = 100.0


@asynccontextmanager
async def looking(platform: DemoPlatform, prometheus: str = "", size: tuple[int, int] = WIDE) -> AsyncIterator[Console]:
    """Yield an operator's console on a platform; `prometheus` is asked instead of the platform's own."""
    start = loaded(
        role="operator",
        redis=Redis(url=platform.redis_url),
        prometheus=Prometheus(url=prometheus or platform.prometheus_url, timeout=1.0),
        alertmanager=HttpServer(url=platform.alertmanager_url),
        intervals=Intervals(prometheus=1.0),
    )
    monitor = bootstrap.monitor_of(start.config)
    app = ConsoleApp(start, lambda: monitor)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Console(app, pilot, cast("FakeMonitor", monitor))
        app.exit(0)


async def until(running: Console, holds: Callable[[], bool]) -> float:
    """Wait until something is so, and return when that was, in seconds of a steady clock."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await running.pilot.pause(0.05)
    except TimeoutError:
        raise AssertionError(running.text) from None
    return time.monotonic()


def panel(running: Console, title: str) -> str:
    """Return the text of a panel of the screen in front; empty where that is not there yet."""
    view = running.app.screen
    if not isinstance(view, PanelledView) or not view.query(PanelGrid):
        return ""
    found = next(widget for known, widget in view.grid.placed if known.title == title)
    assert isinstance(found, Lines)
    return "\n".join(plain(cells) for cells in found._lines)

"""The console in Textual's pilot, with a monitor that says what a test wants, and its screen as text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
from textual.pilot import Pilot
from textual.widgets import Input

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config, HttpServer, Prometheus
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import SourceName
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view.cells import plain
from tests.tui.rest import rest

WIDE, NORMAL, NARROW, TINY = (200, 50), (80, 24), (50, 30), (30, 8)
SIZES = {"wide": WIDE, "normal": NORMAL, "narrow": NARROW, "tiny": TINY}


class FakeMonitor:
    """Stands where the monitor stands. `tell` hands an update to the console."""

    keys: Any = None
    queues: Any = None

    def __init__(self) -> None:
        self.looked_at: list[str] = []
        self.asked: list[Question] = []
        self.refreshed = 0
        self.hurried = 0
        self.running = asyncio.Event()
        self._listeners: list[Callable[[Update], None]] = []

    def listen(self, listener: Callable[[Update], None]) -> None:
        """As the monitor."""
        self._listeners.append(listener)

    def look_at(self, tenants: Iterable[str]) -> None:
        """As the monitor."""
        self.looked_at = list(tenants)

    def ask(self, questions: Iterable[Question]) -> None:
        """As the monitor."""
        self.asked = list(questions)

    def refresh(self, name: SourceName | None = None) -> None:
        """As the monitor."""
        del name
        self.refreshed += 1

    def hurry_census(self) -> None:
        """As the monitor."""
        self.hurried += 1

    async def run(self) -> None:
        """As the monitor: for ever."""
        self.running.set()
        await asyncio.Event().wait()

    def tell(self, update: Update) -> None:
        """Something was read."""
        for listener in self._listeners:
            listener(update)


@dataclass
class Console:
    """A running console with its pilot and its monitor."""

    app: ConsoleApp
    pilot: Pilot[int]
    monitor: FakeMonitor

    async def tell(self, update: Update) -> None:
        """Let an update arrive and be drawn."""
        self.monitor.tell(update)
        await self.settle()

    async def settle(self) -> None:
        """Wait until everything that is under way is drawn: a layout may ask for another one."""
        for _round in range(3):
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys and wait for what they do. Whoever presses a key has seen what came before."""
        await rest()
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        names = {" ": "space", "<": "less_than_sign", ">": "greater_than_sign", "=": "equals_sign", ":": "colon"}
        await self.press(*(names.get(character, character) for character in text))

    async def enter_command(self, text: str) -> None:
        """Enter a command in the `:` prompt."""
        await self.press("colon")
        self.app.screen.query_one(Input).value = text
        await self.press("enter")

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    @property
    def mode(self) -> str:
        """The screen in front, by the name of its command."""
        return self.app.current_mode

    @property
    def text(self) -> str:
        """What is on screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> list[str]:
        """The notifications that are shown."""
        return [notification.message for notification in self.app._notifications]

    def line(self, name: str) -> str:
        """The text of a widget of lines."""
        return "\n".join(plain(cells) for cells in self.app.screen.query_one(f"#{name}", Lines)._lines)

    def table(self, name: str = "list") -> Table[Any]:
        """A table of the screen in front."""
        return self.app.screen.query_one(f"#{name}", Table)

    def rows(self, name: str = "list") -> list[str]:
        """The keys of a table's rows, in their order."""
        table = self.table(name)
        return [table._key(item) for item in table.items]

    def current(self, name: str = "list") -> str | None:
        """The key of the row under a table's cursor."""
        table = self.table(name)
        return table._key(table.current) if table.current is not None else None

    def titles(self, name: str = "list") -> list[str]:
        """The names of the columns that a table shows."""
        return [place.column.name for place in self.table(name).placed]


def loaded(**changes: Any) -> Loaded:
    """Return a configuration with all three servers and these changes."""
    servers = {"prometheus": Prometheus(url="http://127.0.0.1:1"), "alertmanager": HttpServer(url="http://127.0.0.1:1")}
    config = msgspec.structs.replace(Config(), **{**servers, **changes})
    return Loaded(config, {}, Path("config.yaml"), "")


@asynccontextmanager
async def console(size: tuple[int, int] = WIDE, told: Update | None = None, **changes: Any) -> AsyncIterator[Console]:
    """Yield a running console of a size, an operator's unless `changes`, which go into the configuration, say otherwise.

    `told` is its first update.
    """
    monitor = FakeMonitor()
    app = ConsoleApp(loaded(**{"role": "operator", **changes}), lambda: cast("Monitor", monitor))
    async with app.run_test(size=size, notifications=True) as pilot:
        await monitor.running.wait()
        running = Console(app, pilot, monitor)
        await running.settle()
        if told is not None:
            await running.tell(told)
        yield running

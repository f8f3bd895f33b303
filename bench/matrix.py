"""The tenant matrix: what a refresh costs by the number of tenants, and how long a key waits for its paint meanwhile."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import select
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pexpect
import pyte
import redis

from bench.result import Result
from kryonix_tui.analysis.update import Update
from kryonix_tui.monitor.garbage import Garbage
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.memory import remember_sort
from tests.servers import RedisServer
from tests.tui.console import WIDE, Console, console
from tests.tui.updates import Stage

SIZES = (100, 10_000, 100_000)
CHANGED = 0.01
BUDGET_MS = 50.0
HOLDS_MS = (50.0, 100.0)
"""How long the event loop may be held at 10,000 and at 100,000 tenants: below, nobody notices."""

KRYONIX = Path(sys.executable).parent / "kryonix"

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    presses = 0
    def compose(self):
        yield Static("row_00000")
    def on_key(self):
        self.presses += 1
        self.query_one(Static).update(f"row_{self.presses:05}")
Hello().run()
"""


def run(*, quick: bool) -> list[Result]:
    """Measure refreshes in this process, and keys in a terminal."""
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state  # the order of lists is remembered there
        refreshes = {size: asyncio.run(refresh_ms(size, 20 if quick else 60)) for size in SIZES}
        orders = {size: asyncio.run(reorder_ms(size)) for size in SIZES[1:]}
        keys = key_presses_ms(50 if quick else 200)
    few = refreshes[SIZES[0]]
    results = [
        Result(f"refresh and paint, {size:,} tenants, 1 % changed", refreshes[size], few, "100 tenants", "ms", 1.5)
        for size in SIZES[1:]
    ]
    results += [
        Result(f"longest hold, {size:,} filtered and sorted", longest, hold, f"budget (all: {total:.0f})", "ms", 1.0)
        for (size, (total, longest)), hold in zip(orders.items(), HOLDS_MS, strict=True)
    ]
    return results + keys


async def refresh_ms(size: int, rounds: int) -> float:
    """Return the median of refreshes with 1 % changed rows, each with the paint of the whole screen.

    Here no monitor runs that would set aside what is alive before each update, as it does in the program.
    """
    update = Stage({f"tenant_{n:06}": 50.0 + n % 50 for n in range(size)}, []).update()
    times: list[float] = []
    garbage = Garbage()
    async with console(WIDE, update) as running:
        await _show_matrix(running)
        for turn in range(rounds):
            update = changed(update, turn)
            garbage.settle(size)
            started = time.perf_counter()
            running.app._arrived(update)
            running.app.screen._compositor.render_strips()
            times.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(0)
    garbage.leave()
    gc.unfreeze()
    return statistics.median(times)


def changed(update: Update, turn: int) -> Update:
    """Return the update after, in which 1 % of the tenants have other figures, as the monitor would hand it over."""
    tenants = dict(update.platform.tenants)
    for name in list(tenants)[turn % 100 :: round(1 / CHANGED)]:
        tenants[name] = replace(tenants[name], queues={"whatsapp": turn})
    return replace(update, platform=replace(update.platform, tenants=tenants))


async def reorder_ms(size: int) -> tuple[float, float]:
    """Return how long a new order takes, and the longest time for which it held the event loop."""
    update = Stage({f"tenant_{n:06}": 50.0 + n % 50 for n in range(size)}, []).update()
    async with console(WIDE, update) as running:
        view = await _show_matrix(running)
        holds: list[float] = []
        work = view._ordering.work

        def timed(seconds: float) -> bool:
            started = time.perf_counter()
            done = work(seconds)
            holds.append(1000 * (time.perf_counter() - started))
            return done

        view._ordering.work = timed  # type: ignore[method-assign]
        started = time.perf_counter()
        running.app.run_command("filter", "tenant queue>=0")
        running.app.run_command("sort", "tenant")
        while view._ordering.busy:  # noqa: ASYNC110 - as long as it works, its worker has its turns
            await asyncio.sleep(0)
        return 1000 * (time.perf_counter() - started), max(holds)


async def _show_matrix(running: Console) -> ListView[object]:
    await running.press("2")
    view = running.app.screen
    assert isinstance(view, ListView)
    while view._ordering.busy:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
    return view


def key_presses_ms(presses: int) -> list[Result]:
    """Press `j` in the matrix of 10,000 tenants of a real server whose figures change."""
    tenants = SIZES[1]
    hello = pressed(sys.executable, ["-c", HELLO], lambda n: f"row_{n:05}", presses, lit=False)
    with RedisServer() as server:
        seed(server.url, tenants)
        remember_sort("tenants", ("tenant", False))
        with traffic(server.url, tenants):
            ours = pressed(
                str(KRYONIX), ["--redis", server.url], lambda n: f"tenant_{n:05}", presses, f"{tenants} tenants", "2"
            )
    name = "key press to paint, 10,000 tenants"
    return [
        Result(f"{name}, p50", _at(ours, 50), _at(hello, 50), "hello-world Textual app", "ms", 3.0),
        Result(f"{name}, p95", _at(ours, 95), BUDGET_MS, f"budget (hello-world {_at(hello, 95):.0f})", "ms", 1.0),
    ]


def pressed(
    program: str,
    arguments: list[str],
    shows: Callable[[int], str],
    presses: int,
    ready: str = "",
    first: str = "",
    *,
    lit: bool = True,
) -> list[float]:
    """Return the milliseconds from each press of `j` until the terminal shows what the n-th one shows.

    It begins when `ready` is shown, after a key `first`, and what the 0th press shows. `lit`: as the row of the cursor.
    What is sent may be no more than what differs, so a terminal is emulated.
    """
    child: Any = pexpect.spawn(program, arguments, dimensions=(50, 200), timeout=60)
    terminal = Emulated(child.child_fd)
    times: list[float] = []
    try:
        if first:
            terminal.awaits("KRYONIX", 60.0)
            child.send(first)
        terminal.awaits(ready, 60.0)
        terminal.until(lambda: False, 3.0)
        terminal.awaits(shows(0), 60.0, lit=lit)
        for number in range(1, presses + 1):
            terminal.until(lambda: False, random.uniform(0.02, 0.12))
            wanted = shows(number)
            started = time.perf_counter()
            os.write(child.child_fd, b"j")
            times.append(1000 * (terminal.awaits(wanted, 5.0, lit=lit) - started))
    finally:
        child.terminate(force=True)
    return times


class Emulated:
    """What a terminal shows that gets what a program sends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._screen = pyte.Screen(200, 50)
        self._stream = pyte.ByteStream(self._screen)

    def shows(self, text: str, *, lit: bool = False) -> bool:
        """Tell whether a text is there; `lit`: on another background than its neighbours."""
        for y, line in enumerate(self._screen.display):
            x = line.find(text)
            if x >= 0:
                rows = self._screen.buffer
                return not lit or rows[y][x].bg not in (rows[y - 1][x].bg, rows[y + 1][x].bg)
        return False

    def awaits(self, text: str, seconds: float, *, lit: bool = False) -> float:
        """Take what is sent until `shows` is true; return when that had arrived. Raises AssertionError after so long."""
        seen = self.until(lambda: self.shows(text, lit=lit), seconds)
        assert seen is not None, "\n".join(
            [f"{text!r} was not painted{lit * ' as the row of the cursor'}", *self._screen.display]
        )
        return seen

    def until(self, shown: Callable[[], bool], seconds: float) -> float | None:
        """Take what is sent until it shows something; return when that had arrived, None after so long without it."""
        if shown():
            return time.perf_counter()
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            if select.select([self._descriptor], [], [], left)[0]:
                data = os.read(self._descriptor, 65536)
                arrived = time.perf_counter()
                self._stream.feed(data)
                if shown():
                    return arrived
        return None


def seed(url: str, tenants: int) -> None:
    """Write sessions, cache entries, a queue and figures of each tenant."""
    pipes = {db: redis.Redis.from_url(url, db=db).pipeline(transaction=False) for db in (0, 1, 2, 3)}
    for number in range(tenants):
        name = f"tenant_{number:05}"
        pipes[0].set(f"tenant:{name}:mobile:session:{number}", b"x")
        pipes[1].set(f"tenant:{name}:api:crm:{number}", b"x")
        pipes[2].rpush(f"queue:tenant:{name}:whatsapp", b"{}")
        pipes[3].hset(f"metrics:tenant:{name}", mapping={"cache_hit_rate": str(86 + number % 14)})
    for pipe in pipes.values():
        pipe.execute()


@contextmanager
def traffic(url: str, tenants: int) -> Iterator[None]:
    """Change the figures of 1 % of the tenants each second while it is open."""
    over = threading.Event()

    def change() -> None:
        client = redis.Redis.from_url(url, db=3)
        while not over.wait(1.0):
            pipe = client.pipeline(transaction=False)
            for number in random.sample(range(tenants), round(tenants * CHANGED)):
                pipe.hset(f"metrics:tenant:tenant_{number:05}", "cache_hit_rate", str(random.randint(86, 99)))
            pipe.execute()

    writer = threading.Thread(target=change)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]

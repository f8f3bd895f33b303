"""Connections that want nothing: whoever connects and says nothing, or reads nothing, does not keep others out.

aiohttp waits for ever for a first request, and for whoever takes an answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

KEEP_ALIVE: Final = 10.0
"""Seconds that a connection may say nothing."""
LONGEST_ANSWER: Final = 120.0
"""Seconds that an answer may take on its way."""
MOST: Final = 200
"""Connections beyond which those that wait for nothing are closed at once, the oldest first."""
BACKLOG: Final = 64
"""Connections that are taken at a time: more of them than files may be open would end in a flood of messages."""
PAUSE: Final = 1.0
"""Seconds between two looks."""

Connection = web.RequestHandler


class Crowd:
    """Knows which connections are being served, and closes the others in time."""

    def __init__(self) -> None:
        self._served: set[Connection] = set()
        self._idle_since: dict[Connection, float] = {}

    @contextmanager
    def serving(self, connection: Connection) -> Iterator[None]:
        """Somebody is being served: a request, or a window for as long as it is open."""
        self._served.add(connection)
        try:
            yield
        finally:
            self._served.discard(connection)

    def door(self, runner: web.AppRunner) -> Callable[[], Connection]:
        """Return what takes a connection, and makes room where there is none."""

        def enter() -> Connection:
            server = runner.server
            assert server is not None  # noqa: S101 - it was set up
            if len(server.connections) >= MOST:
                self.look(server.connections, time.monotonic())
            return server()

        return enter

    async def thin_out(self, runner: web.AppRunner) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            if runner.server is not None:
                self.look(runner.server.connections, time.monotonic())

    def look(self, connections: list[Connection], now: float) -> None:
        """Close those that have waited too long, and the oldest where there are too many."""
        idle = [one for one in connections if one not in self._served]
        self._idle_since = {one: self._idle_since.get(one, now) for one in idle}
        waiting = sorted(idle, key=self._idle_since.__getitem__)
        crowded = max(0, len(connections) + 1 - MOST)
        for place, one in enumerate(waiting):
            sending = one.transport is not None and one.transport.get_write_buffer_size() > 0
            longest = LONGEST_ANSWER if sending else KEEP_ALIVE
            if place < crowded or now - self._idle_since[one] > longest:
                _cut(one)


def _cut(connection: Connection) -> None:
    """Close without waiting for whoever takes nothing."""
    transport = connection.transport
    connection.force_close()
    if isinstance(transport, asyncio.Transport):
        transport.abort()

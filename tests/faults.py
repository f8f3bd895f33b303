"""Faults that real servers cannot be made to show: a TCP proxy that stalls, cuts or garbles, and a speaker of nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from kryonix_tui.errors import DeadlineError

T = TypeVar("T")

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def in_time(read: Callable[[], Awaitable[T]], patience: float = 60.0) -> T:
    """Return what `read` returns when it keeps its own short deadline: a machine that stands still makes it miss some.

    Raises:
        TimeoutError: it missed all of them for `patience` seconds.
    """
    async with asyncio.timeout(patience):
        while True:
            with suppress(DeadlineError):
                return await read()


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """Yield the port of a loopback server that handles each connection with `serve`; all are closed at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def speaking(*replies: bytes, close: bool = False) -> AsyncIterator[int]:
    """Yield the port of a server that answers what it receives with `replies` in turn, the last one for ever.

    With `close` it hangs up after the last reply.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting = list(replies)
        while await reader.read(65536):
            writer.write(waiting[0])
            await writer.drain()
            if len(waiting) > 1:
                waiting.pop(0)
            elif close:
                return

    async with listening(serve) as port:
        yield port


@dataclass
class Proxy:
    """Stands between a client and `target_port`. The switches may be thrown at any time.

    `stalled`: replies are held back. `cut_after`: so many bytes of replies are let through, then both ends are closed.
    `bytes_per_second`: how fast the link is.
    `garble`: a function over each chunk of replies. `seen` is everything that clients sent.
    """

    target_port: int
    port: int = 0
    stalled: bool = False
    cut_after: int | None = None
    bytes_per_second: float | None = None
    garble: Callable[[bytes], bytes] | None = None
    seen: bytearray = field(default_factory=bytearray)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection."""
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target_port)
        upstream = asyncio.create_task(self._requests(reader, to_server))
        try:
            await self._replies(from_server, writer)
        finally:
            upstream.cancel()
            to_server.close()

    async def _requests(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.seen += data
            to_server.write(data)
            await to_server.drain()

    async def _replies(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_server.read(65536):
            if self.stalled:
                await asyncio.Event().wait()
            if self.cut_after is not None:
                writer.write(data[: self.cut_after])
                self.cut_after -= len(data)
                if self.cut_after <= 0:
                    await writer.drain()
                    return
                continue
            writer.write(self.garble(data) if self.garble else data)
            await writer.drain()
            if self.bytes_per_second is not None:
                await asyncio.sleep(len(data) / self.bytes_per_second)


@asynccontextmanager
async def proxied(target_port: int) -> AsyncIterator[Proxy]:
    """Yield a running proxy to a loopback port."""
    proxy = Proxy(target_port)
    async with listening(proxy.serve) as port:
        proxy.port = port
        yield proxy

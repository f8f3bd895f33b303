"""An HTTP server that answers with whatever a test scripts, byte for byte."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes an answer, or does something else with the connection, which is closed afterwards."""


@dataclass
class HostileServer:
    """Answers every request by `script`; `answers` (by the start of the path) go before it. `requests` has the heads.

    `asked` has them too, to wait for.
    """

    script: Script
    answers: dict[str, Script] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    asked: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    open_connections: int = 0
    all_closed: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        self.all_closed.clear()
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(head)
            self.asked.put_nowait(head)
            path = head.split(" ")[1]
            script = next((script for start, script in self.answers.items() if path.startswith(start)), self.script)
            gone = asyncio.ensure_future(reader.read())
            answer = asyncio.ensure_future(script(writer))
            await asyncio.wait((gone, answer), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            answer.cancel()
            await asyncio.gather(gone, answer, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away, as it may
        finally:
            self.open_connections -= 1
            if not self.open_connections:
                self.all_closed.set()
            writer.close()


@asynccontextmanager
async def hostile_server(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[HostileServer]:
    """Run a hostile server on a free port of 127.0.0.1."""
    hostile = HostileServer(script)
    server = await asyncio.start_server(hostile.serve, "127.0.0.1", 0, ssl=tls)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()


def reply(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> Script:
    """Return a script that sends one answer; `length` overrides its Content-Length."""
    size = len(body) if length is None else length
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers, "Connection: close", "", ""])

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode("latin-1") + body)
        await writer.drain()

    return write


def raw(sent: bytes) -> Script:
    """Return a script that sends these bytes and closes."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)

    return write


async def silence(writer: asyncio.StreamWriter) -> None:
    """Accept the request and never answer; ends when the client goes away."""
    await asyncio.Event().wait()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """Send a byte every 20 ms, so that no read ever times out."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    """Send a body without end, as fast as it is read."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b'"' + b"x" * 65_536 + b'",')
        await writer.drain()

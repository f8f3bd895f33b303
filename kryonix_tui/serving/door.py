"""One bounded request on each connection, one answer, the end.

Everything is limited: connections at once, the bytes of a request, the seconds that it may take to arrive and that its
answer may take to leave. A body is read only where one is expected. The protocol itself is h11's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import h11

log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 16
MOST_HEAD_BYTES: Final = 16_384
REQUEST_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 30.0

TEXT: Final = b"text/plain; charset=utf-8"


class Asked(NamedTuple):
    """A request. Names of headers are in lower case; `path` is without its query."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; of a `silent` one only the head."""

    status: HTTPStatus
    body: bytes
    content_type: bytes = TEXT
    headers: tuple[tuple[bytes, bytes], ...] = ()
    silent: bool = False


def plain_answer(status: HTTPStatus, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an answer that says no more than its status."""
    return Answer(status, f"{status.value} {status.phrase}\n".encode(), headers=headers)


class Door:
    """Takes connections, one request each, and gives what `answer` says. Of a body it takes `most_body_bytes`; with 0
    none is read at all.
    """

    def __init__(self, answer: Callable[[Asked], Awaitable[Answer]], most_body_bytes: int = 0) -> None:
        self._give = answer
        self._most_body_bytes = most_body_bytes
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._silent: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        """Of these, those whose request has not arrived, the oldest first."""

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, for `asyncio.start_server`.

        Where there are too many, the one that has been silent for longest makes room: who asks at once gets an answer
        however many others only hold their connections. Where all have asked, the newest has to go.
        """
        if len(self._open) >= MOST_CONNECTIONS and not self._make_room():
            writer.transport.abort()
            return
        task = asyncio.create_task(self._visit(reader, writer))
        self._open[writer] = task
        self._silent[writer] = task
        task.add_done_callback(lambda _done: self._forget(writer))

    def _make_room(self) -> bool:
        """Cut the oldest connection that has not asked yet; tell whether there was one."""
        writer = next(iter(self._silent), None)
        if writer is None:
            return False
        self._silent.pop(writer).cancel()
        writer.transport.abort()
        return True

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        self._open.pop(writer, None)
        self._silent.pop(writer, None)

    async def close(self) -> None:
        """Cut all connections, and wait until nothing of them is left."""
        for task in self._open.values():
            task.cancel()
        await asyncio.gather(*self._open.values(), return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        finished = False
        try:
            await self._serve(reader, writer, h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD_BYTES))
            finished = True
        except (OSError, TimeoutError, h11.ProtocolError):
            # Whoever does not read, or has left, gets no more.
            pass
        except Exception:
            log.exception("a request could not be answered")
        finally:
            writer.close() if finished else writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: h11.Connection
    ) -> None:
        answer = await self._answer(reader, writer, protocol)
        # `drain` is to wait until all is with the system: nothing is left to be sent after the last look at the clock.
        writer.transport.set_write_buffer_limits(high=0)
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(_bytes(protocol, answer))
            await writer.drain()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: h11.Connection
    ) -> Answer:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                asked = await self._asked(reader, protocol)
        except h11.RemoteProtocolError as error:
            return plain_answer(HTTPStatus(error.error_status_hint))
        except TimeoutError:
            return plain_answer(HTTPStatus.REQUEST_TIMEOUT)
        self._silent.pop(writer, None)
        if len(asked.body) > self._most_body_bytes:
            return plain_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        answer = await self._give(asked)
        return replace(answer, silent=True) if asked.method == "HEAD" else answer

    async def _asked(self, reader: asyncio.StreamReader, protocol: h11.Connection) -> Asked:
        request = await _event(reader, protocol)
        if not isinstance(request, h11.Request):
            raise ConnectionResetError
        path = _path(request.target.decode("ascii", "replace"))
        body = await self._body(reader, protocol) if self._most_body_bytes else b""
        return Asked(request.method.decode("ascii"), path, dict(request.headers), body)

    async def _body(self, reader: asyncio.StreamReader, protocol: h11.Connection) -> bytes:
        """Return the body. What is too large is read to its end, as who sends does not listen, but not kept."""
        body = bytearray()
        while isinstance(event := await _event(reader, protocol), h11.Data):
            if len(body) <= self._most_body_bytes:
                body += event.data
        return bytes(body)


def _path(target: str) -> str:
    """Return the path that a request is for; empty where that cannot be told."""
    try:
        return urlsplit(target).path
    except ValueError:
        return ""


async def _event(reader: asyncio.StreamReader, protocol: h11.Connection) -> h11.Event:
    """Read the next part of a request.

    Raises:
        h11.RemoteProtocolError: it is none, or too long.
        ConnectionResetError: nothing more came.
    """
    while (event := protocol.next_event()) is h11.NEED_DATA:
        protocol.receive_data(await reader.read(MOST_HEAD_BYTES))
    if isinstance(event, h11.Event):
        return event
    raise ConnectionResetError


def _bytes(protocol: h11.Connection, answer: Answer) -> bytes:
    response = h11.Response(
        status_code=answer.status,
        headers=[
            (b"Content-Type", answer.content_type),
            (b"Content-Length", str(len(answer.body)).encode()),
            (b"Connection", b"close"),
            (b"Cache-Control", b"no-store"),
            (b"X-Content-Type-Options", b"nosniff"),
            *answer.headers,
        ],
    )
    body = [] if answer.silent else [h11.Data(answer.body)]
    return b"".join(protocol.send(event) or b"" for event in (response, *body, h11.EndOfMessage()))

"""HTTP for the two pages of the exporter: one bounded request on each connection, one answer, the end.

Everything is limited: connections at once, the bytes of a request's head, the seconds that it may take to arrive and
that its answer may take to leave. A body is not read. The protocol itself is h11's.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import h11

from kryonix_tui.config.listening import is_loopback

MOST_CONNECTIONS: Final = 16
MOST_HEAD_BYTES: Final = 16_384
REQUEST_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 30.0

TEXT: Final = b"text/plain; charset=utf-8"
FIGURES: Final = b"text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; of a `silent` one only the head."""

    status: HTTPStatus
    body: bytes
    content_type: bytes = TEXT
    headers: tuple[tuple[bytes, bytes], ...] = ()
    silent: bool = False


class Pages:
    """Answers requests for `/metrics` and `/healthz`.

    With a `token`, who asks for figures must show it. Without one only this machine can ask; then the name that it asks
    for must be this machine's, too: a web page in a browser here could otherwise read them under a name of its own.
    """

    def __init__(self, figures: Callable[[], Awaitable[bytes]], token: str) -> None:
        self._figures = figures
        self._token = token.encode()

    async def answer(self, request: h11.Request) -> Answer:
        """Return the answer to a request."""
        headers = dict(request.headers)
        path = urlsplit(request.target.decode("ascii", "replace")).path
        if path not in ("/metrics", "/healthz"):
            return _plain(HTTPStatus.NOT_FOUND)
        if request.method not in (b"GET", b"HEAD"):
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, (b"Allow", b"GET, HEAD"))
        if path == "/healthz":
            return Answer(HTTPStatus.OK, b"ok\n")
        if self._token and not self._shown(headers.get(b"authorization", b"")):
            return _plain(HTTPStatus.UNAUTHORIZED, (b"WWW-Authenticate", b'Bearer realm="kryonix"'))
        if not self._token and not _names_this_machine(headers.get(b"host", b"")):
            return _plain(HTTPStatus.FORBIDDEN)
        return Answer(HTTPStatus.OK, await self._figures(), FIGURES)

    def _shown(self, authorization: bytes) -> bool:
        scheme, _blank, token = authorization.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


class Door:
    """Takes connections, one request each."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, for `asyncio.start_server`; cut it where there are too many."""
        if len(self._open) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._visit(reader, writer))
        self._open[writer] = task
        task.add_done_callback(lambda _done: self._open.pop(writer))

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
        finally:
            writer.close() if finished else writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: h11.Connection
    ) -> None:
        answer = await self._answer(reader, protocol)
        # `drain` is to wait until all is with the system: nothing is left to be sent after the last look at the clock.
        writer.transport.set_write_buffer_limits(high=0)
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(_bytes(protocol, answer))
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, protocol: h11.Connection) -> Answer:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = await _request(reader, protocol)
        except h11.RemoteProtocolError as error:
            return _plain(HTTPStatus(error.error_status_hint))
        except TimeoutError:
            return _plain(HTTPStatus.REQUEST_TIMEOUT)
        answer = await self._pages.answer(request)
        return replace(answer, silent=True) if request.method == b"HEAD" else answer


async def _request(reader: asyncio.StreamReader, protocol: h11.Connection) -> h11.Request:
    """Read the head of a request.

    Raises:
        h11.RemoteProtocolError: it is none, or too long.
        ConnectionResetError: nothing came.
    """
    while True:
        event = protocol.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            raise ConnectionResetError
        protocol.receive_data(await reader.read(MOST_HEAD_BYTES))


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


def _plain(status: HTTPStatus, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status, f"{status.value} {status.phrase}\n".encode(), headers=headers)


def _names_this_machine(host: bytes) -> bool:
    name = host.decode("ascii", "replace")
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    return is_loopback(name)

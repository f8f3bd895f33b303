"""HTTP: who gets figures, and what a hostile client gets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

import pytest

from kryonix_tui.exporter.serving import Pages
from kryonix_tui.serving import door as doors
from kryonix_tui.serving.door import MOST_CONNECTIONS, MOST_HEAD_BYTES, Answer, Asked, Door, plain_answer

TOKEN = "s3cret-token"
LOCAL = "Host: 127.0.0.1:9877\r\n"

Ask = Callable[[str], "asyncio.Future[bytes]"]


@asynccontextmanager
async def served(token: str = "", figures: bytes = b"figure 1\n") -> AsyncIterator[int]:
    async def page() -> bytes:
        return figures

    door = Door(Pages(page, token).answer)
    server = await asyncio.start_server(door.enter, "127.0.0.1", 0, limit=MOST_HEAD_BYTES)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await door.close()


async def send(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return answer


async def ask(port: int, line: str = "GET /metrics", headers: str = LOCAL) -> tuple[int, bytes]:
    """Return status and body."""
    answer = await send(port, f"{line} HTTP/1.1\r\n{headers}\r\n".encode())
    head, _blank, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def test_figures_and_health_are_served() -> None:
    async with served() as port:
        assert await ask(port) == (200, b"figure 1\n")
        assert await ask(port, "GET /healthz", "Host: anything\r\n") == (200, b"ok\n")
        assert await ask(port, "HEAD /metrics") == (200, b"")
        assert await ask(port, "GET /metrics?x=1") == (200, b"figure 1\n")


@pytest.mark.parametrize(
    ("line", "status"),
    [("GET /", 404), ("GET /../metrics", 404), ("GET //[", 404), ("POST /metrics", 405), ("DELETE /healthz", 405)],
)
async def test_nothing_else_is(line: str, status: int) -> None:
    async with served() as port:
        assert (await ask(port, line))[0] == status


async def test_with_a_token_only_who_shows_it_gets_figures() -> None:
    async with served(TOKEN) as port:
        assert await ask(port, headers=f"Host: x\r\nAuthorization: Bearer {TOKEN}\r\n") == (200, b"figure 1\n")
        for wrong in (
            "",
            f"Authorization: Bearer {TOKEN}x\r\n",
            f"Authorization: Basic {TOKEN}\r\n",
            "Authorization:\r\n",
        ):
            status, body = await ask(port, headers=f"Host: x\r\n{wrong}")
            assert (status, b"figure" in body) == (401, False)
        assert (await ask(port, "GET /healthz"))[0] == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9877", "[::1]:1", "127.9.9.9:80"])
async def test_without_a_token_this_machine_may_ask(host: str) -> None:
    async with served() as port:
        assert (await ask(port, headers=f"Host: {host}\r\n"))[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:9877", "10.0.0.1", "[::2]", ""])
async def test_without_a_token_a_name_of_somebody_else_is_refused(host: str) -> None:
    async with served() as port:
        assert (await ask(port, headers=f"Host: {host}\r\n"))[0] == 403


@pytest.mark.parametrize(
    "request_bytes",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET /metrics\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n\r\n"],
)
async def test_what_is_no_request_is_refused(request_bytes: bytes) -> None:
    async with served() as port:
        assert (await send(port, request_bytes)).startswith(b"HTTP/1.1 400")


async def test_an_endless_head_is_cut() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(60):
            answer = b""
            writer.write(b"GET /metrics HTTP/1.1\r\n" + b"X: " + b"x" * 3 * MOST_HEAD_BYTES)
            answer = await reader.read(12)
        assert answer == b"HTTP/1.1 431"
        writer.close()


async def test_who_does_not_finish_a_request_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "REQUEST_SECONDS", 0.1)
    async with served() as port:
        assert (await send(port, b"GET /metrics HTTP/1.1\r\nHost: ")).startswith(b"HTTP/1.1 408")


async def test_who_does_not_read_an_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.1)
    async with served(figures=b"x" * 50_000_000) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(f"GET /metrics HTTP/1.1\r\n{LOCAL}\r\n".encode())
        # Connections end one after the other here: this one has its answer when the first was cut.
        assert (await ask(port, "GET /healthz"))[0] == 200
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(60):
                await reader.readexactly(50_000_000)
        writer.close()


async def test_who_asks_at_once_is_served_however_many_only_hold_a_connection() -> None:
    async with served() as port, holding(port, 2 * MOST_CONNECTIONS):
        assert (await ask(port))[0] == 200
    async with served() as port, holding(port, 2 * MOST_CONNECTIONS, b"GET /metrics HTTP/1.1\r\nX: "):
        assert (await ask(port))[0] == 200


async def test_there_are_only_so_many_connections_at_once() -> None:
    release, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(asked: Asked) -> Answer:
        del asked
        waiting.release()
        await release.wait()
        return plain_answer(HTTPStatus.OK)

    door = Door(slow)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    async with await asyncio.start_server(door.enter, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with holding(port, MOST_CONNECTIONS, request):
            for _asked in range(MOST_CONNECTIONS):
                await waiting.acquire()
            try:
                answer = await send(port, request)
            except ConnectionResetError:
                answer = b""
            assert answer == b""
            release.set()
        await door.close()


async def test_an_error_of_ours_ends_one_connection_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(asked: Asked) -> Answer:
        if asked.path == "/":
            return plain_answer(HTTPStatus.OK)
        raise ZeroDivisionError

    door = Door(broken)
    async with await asyncio.start_server(door.enter, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with contextlib.suppress(ConnectionResetError):
            assert await send(port, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        assert (await ask(port, "GET /"))[0] == 200
        await door.close()
    assert "ZeroDivisionError" in caplog.text


def holding(port: int, count: int, sent: bytes = b"") -> AbstractAsyncContextManager[None]:
    """Hold connections open that the server has taken; nothing but `sent` is sent, nothing is read."""

    @asynccontextmanager
    async def held() -> AsyncIterator[None]:
        writers = []
        for _number in range(count):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writers.append(writer)
        yield
        for writer in writers:
            writer.transport.abort()

    return held()

"""Whoever connects and wants nothing keeps nobody out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from kryonix_tui.browser import crowd
from kryonix_tui.browser.child import Child
from kryonix_tui.browser.server import Site
from kryonix_tui.config.serve import Serve

CONSOLE = "import os, sys; os.write(1, b'__GANGLION__\\nD' + (1).to_bytes(4, 'big') + b'x'); sys.stdin.read()"


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[tuple[int, web.AppRunner, Site]]:
    """Yield the port of a site, its runner, and itself."""
    served = Site(Serve(), Child((sys.executable, "-c", CONSOLE), {"PATH": os.environ["PATH"]}), "")
    runner = web.AppRunner(served.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        door = served.crowd.door(runner)
        listening = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0, backlog=crowd.BACKLOG)
        yield listening.sockets[0].getsockname()[1], runner, served
        listening.close()
    finally:
        await runner.cleanup()


async def connected(runner: web.AppRunner, count: int) -> list[crowd.Connection]:
    """Wait until so many are connected, and return them."""
    assert runner.server is not None
    async with asyncio.timeout(60):
        while len(runner.server.connections) < count:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    return list(runner.server.connections)


@contextlib.asynccontextmanager
async def silent(port: int, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Connect so many times, and say nothing."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _number in range(count)]
    try:
        yield [reader for reader, _writer in opened]
    finally:
        for _reader, writer in opened:
            writer.close()


async def gone(readers: list[asyncio.StreamReader]) -> None:
    """Wait until the server has closed all of them."""
    async with asyncio.timeout(60):
        for reader in readers:
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""


async def test_who_says_nothing_is_sent_away_and_a_window_is_not() -> None:
    async with site() as (port, runner, served), aiohttp.ClientSession() as client:
        address = f"http://127.0.0.1:{port}"
        async with client.ws_connect(f"{address}/ws", headers={"Origin": address}) as window, silent(port, 3) as others:
            assert await window.receive_bytes() == b"x"
            connections = await connected(runner, 4)
            served.crowd.look(connections, 1000.0)
            served.crowd.look(connections, 1000.0 + crowd.KEEP_ALIVE)
            assert not any(reader.at_eof() for reader in others)
            served.crowd.look(connections, 1000.1 + crowd.KEEP_ALIVE)
            await gone(others)
            await window.send_json(["ping", "1"])
            assert await window.receive_json() == ["pong", "1"]


async def test_of_too_many_the_oldest_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST", 10)
    async with site() as (port, runner, served), aiohttp.ClientSession() as client:
        address = f"http://127.0.0.1:{port}"
        async with client.ws_connect(f"{address}/ws", headers={"Origin": address}) as window, silent(port, 5) as old:
            await connected(runner, 6)
            async with silent(port, 10):
                await gone(old)
                assert runner.server is not None
                async with asyncio.timeout(60):
                    while len(runner.server.connections) > 10:  # noqa: ASYNC110 - nothing tells of it
                        await asyncio.sleep(0.01)
            assert await window.receive_bytes() == b"x"
            assert len(served.windows) == 1


async def test_it_is_looked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "PAUSE", 0.01)
    monkeypatch.setattr(crowd, "KEEP_ALIVE", 0.02)
    async with site() as (port, runner, served), silent(port, 2) as others:
        thinning = asyncio.create_task(served.crowd.thin_out(runner))
        await gone(others)
        thinning.cancel()

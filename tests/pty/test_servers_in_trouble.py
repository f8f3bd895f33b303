"""Servers that die, come back, or hang: the console goes on, says so, and recovers by itself."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults import Proxy, proxied
from tests.pty.conftest import fill
from tests.pty.terminal import Terminal
from tests.servers import Server


def test_a_killed_server_leaves_its_data_on_screen_and_comes_back(platform: Server) -> None:
    with Terminal("--redis", platform.url, size=(140, 40)) as terminal:
        terminal.press("2")
        terminal.until("3 tenants")
        platform.stop(signal.SIGKILL)
        kept = ("✖ Redis", "showing data of", "alfa", "beta", "gama")
        terminal.until(lambda text: all(shown in text for shown in kept))
        terminal.until(lambda text: "STALE" in text)
        platform.start()
        fill(platform)
        terminal.until(lambda text: "✖" not in text.splitlines()[0] and "✖ Redis" not in text)
        terminal.press("8")
        terminal.until("round trip")
        assert b"Traceback" not in terminal.raw


@contextmanager
def stallable(port: int) -> Iterator[Proxy]:
    """Yield a proxy to a port, served by a thread of its own."""
    ready = threading.Event()
    found: list[Proxy] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with proxied(port) as proxy:
            found.append(proxy)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize("leave", ["q", signal.SIGTERM])
def test_keys_are_answered_while_a_server_hangs_and_leaving_does_not_wait_for_it(
    platform: Server, leave: str | signal.Signals
) -> None:
    # What waited for the server would wait for an hour.
    patient = {
        "KRYONIX_REDIS_TIMEOUT": "3600",
        "KRYONIX_REDIS_CONNECT_TIMEOUT": "3600",
        "KRYONIX_INTERVALS_REDIS": "0.5",
    }
    with (
        stallable(platform.port) as proxy,
        Terminal("--redis", f"redis://127.0.0.1:{proxy.port}", size=(140, 40), environment=patient) as terminal,
    ):
        terminal.until("gama")
        proxy.stalled = True
        terminal.until(lambda text: "STALE" in text)
        screens = {"2": "3 tenants", "4": "unattributed: no pattern", "8": "round trip", "1": "Sessions"}
        for key, shown in [*screens.items()] * 2 if leave == "q" else ():
            terminal.press(key)
            terminal.until(shown)
        terminal.press(leave) if isinstance(leave, str) else terminal.signal(leave)
        assert terminal.end() == 0


def test_a_server_that_was_never_there_is_said_and_looked_for(platform: Server) -> None:
    platform.stop()
    with Terminal("--redis", platform.url, size=(140, 40)) as terminal:
        terminal.until(lambda text: "✖ Redis" in text and "no data yet" in text)
        platform.start()
        fill(platform)
        terminal.until("gama")

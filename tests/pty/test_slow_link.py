"""Behind a slow line keys are answered soon, nothing piles up, and a terminal that does not read holds nothing up."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from kryonix_tui.tui.link import FIRST
from tests.pty.link import SlowTerminal
from tests.pty.living import EVERY_SECOND, TENANTS, living
from tests.pty.terminal import Screen
from tests.pty.test_life import GRACE, assert_restored
from tests.servers import Server

OVER_SSH: Final = {**EVERY_SECOND, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
SOON: Final = 1.5
"""Seconds from a key to what it does, of which 0.3 are the way there and back."""
PILED: Final = 3 * FIRST
"""Bytes on their way when a key is pressed, at most: a machine that stands still for a moment measures the line wrongly, and
is still far from sending all that changes."""


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    """A platform that lives."""
    with living() as server:
        yield server


def prompted(text: str) -> bool:
    """Tell whether the `:` prompt is open."""
    return any(line.startswith(" :") for line in text.splitlines())


def lit(terminal: SlowTerminal, row: int) -> Screen:
    """Return whether the cursor is on a tenant's row."""
    return lambda _text: terminal.lit(TENANTS[row])


def far(server: Server, **options: Any) -> SlowTerminal:
    """Return a console at the other end of a slow line."""
    return SlowTerminal("--redis", server.url, **{"environment": OVER_SSH, **options})


def near(server: Server, *arguments: str, **options: Any) -> SlowTerminal:
    """Return a console in a terminal that takes everything at once."""
    return SlowTerminal("--redis", server.url, *arguments, rate=10_000_000, delay=0, **options)


def test_keys_are_answered_soon_and_nothing_piles_up(redis: Server) -> None:
    with far(redis) as terminal:
        terminal.until(TENANTS[0])
        terminal.press("2")
        terminal.until(lambda text: "30 tenants" in text and terminal.lit(TENANTS[0]))
        seconds = [terminal.seconds_until("j", lit(terminal, row)) for row in (1, 2, 3)]
        seconds.append(terminal.seconds_until(":", prompted))
        terminal.press("escape")
        terminal.until(lambda text: not prompted(text))
        # From screen to screen faster than any of them can be sent.
        terminal.press("4", "8", "2")
        seconds.append(terminal.seconds_until(":", lambda text: prompted(text) and "30 tenants" in text))
        assert max(seconds[:-1]) < SOON, seconds
        assert sum(seconds) / len(seconds) < SOON, seconds
        assert terminal.piled < PILED


def test_a_terminal_that_does_not_read_shows_the_newest_when_it_does(redis: Server) -> None:
    with near(redis, environment=EVERY_SECOND) as terminal, redis.client() as client:
        terminal.until(TENANTS[0])
        for key, shown in {"8": "round trip", "4": "Mobile sessions"}.items():
            terminal.press(key)
            terminal.until(shown)
        terminal.stall()
        sent, before = terminal.taken, calls(client)
        # Keys are handled, though nothing of it can be seen.
        terminal.press(*"8484842")
        terminal.wait(lambda: calls(client) > before + 2)
        assert "Mobile sessions" in terminal.text
        terminal.go_on()
        terminal.until("30 tenants")
        # One frame that was under way, and the newest: not each of those that nobody saw.
        assert terminal.taken - sent < 3 * PILED


def test_it_ends_though_its_terminal_reads_nothing(redis: Server) -> None:
    with near(redis, mute=True, environment=EVERY_SECOND) as terminal:
        terminal.until(TENANTS[0])
        terminal.stall()
        terminal.fill()
        # It goes on reading, though it waits to write the next frame.
        with redis.client() as client:
            before = calls(client)
            terminal.wait(lambda: calls(client) > before + 1)
        began = time.monotonic()
        terminal.signal(signal.SIGHUP)
        status = terminal.end_unread()
        assert time.monotonic() - began < GRACE
        assert status == 0
        terminal.go_on()
        terminal.end()
        assert b"\x18" in terminal.raw
        assert_restored(bytes(terminal.raw))


def calls(client: Any) -> int:
    """Return how many commands the server has carried out that only a console sends."""
    return int(client.info("commandstats")["cmdstat_scan"]["calls"])


def test_at_most_so_many_paints_a_second(redis: Server) -> None:
    with near(redis, "--fps", "4", environment=EVERY_SECOND) as terminal:
        terminal.press("2")
        terminal.until(lambda text: "30 tenants" in text and terminal.lit(TENANTS[0]))
        began = time.monotonic()
        for row in (1, 2, 3, 4, 5, 6):
            terminal.seconds_until("j", lit(terminal, row))
        assert time.monotonic() - began >= 5 / 4


FIRST_PAINTS: Final = {
    "2": "30 tenants",
    "4": "Mobile sessions",
    "5": "30 queues",
    "8": "round trip",
    "3": "Hit rate over time",
}


@pytest.mark.parametrize(("size", "most"), [((80, 24), 12_000), ((160, 45), 24_000)])
def test_bytes_are_few(redis: Server, size: tuple[int, int], most: int) -> None:
    with near(redis, environment=OVER_SSH, size=size) as terminal:
        terminal.until(TENANTS[0])
        for key, shown in FIRST_PAINTS.items():
            before = terminal.taken
            terminal.press(key)
            terminal.until(shown)
            terminal.rest()
            assert terminal.taken - before < most, key
        terminal.press("1")
        terminal.until("Tenants that need attention")
        terminal.rest()
        before, began = terminal.taken, time.monotonic()
        terminal.rest(2.5)
        assert (terminal.taken - before) / (time.monotonic() - began) < 4_000

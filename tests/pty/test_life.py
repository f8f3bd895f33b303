"""How a run begins, goes on through resizes and stops, and ends: always with the terminal as it was."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.servers import Server

GRACE = 60.0
"""Seconds after which who is told to end, and does not, never will: a machine may stand still for some of them."""

ENTERS, LEAVES = b"\x1b[?1049h", b"\x1b[?1049l"


def started(server: Server, *arguments: str, **options: object) -> Terminal:
    """Return a console that shows the platform."""
    terminal = Terminal("--redis", server.url, *arguments, **options)  # type: ignore[arg-type]
    terminal.until("gama")
    return terminal


def assert_restored(raw: bytes) -> None:
    """The alternate screen was left, the cursor is shown, mouse and bracketed paste are off."""
    assert raw.count(ENTERS) == raw.count(LEAVES) > 0
    assert raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l")
    for mode in (b"1000", b"1002", b"1003", b"1006", b"1015", b"2004", b"1004"):
        assert raw.rfind(b"\x1b[?" + mode + b"h") <= raw.rfind(b"\x1b[?" + mode + b"l"), mode
    assert b"Traceback" not in raw


def test_screens_by_their_keys(platform: Server) -> None:
    with started(platform) as terminal:
        for key, shown in {
            "2": "3 tenants",
            "3": "Hit rate",
            "4": "Mobile sessions",
            "6": "not configured",
            "8": "round trip",
            "?": "Keys and commands",
        }.items():
            terminal.press(key)
            terminal.until(shown)
        terminal.press("escape")
        terminal.until(lambda text: "Keys and commands" not in text)
        terminal.press("2", "/gam")
        terminal.until(lambda text: "1 of 3" in text and "alfa" not in text)


def leave_by_key(terminal: Terminal) -> None:
    """Press q."""
    terminal.press("q")


def leave_by_terminate(terminal: Terminal) -> None:
    """As the system does."""
    terminal.signal(signal.SIGTERM)


def leave_by_hangup(terminal: Terminal) -> None:
    """As a closing session does."""
    terminal.signal(signal.SIGHUP)


@pytest.mark.parametrize("leave", [leave_by_key, leave_by_terminate, leave_by_hangup])
def test_it_ends_and_leaves_the_terminal_as_it_was(platform: Server, leave: object) -> None:
    assert callable(leave)
    with started(platform) as terminal:
        leave(terminal)
        assert terminal.end() == 0
        assert_restored(bytes(terminal.raw))


def test_a_lost_terminal_ends_it(platform: Server) -> None:
    with started(platform) as terminal:
        assert terminal.lose() == 0


def test_a_storm_of_resizes_never_garbles(platform: Server) -> None:
    with started(platform) as terminal:
        terminal.press("2")
        terminal.until("3 tenants")
        for round_ in range(40):
            terminal.resize(30 + round_ * 4, 8 + round_)
        terminal.resize(38, 20)
        terminal.until("too small")
        terminal.resize(120, 30)
        # The layout follows the size: for one frame the old one may stand on the new screen.
        text = terminal.until(lambda text: "+2›" in text and "q quit" in text and "KRYONIX" in text)
        assert "too small" not in text
        assert len(re.findall("^. *gama ", text, re.MULTILINE)) == 1
        terminal.press("q")
        assert terminal.end() == 0


def test_without_mouse_the_terminal_keeps_it(platform: Server) -> None:
    mouse = re.compile(rb"\x1b\[\?(?:1000|1002|1003|1005|1006|1015|1016)h")
    with started(platform) as terminal:
        assert mouse.search(terminal.raw)
    with started(platform, "--no-mouse") as terminal:
        terminal.press("q")
        assert terminal.end() == 0
        assert not mouse.search(terminal.raw)


def test_no_color_means_glyphs_and_no_colour(platform: Server) -> None:
    with started(platform, environment={"NO_COLOR": "1"}) as terminal:
        terminal.press("2")
        text = terminal.until("3 tenants")
        assert "●" in text
        assert "▲" in text
        terminal.press("q")
        terminal.end()
        assert colours(bytes(terminal.raw)) == set()
    with started(platform) as terminal:
        assert colours(bytes(terminal.raw))


def colours(raw: bytes) -> set[bytes]:
    """Return the foreground and background colours that were set, those of grey among them."""
    found = set()
    for sequence in re.findall(rb"\x1b\[([0-9;]*)m", raw):
        numbers = sequence.split(b";")
        for number in numbers:
            if number in (b"38", b"48") or re.fullmatch(rb"(?:3|4|9|10)[0-7]", number):
                found.add(sequence)
    return found


BREAKS = """
import kryonix_tui.tui.screens.server as server

def draw(self, update, now):
    password = "hunter2-in-a-variable"
    raise RuntimeError("a defect")

server.ServerView.draw = draw
from kryonix_tui.cli import main
main()
"""


def test_a_defect_ends_it_without_showing_variables(platform: Server, home: Path) -> None:
    import sys

    with Terminal("--redis", platform.url, program=(sys.executable, "-c", BREAKS)) as terminal:
        terminal.until("gama")
        terminal.press("8")
        assert terminal.end() == 1
        raw = bytes(terminal.raw)
        assert_restored(raw)
        assert b"Internal error: RuntimeError" in raw
        assert b"hunter2" not in raw
        log = home / ".local" / "state" / "kryonix" / "error.log"
        assert b"error.log" in raw
        assert "a defect" in log.read_text()
        assert log.stat().st_mode & 0o777 == 0o600

"""The console is stopped and goes on, is killed, loses its terminal: what the terminal is left with, and what is drawn again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty.conftest import fill
from tests.pty.terminal import Terminal
from tests.pty.test_life import assert_restored, started
from tests.servers import Server, running

KITTY_ON, KITTY_OFF = re.compile(rb"\x1b\[>[0-9]+u"), re.compile(rb"\x1b\[<u")
MOUSE, PASTE, ALTERNATE = 1000 << 5, 2004 << 5, 1049 << 5
"""Private modes, as pyte counts them."""


DRAWN = ("KRYONIX", "PAUSED", "Sessions", "Memory", "Tenants that need attention", "gama", "beta", "╯", "q quit")
"""Parts of the overview; most of them do not change by themselves."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """A small platform for all tests here: none of them does anything to it."""
    for server in running("redis"):
        fill(server)
        yield server


def stop_by_key(terminal: Terminal) -> None:
    """Press Ctrl-Z."""
    terminal.press("ctrl+z")


def stop_by_signal(terminal: Terminal) -> None:
    """As `kill -TSTP` does from elsewhere."""
    terminal.signal(signal.SIGTSTP)


def stop_without_warning(terminal: Terminal) -> None:
    """As `kill -STOP` does: nobody learns of it."""
    terminal.signal(signal.SIGSTOP)


def modes_of(terminal: Terminal) -> list[object]:
    """Return the settings of the line: echo, line editing, signals."""
    return list(termios.tcgetattr(terminal.child.child_fd))


def threads_of(terminal: Terminal) -> int:
    """Return how many threads the program has."""
    return sum(1 for _ in Path(f"/proc/{terminal.child.pid}/task").iterdir())


@pytest.mark.parametrize("stop", [stop_by_key, stop_by_signal, stop_without_warning])
def test_who_was_stopped_draws_everything_again(shared: Server, stop: Callable[[Terminal], None]) -> None:
    with Terminal("--redis", shared.url) as terminal:
        before = modes_of(terminal)
        # What is paused stays as it is: everything has to be there by then.
        terminal.until(lambda text: all(shown in text for shown in DRAWN if shown != "PAUSED"))
        terminal.press("p")
        terminal.until("PAUSED")
        threads = []
        for size in ((80, 24), (100, 30), (80, 24), (100, 30)):
            stop(terminal)
            terminal.await_stopped()
            if stop is not stop_without_warning:
                assert_restored(bytes(terminal.raw))
                assert modes_of(terminal) == before
            terminal._screen.reset()
            terminal.resize(*size)
            terminal.signal(signal.SIGCONT)
            terminal.until(lambda text: all(shown in text for shown in DRAWN))
            threads.append(threads_of(terminal))
        terminal.press("p")
        terminal.until(lambda text: "PAUSED" not in text)
        # Those that draw and look names up start when they are needed, and may need one or two more.
        assert threads[-1] < threads[0] + 3, "nothing was started at each of three stops"
        terminal.press("q")
        assert terminal.end() == 0
        raw = bytes(terminal.raw)
        assert_restored(raw)
        assert len(KITTY_ON.findall(raw)) == len(KITTY_OFF.findall(raw)), "the keyboard is as it was"
        assert modes_of(terminal) == before


def test_a_storm_of_resizes_while_it_cannot_answer(shared: Server) -> None:
    with started(shared) as terminal:
        terminal.press("2")
        terminal.until("3 tenants")
        terminal.signal(signal.SIGSTOP)
        terminal.await_stopped()
        for width in range(40, 140):
            terminal.resize(width, 12 + width % 20)
            terminal.signal(signal.SIGWINCH)
        terminal.signal(signal.SIGCONT)
        terminal.resize(120, 30)
        text = terminal.until(lambda text: "Hit %" in text and "q quit" in text and "KRYONIX" in text)
        assert len(re.findall("^. *gama ", text, re.MULTILINE)) == 1
        terminal.press("q")
        assert terminal.end() == 0


def test_after_a_kill_the_documented_lines_bring_the_terminal_back(shared: Server) -> None:
    page = (Path(__file__).parents[2] / "docs" / "terminals.md").read_text("utf-8")
    (documented,) = re.findall(r"^ *\$ (stty .*)$", page, re.MULTILINE)
    with Terminal("--redis", shared.url) as terminal:
        terminal.until("gama")
        line = os.open(Path(f"/proc/{terminal.child.pid}/fd/0").readlink(), os.O_RDWR | os.O_NOCTTY)
        terminal.signal(signal.SIGKILL)
        terminal.child.wait()
        assert {MOUSE, PASTE, ALTERNATE} <= terminal._screen.mode, "what a killed program leaves behind"
        assert not termios.tcgetattr(line)[3] & termios.ECHO
        try:
            environment = {"TERM": "xterm-256color", "PATH": os.environ["PATH"]}
            run = ["sh", "-c", documented]
            mended = subprocess.run(run, stdin=line, stdout=subprocess.PIPE, env=environment, check=True, timeout=60)
            echo, cooked = termios.ECHO | termios.ECHOE, termios.ICANON | termios.ISIG | termios.IEXTEN
            assert termios.tcgetattr(line)[3] & (echo | cooked) == echo | cooked
            assert termios.tcgetattr(line)[0] & termios.ICRNL
        finally:
            os.close(line)
        terminal._stream.feed(mended.stdout)
        assert not {MOUSE, PASTE, ALTERNATE} & terminal._screen.mode
        assert b"\x1bc" in mended.stdout, "the full reset, which ends modes that pyte does not know as well"


def test_a_terminal_that_a_killed_program_left_without_echo_is_mended(shared: Server) -> None:
    raw = ("sh", "-c", 'stty raw -echo; exec "$0" -m kryonix_tui "$@"', sys.executable)
    with Terminal("--redis", shared.url, program=raw) as terminal:
        terminal.until("gama")
        terminal.press("q")
        assert terminal.end() == 0
        assert_restored(bytes(terminal.raw))
        left = termios.tcgetattr(terminal.child.child_fd)
        assert left[3] & termios.ECHO
        assert left[3] & termios.ICANON
        assert left[1] & termios.OPOST
        assert b"\x1b[<9u" in terminal.raw, "and keys are letters"

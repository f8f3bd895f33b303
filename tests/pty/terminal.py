"""The real program in a real pseudo-terminal: what was sent, what the screen shows, and how it ended.

with Terminal("--redis", url, size=(80, 24)) as terminal:
    terminal.until("Overview")
    terminal.press("q")
    assert terminal.end() == 0
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Self

import pexpect
import pyte

SECONDS: Final = 60.0
"""A loaded machine gets this long for anything; most of it takes a tenth of a second."""

KEYS: Final = {"enter": "\r", "escape": "\x1b", "ctrl+z": "\x1a", "down": "\x1b[B", "f5": "\x1b[15~"}

Screen = Callable[[str], bool]

_PRIVATE_QUERY = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
"""Questions about the terminal, which pyte takes for text."""
_CUT = re.compile(rb"\x1b(?:\[[0-9;<=>?$]*)?\Z")
"""The beginning of a sequence, at the end of what was read."""


class Terminal:
    """Runs `kryonix` with some arguments. `raw` has every byte that it sent."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        program: tuple[str, ...] = (sys.executable, "-m", "kryonix_tui"),
    ) -> None:
        width, height = size
        self.raw = bytearray()
        self._cut = b""
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        keep = {name: os.environ[name] for name in ("PATH", "HOME")}
        given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **(environment or {})}
        self.child: Any = pexpect.spawn(
            program[0], [*program[1:], *arguments], dimensions=(height, width), env=keep | given, timeout=SECONDS
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.child.isalive():
            # pexpect gives a killed program a tenth of a second; on a busy machine its end takes longer.
            self.child.kill(signal.SIGKILL)
            with suppress(pexpect.ExceptionPexpect):  # it has ended by itself
                self.child.wait()
        self.child.close(force=True)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self._screen.display)

    def until(self, wanted: str | Screen, seconds: float = SECONDS) -> str:
        """Read until the screen shows a text, or fulfils a condition; return it.

        Raises:
            AssertionError: it did not in time, or the program ended before.
        """
        shows: Screen = wanted if callable(wanted) else lambda text: wanted in text
        deadline = time.monotonic() + seconds
        while not shows(self.text):
            left = deadline - time.monotonic()
            assert left > 0, f"not shown in time: {wanted}\n{self.text}"
            assert self._read(left), f"ended before it showed {wanted}\n{self.text}"
        return self.text

    def press(self, *keys: str) -> None:
        """Press keys by name, or type a text."""
        for key in keys:
            self.child.send(KEYS.get(key, key))

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; the program learns of it by SIGWINCH."""
        self.child.setwinsize(height, width)
        self._screen.resize(height, width)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.child.kill(number)

    def end(self, seconds: float = SECONDS) -> int:
        """Read until the program ends, and return its exit code (negative: a signal)."""
        deadline = time.monotonic() + seconds
        while self._read(max(0.01, deadline - time.monotonic())):
            assert time.monotonic() < deadline, f"did not end in time\n{self.text}"
        self.child.wait()
        return self.child.exitstatus if self.child.exitstatus is not None else -int(self.child.signalstatus or 0)

    def lose(self) -> int:
        """Close the terminal under the program, wait for its end, and return its exit code."""
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.closed = self.child.closed = True
        _process, status = os.waitpid(self.child.pid, 0)
        self.child.terminated = self.child.ptyproc.terminated = True
        return os.waitstatus_to_exitcode(status)

    def await_stopped(self, seconds: float = SECONDS) -> None:
        """Read until the program is stopped, as by SIGTSTP."""
        deadline = time.monotonic() + seconds
        while True:
            done, status = os.waitpid(self.child.pid, os.WNOHANG | os.WUNTRACED)
            if done and os.WIFSTOPPED(status):
                break
            assert time.monotonic() < deadline, "did not stop"
            self._read(0.05)
        while self._pending():
            self._read(0.05)

    def _pending(self) -> bool:
        import select

        return bool(select.select([self.child.child_fd], [], [], 0)[0])

    def _read(self, seconds: float) -> bool:
        """Take what was sent, waiting so long for it; False where the program has ended."""
        try:
            data: bytes = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.take(data)
        return True

    def take(self, data: bytes) -> None:
        """Show what was sent; a sequence that is not complete yet, when it is."""
        self.raw += data
        data = self._cut + data
        cut = _CUT.search(data)
        self._cut = data[cut.start() :] if cut else b""
        self._stream.feed(_PRIVATE_QUERY.sub(b"", data[: len(data) - len(self._cut)]))

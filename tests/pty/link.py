"""A terminal behind a slow line: so many bytes a second, and every key and every byte is under way for a while.

    program ── pseudo-terminal ──▶ backlog ──(bytes a second)──▶ wire ──(delay)──▶ terminal
            ◀─────────────────────(delay)── keys, and the terminal's answers ◀────────┘

The backlog is what SSH and the network hold before the program notices anything: a program that sends as much as is taken
from it makes its operator wait for all of that.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.pty.terminal import KEYS, SECONDS, Screen, Terminal

RATE: Final = 5_000
"""Bytes a second."""
DELAY: Final = 0.15
"""Seconds in each direction."""
BACKLOG: Final = 65_536
_BURST: Final = 512
_STEP: Final = 0.01


class SlowTerminal(Terminal):
    """Runs `kryonix` behind a line of `rate` bytes a second. Answers what a terminal is asked, unless it is `mute`."""

    def __init__(
        self,
        *arguments: str,
        rate: int = RATE,
        delay: float = DELAY,
        backlog: int = BACKLOG,
        mute: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._rate, self._delay, self._most = rate, delay, backlog
        # The program's side of it, by which its standard input goes.
        self._name = Path(f"/proc/{self.child.pid}/fd/0").readlink()
        self._backlog = bytearray()
        self._wire: deque[tuple[float, bytes]] = deque()
        self._keys: deque[tuple[float, bytes]] = deque()
        self._tokens, self._filled = float(_BURST), time.monotonic()
        self._changed = threading.Condition(threading.RLock())
        self._ended = self._over = self._stalled = False
        self._looked = self.piled = 0
        if not mute:
            self._screen.write_process_input = self._answer  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._forward, daemon=True)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._over = True
        self._thread.join()
        super().__exit__(*error)

    @property
    def text(self) -> str:
        """What the screen shows."""
        with self._changed:
            return super().text

    @property
    def taken(self) -> int:
        """Bytes that the program has sent."""
        with self._changed:
            return len(self.raw) + len(self._backlog) + sum(len(data) for _due, data in self._wire)

    def press(self, *keys: str) -> None:
        """Press keys by name, or type a text: they arrive later."""
        due = time.monotonic() + self._delay
        with self._changed:
            self._keys += [(due, KEYS.get(key, key).encode()) for key in keys]

    def seconds_until(self, key: str, shows: str | Screen) -> float:
        """Press a key, and return the seconds until the screen shows what follows from it."""
        began = time.monotonic()
        self.press(key)
        self.until(shows)
        return time.monotonic() - began

    def rest(self, seconds: float = 0.4) -> None:
        """Read for a while."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self._read(left)

    def lit(self, text: str) -> bool:
        """Tell whether a line with a text lies on another background than the lines around it."""
        with self._changed:
            lines = self._screen.display
            found = [y for y, line in enumerate(lines) if text in line]
            column = lines[found[0]].index(text) if found else 0
            around = [self._screen.buffer[y][column].bg for y in found for y in (y - 1, y, y + 1)]
            return len(around) == 3 and around[1] not in (around[0], around[2])

    def fill(self) -> None:
        """Write into the pseudo-terminal until it takes nothing more: who writes to it now waits."""
        other = os.open(self._name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        # The system takes some of it on after a moment.
        while select.select([], [other], [], 0.2)[1]:
            with suppress(BlockingIOError):
                os.write(other, b" " * 512)
        os.close(other)

    def wait(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Look until something is so that a screen does not show."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(3 * _STEP)

    def end_unread(self, seconds: float = SECONDS) -> int:
        """Wait for the end of the program without reading what it sends, and return its exit code."""
        deadline = time.monotonic() + seconds
        while self.child.isalive():
            assert time.monotonic() < deadline, "did not end in time"
            time.sleep(_STEP)
        return self.child.exitstatus if self.child.exitstatus is not None else -int(self.child.signalstatus or 0)

    def stall(self) -> None:
        """Read nothing any more, as a terminal does after Ctrl-S. Keys still arrive."""
        with self._changed:
            self._stalled = True

    def go_on(self) -> None:
        """Read again."""
        with self._changed:
            self._stalled = False

    def _answer(self, data: str) -> None:
        self._keys.append((time.monotonic() + self._delay, data.encode()))

    def _read(self, seconds: float) -> bool:
        with self._changed:
            if self._looked == len(self.raw) and not self._ended:
                self._changed.wait(min(seconds, SECONDS))
            fresh, self._looked = len(self.raw) > self._looked, len(self.raw)
            return fresh or not self._ended

    def _forward(self) -> None:
        while not self._over and not self._ended:
            reads = [] if self._stalled or len(self._backlog) >= self._most else [self.child.child_fd]
            ready = select.select(reads, [], [], _STEP)[0]
            with self._changed:
                if self._stalled or not ready or self._take():
                    self._send()
                    self._arrive()
                    continue
            self._drain()

    def _take(self) -> bool:
        """Take from the program; False where it has ended."""
        try:
            data = os.read(self.child.child_fd, self._most - len(self._backlog))
        except OSError:
            return False
        self._backlog += data
        self.piled = max(self.piled, len(self._backlog))
        return bool(data)

    def _send(self) -> None:
        """Put on the wire what the rate permits."""
        now = time.monotonic()
        self._tokens = min(_BURST, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        count = 0 if self._stalled else min(int(self._tokens), len(self._backlog))
        if count:
            self._tokens -= count
            self._wire.append((now + self._delay, bytes(self._backlog[:count])))
            del self._backlog[:count]

    def _arrive(self) -> None:
        """Show and type what has been under way long enough."""
        now = time.monotonic()
        while self._wire and self._wire[0][0] <= now and not self._stalled:
            self._show(self._wire.popleft()[1])
        while self._keys and self._keys[0][0] <= now:
            os.write(self.child.child_fd, self._keys.popleft()[1])

    def _show(self, data: bytes) -> None:
        self.take(data)
        self._changed.notify_all()

    def _drain(self) -> None:
        """The program has ended: what it sent still arrives."""
        with self._changed:
            for data in [*(data for _due, data in self._wire), bytes(self._backlog)]:
                self._show(data)
            self._ended = True
            self._changed.notify_all()

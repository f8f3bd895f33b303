"""What is written to a terminal, in a thread of its own: whoever writes never waits for a terminal that does not read."""

from __future__ import annotations

import os
import select
import termios
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from typing import Final, TextIO

PIECE: Final = 1024
"""Bytes that are written at once: what may still come behind a `drop`."""

_ABORT: Final = b"\x18\x1b[?2026l\x1b[0m"
"""Ends what was cut off: a sequence, a synchronized update, a style."""


class Outlet:
    """Writes to a file's descriptor. What is not written yet is kept; a terminal that is gone takes everything."""

    def __init__(self, file: TextIO) -> None:
        self._descriptor = file.fileno()
        self._encoding, self._errors = file.encoding or "utf-8", file.errors or "replace"
        self._changed = Condition()
        self._waiting: deque[bytes] = deque()
        self._writing = self._over = self._gone = False
        self._drops = 0
        # A thread that hangs in a write must not keep the program from ending.
        self._thread = Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether all was handed to the system."""
        return not (self._waiting or self._writing)

    def write(self, text: str) -> int:
        """Let text be written; return its bytes."""
        data = text.encode(self._encoding, self._errors)
        with self._changed:
            if not self._gone:
                self._waiting.append(data)
                self._changed.notify_all()
        return len(data)

    def drop(self) -> None:
        """Forget what is not written yet, and what the system holds: something else has to get through now."""
        with self._changed:
            self._drops += 1
            self._waiting.clear()
            self._waiting.append(_ABORT)
            self._changed.notify_all()
        with suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)

    def finish(self, seconds: float) -> None:
        """Write what there is, waiting so long for it at most, and nothing more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._writing = False
                self._changed.wait_for(lambda: self._waiting or self._over)
                if not self._waiting:
                    return
                data, drops = self._waiting.popleft(), self._drops
                self._writing = True
            try:
                self._put(data, drops)
            except OSError:
                with self._changed:
                    self._gone = True
                    self._waiting.clear()

    def _put(self, data: bytes, drops: int) -> None:
        while data and drops == self._drops:
            try:
                data = data[os.write(self._descriptor, data[:PIECE]) :]
            except BlockingIOError:
                # Somebody who shares the terminal made it so.
                select.select([], [self._descriptor], [])

"""A driver that never waits for its terminal, and that knows how much of what it sent has arrived there."""

from __future__ import annotations

import math
import os
import time
from contextlib import suppress
from typing import Any, ClassVar, Final, TextIO

from textual import events
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from kryonix_tui.tui.glass import Glass
from kryonix_tui.tui.link import Link, far
from kryonix_tui.tui.outlet import Outlet

ASK: Final = "\x1b[6n"
"""Where is the cursor? Every terminal answers this, and Textual can tell the answer from a key."""
FAREWELL: Final = 0.8
"""Seconds at the end for what is under way: an answer that comes later would be typed into the shell."""
LEAVING: Final = 0.4
"""Seconds for the sequences that leave the terminal as it was."""
_LOOK: Final = 0.01


class PacedDriver(Driver):
    """Goes before a driver of Textual's. The app, a `PacedApp`, is told by `caught_up` when there may be room again."""

    threaded: ClassVar[bool]
    """Whether the driver writes to a terminal itself."""
    _file: TextIO
    _outlet: Outlet | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.glass = Glass()
        self.link = Link(far=far(os.environ))
        self._asked = self._heard = 0
        self._asked_at = -math.inf
        self._leaves = False

    def room(self, *, urgent: bool) -> int:
        """Return how many bytes may be sent now; 0 where a frame has to wait."""
        return 0 if self._writing else self.link.room(time.monotonic(), urgent=urgent)

    @property
    def _writing(self) -> bool:
        return self._outlet is not None and not self._outlet.idle

    def ask(self) -> None:
        """Let the terminal say when it got here, if it ever says anything. Who leaves asks nothing more: a shell would get
        the answer.
        """
        now = time.monotonic()
        if self._leaves:
            return
        if not self._asked or (self.link.answers and self.link.asks(now)):
            if not self.link.waits:
                self._asked = self._heard
            self.write(ASK)
            self._asked += 1
            self._asked_at = now
            self.link.asked(now)

    def start_application_mode(self) -> None:
        """Begin with a terminal of which nothing is known."""
        self.glass.forget()
        self.link, self._asked, self._heard, self._leaves = Link(far=self.link.far), 0, 0, False
        if self.threaded and self._outlet is None:
            self._outlet = Outlet(self._file)
        super().start_application_mode()  # type: ignore[safe-super]  # the platform's
        # In the background it has not started; with no terminal to read from, nobody would hear.
        if getattr(self, "_writer_thread", self) is not None and getattr(self, "input_tty", True):
            self.ask()

    def write(self, data: str) -> None:
        """Send; what the terminal does not take yet is kept."""
        if self._outlet is not None:
            self.link.sent += self._outlet.write(data)
            return
        self.link.sent += len(data)
        super().write(data)  # type: ignore[safe-super]  # the platform's

    def process_message(self, message: Message) -> None:
        """Take what the terminal says. Runs in a thread."""
        if not isinstance(message, events.CursorPosition):
            super().process_message(message)
            return
        self._heard += 1
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._answered, time.monotonic())

    def _answered(self, at: float) -> None:
        from kryonix_tui.tui.painting import PacedApp

        self.link.answered(at)
        if self.link.sent > self.link.arrived and not self.link.waits:
            self.ask()
        if isinstance(self._app, PacedApp):
            self._app.caught_up()

    def stop_application_mode(self) -> None:
        """Wait a moment for the last answers; what cannot be written by then makes room for the end."""
        self._leaves = True
        deadline = time.monotonic() + FAREWELL
        while self._under_way and time.monotonic() < deadline:
            time.sleep(_LOOK)
        self._heard = self._asked
        if self._outlet is not None and self._writing:
            self._outlet.drop()
        super().stop_application_mode()  # type: ignore[safe-super]  # the platform's

    @property
    def _under_way(self) -> bool:
        # One that has not answered its first question yet may do so; after a while it is one that never answers.
        answers = self.link.answers or time.monotonic() - self._asked_at < FAREWELL
        return self._writing or (answers and self._heard < self._asked)

    def close(self) -> None:
        """End the writing."""
        if self._outlet is not None:
            self._outlet.finish(LEAVING)
            self._outlet = None
        super().close()


def paced(driver: type[Driver]) -> type[Driver]:
    """Return a driver that is a `PacedDriver` as well."""
    return type("Paced", (PacedDriver, driver), {"threaded": issubclass(driver, LinuxDriver)})

"""What is sent, suited to the terminal that gets it: nothing that it would print, and every column where it belongs."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import termios
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.driver import Driver
from textual.message import Message

from kryonix_tui.terminals import is_linux_console
from kryonix_tui.tui.linux_console import CLEARED, understood
from kryonix_tui.tui.plain_glyphs import MEASURE, WIDE

_INPUT, _OUTPUT, _LOCAL = 0, 1, 3
"""Places of flags in what `tcgetattr` returns."""

_PLAIN_KEYS: Final = b"\x1b[<9u"
"""Keys as letters again, whoever asked for more of them (kitty's keyboard protocol)."""

_AS_STORED, _AS_READ = "\x1b[8l", "\x1b[8h"
"""Right-to-left text in the cells where we put it, or turned by the terminal together with the figures beside it (ECMA-48,
BDSM). Terminals that turn nothing ignore it."""

_SURE: Final = "\x00-\u02ff\u0370-\u0482\u1e00-\u1eff\u2010-\u2bff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\uffef"
"""Latin, Greek, Cyrillic, drawings and ideographs. Terminals do not agree about combining marks, scripts that are shaped or
written from the right, and emoji.
"""
_DOUBTFUL: Final = re.compile(f"[^{_SURE}]")
# With the character before it, for a mark combines with that; but not with the end of a sequence.
_PINNED: Final = re.compile(rf"(\x1b\[[^@-~]*[@-~])|[^\x00-\x1f\x7f]?[^{_SURE}]+")


def pinned(data: str) -> str:
    """Return output in which what follows text of a doubtful width stands in its column, however wide the text is drawn."""
    return _PINNED.sub(_pin, data) if _DOUBTFUL.search(data) else data


def _pin(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    width = cell_len(found[0])
    # The cursor is kept, and brought back to where it was and over so many cells.
    return f"\x1b7{found[0]}\x1b8" + (f"\x1b[{width}C" if width else "")


class SuitedDriver(Driver):
    """Goes before a driver of a terminal."""

    on_linux_console: ClassVar[bool]
    _writer_thread: object

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._draws = self._measures = False
        # Between two steps of the loop, not in the middle of one: there a lock may be held that stopping needs.
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)  # type: ignore[attr-defined]  # the platform's
        loop.add_signal_handler(signal.SIGCONT, self._continued)

    def _continued(self) -> None:
        """Take the terminal again. Who was stopped by SIGSTOP had no time to give it back, and does so now: Textual
        would start over beside itself, with two threads for the keyboard, and leave the terminal without echo.
        """
        if self._draws and self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        self._sigcont_application()  # type: ignore[attr-defined]  # the platform's

    def start_application_mode(self) -> None:
        """Begin to draw. In the background this has no effect."""
        before = self._writer_thread
        super().start_application_mode()  # type: ignore[safe-super]  # the platform's
        self._draws = self._writer_thread is not before
        # As above: a change of size while another is told would be told before it, and the older size be the last one.
        tell_size = signal.getsignal(signal.SIGWINCH)
        if self._draws and callable(tell_size):
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, tell_size, signal.SIGWINCH, None)

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._draws = False
        super().stop_application_mode()  # type: ignore[safe-super]  # the platform's

    def write(self, data: str) -> None:
        """Send what this terminal understands."""
        super().write(understood(data) if self.on_linux_console else pinned(data))  # type: ignore[safe-super]

    def process_message(self, message: Message) -> None:
        """Learn from the first answer how wide the terminal draws. Runs in a thread."""
        if self._measures and isinstance(message, events.CursorPosition):
            self._measures = False
            if (message.x, message.y) == WIDE:
                self._loop.call_soon_threadsafe(self._app.draw_plainly)  # type: ignore[attr-defined]  # a `TerminalApp`
        super().process_message(message)

    # Textual's driver calls these at the beginning and at the end, in this order.

    def _disable_line_wrap(self) -> None:
        super()._disable_line_wrap()  # type: ignore[misc]  # the platform's
        self.write(_AS_STORED)
        if not self.on_linux_console:
            self.write(MEASURE)
            self._measures = True

    def _enable_line_wrap(self) -> None:
        if self.on_linux_console:
            self.write(CLEARED)
        self.write(_AS_READ)
        super()._enable_line_wrap()  # type: ignore[misc]  # the platform's


def suited(driver: type[Driver], environ: Mapping[str, str] = os.environ) -> type[Driver]:
    """Return a driver of a terminal that sends what the one of `environ` understands."""
    return type("Suited", (SuitedDriver, driver), {"on_linux_console": is_linux_console(environ)})


def speak_utf8() -> None:
    """Send UTF-8 whatever the locale says: Textual reads it, and terminals that know nothing else are gone.

    In the locale C, Python would send an escape of six characters for a dot.
    """
    for stream in (sys.__stdout__, sys.__stderr__):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def mend_line() -> None:
    """Give the terminal its echo and its line editing back where a program before us was killed and left it without.

    Textual leaves a terminal as it was found.
    """
    try:
        modes = termios.tcgetattr(0)
    except termios.error:
        return
    if modes[_LOCAL] & termios.ICANON:
        return
    modes[_INPUT] |= termios.BRKINT | termios.ICRNL | termios.IXON
    modes[_OUTPUT] |= termios.OPOST | termios.ONLCR
    modes[_LOCAL] |= termios.ICANON | termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(0, termios.TCSANOW, modes)
    if not is_linux_console(os.environ):
        os.write(1, _PLAIN_KEYS)

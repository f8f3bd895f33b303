"""Where copied text goes: to the terminal's clipboard (OSC 52), or into a file where no terminal can be expected to take it.

No terminal answers. What is said is that text was sent, never that it arrived.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from textual.app import App

from kryonix_tui.i18n import _
from kryonix_tui.paths import state_folder, write_private
from kryonix_tui.safetext import harmless, safe
from kryonix_tui.terminals import has_clipboard

LONGEST: Final = 74_994
"""Bytes of text that terminals take: base64 of it and what stands around are 100,000 bytes, where the first of them stop."""

FILE: Final = "copied.txt"
TMUX_SECONDS: Final = 2.0


def taken(text: str, environ: Mapping[str, str]) -> bool:
    """Tell whether a terminal with these variables can be expected to take `text`."""
    return has_clipboard(environ) and len(text.encode()) <= LONGEST


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """Return what puts `text` on the clipboard. Inside tmux it is sent twice: for tmux (which heeds it where
    `set-clipboard` is on), and for the terminal around it (`allow-passthrough`); what is not heeded is ignored.
    """
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if not environ.get("TMUX"):
        return plain
    doubled = plain.replace("\x1b", "\x1b\x1b")
    return f"{plain}\x1bPtmux;{doubled}\x1b\\"


def keep(text: str) -> Path:
    """Write `text` into a file of the state folder that only its owner can read, in place of the last one; return it.

    Raises:
        OSError: it cannot be written.
    """
    path = state_folder() / FILE
    write_private(path, text + "\n")
    return path


async def told_tmux(text: str) -> bool:
    """Give `text` to the tmux that we are in, as its newest buffer, and by it to the terminals that show it (tmux 3.2).

    That works as tmux comes, where it ignores the sequence.
    """
    nowhere = asyncio.subprocess.DEVNULL
    with contextlib.suppress(OSError, TimeoutError):
        tmux = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-", stdin=asyncio.subprocess.PIPE, stdout=nowhere, stderr=nowhere
        )
        try:
            await asyncio.wait_for(tmux.communicate(text.encode()), TMUX_SECONDS)
        finally:
            if tmux.returncode is None:
                tmux.kill()
        return tmux.returncode == 0
    return False


class CopyingApp(App[Any]):
    """An app that copies and says what became of it."""

    def copy(self, *texts: str) -> None:
        """Send texts to the clipboard, a line each."""
        what = safe(texts[0], 60) if len(texts) == 1 else _("{count} names").format(count=len(texts))
        self.run_worker(self._send("\n".join(map(harmless, texts)), what), name="copy")

    async def _send(self, text: str, what: str) -> None:
        if not taken(text, os.environ):
            self._keep(text, what)
        elif os.environ.get("TMUX") and await told_tmux(text):
            self._say(_("sent to tmux, and by it to the clipboard: {what}").format(what=what))
        else:
            self.copy_to_clipboard(text)
            self._say(_("sent to the clipboard: {what}").format(what=what))

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the terminal, which may ignore it."""
        self._clipboard = text
        if self._driver is not None:
            self._driver.write(sequence(text, os.environ))

    def _keep(self, text: str, what: str) -> None:
        self._clipboard = text
        try:
            path = keep(text)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.notify(_("cannot be copied: {reason}").format(reason=reason), severity="warning", markup=False)
        else:
            self._say(_("no clipboard here; written to {path}: {what}").format(path=safe(str(path)), what=what), 10)

    def _say(self, text: str, seconds: float = 3) -> None:
        self.notify(text, timeout=seconds, markup=False)

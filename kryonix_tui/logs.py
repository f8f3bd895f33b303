"""Where the program's own messages go: nowhere by default, to stderr with -v, to a private file under the TUI.

Nothing is logged that may not be shown: texts from servers are made safe and secrets masked before they come here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, cast

from kryonix_tui.paths import state_folder

LOG_FILE: Final = "kryonix.log"
_LARGEST: Final = 1_000_000
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_root = logging.getLogger("kryonix_tui")


class _PrivateFile(RotatingFileHandler):
    """A log that only its owner can read, also after it was rotated."""

    def _open(self) -> TextIOWrapper:
        return cast("TextIOWrapper", open(self.baseFilename, self.mode, encoding="utf-8", opener=_private))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def quiet() -> None:
    """Let no message through (without a handler, Python would print warnings to stderr)."""
    _use(logging.NullHandler(), logging.WARNING)


def to_stderr() -> None:
    """Print messages for people who asked for more."""
    _use(logging.StreamHandler(sys.stderr), logging.INFO)


def to_file(*, verbose: bool) -> Path | None:
    """Write messages to the log in the state folder; return it, None where it cannot be written."""
    path = state_folder() / LOG_FILE
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _use(_PrivateFile(path, maxBytes=_LARGEST, backupCount=1), logging.DEBUG if verbose else logging.INFO)
        return path
    quiet()
    return None


def _use(handler: logging.Handler, level: int) -> None:
    handler.setFormatter(logging.Formatter(_FORMAT))
    _root.handlers[:] = [handler]
    _root.setLevel(level)
    _root.propagate = False

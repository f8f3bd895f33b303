"""Where a command was started: with a terminal or for a browser, with servers named or not."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.cli.shared import Shared

DRIVER: Final = "TEXTUAL_DRIVER"
"""Variable by which `kryonix serve` has the console draw for a browser instead of a terminal (Textual's)."""


def need_terminal(refusal: str, hint: str) -> None:
    """Return where there is something to draw on: a terminal that can move its cursor, or a browser.

    Raises:
        UsageError: there is not.
    """
    if DRIVER in os.environ:
        return
    if not all(map(_is_terminal, (sys.stdin, sys.stdout, sys.stderr))):
        raise UsageError(refusal, hint=hint)
    from kryonix_tui import terminals

    if terminals.cannot_draw(os.environ):
        name = os.environ.get(terminals.VARIABLE) or _("not set")
        text = _("this terminal cannot be drawn on (TERM is {name})").format(name=name)
        more = _("Set TERM to what it is, for instance xterm-256color.")
        raise UsageError(text, hint=f"{hint} {more}")


def _is_terminal(stream: object) -> bool:
    """Tell whether one of Python's standard streams is a terminal. One that was closed before the start is None."""
    return stream is not None and bool(stream.isatty())  # type: ignore[attr-defined]  # a text file; it has no narrower type


def names_servers(shared: Shared, origins: Mapping[str, str]) -> bool:
    """Tell whether a flag or variable names a server, so that there is nothing to ask."""
    places = ("redis.", "prometheus.", "alertmanager.")
    return shared.names_servers or any(
        origin.startswith("env ") for key, origin in origins.items() if key.startswith(places)
    )

"""Where a command was started: with a terminal or for a browser, with servers named or not."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kryonix_tui.cli.shared import Shared

DRIVER: Final = "TEXTUAL_DRIVER"
"""Variable by which `kryonix serve` has the console draw for a browser instead of a terminal (Textual's)."""


def has_terminal() -> bool:
    """Whether there is something to draw on: a terminal, or a browser."""
    return DRIVER in os.environ or (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty())


def names_servers(shared: Shared, origins: Mapping[str, str]) -> bool:
    """Tell whether a flag or variable names a server, so that there is nothing to ask."""
    places = ("redis.", "prometheus.", "alertmanager.")
    return shared.names_servers or any(
        origin.startswith("env ") for key, origin in origins.items() if key.startswith(places)
    )

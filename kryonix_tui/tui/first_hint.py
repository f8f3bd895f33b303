"""What somebody who starts the console for the first time is told, once: the three keys that lead to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import BY_NAME
from kryonix_tui.tui.memory import first_time

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp

NAME: Final = "three keys"
KEYS: Final = ("help", "prompt", "filter")
SECONDS: Final = 20.0


def show_once(console: ConsoleApp) -> None:
    """Show the hint where it was never shown: in a terminal, with somebody before it."""
    if not (console.is_headless or console.is_web) and first_time(NAME):
        console.notify(text(console), title=_("Three keys to begin with"), timeout=SECONDS, markup=False)


def text(console: ConsoleApp) -> str:
    """Return the keys that are in force, with what they are for."""
    commands = (BY_NAME[name] for name in KEYS)
    return "   ".join(f"{console.key_of(command.name)} {_(command.label)}" for command in commands)

"""Which commands somebody in front can carry out, and why not now: what keys, footer and help go by."""

from __future__ import annotations

from collections.abc import Iterable

from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import Command, Scope


def carrier(command: Command, places: Iterable[object]) -> object | None:
    """Return the first of `places` (the screen in front, the features, the app) that carries out a command, None: none does."""
    return next((place for place in places if hasattr(place, f"command_{command.name}")), None)


def why_not(command: Command, places: Iterable[object]) -> str:
    """Return why a command is not available now, empty where it is. Moves in lists always are: they move what has the keys."""
    if command.scope is Scope.LIST:
        return ""
    place = carrier(command, places)
    if place is None:
        return _("not on this screen")
    reason = getattr(place, f"why_not_{command.name}", None)
    return str(reason()) if reason else ""

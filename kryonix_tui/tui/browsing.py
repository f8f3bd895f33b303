"""The way to single keys: from a tenant, a database or an alert to a kind of keys, and to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from kryonix_tui.errors import UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.model.keys import Ground, KeysPort
from kryonix_tui.safetext import safe
from kryonix_tui.view import keys

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp

Counts = Mapping[tuple[int, str], int]
"""Keys by database and kind."""


def port(console: ConsoleApp) -> KeysPort:
    """Return what looks into keys.

    Raises:
        UnreachableError: nothing is connected yet.
    """
    found = console.monitor.keys if console.monitor is not None else None
    if found is None:
        raise UnreachableError(_("nothing is connected yet"))
    return found


def counts_of(console: ConsoleApp, tenant: str | None, db: int | None) -> Counts:
    """Return how many keys a tenant has (None: everybody), in one database or in all."""
    platform = console.shown.platform
    if tenant is not None:
        known = platform.tenants.get(tenant)
        counts = known.kinds if known is not None else {}
    else:
        counts = {(found.db, kind): count for found in platform.databases for kind, count in found.kinds.items()}
    return {place: count for place, count in counts.items() if db in (None, place[0])}


def choose(console: ConsoleApp, tenant: str | None, db: int | None = None) -> None:
    """Let the operator choose a kind of keys, and show those."""
    from kryonix_tui.tui.screens.menu import Menu

    counts = counts_of(console, tenant, db)
    if not counts:
        console.notify(_("no keys are known there"), markup=False)
        return
    name = safe(tenant, 40) if tenant is not None else _("everybody") if db is None else f"db {db}"
    if len(counts) == 1:
        ((place, kind),) = counts
        show(console, Ground(place, tenant, kind))
    else:
        console.push_screen(
            Menu(_("Keys of {name}").format(name=name), keys.kinds(counts.items())), partial(_chosen, console, tenant)
        )


def _chosen(console: ConsoleApp, tenant: str | None, place: str | None) -> None:
    if place:
        db, _slash, kind = place.partition("/")
        show(console, Ground(int(db), tenant, kind))


def show(console: ConsoleApp, ground: Ground) -> None:
    """Show the keys of a place."""
    from kryonix_tui.tui.screens.keys import KeysView

    console.navigation.go("keys")
    view = console.screen
    if isinstance(view, KeysView):
        view.call_later(view.open, ground)

"""One file per screen. Those that are modes of the app are imported when they are first shown."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kryonix_tui.tui.view import View

MODES: Final = {
    "overview": "OverviewView",
    "tenants": "TenantsView",
    "tenant": "TenantView",
    "databases": "DatabasesView",
    "queues": "QueuesView",
    "alerts": "AlertsView",
    "silences": "SilencesView",
    "keys": "KeysView",
    "maintenance": "MaintenanceView",
    "server": "ServerView",
    "screen": "PanelsView",
}
"""The class of each mode, in the module that is named after it and after its command."""


def view_class(name: str) -> type[View]:
    """Return the class of a mode."""
    module = importlib.import_module(f"{__name__}.{name}")
    found: type[View] = getattr(module, MODES[name])
    return found


def view(name: str) -> View:
    """Return a new screen for a mode."""
    return view_class(name)()

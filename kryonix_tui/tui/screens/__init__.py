"""One file per screen. `VIEWS` has those that are modes of the app, by the name of their command."""

from __future__ import annotations

from typing import Final

from kryonix_tui.tui.screens.alerts import AlertsView
from kryonix_tui.tui.screens.databases import DatabasesView
from kryonix_tui.tui.screens.maintenance import MaintenanceView
from kryonix_tui.tui.screens.overview import OverviewView
from kryonix_tui.tui.screens.server import ServerView
from kryonix_tui.tui.screens.tenant import TenantView
from kryonix_tui.tui.screens.tenants import TenantsView

VIEWS: Final = {
    view.name_of_command: view
    for view in (OverviewView, TenantsView, TenantView, DatabasesView, AlertsView, MaintenanceView, ServerView)
}

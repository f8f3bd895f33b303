"""Where a screen is found in Grafana: what alerts link to is what the dashboards are called."""

from __future__ import annotations

from typing import Final

TENANT: Final = "tenant"
OVERVIEW: Final = "overview"
"""Names of screens (`screens/*.yaml`)."""

TENANT_VARIABLE: Final = "tenant"
"""The dashboards' variable for the tenant."""


def dashboard_uid(screen: str) -> str:
    """Return the uid of the dashboard that is made from a screen; at most 40 characters, as Grafana wants it."""
    return f"kryonix-{screen}"[:40]


def dashboard_url(grafana: str, screen: str, tenant: str = "") -> str:
    """Return the address of a screen's dashboard, for one tenant where `tenant` (for use in a URL) is given."""
    address = f"{grafana.rstrip('/')}/d/{dashboard_uid(screen)}"
    return f"{address}?var-{TENANT_VARIABLE}={tenant}" if tenant else address

"""Alertmanager, of the visible tenants."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.ports import AlertsPort
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.visible.alerting import visible_alerts, visible_silences


@dataclass(frozen=True, slots=True)
class VisibleAlerts:
    """Implements `model.ports.AlertsPort` over another one."""

    inner: AlertsPort
    visible: Visible

    async def fetch(self) -> AlertFacts:
        """Read alerts and silences that may be shown. Raises as the port."""
        facts = await self.inner.fetch()
        return replace(
            facts,
            alerts=visible_alerts(facts.alerts, self.visible),
            silences=visible_silences(facts.silences, self.visible),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.inner.close()

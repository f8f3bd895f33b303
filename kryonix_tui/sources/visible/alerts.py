"""Alertmanager, of the visible tenants."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.ports import AlertsPort
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.visible.alerting import visible_alerts, visible_silences


@dataclass(frozen=True, slots=True)
class VisibleAlerts:
    """Implements `model.ports.AlertsPort` over another one.

    `watchdog` is the alert that always fires: whether it is there concerns everybody, whoever it is about.
    """

    inner: AlertsPort
    visible: Visible
    watchdog: str = ""

    async def fetch(self) -> AlertFacts:
        """Read alerts and silences that may be shown. Raises as the port."""
        facts = await self.inner.fetch()
        return replace(
            facts,
            alerts=visible_alerts(facts.alerts, self.visible),
            silences=visible_silences(facts.silences, self.visible),
            pulse=any(alert.name == self.watchdog for alert in facts.alerts),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.inner.close()

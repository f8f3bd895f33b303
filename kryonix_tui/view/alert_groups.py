"""Alerts by what they have in common: a line per tenant, severity, category or receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import SEVERITY_GLYPH, SEVERITY_TONE, Cell, Tone
from kryonix_tui.view.columns import Column
from kryonix_tui.view.filter_terms import quoted

BY: Final = ("tenant", "severity", "category", "receiver")
TITLES: Final = {
    "tenant": N_("Tenant"),
    "severity": N_("Severity"),
    "category": N_("Category"),
    "receiver": N_("Receiver"),
}

_MEMBERSHIP: Final[dict[str, Callable[[Alert], tuple[str, ...]]]] = {
    "tenant": lambda alert: (alert.tenant,) if alert.tenant is not None else (),
    "severity": lambda alert: (alert.severity.value,),
    "category": lambda alert: (alert.labels["category"],) if alert.labels.get("category") else (),
    "receiver": lambda alert: alert.receivers,
}


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts that have `value` in common; empty: those that have none. An alert may be in several groups."""

    by: str
    value: str
    alerts: tuple[Alert, ...]

    @property
    def firing(self) -> int:
        """Alerts that reach people."""
        return sum(alert.state is AlertState.FIRING for alert in self.alerts)

    @property
    def worst(self) -> Severity:
        """The worst severity of those that are firing, or else of all."""
        firing = [alert for alert in self.alerts if alert.state is AlertState.FIRING]
        return min((alert.severity for alert in firing or self.alerts), key=lambda severity: severity.rank)

    @property
    def since(self) -> float:
        """When the first of them began, in epoch seconds; 0 where that is not known."""
        return min((alert.starts_at for alert in self.alerts if alert.starts_at), default=0.0)

    @property
    def terms(self) -> str:
        """The filter that shows these alerts alone."""
        if not self.value:
            return {"tenant": 'tenant_id=""', "category": 'category=""'}.get(self.by, "")
        shown = quoted(safe(self.value, 200))
        return f"{self.by}={shown}" if self.by in ("tenant", "severity") else f"@{self.by}:{shown}"


def groups(alerts: Iterable[Alert], by: str) -> list[AlertGroup]:
    """Return the groups, in the order of the first of each: the most urgent first."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        for value in _MEMBERSHIP[by](alert) or ("",):
            found.setdefault(value, []).append(alert)
    return [AlertGroup(by, value, tuple(members)) for value, members in found.items()]


def columns(by: str, now: Instant) -> tuple[Column[AlertGroup], ...]:
    """Return the columns of the list of groups."""
    return (
        Column(
            "group",
            TITLES[by],
            16,
            lambda group: Cell(safe(group.value, 64) or _("none"), Tone.STRONG),
            lambda group: group.value,
            most=40,
            grows=True,
        ),
        Column(
            "worst",
            N_("Worst"),
            10,
            lambda group: Cell(f"{SEVERITY_GLYPH[group.worst]} {group.worst.value}", SEVERITY_TONE[group.worst]),
            lambda group: group.worst.rank,
        ),
        Column(
            "firing",
            N_("Firing"),
            6,
            lambda group: Cell(formats.count(group.firing)),
            lambda group: group.firing,
            numeric=True,
            falling=True,
        ),
        Column(
            "alerts",
            N_("Alerts"),
            6,
            lambda group: Cell(formats.count(len(group.alerts))),
            lambda group: len(group.alerts),
            numeric=True,
            falling=True,
        ),
        Column(
            "for",
            N_("For"),
            4,
            lambda group: Cell(formats.age(now.wall - group.since) if group.since else formats.DASH),
            lambda group: now.wall - group.since if group.since else None,
            numeric=True,
            falling=True,
            unit="seconds",
        ),
    )

"""Alerts by what they have in common: a heading per tenant, severity, category or receiver, its alerts below it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.alerts import key_of
from kryonix_tui.view.cells import SEVERITY_GLYPH, SEVERITY_TONE, Cell, Tone
from kryonix_tui.view.columns import Column

BY: Final = ("tenant", "severity", "category", "receiver")
TITLES: Final = {
    "tenant": N_("Tenant"),
    "severity": N_("Severity"),
    "category": N_("Category"),
    "receiver": N_("Receiver"),
}
OPEN, FOLDED = "▾", "▸"

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
    def key(self) -> str:
        """What tells it from all other groups."""
        return f"{self.by}/{self.value}"

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the grouped list: a heading, or (`alert`) one of the alerts below it."""

    group: AlertGroup
    alert: Alert | None = None

    @property
    def key(self) -> str:
        """What tells it from all other rows: an alert of several groups is a row in each."""
        return self.group.key if self.alert is None else f"{self.group.key}/{key_of(self.alert)}"


def groups(alerts: Iterable[Alert], by: str) -> list[AlertGroup]:
    """Return the groups, in the order of the first alert of each."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        for value in _MEMBERSHIP[by](alert) or ("",):
            found.setdefault(value, []).append(alert)
    return [AlertGroup(by, value, tuple(members)) for value, members in found.items()]


def entries(alerts: Iterable[Alert], by: str, folded: Collection[str] = ()) -> Iterator[Entry]:
    """Yield each heading and below it its alerts, in their order; none below the headings whose keys are `folded`."""
    for group in groups(alerts, by):
        yield Entry(group)
        if group.key not in folded:
            yield from (Entry(group, alert) for alert in group.alerts)


def columns(of_alerts: Sequence[Column[Alert]], now: float, folded: Collection[str] = ()) -> tuple[Column[Entry], ...]:
    """Return the columns of the grouped list: those of alerts, in which headings tell of all their alerts."""
    headings: dict[str, Callable[[AlertGroup], Cell]] = {
        "severity": lambda group: Cell(
            f"{FOLDED if group.key in folded else OPEN} {SEVERITY_GLYPH[group.worst]} {group.worst.value}",
            SEVERITY_TONE[group.worst],
        ),
        "state": lambda group: Cell(_("{count} firing").format(count=group.firing)),
        "alert": lambda group: Cell(f"({len(group.alerts)}) {safe(group.value, 64) or _('none')}", Tone.ACCENT),
        "for": lambda group: Cell(formats.age(now - group.since) if group.since else formats.DASH),
    }
    return tuple(_grouped(column, headings.get(column.name, lambda _group: Cell(""))) for column in of_alerts)


def _grouped(column: Column[Alert], heading: Callable[[AlertGroup], Cell]) -> Column[Entry]:
    # Alerts stand a step to the right of their heading.
    step = "  " if column.name == "severity" else ""

    def cell(entry: Entry) -> Cell:
        if entry.alert is None:
            return heading(entry.group)
        shown = column.cell(entry.alert)
        return replace(shown, text=step + shown.text)

    def value(entry: Entry) -> float | str | None:
        return column.value(entry.alert) if entry.alert is not None else None

    return Column(
        column.name,
        column.title,
        column.width + len(step),
        cell,
        value,
        numeric=column.numeric,
        falling=column.falling,
        grows=column.grows,
        most=column.most,
        rank=column.rank,
        unit=column.unit,
    )

"""Which critical alerts have only just begun: what rings, and what is marked until somebody has looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import CONSOLE, Alert, AlertState, Severity
from kryonix_tui.view.alerts import key_of

GONE: Final = 300.0
"""Seconds for which an alert must be gone before it counts as new again: one that comes and goes rings once."""
MARKED: Final = 60.0
"""Seconds for which a new alert stays marked once somebody has looked."""

_Identity = tuple[str, str | None, str, str]


class Alarm:
    """Remembers the critical alerts that are firing. What was there when a source first answered is not new."""

    def __init__(self) -> None:
        self._known: dict[_Identity, Instant] = {}
        self._answered: set[str] = {CONSOLE}
        self._fresh: dict[str, Instant | None] = {}
        """New alerts by their keys in the list, and when they were first looked at."""

    @property
    def fresh(self) -> frozenset[str]:
        """The keys of the alerts that are marked as new."""
        return frozenset(self._fresh)

    @property
    def unseen(self) -> int:
        """New alerts that nobody has looked at yet."""
        return sum(seen is None for seen in self._fresh.values())

    def hear(self, update: Update) -> int:
        """Take what is firing now; return how many critical alerts are new."""
        now = update.platform.at
        self._known = {what: last for what, last in self._known.items() if last.age(now) <= GONE}
        firing = {key_of(alert): alert for alert in _critical(update)}
        self._fresh = {
            key: seen
            for key, seen in self._fresh.items()
            if key in firing and (seen is None or seen.age(now) <= MARKED)
        }
        count = 0
        for key, alert in firing.items():
            what = _identity(alert)
            if what not in self._known and alert.source in self._answered:
                self._fresh[key] = None
                count += 1
            self._known[what] = now
        self._answered |= _answering(update)
        return count

    def look(self, now: Instant) -> None:
        """Somebody looks at the list of alerts."""
        self._fresh = {key: seen or now for key, seen in self._fresh.items()}


def _critical(update: Update) -> Iterator[Alert]:
    return (
        alert
        for alert in update.platform.alerts
        if alert.severity is Severity.CRITICAL and alert.state is AlertState.FIRING
    )


def _identity(alert: Alert) -> _Identity:
    """Return what an alert is about, whoever says it: Prometheus first, then Alertmanager."""
    return alert.name, alert.tenant, alert.labels.get("module", ""), alert.labels.get("instance", "")


def _answering(update: Update) -> set[str]:
    snapshot = update.snapshot
    named = {"alertmanager": snapshot.alerts, "prometheus": snapshot.metrics}
    return {name for name, reading in named.items() if reading is not None}

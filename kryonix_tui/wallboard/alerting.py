"""Whether alerts would reach anybody: the dead man's switch.

One alert always fires. Prometheus makes it, Alertmanager has it: as long as it is there, the way from rule to people
is open. When it is not, silence means nothing.
"""

from __future__ import annotations

from enum import StrEnum

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.model.source import Condition, SourceName


class Alerting(StrEnum):
    """UNKNOWN: Alertmanager does not answer, or this console may not see an alert that is about no tenant."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"
    NOT_CONFIGURED = "not_configured"


def alerting(update: Update, now: Instant, watchdog: str) -> Alerting:
    """Return whether the alert `watchdog` is where it should be; nobody looks where the name is empty."""
    state, reading = update.snapshot.sources[SourceName.ALERTMANAGER], update.snapshot.alerts
    if not watchdog or state.condition is Condition.NOT_CONFIGURED:
        return Alerting.NOT_CONFIGURED
    if reading is None or state.condition is not Condition.OK or state.stale(now):
        return Alerting.UNKNOWN
    # One that is silenced or inhibited has come just as far.
    if any(alert.name == watchdog for alert in reading.value.alerts):
        return Alerting.ALIVE
    # What always fires is the least severe: where some are left out, it is among them.
    return Alerting.UNKNOWN if reading.value.truncated or update.snapshot.limited_to else Alerting.DEAD

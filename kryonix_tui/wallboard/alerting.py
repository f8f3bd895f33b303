"""Whether alerts would reach anybody: the dead man's switch.

One alert always fires. Prometheus makes it, Alertmanager has it: as long as it is there, the way from rule to people
is open. When it is not, silence means nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.model.source import Condition, SourceName

GRACE: Final = 150.0
"""Seconds that an Alertmanager without the alert is given: one that has just been started has no alerts at all until
Prometheus sends them again, every minute."""


class Alerting(StrEnum):
    """UNKNOWN: Alertmanager does not answer, has told the worst alerts only, or is too new to have been told of any."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"
    NOT_CONFIGURED = "not_configured"


class Pulse:
    """Feels for the alert `watchdog`; nobody looks where the name is empty."""

    def __init__(self, watchdog: str) -> None:
        self._watchdog = watchdog
        self._started: float | None = None
        self._met = 0.0
        self._felt = False

    def feel(self, update: Update, now: Instant) -> Alerting:
        """Return whether the alert is where it should be. Gone from an Alertmanager that had it, it is dead at once."""
        state, reading = update.snapshot.sources[SourceName.ALERTMANAGER], update.snapshot.alerts
        if not self._watchdog or state.condition is Condition.NOT_CONFIGURED:
            return Alerting.NOT_CONFIGURED
        if reading is None or state.condition is not Condition.OK or state.stale(now):
            # One that says when it was started is known again; of the others nobody knows whether they were.
            self._started = self._started or None
            return Alerting.UNKNOWN
        if reading.value.started != self._started:
            self._started, self._met, self._felt = reading.value.started, now.steady, False
        # One that is silenced or inhibited has come just as far.
        if reading.value.pulse or any(alert.name == self._watchdog for alert in reading.value.alerts):
            self._felt = True
            return Alerting.ALIVE
        # What always fires is the least severe: where some are left out, it is among them.
        waits = reading.value.truncated or not (self._felt or now.steady - self._met >= GRACE)
        return Alerting.UNKNOWN if waits else Alerting.DEAD

"""When alerts were firing in the last 24 hours, as far as this console has seen: a mark per quarter of an hour.

It is kept beside what Prometheus remembers, which knows nothing of alerts that others send, nor of the console's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kryonix_tui.model.alert import Alert, AlertState

SLOT: Final = 900.0
"""Seconds of one mark."""
SLOTS: Final = 96
"""Marks that are kept: a day."""
MOST: Final = 10_000
"""Alerts that are remembered."""

_FIRING, _QUIET = 2, 1
"""In a slot: it reached people; it was there, but waited or was held back."""


class AlertMemory:
    """Marks of alerts, by name and labels, whoever said so. One thread enters; any may read."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str, str], dict[int, int]] = {}
        self._slot = 0
        self.began: float | None = None
        """When the first look was, in epoch seconds: before that, nothing is known."""

    def enter(self, alerts: Iterable[Alert], wall: float) -> None:
        """Take the list of this moment."""
        slot = int(wall // SLOT)
        self.began = wall if self.began is None else self.began
        if slot != self._slot:
            self._slot = slot
            self._forget(slot - SLOTS)
        for alert in alerts:
            mark = _FIRING if alert.state is AlertState.FIRING else _QUIET
            marks = self._marks.get(_key(alert))
            if marks is None:
                if len(self._marks) >= MOST:
                    continue
                marks = self._marks[_key(alert)] = {}
            if marks.get(slot, 0) < mark:
                marks[slot] = mark

    def day(self, alert: Alert, wall: float) -> list[int | None]:
        """Return a mark for each quarter of an hour until now: 2 firing, 1 there but quiet, 0 not there, None unknown."""
        last = int(wall // SLOT)
        first_known = int(self.began // SLOT) if self.began is not None else last + 1
        marks = self._marks.get(_key(alert), {})
        return [marks.get(slot, 0) if slot >= first_known else None for slot in range(last - SLOTS + 1, last + 1)]

    def _forget(self, oldest: int) -> None:
        for key, marks in list(self._marks.items()):
            kept = {slot: mark for slot, mark in marks.items() if slot > oldest}
            if kept:
                self._marks[key] = kept
            else:
                del self._marks[key]


def _key(alert: Alert) -> tuple[str, str, str]:
    return alert.name, alert.tenant or "", alert.labels.get("severity", alert.severity.value)

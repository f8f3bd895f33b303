"""Time as the console uses it: one value that is both a date to show and a point to measure ages from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock for ages. It goes on while the machine is suspended: what was read before is old afterwards. Linux has a
clock of its own for that, others count it in the monotonic one."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, by two clocks: `wall` (epoch seconds, to show) and `steady` (seconds, for ages; never set, never stopped)."""

    wall: float
    steady: float

    def age(self, now: Instant) -> float:
        """Return how many seconds before `now` this moment was; never negative."""
        return max(0.0, now.steady - self.steady)

    def iso(self) -> str:
        """Return the moment as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.wall, UTC).isoformat(timespec="milliseconds")


def now() -> Instant:
    """Return the present moment."""
    return Instant(time.time(), time.clock_gettime(STEADY))

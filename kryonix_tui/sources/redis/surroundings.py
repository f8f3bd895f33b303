"""What a call costs the server besides the command itself: waking up, reading it, writing the reply.

INFO commandstats leaves that out, used_cpu has it in. What of it is whose, no server tells. Where nearly all calls are
ours, it is shared out by calls. Where they are not, theirs are cheaper than ours, for they are smaller and a server that
is busy need not be woken: then a call of ours costs at least `LEAST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.model.server import CommandStat

LEAST: Final = 0.000_03
LEAST_PER_KEY: Final = 0.000_000_12
"""Seconds per call, and for each key of its reply: measured beside 500 commands of others per second."""

LEAST_ALONE: Final = 0.000_013
"""Seconds per call at full speed, when the server never rests."""

MOST: Final = 0.000_15
"""More than that is no longer the cost of calls: the server does something else (it expires or evicts keys)."""

_MOSTLY: Final = 0.8
"""From this part on of all calls, nearly all are ours."""

_ENOUGH: Final = 50
"""Calls between two readings from which on they tell something: with fewer, what the server does by itself is most of it."""

_FORGET: Final = 0.1

_IN_COMPANY: Final = "memory|usage"
"""The census sends these together with a SCAN: one call of the way there and back."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Seconds of processor time of the server, of that inside of commands; how many commands came, and how many were ours."""

    used: float
    inside: float
    calls: int
    ours: int


class Surroundings:
    """Learns from one reading of the server to the next."""

    def __init__(self) -> None:
        self._before: _Reading | None = None
        self._measured = 0.0
        self._alone = False

    def read(self, used_cpu: float, stats: Mapping[str, CommandStat], ours: Mapping[str, int]) -> None:
        """Take what INFO says (seconds of processor time, the commands) and how many calls of each were ours."""
        now = _Reading(
            used_cpu,
            sum(stat.microseconds for stat in stats.values()) / 1e6,
            sum(stat.calls for name, stat in stats.items() if name != _IN_COMPANY),
            sum(calls for name, calls in ours.items() if name != _IN_COMPANY),
        )
        before = self._before
        if before is None or now.used < before.used or now.calls < before.calls or now.inside < before.inside:
            # The first one, or the first after a restart or CONFIG RESETSTAT.
            self._before = now
        elif now.calls - before.calls >= _ENOUGH:
            self._before = now
            calls = now.calls - before.calls
            measured = (now.used - before.used - (now.inside - before.inside)) / calls
            # What a call was seen to cost is forgotten slowly: a budget is kept, not met on average.
            self._measured = max(measured, self._measured + (measured - self._measured) * _FORGET)
            self._alone = now.ours - before.ours >= _MOSTLY * calls

    def of_call(self, keys: float) -> float:
        """Return the seconds of server time that surround a call whose reply has so many keys."""
        least = LEAST_ALONE if self._alone else LEAST + LEAST_PER_KEY * keys
        return min(MOST, max(least, self._measured))

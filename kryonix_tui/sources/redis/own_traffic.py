"""What the console itself costs one server: commands sent, hits and misses caused, and its share of the server's time."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.model.server import CommandStat

RATE_WINDOW: Final = 10.0
"""Seconds over which commands per second are told."""

LEAST_INTERVAL: Final = 0.9
"""Seconds; two readings of the server's statistics that are nearer than this tell too little."""


@dataclass(slots=True)
class OwnTraffic:
    """Counters since the start. Only lookups by key change hits and misses; SCAN, INFO and PING do not."""

    commands: int = 0
    hits: int = 0
    misses: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    """Commands by the name under which the server counts them: lower case, `slowlog|get`."""
    _recent: deque[list[float]] = field(default_factory=deque)

    def sent(self, name: str) -> None:
        """Note that a command was sent. Kept per second, so that the window stays small however many they are."""
        self.commands += 1
        self.calls[name] += 1
        second = float(int(time.monotonic()))
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1][1] += 1
        else:
            self._recent.append([second, 1])
            self._forget(second)

    def looked_up(self, *, found: bool) -> None:
        """Note one lookup of a key, as the server counts it."""
        if found:
            self.hits += 1
        else:
            self.misses += 1

    def per_second(self) -> float:
        """Return the commands per second over the last seconds."""
        self._forget(time.monotonic())
        return sum(count for _, count in self._recent) / RATE_WINDOW

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0][0] < now - RATE_WINDOW:
            self._recent.popleft()


class OwnShare:
    """The console's share of one core of the server, by the server's own clock.

    INFO commandstats tells what a call of each command took on average between two readings; our own calls of it are
    counted. What the server spends on sockets is not in it.
    """

    def __init__(self, traffic: OwnTraffic) -> None:
        self._traffic = traffic
        self._before: tuple[float, Mapping[str, CommandStat], Counter[str]] | None = None
        self.seconds_per_call: dict[str, float] = {}
        """What one call of each of our commands took lately."""
        self.shares: dict[str, float] = {}
        """Share of one core (0..1) by command, over the last interval."""

    @property
    def total(self) -> float | None:
        """The share of all commands (0..1), None before two readings."""
        return sum(self.shares.values()) if self.shares else None

    def read(self, stats: Mapping[str, CommandStat]) -> None:
        """Take a reading of the server's statistics by command name."""
        now, calls = time.monotonic(), self._traffic.calls.copy()
        before, taken = self._before, True
        if before is not None:
            taken = now - before[0] >= LEAST_INTERVAL
            if taken:
                self._compare(now - before[0], before[1], stats, calls - before[2])
        if taken:
            self._before = (now, dict(stats), calls)

    def _compare(
        self, seconds: float, before: Mapping[str, CommandStat], after: Mapping[str, CommandStat], ours: Counter[str]
    ) -> None:
        shares = {}
        for name, calls in ours.items():
            if name not in after:
                continue
            earlier = before.get(name, CommandStat(name, 0, 0))
            counted = after[name].calls - earlier.calls
            spent = (after[name].microseconds - earlier.microseconds) / 1e6
            if counted > 0 and spent >= 0:
                self.seconds_per_call[name] = spent / counted
            # After CONFIG RESETSTAT the averages of before must do.
            shares[name] = (
                min(calls, counted if counted > 0 else calls) * self.seconds_per_call.get(name, 0.0) / seconds
            )
        self.shares = shares

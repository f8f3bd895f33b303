"""What the console itself costs one server: commands sent, keyspace hits and misses caused."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

RATE_WINDOW: Final = 10.0
"""Seconds over which commands per second are told."""


@dataclass(slots=True)
class OwnTraffic:
    """Counters since the start. Only lookups by key change hits and misses; SCAN, INFO and PING do not."""

    commands: int = 0
    hits: int = 0
    misses: int = 0
    _recent: deque[list[float]] = field(default_factory=deque)

    def sent(self, count: int = 1) -> None:
        """Note that commands were sent. Kept per second, so that the window stays small however many they are."""
        self.commands += count
        second = float(int(time.monotonic()))
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1][1] += count
        else:
            self._recent.append([second, count])
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

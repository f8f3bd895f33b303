"""How fast the census may go: COUNT, and the pause after each SCAN.

A call of SCAN keeps every other client waiting, so it is short: COUNT follows what the server says that a call takes.
Calls follow each other so that the console as a whole stays below its budget of the server's time, by used_cpu: what
surrounds a call is charged with it (`surroundings`), and what its other commands take comes off the census. Where
answers come later than they did, the server or the way to it is busy, and the census holds back.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from typing import Final

from kryonix_tui.sources.redis.surroundings import Surroundings

LONGEST_CALL: Final = 0.0001
"""Seconds of server time that one SCAN should take. At the usual budget one of twenty commands of others meets a call and
waits for the rest of it: that rest must be small beside what a command takes anyway."""

LEAST_COUNT, MOST_COUNT, FULL_COUNT = 10, 1000, 1000
FIRST_COUNT: Final = 50
"""COUNT before the server has told what a call takes."""

BURST: Final = 0.05
"""Seconds of server time that may be spent at once after a rest: a small server is counted without a wait."""

_LEAST_SHARE: Final = 0.25
"""The census gets this part of the budget, whatever the other commands take: it must end some time."""

_GUESS: Final = 0.000002
"""Seconds per key, before the server has told."""

_WINDOW: Final = 30
_LATER: Final = 0.005
"""Seconds by which answers must come later than at their best before it counts: our own delays are of that order."""
_SLOWEST: Final = 16.0


class Pace:
    """The pace of one walk. `budget` is a share of one core of the server, 0..1."""

    def __init__(self, budget: float, surroundings: Surroundings | None = None) -> None:
        self.budget = budget
        self.count = FIRST_COUNT
        self.surroundings = surroundings or Surroundings()
        self.full = False
        """Without pauses, until the pass ends."""
        self.held_back = 1.0
        """By how much the pace is lowered because answers come late; 1: not at all."""
        self._others = 0.0
        self._per_count: float | None = None
        self._credit = BURST
        self._at = time.monotonic()
        self._waits: deque[float] = deque(maxlen=_WINDOW)
        self._best = float("inf")

    @property
    def rate(self) -> float:
        """Server time per second that the census may take now."""
        return max(self.budget * _LEAST_SHARE, self.budget - self._others) / self.held_back

    @property
    def per_key(self) -> float | None:
        """Server time that walking by one key takes, in seconds; None before the server has told."""
        return self._per_count

    def pause(self, elapsed: float, asked: int) -> float:
        """Return the seconds to wait after a SCAN with COUNT `asked` that took `elapsed` seconds from here."""
        cost = min(elapsed, asked * (self._per_count or _GUESS) + self.surroundings.of_call(asked))
        self._waits.append(elapsed - cost)
        now = time.monotonic()
        self._credit = min(BURST, self._credit + (now - self._at) * self.rate) - cost
        self._at = now
        if self.full:
            self._credit = 0.0
        return max(0.0, -self._credit / self.rate)

    def learn(self, seconds_per_call: float | None, others: float) -> None:
        """Take what the server says: what a SCAN took on average lately, and the share of our other commands."""
        self._others = others
        if seconds_per_call:
            per_count = seconds_per_call / (FULL_COUNT if self.full else self.count)
            self._per_count = per_count if self._per_count is None else (self._per_count + per_count) / 2
            self.count = max(LEAST_COUNT, min(MOST_COUNT, int(LONGEST_CALL / self._per_count)))
        if not self.full:
            self._watch()

    def _watch(self) -> None:
        """Hold back where answers come later than they did, and go on where they do not."""
        if not self._waits:
            return
        wait = statistics.median(self._waits)
        self._best = min(self._best, wait)
        late = wait > self._best + max(_LATER, 2 * self._best)
        self.held_back = min(_SLOWEST, self.held_back * 2) if late else max(1.0, self.held_back / 2)
        # The best of long ago may have been on another way to the server: it is forgotten slowly.
        self._best += (wait - self._best) * 0.01

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

_MOSTLY: Final = 0.8
"""From this part on of all calls of a command, what they took on average is what ours took."""

_RUNS: Final = 8
"""Runs of servers of which our lookups are remembered: after a failover and back they are still told."""


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


class OwnLookups:
    """Our hits and misses among those that a run of a server has counted.

    A server counts from 0 after a restart and after CONFIG RESETSTAT, and another one after a failover knows nothing of ours:
    what was looked up before is no part of its figures.
    """

    def __init__(self, traffic: OwnTraffic) -> None:
        self._traffic = traffic
        self._runs: dict[str, tuple[int, int]] = {}
        self._run: str | None = None
        self._taken = (0, 0)
        self._counted = (0, 0)

    def read(self, run_id: str, hits: int, misses: int) -> tuple[int, int]:
        """Return ours among the `hits` and `misses` that run `run_id` has counted so far."""
        taken = self._traffic.hits, self._traffic.misses
        since = taken[0] - self._taken[0], taken[1] - self._taken[1]
        # What was looked up since the last reading was so on the run that was read then.
        last = run_id if self._run is None else self._run
        before = self._runs.pop(last, (0, 0))
        self._runs[last] = before[0] + since[0], before[1] + since[1]
        if last == run_id and (hits < self._counted[0] or misses < self._counted[1]):
            self._runs[run_id] = 0, 0
        ours = self._runs[run_id] = self._runs.pop(run_id, (0, 0))
        if len(self._runs) > _RUNS:
            del self._runs[next(iter(self._runs))]
        self._run, self._taken, self._counted = run_id, taken, (hits, misses)
        return ours


class OwnShare:
    """The console's share of one core of the server, by the server's own clock.

    INFO commandstats tells what a call of each command took on average between two readings; our own calls of it are
    counted. While others call the same command (a SCAN with another COUNT), the average is not ours: what ours took when
    they were most of them stands. What the server spends on sockets is not in it.
    """

    def __init__(self, traffic: OwnTraffic) -> None:
        self._traffic = traffic
        self._before: tuple[float, Mapping[str, CommandStat], Counter[str]] | None = None
        self.seconds_per_call: dict[str, float] = {}
        """What one call of each of our commands took lately."""
        self._ours: set[str] = set()
        self._fresh: dict[str, float] = {}
        self.shares: dict[str, float] = {}
        """Share of one core (0..1) by command, over the last interval."""

    @property
    def total(self) -> float | None:
        """The share of all commands (0..1), None before two readings."""
        return sum(self.shares.values()) if self.shares else None

    def learned(self, name: str) -> float | None:
        """Return what our calls of a command took in the last interval, once for each; None where others called it, too."""
        return self._fresh.pop(name, None)

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
                self._learn(name, spent / counted, mostly_ours=calls >= _MOSTLY * counted)
            # After CONFIG RESETSTAT the averages of before must do.
            shares[name] = (
                min(calls, counted if counted > 0 else calls) * self.seconds_per_call.get(name, 0.0) / seconds
            )
        self.shares = shares

    def _learn(self, name: str, seconds: float, *, mostly_ours: bool) -> None:
        if mostly_ours:
            self._ours.add(name)
            self._fresh[name] = seconds
        if mostly_ours or name not in self._ours:
            self.seconds_per_call[name] = seconds

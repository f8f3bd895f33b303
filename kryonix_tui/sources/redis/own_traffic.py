"""What the console itself costs one server: commands sent, hits and misses caused, and its share of the server's time."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.model.server import CommandStat
from kryonix_tui.sources.redis.surroundings import Surroundings

RATE_WINDOW: Final = 10.0
"""Seconds over which commands per second are told."""

LEAST_INTERVAL: Final = 0.9
"""Seconds; two readings of the server's statistics that are nearer than this tell too little."""

SHARE_WINDOW: Final = 5.0
"""Seconds over which the share is told: the census may spend what it saved in a rest at once."""

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
    trips: int = 0
    """Ways there and back: a pipeline of commands is one."""
    scanned: int = 0
    """Keys that the census asked for, all COUNTs together."""
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


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the server had counted at a time (steady seconds), and what we had sent.

    `outside` are the seconds of processor time that it had spent outside of commands, for whomever; None: it does not say.
    """

    at: float
    stats: Mapping[str, CommandStat]
    outside: float | None
    calls: Counter[str]
    trips: int
    scanned: int


class OwnShare:
    """The console's share of one core of the server: an estimate from our calls, which the budget is held by.

    INFO commandstats tells what a call of each command took on average between two readings; our own calls of it are
    counted. While others call the same command (a SCAN with another COUNT), the average is not ours: what ours took when
    they were most of them stands. What surrounds a call is not in commandstats, and is added: what `surroundings` charges,
    and no more than the server spent at all.
    """

    def __init__(self, traffic: OwnTraffic) -> None:
        self.surroundings = Surroundings()
        self.seconds_per_call: dict[str, float] = {}
        """What one call of each of our commands took lately."""
        self.beside_scan = 0.0
        """The share (0..1) of all that is not the census's SCANs, over the last interval."""
        self._traffic = traffic
        self._before: _Reading | None = None
        self._ours: set[str] = set()
        self._fresh: dict[str, float] = {}
        self._spent: deque[tuple[float, float]] = deque()
        """Of each of the last intervals its seconds, and the server's seconds that we took in it."""

    @property
    def total(self) -> float | None:
        """The share of all commands and of what surrounds them (0..1) over `SHARE_WINDOW`, None before two readings."""
        seconds = sum(seconds for seconds, _ in self._spent)
        return sum(spent for _, spent in self._spent) / seconds if seconds else None

    def learned(self, name: str) -> float | None:
        """Return what our calls of a command took in the last interval, once for each; None where others called it, too."""
        return self._fresh.pop(name, None)

    def read(self, stats: Mapping[str, CommandStat], used_cpu: float | None = None) -> None:
        """Take a reading of the server's statistics by command name, and of the processor time that it has used.

        Without statistics nothing is known: what surrounds our calls is not what they cost.
        """
        if not stats:
            return
        ours = self._traffic
        outside = None if used_cpu is None else used_cpu - sum(stat.microseconds for stat in stats.values()) / 1e6
        now = _Reading(time.monotonic(), dict(stats), outside, ours.calls.copy(), ours.trips, ours.scanned)
        if used_cpu is not None:
            self.surroundings.read(used_cpu, stats, now.calls)
        before = self._before
        if before is None:
            self._before = now
        elif now.at - before.at >= LEAST_INTERVAL:
            self._before = now
            self._compare(before, now)

    def _compare(self, before: _Reading, now: _Reading) -> None:
        seconds, calls = now.at - before.at, now.calls - before.calls
        inside = {name: self._inside(name, calls[name], before, now) for name in calls if name in now.stats}
        around_scans, around_others = self._around(calls, before, now)
        scans = inside.pop("scan", 0.0) + around_scans
        others = sum(inside.values()) + around_others
        self.beside_scan = others / seconds
        self._spent.append((seconds, scans + others))
        while sum(length for length, _ in self._spent) - self._spent[0][0] >= SHARE_WINDOW:
            self._spent.popleft()

    def _around(self, calls: Counter[str], before: _Reading, now: _Reading) -> tuple[float, float]:
        """Return the seconds that surrounded our SCANs, and our other trips to the server."""
        scans = calls["scan"]
        others = max(0, now.trips - before.trips - scans)
        found = (
            scans * self.surroundings.of_call((now.scanned - before.scanned) / max(1, scans)),
            others * self.surroundings.of_call((calls.total() - scans) / max(1, others)),
        )
        if now.outside is None or before.outside is None or now.outside < before.outside:
            return found  # it does not say, or was restarted, or its statistics were reset
        part = min(1.0, (now.outside - before.outside) / max(1e-9, sum(found)))
        return found[0] * part, found[1] * part

    def _inside(self, name: str, calls: int, before: _Reading, now: _Reading) -> float:
        """Return the seconds that our calls of a command took."""
        after, earlier = now.stats[name], before.stats.get(name, CommandStat(name, 0, 0))
        counted = after.calls - earlier.calls
        spent = (after.microseconds - earlier.microseconds) / 1e6
        if counted > 0 and spent >= 0:
            self._learn(name, spent / counted, mostly_ours=calls >= _MOSTLY * counted)
        # After CONFIG RESETSTAT the averages of before must do.
        return min(calls, counted if counted > 0 else calls) * self.seconds_per_call.get(name, 0.0)

    def _learn(self, name: str, seconds: float, *, mostly_ours: bool) -> None:
        if mostly_ours:
            self._ours.add(name)
            self._fresh[name] = seconds
        if mostly_ours or name not in self._ours:
            self.seconds_per_call[name] = seconds

"""The slow log of the last minutes, by tenant: each entry once, however often it was read.

The server keeps a bounded log and numbers its entries without a gap for as long as it runs. So an entry is known by run
id and number, and a missing number tells that an entry was dropped before it could be read.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from kryonix_tui.model.neighbours import SlowTime, SlowWork
from kryonix_tui.model.server import ServerFacts, SlowLogEntry

WINDOW: Final = 600.0
"""Seconds of the past that are looked at, by the server's clock."""

_AHEAD: Final = 60.0
"""Seconds by which an entry may lie in the future: more, and the clock was set back."""

_MOST_KEPT: Final = 50_000
_MOST_MODULES: Final = 8
_RUNS: Final = 8
"""Servers whose last entry is remembered: after a failover and back, nothing is counted twice."""


class _Kept(NamedTuple):
    """What is kept of an entry, and how many were lost before it."""

    at: float
    tenant: str | None
    module: str
    microseconds: int
    lost: int


_Sums = dict[str, list[int]]
"""Microseconds and calls by module."""


class SlowWindow:
    """Keeps the entries of the window and their sums. A reading costs what is new in it and what goes out of the window."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque()
        self._total: _Sums = {}
        self._tenants: dict[str | None, _Sums] = {}
        self._works: dict[str | None, SlowWork] = {}
        self._touched: set[str | None] = set()
        self._last: dict[str, int | None] = {}
        """The last entry of each server; None where its log was empty."""
        self._lost = 0
        self._begin: float | None = None
        self._clock = 0.0
        self._cut_until = 0.0

    def read(self, server: ServerFacts, wall: float) -> SlowTime | None:
        """Take a reading made at `wall` (our clock, where the server does not tell its own); None where it is refused."""
        if "slowlog" in server.unavailable:
            return None
        clock = server.clock or wall
        if self._begin is None:
            self._begin = clock - server.uptime_seconds
        if clock < self._clock - _AHEAD:
            # The clock was set back: when what was known happened by the new one, nobody knows.
            self._begin, self._cut_until = clock, 0.0
        self._clock = clock
        self._take(server)
        self._forget(clock)
        start = max(clock - WINDOW, self._begin, self._cut_until)
        return SlowTime(
            max(0.0, clock - start), _work(self._total), self._by_tenant(), self._lost, self._cut_until > clock - WINDOW
        )

    def _by_tenant(self) -> dict[str | None, SlowWork]:
        if self._touched:
            works = dict(self._works)
            for tenant in self._touched:
                works.pop(tenant, None)
                if tenant in self._tenants:
                    works[tenant] = _work(self._tenants[tenant])
            self._works, self._touched = works, set()
        return self._works

    def _take(self, server: ServerFacts) -> None:
        entries = sorted(server.slow_log, key=lambda entry: entry.entry_id)
        if server.run_id not in self._last and entries and entries[0].entry_id > 0:
            # When those before it were slow, nobody knows.
            self._cut_until = max(self._cut_until, float(entries[0].at))
        last = self._last.pop(server.run_id, None)
        for entry in entries:
            if last is None or entry.entry_id > last:
                self._add(entry, 0 if last is None else entry.entry_id - last - 1)
                last = entry.entry_id
        self._last[server.run_id] = last
        if len(self._last) > _RUNS:
            del self._last[next(iter(self._last))]

    def _add(self, entry: SlowLogEntry, lost: int) -> None:
        kept = _Kept(entry.at, entry.tenant, entry.module, entry.microseconds, lost)
        self._kept.append(kept)
        self._count(kept, 1)
        if len(self._kept) > _MOST_KEPT:
            self._cut_until = max(self._cut_until, self._kept[0].at)
            self._count(self._kept.popleft(), -1)

    def _forget(self, clock: float) -> None:
        while self._kept and self._kept[0].at < clock - WINDOW:
            self._count(self._kept.popleft(), -1)
        if self._kept and max(self._kept[0].at, self._kept[-1].at) > clock + _AHEAD:
            # The clock was set back: what seems to come would stay for ever.
            ahead = [kept for kept in self._kept if kept.at > clock + _AHEAD]
            self._kept = deque(kept for kept in self._kept if kept.at <= clock + _AHEAD)
            for kept in ahead:
                self._count(kept, -1)

    def _count(self, kept: _Kept, sign: int) -> None:
        """Add an entry to the sums, or take it away with a `sign` of -1."""
        self._lost += sign * kept.lost
        self._touched.add(kept.tenant)
        tenant = self._tenants.setdefault(kept.tenant, {})
        for sums in (self._total, tenant):
            figures = sums.setdefault(kept.module, [0, 0])
            figures[0] += sign * kept.microseconds
            figures[1] += sign
            if not figures[1]:
                del sums[kept.module]
        if not tenant:
            del self._tenants[kept.tenant]


def _work(sums: _Sums) -> SlowWork:
    ranked = sorted(sums.items(), key=lambda entry: -entry[1][0])
    return SlowWork(
        sum(spent for spent, _ in sums.values()) / 1e6,
        sum(calls for _, calls in sums.values()),
        {module: spent / 1e6 for module, (spent, _) in ranked[:_MOST_MODULES]},
    )

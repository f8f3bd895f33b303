"""A walk over the keys that optimisation is about, by tenant: caches and sessions, of which some are kept, and hashes.

SCAN counts no hit and resets no idle time. For one tenant the server is told a glob, but what belongs to whom is said by
the keyspace map alone: a glob cannot tell `t1` from `t10`. The order in which SCAN meets keys has nothing to do with
their names or ages, so the first ones that are met are a fair sample.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.maintenance.door import Run
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.server import CommandStat
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.attribution import Attributor
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.globs import mentioning
from kryonix_tui.sources.redis.pace import Pace
from kryonix_tui.sources.redis.translate import translated

MOST_KEPT: Final = 400_000
"""Keys that a walk keeps in all, whatever the number of tenants."""

LEARN_SECONDS: Final = 1.0

Place = tuple[int, str]
"""A database and a kind."""


@dataclass(slots=True)
class Met:
    """Keys of one tenant that were met: how many of each place, and some of them with their pattern."""

    counts: dict[Place, int] = field(default_factory=dict)
    keys: dict[Place, dict[bytes, KeyPattern | None]] = field(default_factory=dict)

    def add(self, place: Place, key: bytes, pattern: KeyPattern | None, most: int) -> bool:
        """Count a key, and keep it while there are fewer than `most`; tell whether it was kept."""
        kept = self.keys.setdefault(place, {})
        if key in kept:  # SCAN may meet a key twice
            return False
        self.counts[place] = self.counts.get(place, 0) + 1
        if len(kept) >= most:
            return False
        kept[key] = pattern
        return True


@dataclass(slots=True)
class Walk:
    """Walks through the databases where `kinds` may be. `tenants` are those that are wanted; None: whom `sees` lets pass.

    `sample` keys of each tenant and each of the `kept` kinds are kept, fewer where there are very many tenants.
    """

    clients: Clients
    keyspace: KeyspaceMap
    kinds: frozenset[str]
    tenants: Collection[str] | None
    sees: Callable[[str | None], bool]
    kept: frozenset[str]
    sample: int
    budget: float
    met: dict[str, Met] = field(default_factory=dict)
    walked: int = 0
    _kept: int = 0

    async def through(self, run: Run) -> Mapping[str, Met]:
        """Walk over everything once, within the budget, and return what was met by tenant.

        Raises:
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        attributor, pace = Attributor(self.keyspace), Pace(self.budget)
        sizes, learned = await self._learn(pace), time.monotonic()
        total = sum(sizes.get(db, 0) for db in self._databases())
        for db in self._databases():
            if not sizes.get(db):
                continue
            cursor = 0
            while True:
                run.checkpoint()
                began, count = time.monotonic(), pace.count
                reply = await self.clients.call(db, "SCAN", cursor, *self._match(), "COUNT", count)
                elapsed = time.monotonic() - began
                with translated(self.clients.place):
                    cursor, keys = int(reply[0]), reply[1]
                self._take(attributor, db, keys)
                self.walked += count
                run.progress(min(self.walked, total), total, "keys", "")
                if not cursor:
                    break
                if time.monotonic() - learned > LEARN_SECONDS:
                    await self._learn(pace)
                    learned = time.monotonic()
                await asyncio.sleep(pace.pause(elapsed, count))
        return self.met

    def _databases(self) -> list[int]:
        """Return the databases in which the map puts the kinds that are wanted, in order."""
        found = {pattern.db for pattern in self.keyspace.patterns if pattern.kind in self.kinds}
        return sorted(db for db in found if db is not None)

    def _match(self) -> tuple[object, ...]:
        if self.tenants is None or len(self.tenants) != 1:
            return ()
        (tenant,) = self.tenants
        return "MATCH", mentioning(tenant)

    def _take(self, attributor: Attributor, db: int, keys: Iterable[bytes]) -> None:
        # The more tenants there are, the fewer keys are kept of each.
        most = min(self.sample, max(1, MOST_KEPT // max(1, len(self.met) * len(self.kept))))
        for key in keys:
            found = attributor.key(db, key.rpartition(b":")[0], key)
            if found.kind in self.kinds and found.tenant is not None and self._wanted(found.tenant):
                tenant = self.met.setdefault(found.tenant, Met())
                room = most if found.kind in self.kept and self._kept < MOST_KEPT else 0
                self._kept += tenant.add((db, found.kind), key, found.pattern, room)

    def _wanted(self, tenant: str) -> bool:
        return (self.tenants is None or tenant in self.tenants) and self.sees(tenant)

    async def _learn(self, pace: Pace) -> Mapping[int, int]:
        """Look at what SCAN costs the server, and return how many keys each database has."""
        replies = await self.clients.batch(0, [("INFO", section) for section in ("keyspace", "commandstats")])
        with translated(self.clients.place):
            keyspace, stats = (info.parse_info(reply) if isinstance(reply, bytes) else {} for reply in replies)
            costs: dict[str, CommandStat] = {stat.name: stat for stat in info.command_stats(stats)}
            self.clients.share.read(costs)
            pace.learn(self.clients.share.learned("scan"), 0.0)
            return {db: size.keys for db, size in info.database_sizes(keyspace).items()}

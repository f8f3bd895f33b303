"""What one pass over all keys has counted so far. Memory is O(tenants x kinds), however many the keys are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.model.census import Place, QueueKey
from kryonix_tui.model.keyspace import Attribution, Role
from kryonix_tui.model.queues import queue_module
from kryonix_tui.sources.redis.attribution import Attributor

SAMPLE_SIZE: Final = 20
"""Mobile sessions kept per tenant. SCAN walks in the order of hashes, which knows nothing of what a key holds: the
first keys that come are a random sample."""

MAX_QUEUES: Final = 200_000
"""Queue keys kept; a keyspace with more has something else in place of a queue."""

MAX_PENDING: Final = 200_000
"""Prefixes of a database counted before they are attributed, or remembered as nothing to look at: bounds memory where
every key has a prefix of its own."""


@dataclass(slots=True)
class Counts:
    """The counts of one database."""

    keys: int = 0
    tenant_keys: int = 0
    unattributed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Tally:
    """The counts of one pass so far.

    A batch is counted by prefix at the speed of a `Counter`, and only keys that somebody must look at are looked at: those
    whose last segment is the tenant, queues, and the first sessions of a tenant. What was counted by prefix is
    attributed when the counts are wanted (`settle`), or when the prefixes become too many to hold.
    """

    def __init__(self, attributor: Attributor) -> None:
        self._attributor = attributor
        self._places: dict[Place, Place] = {}
        self._pending: dict[int, Counter[bytes]] = defaultdict(Counter)
        self._plain: dict[int, set[bytes]] = defaultdict(set)
        self.databases: dict[int, Counts] = defaultdict(Counts)
        self.tenants: dict[str, dict[Place, int]] = {}
        self.samples: dict[str, dict[int, list[bytes]]] = defaultdict(dict)
        self.queues: list[QueueKey] = []

    def add(self, db: int, batch: Sequence[bytes]) -> Sequence[bytes]:
        """Count a batch of keys of database `db`; return the prefix of each, up to its last colon."""
        prefixes = [key.rpartition(b":")[0] for key in batch]
        pending, plain = self._pending[db], self._plain[db]
        pending.update(prefixes)
        odd = set(prefixes) - plain
        looked_at = {prefix for prefix in odd if self._looks_at(db, prefix)}
        plain |= odd - looked_at
        if looked_at:
            for prefix, key in zip(prefixes, batch, strict=True):
                if prefix in looked_at:
                    self._look_at(db, prefix, key)
        if len(pending) > MAX_PENDING:
            self.settle()
        if len(plain) > MAX_PENDING:
            plain.clear()
        return prefixes

    def settle(self) -> None:
        """Attribute what was counted by prefix, so that the counts are whole."""
        for db, pending in self._pending.items():
            for prefix, count in pending.items():
                rule = self._attributor.prefix(db, prefix)
                if not rule.each_key:
                    self._count(db, rule.attribution, count)
        self._pending.clear()

    def _looks_at(self, db: int, prefix: bytes) -> bool:
        rule = self._attributor.prefix(db, prefix)
        return rule.each_key or self._wants_key(rule.attribution)

    def _look_at(self, db: int, prefix: bytes, key: bytes) -> None:
        rule = self._attributor.prefix(db, prefix)
        if rule.each_key:
            found = self._attributor.key(db, prefix, key)
            self._count(db, found, 1)
        else:
            found = rule.attribution
        self._keep(db, key, found)

    def forget(self, db: int) -> None:
        """Drop what was counted in one database: it was emptied or exchanged, and is walked anew."""
        self._pending.pop(db, None)
        # Everywhere: of whom samples are dropped here, others are wanted.
        self._plain.clear()
        self.databases.pop(db, None)
        for counts in self.tenants.values():
            for place in [place for place in counts if place[0] == db]:
                del counts[place]
        for kept in self.samples.values():
            kept.pop(db, None)
        self.queues = [queue for queue in self.queues if queue.db != db]

    def _count(self, db: int, found: Attribution, count: int) -> None:
        here = self.databases[db]
        here.keys += count
        kind, tenant, pattern = found
        here.kinds[kind] = here.kinds.get(kind, 0) + count
        if tenant is not None:
            here.tenant_keys += count
            counts = self.tenants.get(tenant)
            if counts is None:
                counts = self.tenants[tenant] = {}
            place = (db, kind)
            # One tuple for all tenants: with 10,000 of them the copies would be megabytes.
            place = self._places.setdefault(place, place)
            counts[place] = counts.get(place, 0) + count
        elif pattern is None:
            here.unattributed += count

    def _wants_key(self, found: Attribution) -> bool:
        role = found.pattern.role if found.pattern is not None else Role.NONE
        if role is Role.MOBILE_SESSION:
            return found.tenant is not None and sum(map(len, self.samples[found.tenant].values())) < SAMPLE_SIZE
        return role is Role.QUEUE and len(self.queues) < MAX_QUEUES

    def _keep(self, db: int, key: bytes, found: Attribution) -> None:
        if found.pattern is None or not self._wants_key(found):
            return
        if found.pattern.role is Role.QUEUE:
            self.queues.append(QueueKey(db, key, queue_module(found.pattern, key), found.tenant))
        elif found.tenant is not None:
            self.samples[found.tenant].setdefault(db, []).append(key)

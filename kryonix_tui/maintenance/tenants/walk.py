"""Which keys a tenant has: one walk over all databases, each name judged by the keyspace map.

SCAN is asked for names that hold the tenant's id somewhere, so that little else is sent. What it lets pass besides are
keys of neighbours whose own names or keys hold the same letters, and keys of nobody that mention the tenant: the former
are remembered to prove that they were left alone, the latter are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.maintenance.backup.create import CONSOLE
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.model.census import Census, Place, TenantCensus
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import PART
from kryonix_tui.safetext import raw_bytes
from kryonix_tui.sources.redis.globs import mentioning
from kryonix_tui.sources.redis.translate import translated

_SCAN_COUNT: Final = 1000

MOST_REMEMBERED: Final = 200_000
"""Keys of neighbours that are remembered."""

MOST_MENTIONS: Final = 1000
"""Keys of nobody that are remembered."""


@dataclass(slots=True)
class Found:
    """The keys of a tenant as one walk met them: names by database and kind, each once.

    `neighbours` are keys of other tenants as {(db, key): tenant}, and `mentions` keys of nobody in which the tenant's id
    is a segment, as (db, key); of both the first ones only.
    """

    tenant: str
    keys: dict[Place, set[bytes]] = field(default_factory=dict)
    neighbours: dict[tuple[int, bytes], str] = field(default_factory=dict)
    mentions: set[tuple[int, bytes]] = field(default_factory=set)

    @property
    def total(self) -> int:
        """All keys of the tenant."""
        return sum(map(len, self.keys.values()))

    @property
    def counts(self) -> Mapping[Place, int]:
        """How many keys there are of each kind in each database, in order."""
        return {place: len(self.keys[place]) for place in sorted(self.keys)}

    @property
    def parts(self) -> dict[str, int]:
        """The same for a plan, as `db/kind`."""
        return {f"{db}{PART}{kind}": count for (db, kind), count in self.counts.items()}

    @property
    def databases(self) -> tuple[int, ...]:
        """The databases in which the tenant has keys."""
        return tuple(sorted({db for db, _kind in self.keys}))

    @property
    def census(self) -> Census:
        """The same as what a backup asks for."""
        return Census(tenants={self.tenant: TenantCensus(self.tenant, self.counts)}, complete=True)

    def only(self, kinds: Collection[str]) -> Found:
        """Return the keys of some kinds alone."""
        return Found(self.tenant, {place: names for place, names in self.keys.items() if place[1] in kinds})

    def gone_since(self, before: Found) -> Counter[str]:
        """Return how many keys of neighbours there were `before` and are not there now, by tenant."""
        if len(before.neighbours) >= MOST_REMEMBERED:
            # This walk may have remembered others than that one.
            return Counter()
        return Counter(tenant for place, tenant in before.neighbours.items() if place not in self.neighbours)

    def take(self, db: int, key: bytes, kind: str, owner: str | None) -> None:
        """Remember a key for what it is."""
        if kind == CONSOLE:
            return
        if owner == self.tenant:
            self.keys.setdefault((db, kind), set()).add(key)
        elif owner is not None:
            if len(self.neighbours) < MOST_REMEMBERED:
                self.neighbours[db, key] = owner
        elif raw_bytes(self.tenant) in key.split(b":") and len(self.mentions) < MOST_MENTIONS:
            self.mentions.add((db, key))


async def walk(
    clients: PurposeClients,
    keyspace: KeyspaceMap,
    seen: Overview,
    tenant: str,
    progress: Callable[[int, int], None] = lambda _met, _of: None,
) -> Found:
    """Return the keys of `tenant` (an identity). Nothing is written.

    A key that is there from the beginning to the end is met; one that comes or goes meanwhile may be met or not.
    `progress` gets how many keys were passed, and of about how many, after each reply; what it raises ends this.

    Raises:
        SourceError: the server could not be read.
    """
    found, attribute = Found(tenant), keyspace.attribution()
    passed = 0
    for db in seen.databases:
        async for keys in _scanned(clients, db, mentioning(tenant)):
            for key in keys:
                kind, owner, _pattern = attribute(db, key)
                found.take(db, key, kind, owner)
            passed += _SCAN_COUNT
            progress(min(passed, seen.keys), seen.keys)
    return found


async def _scanned(clients: PurposeClients, db: int, pattern: bytes) -> AsyncIterator[list[bytes]]:
    cursor = 0
    while True:
        reply = await clients.call(db, "SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN_COUNT)
        with translated(clients.place):
            raw, keys = reply
            cursor = int(raw)
        yield keys
        if cursor == 0:
            return

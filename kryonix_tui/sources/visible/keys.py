"""Redis, of the visible tenants: census, facts, slow log.

The server's own figures (memory, clients, commands, what INFO counts) are of the server and stay: `analysis.assembly`
shows the keys of the visible tenants in their place, as the census has them.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from kryonix_tui.clock import now
from kryonix_tui.i18n import _
from kryonix_tui.model.census import Census, DatabaseCensus, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import OTHER
from kryonix_tui.model.permissions import RedisPermissions
from kryonix_tui.model.ports import RedisPort
from kryonix_tui.model.server import ServerFacts, SlowLogEntry
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.visible import Visible


@dataclass(frozen=True, slots=True)
class VisibleRedis:
    """Implements `model.ports.RedisPort` over another one."""

    inner: RedisPort
    visible: Visible

    async def server(self) -> ServerFacts:
        """Read what the server says of itself. Raises as the port."""
        facts = await self.inner.server()
        return replace(facts, slow_log=tuple(self._entry(entry) for entry in facts.slow_log))

    async def census(self) -> AsyncGenerator[Census]:
        """Walk over all keys; yield what is of visible tenants. Raises as the port."""
        async with aclosing(self.inner.census()) as passing:
            async for census in passing:
                yield visible_census(census, self.visible)

    def hurry(self) -> None:
        """Walk without pauses for once."""
        self.inner.hurry()

    async def tenant_facts(self, census: Census, tenants: Iterable[str]) -> list[TenantFacts]:
        """Read the facts of those among `tenants` who are visible; nothing is asked about the others. Raises as the port."""
        return await self.inner.tenant_facts(census, [name for name in tenants if self.visible.sees(name)])

    async def system_queues(self, census: Census) -> TenantFacts:
        """Return nothing: queues of the platform are of no visible tenant."""
        del census
        return TenantFacts("", now())

    async def permissions(self) -> RedisPermissions:
        """Find out what this user may do. Raises as the port."""
        return await self.inner.permissions()

    def own_load(self) -> OwnLoad:
        """Tell what the console costs the server: all of it, for it walks over everybody's keys."""
        return self.inner.own_load()

    async def close(self) -> None:
        """Close all connections."""
        await self.inner.close()

    def _entry(self, entry: SlowLogEntry) -> SlowLogEntry:
        """Return an entry as it is, or as the time that somebody else took: a key without a tenant may name one, too."""
        if self.visible.sees(entry.tenant):
            return entry
        return replace(entry, command=_("not shown"), client="", tenant=None, module=OTHER)


def visible_census(census: Census, visible: Visible) -> Census:
    """Return what a census says of visible tenants. Sums are theirs; keys of nobody are left out."""
    tenants = visible.of(census.tenants)
    kinds: dict[int, dict[str, int]] = {db: {} for db in census.databases}
    for counted in tenants.values():
        for (db, kind), count in counted.counts.items():
            here = kinds.setdefault(db, {})
            here[kind] = here.get(kind, 0) + count
    margin = _together(tenants.values())
    return replace(
        census,
        databases={db: _database(census.databases.get(db), db, found, margin) for db, found in kinds.items()},
        tenants=tenants,
        queues=tuple(queue for queue in census.queues if visible.sees(queue.tenant)),
        big_keys=tuple(key for key in census.big_keys if visible.sees(key.tenant)),
    )


def _together(tenants: Iterable[TenantCensus]) -> int:
    """Return how far the sum of independent estimates may be from the truth."""
    return math.ceil(math.sqrt(sum(counted.margin**2 for counted in tenants)))


def _database(before: DatabaseCensus | None, db: int, kinds: Mapping[str, int], margin: int) -> DatabaseCensus:
    keys = sum(kinds.values())
    if before is None:
        return DatabaseCensus(db, keys, keys, kinds=kinds)
    # Keys of the database cannot be further from the truth than those of all databases, nor than those of all tenants.
    return replace(before, keys=keys, tenant_keys=keys, unattributed=0, kinds=kinds, margin=min(before.margin, margin))

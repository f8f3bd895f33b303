"""`RedisSource`: one Redis or Valkey, read-only, as the port that the monitor reads from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from kryonix_tui.config import schema
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.redis.address import Address, primary_address, replica_address
from kryonix_tui.sources.redis.attribution import Attributor
from kryonix_tui.sources.redis.browser import KeyBrowser
from kryonix_tui.sources.redis.census import Walker
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.queue_reader import QueueReader
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.server_reader import ServerReader
from kryonix_tui.sources.redis.tenant_reader import TenantReader

if TYPE_CHECKING:
    from kryonix_tui.model.permissions import RedisPermissions


class RedisSource:
    """Implements `model.ports.RedisPort`. Nothing is connected before the first question.

    Server facts come from the primary; keys are walked and read on the replica where one is configured.
    """

    def __init__(self, settings: schema.Redis, keyspace: KeyspaceMap) -> None:
        self._settings = settings
        self._keyspace = keyspace
        self._primary = Clients(self._locate_primary, settings)
        self._reads = Clients(self._locate_replica, settings) if settings.replica_url else self._primary
        self._server = ServerReader(self._primary, keyspace)
        budget = settings.replica_budget if settings.replica_url else settings.budget
        self._walker = Walker(self._reads, Attributor(keyspace), budget / 100)
        self._tenants = TenantReader(self._reads, keyspace)

    async def server(self) -> ServerFacts:
        """Read what the server says of itself.

        Raises:
            SourceError: it does not answer, or INFO is refused.
            ConfigError: address or secrets cannot be used.
        """
        facts = await self._server.read()
        if self._settings.sentinel.name and facts.replication.role != "master":
            # A demoted primary goes on answering; the Sentinels know the new one.
            await self._primary.relocate()
        return facts

    def census(self) -> AsyncGenerator[Census]:
        """Walk over all keys once, or go on with a walk that was cut; see `Walker.passing`."""
        return self._walker.passing()

    def hurry(self) -> None:
        """Walk without pauses until the pass under way, or else the next one, has ended."""
        self._walker.pace.full = True

    async def tenant_facts(self, census: Census, tenants: Iterable[str]) -> list[TenantFacts]:
        """Read the facts of `tenants`, touching only keys that `census` saw.

        Raises:
            SourceError: the server does not answer.
        """
        return await self._tenants.facts(census, tenants)

    async def system_queues(self, census: Census) -> TenantFacts:
        """Read the queues that belong to no tenant.

        Raises:
            SourceError: the server does not answer.
        """
        return await self._tenants.system_queues(census)

    async def permissions(self) -> RedisPermissions:
        """Find out what this user may read, and whether it could write; see `permissions` and `write_probe`.

        Raises:
            SourceError: the server does not answer.
        """
        from kryonix_tui.sources.redis.permissions import permissions

        return await permissions(self._primary, await self._locate_primary(), self._settings, self._keyspace)

    def browser(self, visible: Visible) -> KeyBrowser:
        """Return what looks into single keys, on the server that keys are read from; what it costs counts as ours."""
        return KeyBrowser(self._settings, self._keyspace, visible, self._reads.traffic)

    def queues(self, visible: Visible) -> QueueReader:
        """Return what looks at waiting items, on the primary; what it costs counts as ours."""
        return QueueReader(self._settings, visible, self._primary.traffic)

    def own_load(self) -> OwnLoad:
        """Tell what the console has cost the servers so far, primary and replica together."""
        costs = {id(clients): clients.traffic for clients in (self._primary, self._reads)}.values()
        return OwnLoad(
            commands=sum(cost.commands for cost in costs),
            commands_per_second=sum(cost.per_second() for cost in costs),
            hits=sum(cost.hits for cost in costs),
            misses=sum(cost.misses for cost in costs),
            share=self._primary.share.total,
            replica_share=self._reads.share.total if self._reads is not self._primary else None,
            budget=self._walker.pace.budget,
            held_back=self._walker.pace.held_back,
            hurried=self._walker.pace.full,
            seconds_per_key=self._walker.pace.per_key,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._primary.close()
        await self._reads.close()

    async def _locate_primary(self) -> Address:
        if self._settings.sentinel.name:
            return await primary_by_sentinel(self._settings)
        return primary_address(self._settings)

    async def _locate_replica(self) -> Address:
        return replica_address(self._settings) or await self._locate_primary()

"""`Auditor`: what the deep examination reads of one Redis, within the budget that the census has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Final

from kryonix_tui.config import schema
from kryonix_tui.errors import SourceError
from kryonix_tui.model.isolation import EverywhereMap, KeyAudit, SdkAudit
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.sources.redis.address import Address, primary_address, replica_address
from kryonix_tui.sources.redis.audit.examples import Examples
from kryonix_tui.sources.redis.audit.sdk import SdkReader
from kryonix_tui.sources.redis.census import Walker
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.translate import NoDatabaseError

PINGS: Final = 200
BETWEEN: Final = 0.01
"""Seconds between two PINGs: a series of two seconds meets what happens now and then."""


class Auditor:
    """Implements `doctor.deep.ports.AuditPort`. Nothing is connected before the first question."""

    def __init__(self, settings: schema.Redis, keyspace: KeyspaceMap) -> None:
        self._settings = settings
        self._keyspace = keyspace
        self._budget = (settings.replica_budget if settings.replica_url else settings.budget) / 100
        self._primary = Clients(self._locate, settings)
        self._reads = Clients(self._locate_replica, settings) if settings.replica_url else self._primary
        self._examples = Examples(EverywhereMap(keyspace.databases, keyspace.patterns))
        self._walker = Walker(self._reads, self._examples, self._budget)

    async def round_trips(self) -> tuple[float, ...]:
        """Return the milliseconds of a series of PINGs to the primary, in their order.

        Raises:
            SourceError: the server does not answer.
        """
        await self._primary.batch(0, [("PING",)])
        taken: list[float] = []
        for _number in range(PINGS):
            began = time.perf_counter()
            await self._primary.batch(0, [("PING",)])
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(BETWEEN)
        return tuple(taken)

    async def unusable(self, databases: Iterable[int]) -> dict[int, str]:
        """Return the databases that cannot be read, and why.

        Raises:
            SourceError: the server does not answer at all.
        """
        found: dict[int, str] = {}
        for db in databases:
            try:
                await self._primary.call(db, "SCAN", 0, "COUNT", 1)
            except NoDatabaseError:
                found[db] = ""
            except SourceError as error:
                if not found and db == 0:
                    raise
                found[db] = error.message
        return found

    async def keys(self) -> AsyncGenerator[KeyAudit]:
        """Walk over all keys once; yield what is known now and then, and at the end what was counted.

        Raises:
            SourceError: as `Walker.passing`.
        """
        async with aclosing(self._walker.passing()) as passing:
            async for census in passing:
                yield KeyAudit(census, self._examples.kept())

    async def sdk(self, tenants: Iterable[str], sees: Callable[[str | None], bool]) -> SdkAudit:
        """Compare SDK keys and sessions; see `SdkReader.read`. Raises SourceError."""
        return await SdkReader(self._reads, self._keyspace, self._budget).read(tenants, sees)

    async def close(self) -> None:
        """Close all connections."""
        await self._primary.close()
        await self._reads.close()

    async def _locate(self) -> Address:
        if self._settings.sentinel.name:
            return await primary_by_sentinel(self._settings)
        return primary_address(self._settings)

    async def _locate_replica(self) -> Address:
        return replica_address(self._settings) or await self._locate()

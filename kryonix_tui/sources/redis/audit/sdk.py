"""Whom SDK keys and sessions say that they belong to. Values never leave this module: digests with a key that is thrown
away are compared, tenants are told.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from redis.exceptions import ResponseError

from kryonix_tui.model.isolation import SdkAudit, Shared, Strange
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap, Role
from kryonix_tui.safetext import identity
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.translate import source_error

MOST_TENANTS: Final = 20_000
MOST_SESSIONS: Final = 2000
MOST_WALKED: Final = 20_000
"""Keys that the search for sessions goes past, per database."""

API_KEY: Final = "api_key"
TENANT_ID: Final = "tenant_id"
_BATCH: Final = 100
_STEP: Final = 500
_MOST_SECONDS: Final = {"HMGET": 0.00002, "SCAN": 0.0005}
"""Seconds of the server's time that a command takes at most, with what surrounds it: several times what is measured."""

_SESSIONS: Final = (Role.SDK_SESSION, Role.MOBILE_SESSION)


class _Session(NamedTuple):
    db: int
    key: bytes
    tenant: str


class SdkReader:
    """One comparison. `budget` is the share of one core of the server (0..1) that it may take."""

    def __init__(self, clients: Clients, keyspace: KeyspaceMap, budget: float) -> None:
        self._clients = clients
        self._keyspace = keyspace
        self._budget = budget
        self._secret = os.urandom(16)
        self._walked = 0

    async def read(self, tenants: Iterable[str], sees: Callable[[str | None], bool]) -> SdkAudit:
        """Compare the SDK hashes of `tenants` with each other, and a sample of sessions with their tenant.

        Tenants that `sees` says no to are neither read nor told.

        Raises:
            SourceError: the server does not answer.
        """
        known = sorted(tenant for tenant in tenants if sees(tenant))
        read = known[:MOST_TENANTS]
        owners: dict[tuple[str, bytes], list[str]] = defaultdict(list)
        async for tenant, name, digest in self._hashes(read):
            owners[name, digest].append(tenant)
        sessions = [session async for session in self._sessions(sees)]
        strange = [found async for found in self._strange(sessions, owners, frozenset(known))]
        return SdkAudit(
            shared=tuple(Shared(name, tuple(found)) for (name, _digest), found in owners.items() if len({*found}) > 1),
            strange=tuple(strange),
            tenants=len(read),
            known=len(known),
            sessions=len(sessions),
            walked=self._walked,
        )

    async def _hashes(self, tenants: Sequence[str]) -> Any:
        """Yield (tenant, field, digest) of the SDK hashes. The API key has no fact: no other part of the console reads it."""
        for pattern in sdk_patterns(self._keyspace):
            fields = (API_KEY, pattern.facts["subdomain"], *filter(None, [pattern.facts.get("name")]))
            for start in range(0, len(tenants), _BATCH):
                batch = tenants[start : start + _BATCH]
                commands = [("HMGET", pattern.key_for(tenant), *fields) for tenant in batch]
                replies = await self._gently(pattern.db or 0, commands)
                for tenant, reply in zip(batch, replies, strict=True):
                    for name, digest in self._digests(fields, reply):
                        yield tenant, name, digest

    async def _sessions(self, sees: Callable[[str | None], bool]) -> Any:
        """Yield sessions as SCAN comes by them, of tenants that may be seen, within bounds."""
        databases = sorted({p.db for p in self._keyspace.patterns if p.role in _SESSIONS and p.db is not None})
        for db in databases:
            found = cursor = walked = 0
            while walked < MOST_WALKED and found < MOST_SESSIONS // len(databases):
                (reply,) = await self._gently(db, [("SCAN", cursor, "COUNT", _STEP)])
                if isinstance(reply, Exception):
                    raise source_error(reply, self._clients.place)
                cursor, keys = int(reply[0]), reply[1]
                walked += len(keys)
                for session in self._of_sessions(db, keys):
                    if sees(session.tenant):
                        found += 1
                        yield session
                if not cursor:
                    break
            self._walked += walked

    def _of_sessions(self, db: int, keys: Iterable[bytes]) -> Iterator[_Session]:
        for key in keys:
            _kind, tenant, pattern = self._keyspace.attribute(db, key)
            if pattern is not None and pattern.role in _SESSIONS and tenant is not None:
                yield _Session(db, key, tenant)

    async def _strange(
        self, sessions: Sequence[_Session], owners: Mapping[tuple[str, bytes], list[str]], known: frozenset[str]
    ) -> Any:
        """Yield sessions that hold the API key of another tenant, or name another one that exists."""
        for start in range(0, len(sessions), _BATCH):
            batch = sessions[start : start + _BATCH]
            for db in {session.db for session in batch}:
                here = [session for session in batch if session.db == db]
                replies = await self._gently(db, [("HMGET", session.key, API_KEY, TENANT_ID) for session in here])
                for session, reply in zip(here, replies, strict=True):
                    for found in self._judged(session, reply, owners, known):
                        yield found

    def _judged(
        self, session: _Session, reply: Any, owners: Mapping[tuple[str, bytes], list[str]], known: frozenset[str]
    ) -> Iterator[Strange]:
        for _name, digest in self._digests((API_KEY,), reply):
            holders = owners.get((API_KEY, digest), [])
            if holders and session.tenant not in holders:
                yield Strange(session.tenant, holders[0], API_KEY, session.db)
                return
        named = reply[1] if isinstance(reply, list) and len(reply) > 1 else None
        if isinstance(named, bytes) and identity(named) in known - {session.tenant}:
            yield Strange(session.tenant, identity(named), TENANT_ID, session.db)

    def _digests(self, fields: Sequence[str], reply: Any) -> Iterator[tuple[str, bytes]]:
        """Yield (field, digest) of the fields that are there; nothing where the key is no hash."""
        if isinstance(reply, ResponseError) or not isinstance(reply, list):
            return
        for name, value in zip(fields, reply, strict=False):
            if isinstance(value, bytes) and value:
                yield name, hashlib.blake2b(value, key=self._secret, digest_size=16).digest()

    async def _gently(self, db: int, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Send a batch, and wait until the server has had its rest."""
        began = time.monotonic()
        replies = await self._clients.batch(db, commands)
        # What is longer than that was spent on the way.
        took = min(time.monotonic() - began, sum(_MOST_SECONDS[str(command[0])] for command in commands))
        await asyncio.sleep(took * (1 / self._budget - 1))
        return replies


def sdk_patterns(keyspace: KeyspaceMap) -> tuple[KeyPattern, ...]:
    """Return the patterns of hashes that say what a tenant's API key and subdomain are."""
    return tuple(pattern for pattern in keyspace.with_facts() if "subdomain" in pattern.facts)

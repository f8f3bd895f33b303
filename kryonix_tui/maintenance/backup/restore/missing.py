"""How many keys of a scope the target has: what is there and not in an archive stays as it is, and the plan says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from kryonix_tui.maintenance.backup.create import Keep
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.locks import REDIS_LOCK
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.model.operation import Scope
from kryonix_tui.sources.redis.translate import translated

_SCAN_COUNT: Final = 1000


async def keys_of(
    scope: Scope, clients: PurposeClients, seen: Overview, keep: Keep, progress: Callable[[int, int], None]
) -> int:
    """Return how many keys of `scope` there are, without the lock of this very restore.

    Whole databases are asked for their size; tenants are counted by one SCAN, in the memory of one reply. A SCAN may
    meet a key twice while a table grows or shrinks. `progress` gets the number of keys that were met, and of about how
    many, after each reply; what it raises ends this.

    Raises:
        SourceError: the server could not be read.
    """
    databases = [db for db in seen.databases if not scope.databases or db in scope.databases]
    if scope.tenants:
        total, met, found = sum(seen.databases[db] for db in databases), 0, 0
        for db in databases:
            async for keys in _scanned(clients, db):
                met += len(keys)
                found += sum(keep(db, key) for key in keys)
                progress(met, max(met, total))
        return found
    own = await clients.call(0, "GET", REDIS_LOCK) is not None if 0 in databases else False
    return max(0, sum(seen.databases[db] for db in databases) - own)


async def _scanned(clients: PurposeClients, db: int) -> AsyncIterator[list[bytes]]:
    cursor = 0
    while True:
        reply = await clients.call(db, "SCAN", cursor, "COUNT", _SCAN_COUNT)
        with translated(clients.place):
            raw, keys = reply
            cursor = int(raw)
        yield keys
        if cursor == 0:
            return

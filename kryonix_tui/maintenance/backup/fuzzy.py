"""A backup key by key, for servers that refuse replication: SCAN, DUMP, PEXPIRETIME.

It is fuzzy: each value is whole and of one moment (DUMP is atomic), but two keys may be of different moments, keys that
come meanwhile may be missing, and values and expiry of a key that is written meanwhile may not belong together. Keys
that stay are all there. It costs the server a hit and a serialisation per key, and resets their idle times.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Final

from kryonix_tui.errors import ReplyError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.dumps import dumped
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.functions import libraries
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.translate import translated

BATCH: Final = 100
"""Keys of one pipeline: so many values are in memory at once."""

SCAN_COUNT: Final = 500
_DIGEST: Final = 16


class FuzzyReader:
    """Reads all keys of a server that `keep` accepts, once each.

    `keep(db, key)` is asked before a value is read. `version` is the server's format version (None before the first
    record); `vanished` counts keys that were gone when their turn came, `met` those that SCAN has shown, of about `there`.
    `breath` is called after each SCAN and before values are read; what it raises ends the reading. Remembering which keys were seen, for SCAN may
    return one twice and a file may not, costs about 100 bytes per key of the largest database.
    """

    def __init__(
        self,
        clients: PurposeClients,
        keep: Callable[[int, bytes], bool] | None = None,
        breath: Callable[[], None] = lambda: None,
    ) -> None:
        self._clients = clients
        self._keep = keep
        self._breath = breath
        self.version: int | None = None
        self.keys = 0
        self.vanished = 0
        self.met = 0
        self.there = 0

    async def functions(self) -> list[bytes]:
        """Return the code of the function libraries.

        Raises:
            SourceError: the server could not be read.
            CorruptRdbError: it answered with something else.
        """
        return libraries(await self._clients.call(0, "FUNCTION DUMP"))

    async def records(self) -> AsyncIterator[Record]:
        """Yield the records, database by database.

        Raises:
            SourceError: the server could not be read, or was replaced meanwhile; what was yielded is no backup then.
            UnknownTypeError: a value is of a type that no file of ours can hold (modules).
        """
        run_id, databases = await self._overview()
        self.there = sum(databases.values())
        for db in sorted(databases):
            async for keys in self._scan(db):
                for start in range(0, len(keys), BATCH):
                    self._breath()
                    for record in await self._read(db, keys[start : start + BATCH]):
                        yield record
        if (await self._overview())[0] != run_id:
            raise UnreachableError(
                _("{place} was restarted or replaced during the backup").format(place=self._clients.place),
                hint=_("Start the backup again."),
            )

    async def _overview(self) -> tuple[str, dict[int, int]]:
        replies = await self._clients.replies(0, [("INFO", "server"), ("INFO", "keyspace")])
        with translated(self._clients.place):
            server, keyspace = map(info.parse_info, replies)
            sizes = info.database_sizes(keyspace)
            return server.get("run_id", ""), {db: size.keys for db, size in sizes.items()}

    async def _scan(self, db: int) -> AsyncIterator[list[bytes]]:
        """Yield batches of keys that were not seen before and are wanted."""
        seen: set[bytes] = set()
        cursor = 0
        while True:
            reply = await self._clients.call(db, "SCAN", cursor, "COUNT", SCAN_COUNT)
            with translated(self._clients.place):
                raw, keys = reply
                cursor = int(raw)
            self.met += len(keys)
            self._breath()
            yield list(self._new(db, keys, seen))
            if cursor == 0:
                return

    def _new(self, db: int, keys: Sequence[bytes], seen: set[bytes]) -> Iterator[bytes]:
        for key in keys:
            digest = hashlib.blake2b(key, digest_size=_DIGEST).digest()
            if digest not in seen and (self._keep is None or self._keep(db, key)):
                seen.add(digest)
                yield key

    async def _read(self, db: int, keys: Sequence[bytes]) -> list[Record]:
        found, version = await dumped(self._clients, db, keys)
        if found and self.version not in (None, version):
            raise ReplyError(_("{place} changed its format during the backup").format(place=self._clients.place))
        self.version = version or self.version
        self.vanished += len(keys) - len(found)
        self.keys += len(found)
        return list(found.values())

"""The server that is written to: write records in batches, and find out what it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.maintenance.backup.rdb import Record, payload
from kryonix_tui.maintenance.backup.rdb.checksum import stored
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.sources.redis.translate import code_of, source_error

BATCH_KEYS: Final = 200
BATCH_BYTES: Final = 1 << 20
"""A batch ends with the key that passes one of these."""

LARGE: Final = BATCH_BYTES // BATCH_KEYS
"""Bytes of a value of which a batch that is full of keys would be too large."""

_PROBE: Final = b"kryonix:probe:format"


class Batcher:
    """Collects records of one database until a batch is full."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._bytes = 0

    def add(self, record: Record) -> list[Record]:
        """Return a full batch that ended before `record` or with it, else nothing."""
        full: list[Record] = []
        if self._records and self._records[0].db != record.db:
            full = self.rest()
        self._records.append(record)
        self._bytes += len(record.value)
        if not full and (len(self._records) >= BATCH_KEYS or self._bytes >= BATCH_BYTES):
            return self.rest()
        return full

    def rest(self) -> list[Record]:
        """Return what was collected, and begin anew."""
        records, self._records, self._bytes = self._records, [], 0
        return records


def by_size(db: int, keys: Iterable[bytes], large: Mapping[tuple[int, bytes], int]) -> Iterator[list[bytes]]:
    """Yield keys of one database in batches whose values are read in one go; `large` is the bytes of large values."""
    batch: list[bytes] = []
    size = 0
    for key in keys:
        own = large.get((db, key), LARGE)
        if batch and (len(batch) >= BATCH_KEYS or size + own > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += own
    if batch:
        yield batch


async def write(
    clients: PurposeClients, db: int, records: Sequence[Record], version: int, *, replace: frozenset[bytes]
) -> set[bytes]:
    """RESTORE records with their own expiry; only keys in `replace` may take the place of another.

    Returns the keys that were not written because something is in their place.

    Raises:
        SourceError: the server refused or broke off; what was written before stays.
    """
    commands = [_restore(record, version, replace=record.key in replace) for record in records]
    refused: set[bytes] = set()
    for record, reply in zip(records, await clients.batch(db, commands), strict=True):
        if isinstance(reply, ResponseError):
            if code_of(reply) != "BUSYKEY":
                raise source_error(reply, clients.place, clients.purpose) from reply
            refused.add(record.key)
    return refused


def _restore(record: Record, version: int, *, replace: bool) -> tuple[Any, ...]:
    command: list[Any] = ["RESTORE", record.key, record.expires_at_ms or 0, payload(record, version)]
    if replace:
        command.append("REPLACE")
    if record.expires_at_ms:
        command.append("ABSTTL")
    if record.idle_s is not None:
        command += ["IDLETIME", record.idle_s]
    elif record.frequency is not None:
        command += ["FREQ", record.frequency]
    return tuple(command)


async def accepts(clients: PurposeClients, version: int) -> ResponseError | None:
    """Ask whether the server reads payloads of format `version`, without writing anything; return what it says if not.

    The payload has the right footer and no valid value: a server that knows the version complains about the value.

    Raises:
        SourceError: it did not answer.
    """
    body = b"\xff" + version.to_bytes(2, "little")
    (reply,) = await clients.batch(0, [("RESTORE", _PROBE, 0, body + stored(body))])
    if isinstance(reply, ResponseError) and "bad data format" in str(reply).lower():
        return None
    return reply if isinstance(reply, ResponseError) else None

"""What a backup holds of keys that are to be removed, so that none is removed which has another value by now, or ends later.

DUMP writes a value as a snapshot does. Another encoding of an equal value counts as changed: it is kept, never lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.maintenance.backup.dumps import NO_EXPIRY
from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.record import FOOTER

BATCH_KEYS: Final = 500
BATCH_BYTES: Final = 1 << 20
"""A batch, whose values are read again in one go, ends with the key that passes one of these."""

_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Saved:
    """The keys of an archive, as (db, key), with digests of value and expiry. Costs about 200 bytes a key."""

    _digests: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    _sizes: dict[tuple[int, bytes], int] = field(default_factory=dict)
    """Bytes of those values that are larger than the mean of a full batch."""

    def add(self, record: Record) -> None:
        """Take note of a key that is in the archive."""
        place = record.db, record.key
        self._digests[place] = _digest(record.expires_at_ms, bytes((record.type,)), record.value)
        if len(record.value) > _usual():
            self._sizes[place] = len(record.value)

    def has(self, db: int, key: bytes) -> bool:
        """Tell whether the archive has a key."""
        return (db, key) in self._digests

    def is_like(self, db: int, key: bytes, dumped: bytes, expires: int) -> bool:
        """Tell whether the archive has a key with the value of a DUMP payload and the expiry that PEXPIRETIME tells."""
        ends = None if expires == NO_EXPIRY else expires
        return self._digests.get((db, key)) == _digest(ends, memoryview(dumped)[:-FOOTER])

    def batches(self, db: int, keys: Collection[bytes]) -> Iterator[list[bytes]]:
        """Divide keys of a database, so that the values of a batch may be read at once."""
        batch: list[bytes] = []
        size = 0
        for key in keys:
            batch.append(key)
            size += self._sizes.get((db, key), _usual())
            if len(batch) >= BATCH_KEYS or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch


def _usual() -> int:
    return BATCH_BYTES // BATCH_KEYS


def _digest(ends_ms: int | None, *parts: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(b"%d" % (ends_ms or 0), digest_size=_DIGEST)
    for part in parts:
        digest.update(part)
    return digest.digest()

"""What is in an RDB, counted: per database, and per tenant as the keyspace map tells them apart."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Final

import msgspec

from kryonix_tui.maintenance.backup.archive.hashing import CHUNK
from kryonix_tui.maintenance.backup.archive.manifest import Contents, Keys, tenant_text
from kryonix_tui.maintenance.backup.rdb import ByteSource, PassingKeys
from kryonix_tui.maintenance.backup.rdb import checksum as crc
from kryonix_tui.model.keyspace import KeyspaceMap

_MAX_PREFIXES: Final = 100_000
"""Prefixes of keys that are remembered."""

_Cell = list[int]
"""How many keys stay, and how many expire."""


class Counting:
    """Counts an RDB while it passes by: `feed` block after block, then `end`.

    Raises:
        CorruptRdbError: it is damaged.
        UnknownTypeError: it holds what cannot be walked.
    """

    def __init__(self, keyspace: KeyspaceMap) -> None:
        self._keyspace = keyspace
        self._walk = PassingKeys(self._take)
        self._cells: dict[tuple[int, str | None], _Cell] = {}
        self._db = 0
        self._by_prefix: dict[bytes, _Cell] = {}

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._walk.feed(data)

    def end(self) -> Contents:
        """Return what was in it."""
        keys = self._walk.end().keys
        databases: defaultdict[int, _Cell] = defaultdict(_cell)
        tenants: defaultdict[str, _Cell] = defaultdict(_cell)
        for (db, tenant), cell in self._cells.items():
            _add(cell, databases[db])
            if tenant is not None:
                _add(cell, tenants[tenant])
        return Contents(
            keys=keys,
            functions=len(self._walk.functions),
            databases={db: _keys(cell) for db, cell in databases.items()},
            tenants={tenant_text(tenant): _keys(cell) for tenant, cell in tenants.items()},
            keyspace=fingerprint(self._keyspace),
        )

    def _take(self, db: int, staying: list[bytes], expiring: list[bytes]) -> None:
        if db != self._db:
            self._db = db
            self._by_prefix.clear()
        known, find = self._by_prefix.get, self._cell_of
        for column, keys in enumerate((staying, expiring)):
            for key in keys:
                (known(key.rpartition(b":")[0]) or find(key))[column] += 1

    def _cell_of(self, key: bytes) -> _Cell:
        """Return where a key is counted, and remember that for all keys that differ in their last segment only."""
        db, prefix = self._db, key.rpartition(b":")[0]
        common = self._keyspace.of_prefix(db, prefix)
        tenant = (common or self._keyspace.attribute(db, key)).tenant
        cell = self._cells.setdefault((db, tenant), _cell())
        if common is not None:
            if len(self._by_prefix) >= _MAX_PREFIXES:
                self._by_prefix.clear()
            self._by_prefix[prefix] = cell
        return cell


def _cell() -> _Cell:
    return [0, 0]


def _add(cell: _Cell, total: _Cell) -> None:
    total[0] += cell[0]
    total[1] += cell[1]


def _keys(cell: _Cell) -> Keys:
    return Keys(keys=sum(cell), expires=cell[1])


def count(source: ByteSource, keyspace: KeyspaceMap) -> Contents:
    """Count the RDB in `source`, read to its end. Raises as `Counting`."""
    counting = Counting(keyspace)
    while part := source.read(CHUNK):
        counting.feed(part)
    return counting.end()


def fingerprint(keyspace: KeyspaceMap) -> str:
    """Return what tells two maps apart that would attribute keys differently."""
    patterns = [(pattern.db, pattern.pattern) for pattern in keyspace.patterns]
    return hashlib.sha256(msgspec.json.encode(patterns)).hexdigest()


def checksum_holds(source: ByteSource) -> bool:
    """Tell whether an RDB ends with its CRC64, or with the zeros of a server that writes none. Nothing is walked."""
    checksum, tail = 0, b""
    while part := source.read(1 << 20):
        tail += part
        checksum = crc.crc64(tail[: -crc.SIZE], checksum)
        tail = tail[-crc.SIZE :]
    return tail in (bytes(crc.SIZE), checksum.to_bytes(crc.SIZE, "little"))

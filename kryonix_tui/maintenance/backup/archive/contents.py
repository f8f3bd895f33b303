"""What is in an RDB, counted: per database, and per tenant as the keyspace map tells them apart."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from kryonix_tui.maintenance.backup.archive.hashing import CHUNK
from kryonix_tui.maintenance.backup.archive.manifest import Contents, Keys, tenant_text
from kryonix_tui.maintenance.backup.rdb import ByteSource, PassingKeys
from kryonix_tui.maintenance.backup.rdb import checksum as crc
from kryonix_tui.model.keyspace import KeyspaceMap

_MAX_PREFIXES: Final = 100_000
"""Prefixes of keys that are remembered."""


class Counting:
    """Counts an RDB while it passes by: `feed` block after block, then `end`.

    Raises:
        CorruptRdbError: it is damaged.
        UnknownTypeError: it holds what cannot be walked.
    """

    def __init__(self, keyspace: KeyspaceMap) -> None:
        self._keyspace = keyspace
        self._walk = PassingKeys(self._take)
        # Plain numbers at places, 0 being no place: thousands of small objects would keep the garbage collector busy.
        self._staying, self._expiring = [0], [0]
        self._places: dict[int, dict[str | None, int]] = {}
        self._db = 0
        self._by_prefix: dict[bytes, int] = {}

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._walk.feed(data)

    def end(self) -> Contents:
        """Return what was in it."""
        keys = self._walk.end().keys
        of_tenant: defaultdict[str, list[int]] = defaultdict(list)
        for places in self._places.values():
            for tenant, place in places.items():
                if tenant is not None:
                    of_tenant[tenant].append(place)
        return Contents(
            keys=keys,
            functions=len(self._walk.functions),
            databases={db: self._sum(places.values()) for db, places in self._places.items()},
            tenants={tenant_text(tenant): self._sum(places) for tenant, places in of_tenant.items()},
            keyspace=fingerprint(self._keyspace),
        )

    def _take(self, db: int, staying: list[bytes], expiring: list[bytes]) -> None:
        if db != self._db:
            self._db = db
            self._by_prefix.clear()
        known, find = self._by_prefix.get, self._place_of
        for counts, keys in ((self._staying, staying), (self._expiring, expiring)):
            for key in keys:
                counts[known(key.rpartition(b":")[0]) or find(key)] += 1

    def _place_of(self, key: bytes) -> int:
        """Return where a key is counted, and remember that for all keys that differ in their last segment only."""
        db, prefix = self._db, key.rpartition(b":")[0]
        common = self._keyspace.of_prefix(db, prefix)
        tenant = (common or self._keyspace.attribute(db, key)).tenant
        places = self._places.setdefault(db, {})
        place = places.get(tenant)
        if place is None:
            place = places[tenant] = len(self._staying)
            self._staying.append(0)
            self._expiring.append(0)
        if common is not None:
            if len(self._by_prefix) >= _MAX_PREFIXES:
                self._by_prefix.clear()
            self._by_prefix[prefix] = place
        return place

    def _sum(self, places: Iterable[int]) -> Keys:
        counts = [(self._staying[place], self._expiring[place]) for place in places]
        expires = sum(expiring for _staying, expiring in counts)
        return Keys(keys=sum(staying for staying, _expiring in counts) + expires, expires=expires)


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
    while part := source.read(CHUNK):
        if len(part) < crc.SIZE:
            part, tail = tail + part, b""
        checksum = crc.crc64(memoryview(part)[: -crc.SIZE], crc.crc64(tail, checksum))
        tail = part[-crc.SIZE :]
    return tail in (bytes(crc.SIZE), checksum.to_bytes(crc.SIZE, "little"))

"""What is in an RDB, counted: per database, and per tenant as the keyspace map tells them apart."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import msgspec

from kryonix_tui.maintenance.backup.archive.manifest import Contents, Keys, tenant_text
from kryonix_tui.maintenance.backup.rdb import ByteSource, RdbReader
from kryonix_tui.maintenance.backup.rdb import checksum as crc
from kryonix_tui.model.keyspace import KeyspaceMap


def count(source: ByteSource, keyspace: KeyspaceMap) -> Contents:
    """Walk the RDB in `source` to its end.

    Raises:
        CorruptRdbError: it is damaged.
        UnknownTypeError: it holds what cannot be walked.
    """
    reader = RdbReader(source)
    databases: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    tenants: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    attribute = keyspace.attribution()
    for record in reader:
        expires = record.expires_at_ms is not None
        of_database = databases[record.db]
        of_database[0] += 1
        of_database[1] += expires
        tenant = attribute(record.db, record.key).tenant
        if tenant is not None:
            of_tenant = tenants[tenant]
            of_tenant[0] += 1
            of_tenant[1] += expires
    return Contents(
        keys=sum(keys for keys, _expires in databases.values()),
        functions=len(reader.functions),
        databases={db: Keys(keys=keys, expires=expires) for db, (keys, expires) in databases.items()},
        tenants={tenant_text(name): Keys(keys=keys, expires=expires) for name, (keys, expires) in tenants.items()},
        keyspace=fingerprint(keyspace),
    )


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

"""One key with its value as it stands in an RDB, and the same as a DUMP payload.

A payload, as DUMP returns and RESTORE takes it, is the type byte, the value's bytes as in an RDB, the format version
(16 bits, little endian) and the CRC64 of all that (`createDumpPayload` in `cluster.c`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb import checksum
from kryonix_tui.maintenance.backup.rdb.encoding import INCOMPLETE, MalformedError
from kryonix_tui.maintenance.backup.rdb.errors import CorruptRdbError, UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.values import skips

_VERSION_SIZE: Final = 2
FOOTER: Final = _VERSION_SIZE + checksum.SIZE
"""Bytes of a payload behind type and value."""


class Record(msgspec.Struct, frozen=True):
    """A key of database `db`.

    `value` is encoded as `type` says. `expires_at_ms` is epoch milliseconds; `idle_s` (seconds since the last access)
    and `frequency` (Redis's logarithmic counter, 0 to 255) are known only where the server keeps them. None: none.
    """

    db: int
    key: bytes
    type: int
    value: bytes
    expires_at_ms: int | None = None
    idle_s: int | None = None
    frequency: int | None = None


def payload(record: Record, version: int) -> bytes:
    """Return the DUMP payload of a record, for servers that know format `version`."""
    body = bytes((record.type,)) + record.value + version.to_bytes(_VERSION_SIZE, "little")
    return body + checksum.stored(body)


def from_payload(
    db: int,
    key: bytes,
    dumped: bytes,
    *,
    expires_at_ms: int | None = None,
    idle_s: int | None = None,
    frequency: int | None = None,
) -> tuple[Record, int]:
    """Return the record that a DUMP payload stands for, and its format version.

    Raises:
        CorruptRdbError: it is too short, its checksum is wrong, or its value ends elsewhere.
        UnknownTypeError: its type is not known.
    """
    end, version = footer_of(dumped)
    if not end:
        raise CorruptRdbError(0, N_("a value"))
    value = dumped[1:end]
    skip = skips(version).get(dumped[0])
    if skip is None:
        raise UnknownTypeError(dumped[0], db, 0)
    try:
        whole = skip(value, 0) == len(value)
    except (*INCOMPLETE, MalformedError):
        whole = False
    if not whole:
        raise CorruptRdbError(1, N_("one whole value"))
    return Record(db, key, dumped[0], value, expires_at_ms, idle_s, frequency), version


def footer_of(dumped: bytes) -> tuple[int, int]:
    """Return where the footer of a payload begins, and its format version.

    Raises:
        CorruptRdbError: it is too short, or its checksum is wrong.
    """
    end = len(dumped) - FOOTER
    if end < 0:
        raise CorruptRdbError(len(dumped), N_("a payload"))
    if checksum.stored(memoryview(dumped)[: -checksum.SIZE]) != dumped[-checksum.SIZE :]:
        raise CorruptRdbError(end + _VERSION_SIZE, N_("the checksum of what stands before"))
    return end, int.from_bytes(dumped[end : end + _VERSION_SIZE], "little")

"""Keys of a server as records, by name: DUMP and PEXPIRETIME of a batch in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kryonix_tui.maintenance.backup.rdb import Record, from_payload
from kryonix_tui.maintenance.connections import PurposeClients

NO_EXPIRY: Final = -1
"""What PEXPIRETIME says of a key that stays."""


async def present(clients: PurposeClients, db: int, keys: Sequence[bytes]) -> dict[bytes, Record]:
    """Return the keys among `keys` that exist, as records. Raises as `dumped`."""
    return (await dumped(clients, db, keys))[0]


async def dumped(clients: PurposeClients, db: int, keys: Sequence[bytes]) -> tuple[dict[bytes, Record], int]:
    """Return the keys among `keys` that exist, as records, and the format version that the server writes them in.

    The version is 0 where none exists.

    Raises:
        SourceError: the server could not be read.
        UnknownTypeError, CorruptRdbError: a value that is there cannot be understood.
    """
    commands = [command for key in keys for command in (("DUMP", key), ("PEXPIRETIME", key))]
    replies = await clients.replies(db, commands)
    found: dict[bytes, Record] = {}
    version = 0
    for key, content, expires in zip(keys, replies[::2], replies[1::2], strict=True):
        if content is not None and expires >= NO_EXPIRY:
            expires_at = None if expires == NO_EXPIRY else expires
            found[key], version = from_payload(db, key, content, expires_at_ms=expires_at)
    return found, version

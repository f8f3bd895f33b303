"""Whether two values are the same, although a server may write one value as different bytes.

A set or hash that is too large for a packed encoding is stored as a hash table, whose order differs from server to server
and from run to run. Those are compared by their sorted content; everything else byte by byte.
"""

from __future__ import annotations

import hashlib
from typing import Final

from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.encoding import read_length, read_string

_SET: Final = 2
_HASH: Final = 4
_STRINGS_PER_ELEMENT: Final = {_SET: 1, _HASH: 2}


def digest(kind: int, value: bytes) -> bytes:
    """Return what tells a value from others, whatever the order in which its table was written."""
    width = _STRINGS_PER_ELEMENT.get(kind)
    if width is None:
        return hashlib.blake2b(bytes((kind,)) + value, digest_size=16).digest()
    count, at = read_length(value, 0)
    elements: list[tuple[bytes, ...]] = []
    for _element in range(count):
        parts: list[bytes] = []
        for _part in range(width):
            text, at = read_string(value, at)
            parts.append(text)
        elements.append(tuple(parts))
    hashed = hashlib.blake2b(bytes((kind,)), digest_size=16)
    for element in sorted(elements):
        for text in element:
            hashed.update(len(text).to_bytes(8, "little") + text)
    return hashed.digest()


def same(one: Record, other: Record) -> bool:
    """Tell whether two records have the same value and the same expiry."""
    if one.expires_at_ms != other.expires_at_ms or one.type != other.type:
        return False
    return one.value == other.value or digest(one.type, one.value) == digest(other.type, other.value)

"""When a key goes by itself: at its own expiry or, a hash of Valkey, with the last of its fields where all expire."""

from __future__ import annotations

import struct
from typing import Final

from kryonix_tui.maintenance.backup.rdb.encoding import read_length, skip_string
from kryonix_tui.maintenance.backup.rdb.record import Record
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES, Shape

_TIMED: Final = frozenset(code for code, found in VALUE_TYPES.items() if found.shape is Shape.EXPIRING_PAIRS)
_TIME: Final = struct.Struct("<q")
"""Epoch milliseconds; a field without expiry has 0 or -1."""


def ends_at_ms(record: Record) -> int | None:
    """Return the epoch milliseconds at which a server removes the key of itself; None: never.

    Hashes in the formats of Redis 7.4 count by the expiry of their key alone.
    """
    own = record.expires_at_ms
    if record.type not in _TIMED:
        return own
    last = _last_field_ms(record.value)
    return own if last is None else last if own is None else min(own, last)


def _last_field_ms(value: bytes) -> int | None:
    """Return when the last field of a hash expires, None where one does not."""
    last = 0
    count, at = read_length(value, 0)
    for _number in range(count):
        at = skip_string(value, skip_string(value, at))
        (time,) = _TIME.unpack_from(value, at)
        at += _TIME.size
        if time <= 0:
            return None
        last = max(last, time)
    return last or None

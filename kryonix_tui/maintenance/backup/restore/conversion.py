"""Write a value in an older format, where that format has what the value needs."""

from __future__ import annotations

from typing import Final

import msgspec

from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, read_string, string_bytes
from kryonix_tui.maintenance.backup.rdb.packed import listpack
from kryonix_tui.maintenance.backup.rdb.types import known_types
from kryonix_tui.maintenance.backup.rdb.values import active_times

_PACKED_SET: Final = 20
_SET: Final = 2
_STREAM_3: Final = 21
_STREAM_2: Final = 19
_TIME: Final = 8


def converted(record: Record, version: int) -> Record | None:
    """Return a record as format `version` has it, None where that cannot hold it (fields of a hash with an expiry).

    Most are the same. A packed set becomes a plain one; a stream loses when its consumers were last active, and keeps
    entries, ids, counters, groups, and what waits in them for whom.
    """
    types = known_types(version)
    if record.type in types:
        return record
    if record.type == _PACKED_SET:
        members = list(listpack(read_string(record.value, 0)[0]))
        value = length_bytes(len(members)) + b"".join(map(string_bytes, members))
        return msgspec.structs.replace(record, type=_SET, value=value)
    if record.type == _STREAM_3 and _STREAM_2 in types:
        return msgspec.structs.replace(record, type=_STREAM_2, value=_without_activity(record.value))
    return None


def _without_activity(stream: bytes) -> bytes:
    kept, begin = [], 0
    for at in active_times(stream):
        kept.append(stream[begin:at])
        begin = at + _TIME
    return b"".join((*kept, stream[begin:]))

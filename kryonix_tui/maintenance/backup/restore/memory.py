"""How much memory a record takes in a server at most, told from its bytes: nothing is decompressed.

An RDB is smaller than the memory that it becomes. Text is compressed in it, and a member of a table of five bytes takes
twenty times as many beside its neighbours' pointers. Bounds, measured on Redis 7.0 and Valkey 9 with their own settings.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.encoding import read_length, text_length
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES, Shape

KEY: Final = 200
"""Bytes for a key besides name and value: entries in two tables, which may be about to grow, and the object."""

ELEMENT: Final = 112
"""Bytes for a member, field, or node besides its text: those of sorted sets are the largest."""

_TEXT: Final = 1.25
"""Bytes that the allocator takes for a byte of text: its sizes are a quarter apart."""

_UNKNOWN: Final = 4.0
"""The same for a byte of what is not looked into."""

_STREAM: Final = 4096
"""Bytes that a stream keeps ready for entries to come."""

_STREAMS: Final = frozenset((Shape.STREAM_1, Shape.STREAM_2, Shape.STREAM_3))


class _Layout(NamedTuple):
    """A count, then so many times: bytes that are passed, strings, bytes that are passed."""

    before: int
    strings: int
    after: int


_LAYOUTS: Final = {
    Shape.STRINGS: _Layout(0, 1, 0),
    Shape.PAIRS: _Layout(0, 2, 0),
    Shape.BINARY_SCORES: _Layout(0, 1, 8),
    Shape.NODES: _Layout(1, 1, 0),
    Shape.EXPIRING_PAIRS: _Layout(0, 2, 8),
    # What follows their nodes (groups, consumers) is not looked into.
    **dict.fromkeys(_STREAMS, _Layout(0, 2, 0)),
}


def needed(record: Record) -> float:
    """Return the bytes that a record takes in a server."""
    return KEY + _TEXT * len(record.key) + _of_value(record.value, VALUE_TYPES[record.type].shape)


def _of_value(value: bytes, shape: Shape) -> float:
    if shape is Shape.STRING:
        return _TEXT * text_length(value, 0)[0]
    layout = _LAYOUTS.get(shape)
    if layout is None:
        return _UNKNOWN * len(value)
    count, at = read_length(value, 0)
    size = 0
    for _number in range(count):
        at += layout.before
        for _string in range(layout.strings):
            length, at = text_length(value, at)
            size += length
        at += layout.after
    ready = _STREAM if shape in _STREAMS else 0
    return ready + ELEMENT * count + _TEXT * size + _UNKNOWN * (len(value) - at)

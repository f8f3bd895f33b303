"""What is inside the packed encodings of small collections: listpacks, ziplists, sets of integers.

Elements come as the bytes that a client would see: integers as their decimal digits. Sources: `listpack.c`, `ziplist.c`,
`intset.c`. Damage raises what reading past the end of a buffer raises (`encoding.INCOMPLETE`) or ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_LISTPACK_HEADER: Final = 6
_ZIPLIST_HEADER: Final = 10
_END: Final = 0xFF
_LONG_PREVIOUS: Final = 254
_LISTPACK_INTEGERS: Final = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}
_ZIPLIST_INTEGERS: Final = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}
_INTSET: Final = struct.Struct("<II")
_LENGTH: Final = struct.Struct("<I")
_LENGTH_BIG: Final = struct.Struct(">I")


def listpack(data: bytes) -> Iterator[bytes]:
    """Yield the elements of a listpack."""
    at = _LISTPACK_HEADER
    while data[at] != _END:
        begin = at
        element, at = _listpack_element(data, at)
        yield element
        at += _backward_size(at - begin)


def _listpack_element(data: bytes, at: int) -> tuple[bytes, int]:
    first = data[at]
    if first < 0x80:
        return b"%d" % first, at + 1
    if first < 0xC0:
        return _text(data, at + 1, first & 0x3F)
    if first < 0xE0:
        number = (first & 0x1F) << 8 | data[at + 1]
        return b"%d" % (number - 0x2000 if number >= 0x1000 else number), at + 2
    if first < 0xF0:
        return _text(data, at + 2, (first & 0x0F) << 8 | data[at + 1])
    if first == 0xF0:
        return _text(data, at + 5, _LENGTH.unpack_from(data, at + 1)[0])
    return _integer(data, at + 1, _LISTPACK_INTEGERS.get(first, 0))


def _backward_size(length: int) -> int:
    """Return how many bytes tell the length of an element to those who come from behind."""
    limits = (0x7F, 0x3FFE, 0x1FFFFE, 0xFFFFFFE)
    return 1 + sum(length > limit for limit in limits)


def ziplist(data: bytes) -> Iterator[bytes]:
    """Yield the elements of a ziplist."""
    at = _ZIPLIST_HEADER
    while data[at] != _END:
        at += 1 if data[at] < _LONG_PREVIOUS else 5
        element, at = _ziplist_element(data, at)
        yield element


def _ziplist_element(data: bytes, at: int) -> tuple[bytes, int]:
    first = data[at]
    if first < 0x40:
        return _text(data, at + 1, first)
    if first < 0x80:
        return _text(data, at + 2, (first & 0x3F) << 8 | data[at + 1])
    if first < 0xC0:
        return _text(data, at + 5, _LENGTH_BIG.unpack_from(data, at + 1)[0])
    if 0xF1 <= first <= 0xFD:
        return b"%d" % (first - 0xF1), at + 1
    return _integer(data, at + 1, _ZIPLIST_INTEGERS.get(first, 0))


def intset(data: bytes) -> Iterator[bytes]:
    """Yield the members of a set of integers."""
    width, count = _INTSET.unpack_from(data)
    for number in range(count):
        yield _integer(data, _INTSET.size + number * width, width)[0]


def _text(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    end = at + size
    if end > len(data):
        raise IndexError
    return data[at:end], end


def _integer(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    raw, end = _text(data, at, size)
    if not raw:
        raise ValueError("no encoding of an element begins so")
    return b"%d" % int.from_bytes(raw, "little", signed=True), end

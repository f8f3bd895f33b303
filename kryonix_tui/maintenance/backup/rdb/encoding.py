"""Lengths and strings of the RDB format, in a buffer.

Every function takes the buffer and a position in it. The buffer may end anywhere: reading past its end raises one of
`INCOMPLETE`, skipping past its end returns a position beyond it; more bytes then settle the matter. What no further
byte can mend raises `MalformedError`. Nothing is allocated because a length field asks for it.

Lengths (`rdb.h`): 00xxxxxx 6 bits; 01xxxxxx 14 bits; 10000000 32 bits and 10000001 64 bits, big endian, follow;
11xxxxxx only where a string is expected: an integer of 8, 16 or 32 bits (little endian), or 3 for an LZF string.
"""

from __future__ import annotations

import struct
from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.backup.rdb.lzf import decompress

INCOMPLETE: Final = (IndexError, struct.error)
"""What reading past the end of the buffer raises."""

LONGEST: Final = 1 << 40
"""A string or a collection of a larger size is a damaged length."""

INT64: Final = struct.Struct("<q")
INT32: Final = struct.Struct("<i")
_INT16: Final = struct.Struct("<h")
_INT8: Final = struct.Struct("<b")
_LENGTH32: Final = struct.Struct(">I")
_LENGTH64: Final = struct.Struct(">Q")
_INTEGERS: Final = (_INT8, _INT16, INT32)
_ENCODED_INTEGERS: Final = {0xC0 + index: form for index, form in enumerate(_INTEGERS)}
_COMPRESSED: Final = 0xC3
_TWO_BYTES: Final = 0x40
_MORE_BYTES: Final = 0x80
"""Between the two, a byte is the first of a length of 14 bits."""


class MalformedError(Exception):
    """The byte at `at` of the buffer cannot be. `expected` is a text to show, untranslated."""

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(expected)
        self.at = at
        self.expected = expected


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number of up to 64 bits, and the position after it."""
    first = data[at]
    if first < 0x40:
        return first, at + 1
    if first < 0x80:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    if first == 0x80:
        return _LENGTH32.unpack_from(data, at + 1)[0], at + 5
    if first == 0x81:
        return _LENGTH64.unpack_from(data, at + 1)[0], at + 9
    raise MalformedError(at, N_("a length"))


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Return a count or a size, and the position after it."""
    length, after = read_number(data, at)
    if length > LONGEST:
        raise MalformedError(at, N_("a length that can be"))
    return length, after


def skip_string(data: bytes, at: int) -> int:
    """Return the position after a string."""
    first = data[at]
    if first < 0x40:
        return at + 1 + first
    if first < 0x80:
        return at + 2 + ((first & 0x3F) << 8 | data[at + 1])
    if first == _COMPRESSED:
        size = data[at + 1]
        if _TWO_BYTES <= size < _MORE_BYTES and _TWO_BYTES <= data[at + 3] < _MORE_BYTES:
            # Both sizes are of 14 bits, as most are, and nothing has to be called.
            return at + 5 + ((size & 0x3F) << 8 | data[at + 2])
        size, after = read_length(data, at + 1)
        _, after = read_length(data, after)
        return after + size
    integer = _ENCODED_INTEGERS.get(first)
    if integer is not None:
        return at + 1 + integer.size
    length, after = read_length(data, at)
    return after + length


def text_length(data: bytes, at: int) -> tuple[int, int]:
    """Return how long a string is once it is decompressed, at least, and the position after it."""
    after = skip_string(data, at)
    if data[at] != _COMPRESSED:
        return after - at, after
    _, start = read_length(data, at + 1)
    return read_length(data, start)[0], after


def read_string(data: bytes, at: int) -> tuple[bytes, int]:
    """Return a string, decompressed, and the position after it."""
    after = skip_string(data, at)
    if after > len(data):
        raise IndexError
    first = data[at]
    if first < 0x40:
        return data[at + 1 : after], after
    integer = _ENCODED_INTEGERS.get(first)
    if integer is not None:
        return b"%d" % integer.unpack_from(data, at + 1)[0], after
    if first != _COMPRESSED:
        _, start = read_length(data, at)
        return data[start:after], after
    _, start = read_length(data, at + 1)
    size, start = read_length(data, start)
    try:
        return decompress(data[start:after], size), after
    except ValueError as error:
        raise MalformedError(start, N_("compressed text")) from error


def length_bytes(length: int) -> bytes:
    """Return the shortest form of a length."""
    if length < 0x40:
        return bytes((length,))
    if length < 0x4000:
        return (0x4000 | length).to_bytes(2, "big")
    if length < 1 << 32:
        return b"\x80" + _LENGTH32.pack(length)
    return b"\x81" + _LENGTH64.pack(length)


def string_bytes(text: bytes) -> bytes:
    """Return a string, uncompressed."""
    return length_bytes(len(text)) + text

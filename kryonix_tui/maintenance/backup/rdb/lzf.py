"""LZF decompression (LibLZF's format), for the few strings that are looked into: keys, aux fields, functions.

A control byte below 32 is followed by that many literal bytes and one more. Otherwise its upper three bits are the
length of an earlier passage minus 2 (7: a further byte is added), and its lower five with the next byte how far back
that begins, minus 1. A passage may reach into what it is itself writing.
"""

from __future__ import annotations

_LITERAL_LIMIT = 32
_LONG = 7


def decompress(packed: bytes, size: int) -> bytes:
    """Return the `size` bytes that `packed` stands for.

    Raises:
        ValueError: `packed` is no LZF text of that size. Never more than `size` bytes (and one passage) are made.
    """
    out = bytearray()
    at, end = 0, len(packed)
    try:
        while at < end and len(out) <= size:
            control = packed[at]
            at += 1
            if control < _LITERAL_LIMIT:
                out += packed[at : at + control + 1]
                at += control + 1
                continue
            length = control >> 5
            if length == _LONG:
                length += packed[at]
                at += 1
            _repeat(out, ((control & 31) << 8) + packed[at] + 1, length + 2)
            at += 1
    except IndexError as error:
        raise ValueError("the compressed text ends early") from error
    if at != end or len(out) != size:
        raise ValueError("the compressed text has another size")
    return bytes(out)


def _repeat(out: bytearray, distance: int, length: int) -> None:
    """Append `length` bytes that begin `distance` before the end of `out`."""
    start = len(out) - distance
    if start < 0:
        raise ValueError("the compressed text refers to before its beginning")
    passage = out[start : start + length]
    out += passage if len(passage) == length else (passage * (length // distance + 1))[:length]

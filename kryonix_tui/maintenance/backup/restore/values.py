"""Whether two values are the same, although servers may write one value as different bytes.

How a collection is packed depends on a server's version and settings, the order of a hash table on its process, and
whether text is compressed on `rdbcompression`. Values are therefore compared by what a client would see of them. Of a
stream that is its entries, counters, groups and what waits in them; not when a consumer was last active, which older
servers do not keep. A field of a hash whose time has come is no difference: the server removes it by itself.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.rdb.encoding import (
    INCOMPLETE,
    MalformedError,
    read_length,
    read_number,
    read_string,
)
from kryonix_tui.maintenance.backup.rdb.packed import intset, listpack, ziplist
from kryonix_tui.maintenance.backup.rdb.types import VALUE_TYPES, Family

Element = tuple[bytes, ...]
"""A member, a field with its value, a member with its score: what is compared as one."""

_UNORDERED: Final = frozenset((Family.SET, Family.HASH, Family.ZSET))
_DIGEST: Final = 16
_SCORE: Final = struct.Struct("<d")
_TIME: Final = 8
_NO_TIME: Final = (b"\xff" * 8, b"\0" * 8)
"""How a field without expiry is written."""

_TIMED: Final = 22
"""The type of hashes of which some fields expire."""

_UNTIMED: Final = 2
"""Parts of one of their elements that does not: field and value."""

_FIELD: Final = _TIME + _DIGEST
"""Bytes of a state for a field that expires: when, and what it is."""

_FIXED: Final = _DIGEST + _TIME
"""Bytes of a state before those: of everything else, and when the key expires."""

_SLACK_MS: Final = 1000
"""How well the server's clock is known here."""

_SPECIAL_SCORES: Final = {253: b"nan", 254: b"inf", 255: b"-inf"}


def digest(kind: int, value: bytes) -> bytes:
    """Return what tells a value from others, however it is encoded. A value that cannot be read stands for itself."""
    known, read = VALUE_TYPES.get(kind), _READERS.get(kind)
    if known is not None and read is not None:
        with suppress(*INCOMPLETE, MalformedError, ValueError):
            return _hashed(known.family, read(value))
    return hashlib.blake2b(bytes((kind,)) + value, digest_size=_DIGEST).digest()


def same(one: Record, other: Record, now_ms: int) -> bool:
    """Tell whether two records have the same value and the same expiry, at the time `now_ms` of their server."""
    if one.expires_at_ms != other.expires_at_ms:
        return False
    if one.type == other.type and one.value == other.value:
        return True
    return unchanged(state_of(one), state_of(other), now_ms)


def state_of(record: Record) -> bytes:
    """Return what tells the present state of a key from any other, for `unchanged`."""
    expiry = (record.expires_at_ms or 0).to_bytes(_TIME, "little")
    if record.type == _TIMED:
        with suppress(*INCOMPLETE, MalformedError, ValueError):
            elements = list(_expiring_pairs(record.value))
            lasting = _hashed(Family.HASH, [element for element in elements if len(element) == _UNTIMED])
            timed = [element for element in elements if len(element) != _UNTIMED]
            return lasting + expiry + b"".join(sorted(each[-1] + _hashed(Family.HASH, [each]) for each in timed))
    return digest(record.type, record.value) + expiry


def unchanged(before: bytes, after: bytes, now_ms: int) -> bool:
    """Tell whether two states of a key are the same, but for fields whose time had come at `now_ms`."""
    return before == after or _lasting(before, now_ms) == _lasting(after, now_ms)


def _lasting(state: bytes, now_ms: int) -> tuple[bytes, list[bytes]]:
    """Return a state without the fields whose time has come."""
    fields = (state[at : at + _FIELD] for at in range(_FIXED, len(state), _FIELD))
    late = now_ms + _SLACK_MS
    return state[:_FIXED], [field for field in fields if int.from_bytes(field[:_TIME], "little") > late]


def _hashed(family: Family, elements: Iterable[Element]) -> bytes:
    hashed = hashlib.blake2b(family.value.encode(), digest_size=_DIGEST)
    for element in sorted(elements) if family in _UNORDERED else elements:
        hashed.update(len(element).to_bytes(1, "little"))
        for text in element:
            hashed.update(len(text).to_bytes(8, "little") + text)
    return hashed.digest()


def _string(value: bytes) -> Iterator[Element]:
    yield (read_string(value, 0)[0],)


def _strings(value: bytes, at: int = 0) -> Iterator[Element]:
    count, at = read_length(value, at)
    for _number in range(count):
        text, at = read_string(value, at)
        yield (text,)


def _ziplists(value: bytes) -> Iterator[Element]:
    for (packed,) in _strings(value):
        yield from _singles(ziplist(packed))


def _nodes(value: bytes) -> Iterator[Element]:
    """Lists of nodes: an element each where they are plain, else packed ones."""
    count, at = read_length(value, 0)
    for _number in range(count):
        plain = value[at] == 1
        text, at = read_string(value, at + 1)
        yield from [(text,)] if plain else _singles(listpack(text))


def _pairs(value: bytes) -> Iterator[Element]:
    yield from _twos(text for (text,) in _doubled(value))


def _doubled(value: bytes) -> Iterator[Element]:
    count, at = read_length(value, 0)
    for _number in range(2 * count):
        text, at = read_string(value, at)
        yield (text,)


def _expiring_pairs(value: bytes) -> Iterator[Element]:
    count, at = read_length(value, 0)
    for _number in range(count):
        field, at = read_string(value, at)
        text, at = read_string(value, at)
        time = value[at : at + _TIME]
        at += _TIME
        yield (field, text) if time in _NO_TIME else (field, text, time)


def _text_scores(value: bytes) -> Iterator[Element]:
    count, at = read_length(value, 0)
    for _number in range(count):
        member, at = read_string(value, at)
        size = value[at]
        at += 1
        score = _SPECIAL_SCORES.get(size) or value[at : at + size]
        at += 0 if size in _SPECIAL_SCORES else size
        yield member, _score(score)


def _binary_scores(value: bytes) -> Iterator[Element]:
    count, at = read_length(value, 0)
    for _number in range(count):
        member, at = read_string(value, at)
        yield member, value[at : at + _SCORE.size]
        at += _SCORE.size


def _packed(
    unpack: Callable[[bytes], Iterator[bytes]], group: Callable[[Iterator[bytes]], Iterator[Element]]
) -> Callable[[bytes], Iterator[Element]]:
    return lambda value: group(unpack(read_string(value, 0)[0]))


def _singles(elements: Iterator[bytes]) -> Iterator[Element]:
    return ((text,) for text in elements)


def _twos(elements: Iterator[bytes]) -> Iterator[Element]:
    return zip(elements, elements, strict=True)


def _scored(elements: Iterator[bytes]) -> Iterator[Element]:
    return ((member, _score(score)) for member, score in zip(elements, elements, strict=True))


def _score(text: bytes) -> bytes:
    return _SCORE.pack(float(text))


def _stream(value: bytes, *, edition: int) -> Iterator[Element]:
    """Streams as `rdb.values` describes them: nodes of entries, counters, groups, consumers and what they hold."""
    yield from _pairs(value)
    at = _after_pairs(value)
    for _number in range(3 if edition == 1 else 8):
        counter, at = read_number(value, at)
        yield (b"%d" % counter,)
    groups, at = read_length(value, at)
    for _number in range(groups):
        name, at = read_string(value, at)
        yield (name,)
        for _counter in range(2 if edition == 1 else 3):
            counter, at = read_number(value, at)
            yield (b"%d" % counter,)
        pending, at = read_length(value, at)
        for _entry in range(pending):
            after = read_number(value, at + 16 + _TIME)[1]
            yield (value[at:after],)
            at = after
        consumers, at = read_length(value, at)
        for _consumer in range(consumers):
            name, at = read_string(value, at)
            seen = value[at : at + _TIME]
            at += _TIME * (2 if edition == 3 else 1)
            waiting, at = read_length(value, at)
            yield name, seen, value[at : at + 16 * waiting]
            at += 16 * waiting


def _after_pairs(value: bytes) -> int:
    count, at = read_length(value, 0)
    for _number in range(2 * count):
        _text, at = read_string(value, at)
    return at


_READERS: Final[dict[int, Callable[[bytes], Iterator[Element]]]] = {
    0: _string,
    1: _strings,
    2: _strings,
    3: _text_scores,
    4: _pairs,
    5: _binary_scores,
    10: _packed(ziplist, _singles),
    11: _packed(intset, _singles),
    12: _packed(ziplist, _scored),
    13: _packed(ziplist, _twos),
    14: _ziplists,
    15: lambda value: _stream(value, edition=1),
    16: _packed(listpack, _twos),
    17: _packed(listpack, _scored),
    18: _nodes,
    19: lambda value: _stream(value, edition=2),
    20: _packed(listpack, _singles),
    21: lambda value: _stream(value, edition=3),
    22: _expiring_pairs,
}
"""By type byte. What is missing here is compared byte by byte."""

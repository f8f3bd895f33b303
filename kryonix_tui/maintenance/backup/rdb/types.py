"""The type bytes of values: what each holds, and which format versions know it.

Source: `rdb.h` of Redis 7.4 and Valkey 9. The two families have shared numbers up to 21 and gone apart since: their
files differ in magic, and in the version, which Valkey counts from 80.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

VALKEY_VERSION: Final = 80
"""Format versions from here on are Valkey's, with its own magic; those below are Redis's."""

OLDEST_VERSION: Final = 6
"""Redis 2.6 wrote it; all since end with a checksum."""


class Magic(StrEnum):
    """What a file begins with, before the digits of its version."""

    REDIS = "REDIS"
    VALKEY = "VALKEY"


class Opcode(IntEnum):
    """First bytes of entries that are no value."""

    SLOT_INFO = 244
    FUNCTION = 245
    IDLE = 248
    FREQUENCY = 249
    AUX = 250
    RESIZE_DB = 251
    EXPIRE_MS = 252
    EXPIRE_S = 253
    SELECT_DB = 254
    EOF = 255


FIRST_OPCODE: Final = 240
"""No value has a type this high. Numbers without a name in `Opcode` (243, 246 and 247: slot imports, functions of
release candidates, data of modules) are not known."""


class Family(StrEnum):
    """What a value is to its user, whatever its encoding."""

    STRING = "string"
    LIST = "list"
    SET = "set"
    ZSET = "zset"
    HASH = "hash"
    STREAM = "stream"


class Shape(IntEnum):
    """How the bytes of a value are built, as far as finding its end needs to know."""

    STRING = 0
    """One string, whatever is packed into it."""
    STRINGS = 1
    """A count, and so many strings."""
    PAIRS = 2
    """A count, and so many times two strings."""
    TEXT_SCORES = 3
    """A count; each a string and a number as text."""
    BINARY_SCORES = 4
    """A count; each a string and a double."""
    NODES = 5
    """A count; each the kind of node (1 plain, 2 packed) and a string."""
    STREAM_1 = 6
    STREAM_2 = 7
    STREAM_3 = 8
    EXPIRING_PAIRS = 9
    """Valkey: a count; each two strings and a time of expiry (int64, ms)."""
    TIMED_PAIRS = 10
    """Redis: the soonest expiry (int64), a count; each a time as a number, and two strings."""
    TIMED_STRING = 11
    """Redis: the soonest expiry (int64), and one string."""


class ValueType(NamedTuple):
    """What a type byte means, in format versions `since` to `until`."""

    family: Family
    shape: Shape
    since: int = 1
    until: int = 9999


_REDIS_ONLY: Final = VALKEY_VERSION - 1

VALUE_TYPES: Final = {
    0: ValueType(Family.STRING, Shape.STRING),
    1: ValueType(Family.LIST, Shape.STRINGS),
    2: ValueType(Family.SET, Shape.STRINGS),
    3: ValueType(Family.ZSET, Shape.TEXT_SCORES),
    4: ValueType(Family.HASH, Shape.PAIRS),
    5: ValueType(Family.ZSET, Shape.BINARY_SCORES, 8),
    9: ValueType(Family.HASH, Shape.STRING),
    10: ValueType(Family.LIST, Shape.STRING),
    11: ValueType(Family.SET, Shape.STRING),
    12: ValueType(Family.ZSET, Shape.STRING),
    13: ValueType(Family.HASH, Shape.STRING),
    14: ValueType(Family.LIST, Shape.STRINGS, 7),
    15: ValueType(Family.STREAM, Shape.STREAM_1, 9),
    16: ValueType(Family.HASH, Shape.STRING, 10),
    17: ValueType(Family.ZSET, Shape.STRING, 10),
    18: ValueType(Family.LIST, Shape.NODES, 10),
    19: ValueType(Family.STREAM, Shape.STREAM_2, 10),
    20: ValueType(Family.SET, Shape.STRING, 11),
    21: ValueType(Family.STREAM, Shape.STREAM_3, 11),
    22: ValueType(Family.HASH, Shape.EXPIRING_PAIRS, VALKEY_VERSION),
    24: ValueType(Family.HASH, Shape.TIMED_PAIRS, 12, _REDIS_ONLY),
    25: ValueType(Family.HASH, Shape.TIMED_STRING, 12, _REDIS_ONLY),
}
"""By type byte. Not here, so not known: 6 and 7 (values of modules), 22 and 23 of Redis 7.4's release candidates."""


def magic_of(version: int) -> Magic:
    """Return what a file of this format version begins with."""
    return Magic.VALKEY if version >= VALKEY_VERSION else Magic.REDIS


def known_types(version: int) -> dict[int, ValueType]:
    """Return the value types that a format version has."""
    return {code: found for code, found in VALUE_TYPES.items() if found.since <= version <= found.until}

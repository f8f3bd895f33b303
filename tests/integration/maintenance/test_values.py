"""Values as servers pack them, against the same values written plainly: one digest, and another for any other value."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest

from kryonix_tui.maintenance.backup.rdb import from_payload
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, string_bytes
from kryonix_tui.maintenance.backup.restore.values import digest
from tests.servers import Server

INTEGERS = [
    sign * number
    for number in (0, 1, 12, 13, 63, 64, 127, 128, 4095, 4096, 4097, 2**15, 2**23, 2**31, 2**63 - 1)
    for sign in (1, -1)
]
TEXTS = [
    b"",
    b"a",
    b"x" * 63,
    b"y" * 64,
    b"z" * 4095,
    b"w" * 4096,
    b"v" * 7000,
    b"\xff\x00binary",
    b"-0",
    b"007",
    b"1.5",
]
ELEMENTS = list(dict.fromkeys([*(b"%d" % number for number in INTEGERS), *TEXTS]))


def packed(server: Server, key: str) -> tuple[int, bytes]:
    dumped = server.client().dump(key)
    assert dumped is not None
    record, _version = from_payload(0, key.encode(), dumped)
    return record.type, record.value


def plain(elements: Sequence[bytes], count: int | None = None) -> bytes:
    return length_bytes(len(elements) if count is None else count) + b"".join(map(string_bytes, elements))


def as_string(server: Server) -> tuple[int, bytes]:
    server.client().set("key", "abc" * 500)
    return 0, string_bytes(b"abc" * 500)


def as_list(server: Server) -> tuple[int, bytes]:
    server.client().rpush("key", *ELEMENTS)
    return 1, plain(ELEMENTS)


def as_set(server: Server) -> tuple[int, bytes]:
    small = [element for element in ELEMENTS if len(element) <= 64]
    server.client().sadd("key", *small)
    return 2, plain(sorted(small))


def as_integers(server: Server) -> tuple[int, bytes]:
    numbers = [b"%d" % number for number in dict.fromkeys(INTEGERS)]
    server.client().sadd("key", *numbers)
    return 2, plain(sorted(numbers))


def as_hash(server: Server) -> tuple[int, bytes]:
    pairs = [(field, value) for field in ELEMENTS if len(field) <= 64 for value in [field[::-1]]]
    server.client().hset("key", mapping=dict(pairs))
    return 4, plain([text for pair in pairs for text in pair], len(pairs))


def as_scores(server: Server) -> tuple[int, bytes]:
    scores = {b"a": 1.0, b"b": -2.5, b"c": float("inf"), b"d": float("-inf"), b"7": 1e300, b"e": 0.1, b"f": 128.0}
    server.client().zadd("key", scores)
    value = length_bytes(len(scores))
    return 5, value + b"".join(string_bytes(member) + struct.pack("<d", score) for member, score in scores.items())


@pytest.mark.parametrize("make", [as_string, as_list, as_set, as_integers, as_hash, as_scores])
def test_a_packed_value_is_the_plain_one(redis_server: Server, make: Callable[[Server], tuple[int, bytes]]) -> None:
    kind, value = make(redis_server)
    found = packed(redis_server, "key")
    assert found != (kind, value)
    assert digest(*found) == digest(kind, value)
    other = bytearray(value)
    other[-1] ^= 1
    assert digest(kind, bytes(other)) != digest(kind, value)


def test_the_order_of_a_list_counts() -> None:
    assert digest(1, plain([b"a", b"b"])) != digest(1, plain([b"b", b"a"]))
    assert digest(2, plain([b"a", b"b"])) == digest(2, plain([b"b", b"a"]))
    assert digest(2, plain([b"a", b"b"])) != digest(1, plain([b"a", b"b"]))
    assert digest(4, plain([b"ab", b"c"], 1)) != digest(4, plain([b"a", b"bc"], 1))


def test_what_cannot_be_read_stands_for_itself() -> None:
    broken = plain([b"a"])[:-1]
    assert digest(1, broken) == digest(1, broken) != digest(2, broken)

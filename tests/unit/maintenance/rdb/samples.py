"""Hand-built values of every shape, and small files made of them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable

from kryonix_tui.maintenance.backup.rdb import RdbReader, RdbWriter, Record
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, string_bytes

REDIS, VALKEY = 12, 80
TIME = struct.pack("<q", 1_900_000_000_000)
SCORE = struct.pack("<d", 1.5)
COMPRESSED = b"\xc3\x05\x14\x00a\xe0\x0a\x00"
"""Twenty times the letter a: one literal, and a passage of 19 that begins one byte back."""


def text(raw: str) -> bytes:
    return string_bytes(raw.encode())


def stream(edition: int) -> bytes:
    """A stream of one node, one group with two entries pending, one consumer."""
    raw_id = bytes(16)
    numbers = length_bytes(2) + length_bytes(1_700_000_000_000) + length_bytes(0)
    body = length_bytes(1) + string_bytes(raw_id) + text("entries") + numbers
    body += b"" if edition == 1 else 5 * length_bytes(7)
    group = text("group") + length_bytes(1_700_000_000_000) + length_bytes(0)
    group += b"" if edition == 1 else length_bytes(2)
    group += length_bytes(2) + 2 * (raw_id + TIME + length_bytes(1))
    seen = TIME * (2 if edition == 3 else 1)
    return body + length_bytes(1) + group + length_bytes(1) + text("consumer") + seen + length_bytes(2) + 2 * raw_id


SHARED = {
    0: text("value"),
    1: length_bytes(2) + text("a") + b"\xc0\x05",
    2: length_bytes(2) + text("a") + b"\xc1\x05\x01",
    3: length_bytes(3) + text("a") + b"\x031.5" + text("b") + b"\xfe" + text("c") + b"\xfd",
    4: length_bytes(1) + text("field") + COMPRESSED,
    5: length_bytes(2) + text("a") + SCORE + text("b") + SCORE,
    9: text("zipmap"),
    10: text("ziplist"),
    11: text("intset"),
    12: text("ziplist"),
    13: text("ziplist"),
    14: length_bytes(2) + text("ziplist") + text("ziplist"),
    15: stream(1),
    16: text("listpack"),
    17: text("listpack"),
    18: length_bytes(2) + b"\x01" + text("x" * 300) + b"\x02" + text("listpack"),
    19: stream(2),
    20: text("listpack"),
    21: stream(3),
}
"""A value of each type that both families have."""

REDIS_ONLY = {
    24: TIME + length_bytes(2) + length_bytes(0) + text("f") + text("v") + length_bytes(5000) + text("g") + text("w"),
    25: TIME + text("listpack"),
}
VALKEY_ONLY = {22: length_bytes(2) + text("f") + text("v") + TIME + text("g") + text("w") + struct.pack("<q", -1)}


def values(version: int) -> dict[int, bytes]:
    return SHARED | (VALKEY_ONLY if version == VALKEY else REDIS_ONLY)


def records(version: int) -> list[Record]:
    """A key of every type, in three databases, with every kind of attribute."""
    attributes: list[tuple[int | None, int | None, int | None]] = [
        (None, None, None),
        (1_900_000_000_000, None, None),
        (None, 70_000, None),
        (1, None, 255),
    ]
    return [
        Record(code % 3 * 7, b"key:%d" % code, code, value, *attributes[code % len(attributes)])
        for code, value in sorted(values(version).items(), key=lambda item: item[0] % 3)
    ]


def written(version: int, content: Iterable[Record], *, sizes: bool = False) -> bytes:
    """A file of these records, with two aux fields and a function."""
    content = list(content)
    found = {db: [record for record in content if record.db == db] for db in {record.db for record in content}}
    counted = {
        db: (len(there), sum(record.expires_at_ms is not None for record in there)) for db, there in found.items()
    }
    sink = io.BytesIO()
    aux = {b"redis-ver": b"1.2.3", b"ctime": b"1700000000"}
    writer = RdbWriter(sink, version, aux=aux, sizes=counted if sizes else None)
    writer.function(b"#!lua name=lib\n")
    for record in content:
        writer.write(record)
    writer.close()
    return sink.getvalue()


def without_checksum(raw: bytes) -> bytes:
    return raw[:-8] + bytes(8)


def read(raw: bytes, chunk: int = 256 * 1024) -> tuple[list[Record], RdbReader]:
    reader = RdbReader(io.BytesIO(raw), chunk=chunk)
    return list(reader), reader

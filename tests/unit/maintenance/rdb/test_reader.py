"""Files as records and back; what is refused, and where."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.rdb import (
    CorruptRdbError,
    Ending,
    Header,
    Magic,
    PassingRdb,
    RdbReader,
    RdbWriter,
    Record,
    UnknownTypeError,
    chosen,
    from_payload,
    payload,
)
from kryonix_tui.maintenance.backup.rdb.checksum import crc64, stored
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, string_bytes
from kryonix_tui.maintenance.backup.rdb.functions import libraries
from tests.unit.maintenance.rdb.samples import (
    REDIS,
    SHARED,
    VALKEY,
    read,
    records,
    text,
    values,
    without_checksum,
    written,
)

FAMILIES = pytest.mark.parametrize("version", [REDIS, VALKEY])


def sealed(body: bytes) -> bytes:
    """A file with end mark and checksum after `body`."""
    return body + b"\xff" + stored(body + b"\xff")


def test_the_checksum_is_redis_own() -> None:
    # The check value in Redis's crc64.c.
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA
    assert crc64(b"6789", crc64(b"12345")) == crc64(b"123456789")
    assert crc64(b"", 7) == 7


@FAMILIES
@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 18])
def test_what_is_written_is_read_in_pieces_of_any_size(version: int, chunk: int) -> None:
    content = records(version)
    raw = written(version, content, sizes=True)
    found, reader = read(raw, chunk)
    assert found == content
    assert reader.header == Header(version)
    assert reader.aux == {b"redis-ver": b"1.2.3", b"ctime": b"1700000000"}
    assert reader.functions == [b"#!lua name=lib\n"]
    assert reader.ending == Ending(len(content), len(raw), checked=True)


@given(
    st.lists(
        st.builds(
            Record,
            st.integers(0, 20),
            st.binary(max_size=100),
            st.just(0),
            st.binary(max_size=300).map(string_bytes),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.integers(0, 2**40),
            st.none() | st.integers(0, 255),
        )
    ),
    st.integers(1, 100),
)
def test_any_records_come_back(content: list[Record], chunk: int) -> None:
    found, reader = read(written(REDIS, content), chunk)
    assert found == content
    assert reader.ending is not None


def test_aux_and_header_are_known_before_the_first_record() -> None:
    reader = RdbReader(io.BytesIO(written(VALKEY, records(VALKEY))))
    assert (reader.header.magic, reader.aux[b"ctime"], reader.ending) == (Magic.VALKEY, b"1700000000", None)


def test_a_file_without_checksum_says_so() -> None:
    content = records(REDIS)
    raw = without_checksum(written(REDIS, content, sizes=True))
    _, reader = read(raw)
    assert reader.ending == Ending(len(content), len(raw), checked=False)


def test_a_forged_end_at_a_key_boundary_is_found_without_a_checksum() -> None:
    content = [Record(0, b"key:%d" % n, 0, text("value")) for n in range(5)]
    raw = written(REDIS, content, sizes=True)
    boundary = raw.index(b"\x00\x05key:4")
    with pytest.raises(CorruptRdbError, match="as many keys as the file announces"):
        read(raw[:boundary] + b"\xff" + bytes(8))


def test_nothing_may_follow_the_end() -> None:
    raw = written(REDIS, records(REDIS))
    for chunk in (1, 1 << 18):
        for extra in (b"\0", raw, b"*1\r\n"):
            with pytest.raises(CorruptRdbError, match="nothing after the end mark") as caught:
                read(raw + extra, chunk)
            assert caught.value.position == len(raw)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"REDI",
        b"REDIS00",
        b"REDIS00x2",
        b"REDIS0005",
        b"REDIS0080",
        b"VALKEY079",
        b"VALKEY011",
        b"redis0010",
        b"\x1f\x8b" * 9,
    ],
)
def test_what_is_no_rdb_is_refused(head: bytes) -> None:
    with pytest.raises(CorruptRdbError):
        RdbReader(io.BytesIO(head))


def test_headers_are_written_as_they_are_read() -> None:
    for raw in (b"REDIS0006", b"REDIS0012", b"VALKEY080", b"VALKEY123"):
        assert Header.of(raw).raw == raw


@pytest.mark.parametrize("code", [6, 7, 22, 23, 26, 200, 243, 246, 247])
def test_an_unknown_type_is_named_after_all_that_stands_before_it(code: int) -> None:
    known = Record(3, b"known", 0, text("value"))
    raw = written(REDIS, [known])[:-9]
    damaged = sealed(raw + bytes((code,)) + text("key") + text("value"))
    found: list[Record] = []
    with pytest.raises(UnknownTypeError) as caught:
        found.extend(RdbReader(io.BytesIO(damaged)))
    assert found == [known]
    assert (caught.value.type, caught.value.db, caught.value.position) == (code, 3, len(raw))


@pytest.mark.parametrize("version", [6, 9, 10, 11])
def test_a_type_that_the_format_version_does_not_have_is_unknown(version: int) -> None:
    raw = sealed(Header(version).raw + b"\xfe\0" + b"\x18" + text("key") + values(REDIS)[24])
    with pytest.raises(UnknownTypeError):
        read(raw)
    with pytest.raises(UnknownTypeError):
        RdbWriter(io.BytesIO(), version).write(Record(0, b"key", 24, values(REDIS)[24]))


def test_the_two_families_do_not_share_their_newest_types() -> None:
    with pytest.raises(UnknownTypeError):
        written(REDIS, [Record(0, b"key", 22, values(VALKEY)[22])])
    with pytest.raises(UnknownTypeError):
        written(VALKEY, [Record(0, b"key", 25, values(REDIS)[25])])


@pytest.mark.parametrize(
    "body",
    [
        b"\xfe\xc0",
        b"\xfe\x81" + b"\0\0\0\xff" + bytes(4),
        b"\xfb\x01\x02",
        b"\xfc" + bytes(8) + b"\xfe\0",
        b"\xf9\x05\xff",
        b"\x00\xc7key",
        b"\x00\xc3\x02\x40\x00\x00a" + text("value"),
        b"\x12" + text("key") + b"\x01\x03" + text("node"),
    ],
)
def test_structure_that_cannot_be_is_damage(body: bytes) -> None:
    with pytest.raises(CorruptRdbError):
        read(sealed(b"REDIS0010" + body))


@pytest.mark.parametrize("claim", [1 << 20, 1 << 33, 1 << 39, 1 << 63])
@pytest.mark.parametrize("code", sorted(SHARED))
def test_a_length_that_promises_more_than_there_is_costs_nothing(claim: int, code: int) -> None:
    with pytest.raises(CorruptRdbError):
        read(sealed(b"REDIS0011\xfe\0" + bytes((code,)) + text("key") + length_bytes(claim) + bytes(100)))


def test_an_entry_larger_than_allowed_is_refused_while_it_is_read() -> None:
    raw = written(REDIS, [Record(0, b"key", 0, string_bytes(bytes(100_000)))])
    assert len(list(RdbReader(io.BytesIO(raw), chunk=1000, largest=200_000))) == 1
    with pytest.raises(CorruptRdbError, match="not larger than allowed"):
        list(RdbReader(io.BytesIO(raw), chunk=1000, largest=20_000))


def test_a_large_value_between_small_ones_is_read_in_few_reads() -> None:
    content = [
        Record(0, b"a", 0, text("1")),
        Record(0, b"b", 1, length_bytes(200_000) + 200_000 * text("item")),
        Record(0, b"c", 0, text("2")),
    ]
    assert read(written(REDIS, content), 4096)[0] == content


@FAMILIES
def test_payloads_come_back(version: int) -> None:
    for record in records(version):
        dumped = payload(record, version)
        found, of_version = from_payload(
            record.db,
            record.key,
            dumped,
            expires_at_ms=record.expires_at_ms,
            idle_s=record.idle_s,
            frequency=record.frequency,
        )
        assert (found, of_version) == (record, version)


@pytest.mark.parametrize("dumped", [b"", bytes(9), bytes(10), payload(Record(0, b"", 0, b"\x05abc"), 10)])
def test_a_payload_that_is_none_is_refused(dumped: bytes) -> None:
    with pytest.raises(CorruptRdbError):
        from_payload(0, b"key", dumped)


def test_a_payload_with_something_after_its_value_is_refused() -> None:
    with pytest.raises(CorruptRdbError):
        from_payload(0, b"key", payload(Record(0, b"", 0, text("value") + b"x"), 10))


def test_a_payload_of_a_module_is_unknown() -> None:
    with pytest.raises(UnknownTypeError):
        from_payload(4, b"key", payload(Record(4, b"key", 7, bytes(20)), 10))


def test_function_libraries_are_read_from_their_dump() -> None:
    def dumped(body: bytes) -> bytes:
        return body + b"\x0a\0" + stored(body + b"\x0a\0")

    assert libraries(dumped(b"")) == []
    assert libraries(dumped(b"\xf5" + text("one") + b"\xf5" + text("two"))) == [b"one", b"two"]
    for body in (b"\xf5", b"\xf5\x05abc", b"\x00" + text("x")):
        with pytest.raises(CorruptRdbError):
            libraries(dumped(body))


def test_chosen_keeps_what_it_is_told() -> None:
    content = records(REDIS)
    kept = list(chosen(content, lambda db, key: db == 0 and key != b"key:0"))
    assert kept == [record for record in content if record.db == 0 and record.key != b"key:0"]


@given(st.integers(1, 50))
def test_a_passing_file_is_proven_without_being_understood(block: int) -> None:
    raw = sealed(b"REDIS0077\xfe\0\x63" + text("a type from the future") + bytes(50))
    passing = PassingRdb()
    for start in range(0, len(raw), block):
        passing.feed(raw[start : start + block])
    assert (passing.end(), passing.size, passing.header) == (True, len(raw), Header(77))


def test_a_passing_file_that_is_cut_or_changed_is_found() -> None:
    raw = written(REDIS, records(REDIS))

    def passes(content: bytes) -> bool:
        passing = PassingRdb()
        passing.feed(content)
        return passing.end()

    assert passes(raw)
    assert not passes(without_checksum(raw))
    for position in range(len(raw)):
        with pytest.raises(CorruptRdbError):
            passes(raw[:position])
        changed = bytearray(raw)
        changed[position] ^= 0x10
        with pytest.raises(CorruptRdbError):
            passes(bytes(changed))


def test_memory_is_that_of_a_window_not_of_the_file() -> None:
    class Endless:
        """A file of 60 MB that is made while it is read."""

        def __init__(self) -> None:
            entry = b"\x00" + text("key") + string_bytes(bytes(1000))
            self._parts = iter([b"REDIS0010\xfe\0", *([entry * 60] * 1000), b"\xff" + bytes(8)])

        def read(self, _size: int, /) -> bytes:
            return next(self._parts, b"")

    source = Endless()
    tracemalloc.start()
    try:
        count = sum(1 for _ in RdbReader(source))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 60_000
    assert peak < 4_000_000

"""Keys that are found while a file passes by: the same keys, and the same verdict, as from reading it."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.rdb import CorruptRdbError, Ending, PassingKeys, Record, UnknownTypeError
from kryonix_tui.maintenance.backup.rdb.checksum import stored
from kryonix_tui.maintenance.backup.rdb.encoding import length_bytes, string_bytes
from tests.unit.maintenance.rdb.samples import REDIS, VALKEY, read, records, text, without_checksum, written

FOUND = (CorruptRdbError, UnknownTypeError)
FAMILIES = pytest.mark.parametrize("version", [REDIS, VALKEY])
Keys = Counter[tuple[int, bytes, bool]]


def walked(raw: bytes, block: int = 1 << 18, chunk: int = 1 << 18) -> tuple[Keys, Ending, PassingKeys]:
    """Return the keys as (database, name, whether it expires), fed in blocks."""
    found: Keys = Counter()

    def take(db: int, staying: list[bytes], expiring: list[bytes]) -> None:
        found.update((db, key, False) for key in staying)
        found.update((db, key, True) for key in expiring)

    keys = PassingKeys(take, chunk=chunk)
    for start in range(0, len(raw), block):
        keys.feed(raw[start : start + block])
    return found, keys.end(), keys


def expected(content: list[Record]) -> Keys:
    return Counter((record.db, record.key, record.expires_at_ms is not None) for record in content)


def verdict(raw: bytes, chunk: int, *, passing: bool) -> object:
    """Return what is said of a file: its ending, or the kind of its trouble."""
    try:
        return walked(raw, 1 + chunk // 2, chunk)[1] if passing else read(raw, chunk)[1].ending
    except FOUND as error:
        return type(error)


@FAMILIES
@pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("chunk", [1, 64, 1 << 18])
def test_every_key_of_every_type_is_told_once(version: int, block: int, chunk: int) -> None:
    content = records(version)
    raw = written(version, content, sizes=True)
    found, ending, keys = walked(raw, block, chunk)
    assert found == expected(content)
    assert ending == Ending(len(content), len(raw), checked=True)
    assert keys.functions == [b"#!lua name=lib\n"]


@given(
    st.lists(
        st.builds(
            Record,
            st.integers(0, 3),
            st.binary(max_size=100) | st.sampled_from([b"k" * 63, b"k" * 64, b"k" * 16_383, b"k" * 16_384]),
            st.just(0),
            st.binary(max_size=300).map(string_bytes)
            | st.sampled_from([0, 63, 64, 16_383, 16_384]).map(lambda size: string_bytes(b"v" * size))
            | st.sampled_from([b"\xc0\x01", b"\xc1\x01\x02", b"\xc2\x01\x02\x03\x04"]),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.integers(0, 2**40),
            st.none() | st.integers(0, 255),
        )
    ),
    st.integers(1, 100),
)
def test_any_keys_are_told(content: list[Record], block: int) -> None:
    found, ending, _keys = walked(written(REDIS, content), block, chunk=50)
    assert found == expected(content)
    assert ending.keys == len(content)


@FAMILIES
@pytest.mark.parametrize("checked", [True, False])
def test_flipped_bytes_and_cuts_are_judged_as_by_the_reader(version: int, checked: bool) -> None:
    raw = written(version, records(version), sizes=True)
    raw = raw if checked else without_checksum(raw)
    for position in range(len(raw)):
        flipped = raw[:position] + bytes((raw[position] ^ 0xFF,)) + raw[position + 1 :]
        for mutant in (flipped, raw[:position]):
            said = verdict(mutant, 1 << 18, passing=True)
            assert said == verdict(mutant, 1 << 18, passing=False), position
            assert not checked or not isinstance(said, Ending)


@FAMILIES
def test_random_damage_is_found(version: int) -> None:
    raw = written(version, records(version), sizes=True)
    chance = random.Random(version)
    for _ in range(1000):
        mutant = bytearray(raw)
        start = chance.randrange(len(mutant))
        end = min(len(mutant), start + chance.randint(1, 40))
        match chance.randrange(3):
            case 0:
                mutant[start:end] = chance.randbytes(end - start)
            case 1:
                del mutant[start:end]
            case _:
                mutant[start:start] = mutant[start:end]
        if mutant != raw:
            with pytest.raises(FOUND):
                walked(bytes(mutant), chance.choice((50, 1 << 18)), chance.choice((50, 1 << 18)))


@pytest.mark.parametrize("block", [1, 1 << 18])
def test_nothing_may_follow_the_end(block: int) -> None:
    raw = written(REDIS, records(REDIS))
    for extra in (b"\0", raw, b"*1\r\n"):
        with pytest.raises(CorruptRdbError, match="nothing after the end mark"):
            walked(raw + extra, block, chunk=1)


def test_unknown_types_are_named() -> None:
    raw = written(REDIS, [Record(3, b"known", 0, text("value"))])[:-9] + b"\x07" + text("key") + text("value") + b"\xff"
    with pytest.raises(UnknownTypeError) as caught:
        walked(raw + stored(raw))
    assert (caught.value.type, caught.value.db) == (7, 3)
    assert raw[caught.value.position] == 7


def test_a_large_value_in_small_blocks_is_walked_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of many elements: its end is found by passing over each of them, so not for every block."""
    elements = 200_000
    big = Record(0, b"big", 1, length_bytes(elements) + text("some element") * elements)
    raw = written(REDIS, [big, Record(0, b"small", 0, text("value"))])
    walks = 0
    walk = PassingKeys._walk_on

    def counted(keys: PassingKeys) -> None:
        nonlocal walks
        walks += 1
        walk(keys)

    monkeypatch.setattr(PassingKeys, "_walk_on", counted)
    found, _ending, _keys = walked(raw, block=1024, chunk=4096)
    assert found == expected([big, Record(0, b"small", 0, text("value"))])
    assert walks < 15  # 2.6 MB from 4 KB on, doubled each time


def test_memory_is_that_of_a_window_not_of_the_file() -> None:
    raw = written(REDIS, [Record(0, b"key:%d" % number, 0, text("v" * 1000)) for number in range(8000)])
    tracemalloc.start()
    keys = PassingKeys(lambda _db, _staying, _expiring: None)
    for start in range(0, len(raw), 16_384):
        keys.feed(raw[start : start + 16_384])
    keys.end()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000

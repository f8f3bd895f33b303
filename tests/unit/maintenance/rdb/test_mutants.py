"""Damage: every flipped byte and every cut is found, and nothing but our own errors comes out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.rdb import CorruptRdbError, UnknownTypeError, from_payload, payload
from tests.unit.maintenance.rdb.samples import REDIS, VALKEY, read, records, without_checksum, written

FOUND = (CorruptRdbError, UnknownTypeError)
FAMILIES = pytest.mark.parametrize("version", [REDIS, VALKEY])


@FAMILIES
def test_every_flipped_byte_is_found(version: int) -> None:
    raw = written(version, records(version), sizes=True)
    for position in range(len(raw)):
        for change in (0x01, 0x80, 0xFF):
            mutant = bytearray(raw)
            mutant[position] ^= change
            with pytest.raises(FOUND):
                read(bytes(mutant))


@FAMILIES
@pytest.mark.parametrize("chunk", [64, 1 << 18])
def test_every_cut_is_found(version: int, chunk: int) -> None:
    raw = written(version, records(version), sizes=True)
    for length in range(len(raw)):
        with pytest.raises(FOUND):
            read(raw[:length], chunk)


@FAMILIES
def test_random_damage_is_found(version: int) -> None:
    """Several bytes changed, removed, repeated or moved."""
    raw = written(version, records(version), sizes=True)
    chance = random.Random(version)
    for _ in range(2000):
        mutant = bytearray(raw)
        for _change in range(chance.randint(1, 4)):
            start = chance.randrange(len(mutant))
            end = min(len(mutant), start + chance.randint(1, 40))
            match chance.randrange(4):
                case 0:
                    mutant[start:end] = chance.randbytes(end - start)
                case 1:
                    del mutant[start:end]
                case 2:
                    mutant[start:start] = mutant[start:end]
                case _:
                    mutant[start] = chance.choice((0x00, 0x80, 0x81, 0xC3, 0xFA, 0xFE, 0xFF))
        if mutant == raw:
            continue
        with pytest.raises(FOUND):
            read(bytes(mutant), chance.choice((50, 1 << 18)))


@FAMILIES
def test_without_a_checksum_damage_is_found_or_harmless_to_the_reader(version: int) -> None:
    """Inside a value nothing shows but the archive's hash; no other error, no endless reading."""
    raw = without_checksum(written(version, records(version), sizes=True))
    found = 0
    for position in range(len(raw) - 8):
        mutant = bytearray(raw)
        mutant[position] ^= 0xFF
        try:
            read(bytes(mutant))
        except FOUND:
            found += 1
    # Most bytes of this file are text inside values.
    assert found > len(raw) // 10


@FAMILIES
def test_every_flipped_byte_of_a_payload_is_found(version: int) -> None:
    for record in records(version):
        dumped = payload(record, version)
        for position in range(len(dumped)):
            mutant = bytearray(dumped)
            mutant[position] ^= 0x40
            with pytest.raises(FOUND):
                from_payload(0, b"key", bytes(mutant))


@settings(max_examples=500)
@given(st.binary(max_size=400), st.sampled_from([b"", b"REDIS0006", b"REDIS0011", b"VALKEY080"]), st.integers(1, 64))
def test_garbage_is_refused(garbage: bytes, head: bytes, chunk: int) -> None:
    with pytest.raises(FOUND):
        # A valid end would need eight bytes of checksum, or eight zeros.
        read(head + garbage.replace(b"\0", b"\1"), chunk)

"""Lengths, strings and LZF."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.maintenance.backup.rdb import encoding
from kryonix_tui.maintenance.backup.rdb.encoding import (
    INCOMPLETE,
    MalformedError,
    length_bytes,
    read_length,
    read_number,
    read_string,
    skip_string,
    string_bytes,
)
from kryonix_tui.maintenance.backup.rdb.lzf import decompress
from tests.unit.maintenance.rdb.samples import COMPRESSED


@given(st.integers(0, 2**64 - 1))
def test_a_number_comes_back_and_a_part_of_it_is_incomplete(number: int) -> None:
    raw = length_bytes(number)
    assert read_number(raw, 0) == (number, len(raw))
    for cut in range(len(raw)):
        with pytest.raises(INCOMPLETE):
            read_number(raw[:cut], 0)


@pytest.mark.parametrize(
    ("number", "raw"),
    [
        (63, b"\x3f"),
        (64, b"\x40\x40"),
        (16383, b"\x7f\xff"),
        (16384, b"\x80\0\0\x40\0"),
        (2**32, b"\x81" + b"\0\0\0\1" + bytes(4)),
    ],
)
def test_lengths_are_written_as_servers_do(number: int, raw: bytes) -> None:
    assert length_bytes(number) == raw


@given(st.binary(max_size=20_000))
def test_a_string_comes_back(content: bytes) -> None:
    raw = string_bytes(content)
    assert read_string(raw + b"more", 0) == (content, len(raw))
    assert skip_string(raw + b"more", 0) == len(raw)


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b"\xc0\xff", b"-1"),
        (b"\xc1\x39\x30", b"12345"),
        (b"\xc2\xff\xff\xff\x7f", b"2147483647"),
        (COMPRESSED, b"a" * 20),
    ],
)
def test_integers_and_compressed_strings_are_understood(raw: bytes, content: bytes) -> None:
    assert read_string(raw, 0) == (content, len(raw))
    assert skip_string(raw, 0) == len(raw)
    with pytest.raises(INCOMPLETE):
        read_string(raw[:-1], 0)


SIZES = (0, 63, 64, 16_383, 16_384)


@pytest.mark.parametrize("packed", SIZES)
@pytest.mark.parametrize("plain", SIZES)
def test_a_compressed_string_of_any_size_is_passed(packed: int, plain: int) -> None:
    raw = b"\xc3" + length_bytes(packed) + length_bytes(plain) + b"\x55" * packed
    assert skip_string(raw + b"more", 0) == len(raw)
    for cut in range(len(raw) - packed):
        with contextlib.suppress(*INCOMPLETE):
            assert skip_string(raw[:cut], 0) > cut


def test_one_of_the_usual_size_is_passed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "read_length", None)
    assert skip_string(b"\xc3" + length_bytes(800) + length_bytes(900) + bytes(800), 0) == 5 + 800


@pytest.mark.parametrize("raw", [b"\xc4", b"\x82", b"\xff", b"\x81" + b"\xff" * 8])
def test_a_length_that_cannot_be_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        read_length(raw, 0)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_lzf_garbage_is_a_value_error_and_makes_no_more_than_it_says(packed: bytes, size: int) -> None:
    try:
        assert len(decompress(packed, size)) == size
    except ValueError:
        return


def test_lzf_repeats_what_it_is_just_writing() -> None:
    # "abc", then 10 bytes from 3 back: the passage overlaps what it makes.
    assert decompress(b"\x02abc\xe0\x01\x02", 13) == b"abcabcabcabca"

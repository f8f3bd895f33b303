"""Nothing that comes through `safe` can act on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.safetext import identity, raw_bytes, safe

ANYTHING = st.one_of(
    st.text(), st.binary(), st.text(st.characters(categories=("Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Zl")))
)


@given(ANYTHING)
def test_no_character_that_acts_comes_through(hostile: str | bytes) -> None:
    shown = safe(hostile)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    shown.encode("utf-8")


@given(ANYTHING, st.integers(1, 40))
def test_no_more_characters_are_kept_than_asked(hostile: str | bytes, limit: int) -> None:
    # One kept character may be written as up to ten (`\u{10ffff}`), and an ellipsis follows a cut.
    assert len(safe(hostile, limit)) <= limit * 10 + 1


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=500))
def test_printable_ascii_is_unchanged(text: str) -> None:
    assert safe(text) == safe(text.encode()) == text


@given(st.binary())
def test_identity_keeps_every_byte(raw: bytes) -> None:
    assert raw_bytes(identity(raw)) == raw


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;x\x07", "␛]52;c;x␇"),
        (b"\x9b2J", "\\x9b2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202eb", "a\\u{202e}b"),
        ("a\u200bb", "a\\u{200b}b"),
        ("a\xa0b\u3000c", "a\\xa0b\\u{3000}c"),
        ("e" + "\u0301" * 50, "e\u0301\u0301"),
        ("clínica ção 診療所", "clínica ção 診療所"),
        ("a" * 600, "a" * 512 + "…"),
        (bytearray(b"\xff\x00"), "\\xff␀"),
        (memoryview(b"\x7f"), "␡"),
    ],
)
def test_examples(hostile: str | bytes, shown: str) -> None:
    assert safe(hostile) == shown

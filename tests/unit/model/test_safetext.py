"""Nothing that comes through `safe` can act on a terminal."""

from __future__ import annotations

import random
import unicodedata

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kryonix_tui.safetext import harmless, identity, raw_bytes, safe

ANYTHING = st.one_of(
    st.text(), st.binary(), st.text(st.characters(categories=("Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Zl")))
)


@given(ANYTHING)
def test_no_character_that_acts_comes_through(hostile: str | bytes) -> None:
    shown = safe(hostile)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    shown.encode("utf-8")


@given(ANYTHING)
def test_no_character_that_acts_goes_on_to_another_program(hostile: str | bytes) -> None:
    passed = harmless(hostile)
    assert not {unicodedata.category(character) for character in passed} & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    "name",
    ["हिन्दी", "বাংলা", "தமிழ்", "ខ្មែរ", "မြန်မာ", "🇧🇷", "👍🏽", "Nguyễn", "e\u0302\u0301", "clínica", "שָׁלוֹם", "ไทยน้ำ"],
)
def test_names_go_on_as_they_are(name: str) -> None:
    assert harmless(name) == harmless(name.encode()) == name


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
        ("\U0001f1e7\U0001f1f7", "\\u{1f1e7}\\u{1f1f7}"),  # a flag
        ("\U0001f44d\U0001f3fd", "👍\\u{1f3fd}"),  # a skin tone
        ("\U0001f468\u200d\U0001f680", "👨\\u{200d}🚀"),
        ("\u2764\ufe0f", "\u2764"),
        ("\u1112\u1161\u11ab한", "\u1112\\u{1161}\\u{11ab}한"),
        ("\u0915\u094d\u0937", "\u0915\\u{94d}\u0937"),
        ("soft\u00adhyphen\ttab", "soft\\xadhyphen␉tab"),
        ("שלום مرحبا", "שלום مرحبا"),
    ],
)
def test_examples(hostile: str | bytes, shown: str) -> None:
    assert safe(hostile) == shown


IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4), range(0x17000, 0x18D00))
"""Blocks that are wide from one end to the other: a few of them are enough."""
SHOWN = [
    character
    for code in (*range(0x20, 0x17000), *range(0x1AFF0, 0x20100), 0x3042, 0x6F22, 0xD55C, 0x17000)
    if not any(code in block[1:] for block in IDEOGRAPHS) and safe(character := chr(code))
]


def test_every_character_is_as_wide_between_others_as_terminals_draw_it() -> None:
    uneven = {
        hex(ord(character))
        for character in SHOWN
        if cell_len(text := safe(f"A{character}}}")) != wcwidth.wcswidth(text) or cell_len(text) < 2
    }
    assert uneven == set()


def test_texts_are_as_wide_as_terminals_draw_them() -> None:
    chance = random.Random(7)  # the same texts in every run
    special = [character for character in SHOWN if cell_len(character) != 1 or unicodedata.combining(character)]
    for _ in range(20_000):
        text = safe("".join(chance.choice(chance.choice((SHOWN, special, special))) for _ in range(6)))
        assert cell_len(text) == wcwidth.wcswidth(text), ascii(text)

"""What a filter that is being typed may go on with."""

from __future__ import annotations

import pytest

from kryonix_tui.view import tenants
from kryonix_tui.view.completion import completions, words_of
from kryonix_tui.view.filters import compile_filter
from tests.unit.builders import facts, tenants_update

UPDATE = tenants_update(
    [
        facts("clinica_sul", texts={"sector": "medicina"}),
        facts("clinica norte", texts={"sector": "são paulo"}),
        facts("\x1b]52;", texts={"sector": "\x1b[2J"}),
    ]
)
COLUMNS = tenants.columns(UPDATE)
WORDS = words_of(UPDATE.platform.tenants.values(), COLUMNS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("qu", "queue"),
        ("queue", "queue<"),
        ("sector", "sector="),
        ("hit<85 que", "hit<85 queue"),
        ("!hea", "!health"),
        ("HEA", "health"),
        ("health=c", "health=critical"),
        ("health=critical,w", "health=critical,warning"),
        ("health!=o", "health!=ok"),
        ("sector=med", "sector=medicina"),
        ('sector="s', 'sector="são paulo"'),
        ("tenant=clinica_", "tenant=clinica_sul"),
    ],
)
def test_the_likeliest(typed: str, first: str) -> None:
    assert completions(typed, COLUMNS, WORDS)[0] == first


@pytest.mark.parametrize("typed", ["hit<8", "zzz", "sector=zzz", "health=ok"])
def test_nothing(typed: str) -> None:
    assert completions(typed, COLUMNS, WORDS) == []


def test_all_columns_are_offered_at_the_start_and_after_a_term() -> None:
    names = [column.name for column in COLUMNS]
    assert completions("", COLUMNS, WORDS) == names
    assert completions("hit<85 ", COLUMNS, WORDS) == [f"hit<85 {name}" for name in names]


def test_what_is_completed_can_be_compiled() -> None:
    for typed in ("health=", "sector=", "tenant="):
        for found in completions(typed, COLUMNS, WORDS):
            assert any(map(compile_filter(found, COLUMNS), UPDATE.platform.tenants.values())) or "health" in found


def test_words_of_others_that_are_not_printable_are_not_offered() -> None:
    assert all(word.isprintable() for words in WORDS.values() for word in words)

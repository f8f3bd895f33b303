"""What a filter that is being typed may go on with: names of columns, signs of comparison, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from kryonix_tui.safetext import safe
from kryonix_tui.view.columns import Column
from kryonix_tui.view.filter_terms import quoted
from kryonix_tui.view.filters import OPERATORS

T = TypeVar("T")

SAMPLED: Final = 2000
"""Rows that are looked at for words."""

MOST_WORDS: Final = 200
"""Words of one column that are offered."""

_LAST = re.compile(r'(?:[^\s"]|"(?:\\"|[^"])*"?)*\Z')
_COMPARED = re.compile(r"([a-z_]+)(=|!=)((?:.*,)?)([^,]*)\Z", re.IGNORECASE)

Words = Mapping[str, Sequence[str]]
"""The words of each text column, by its name."""


def words_of(items: Iterable[T], columns: Sequence[Column[T]]) -> Words:
    """Return the words that text columns have in some of the rows, or all that there can be."""
    found: dict[str, dict[str, None]] = {column.name: dict.fromkeys(column.words) for column in columns}
    asked = [column for column in columns if not column.numeric and not column.words]
    for item in islice(items, SAMPLED):
        for column in asked:
            value = (column.word or column.value)(item)
            if isinstance(value, str) and value and len(found[column.name]) < MOST_WORDS and safe(value) == value:
                found[column.name][value] = None
    return {name: tuple(words) for name, words in found.items() if words}


def completions(
    text: str, columns: Sequence[Column[T]], words: Words, special: Callable[[str], list[str]] | None = None
) -> list[str]:
    """Return what `text` may become, the likeliest first; each begins with what was typed, case apart.

    `special` says what a list understands besides: what a term that was begun may become.
    """
    last = _LAST.search(text)
    begun = last[0] if last else ""
    before = text[: len(text) - len(begun)]
    if begun.startswith("!") and not begun.startswith("!="):
        before, begun = f"{before}!", begun[1:]
    found = [*_candidates(begun, columns, words), *(special(begun) if special is not None else ())]
    return [before + candidate for candidate in dict.fromkeys(found)]


def _candidates(begun: str, columns: Sequence[Column[T]], words: Words) -> list[str]:
    compared = _COMPARED.match(begun)
    if compared is not None:
        name, sign, others, part = compared.groups()
        known = [quoted(word) for word in words.get(name.casefold(), ())]
        return [f"{name}{sign}{others}{word}" for word in known if continues(word, part)]
    names = [column.name for column in columns if continues(column.name, begun)]
    here = next((column for column in columns if column.name == begun.casefold()), None)
    if here is None:
        return names
    signs = tuple(OPERATORS) if here.numeric else ("=", "!=")
    return [*(f"{begun}{sign}" for sign in signs), *names]


def continues(word: str, part: str) -> bool:
    """Tell whether a word begins with what was typed, case apart, and goes on."""
    return word.casefold().startswith(part.casefold()) and len(word) > len(part)

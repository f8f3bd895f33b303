"""Tenants that could be taken for one another: ids that differ by case alone, or look the same.

Two ids look the same when they have the same skeleton by Unicode TR39 (https://www.unicode.org/reports/tr39/), whose data
the package `confusable_homoglyphs` brings; what cannot be seen counts for nothing.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any


class Likeness(StrEnum):
    """How ids are alike; the first that holds is told."""

    CASE = "case"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Alike:
    """Ids that are alike, in order."""

    likeness: Likeness
    tenants: tuple[str, ...]


def alike(tenants: Iterable[str]) -> tuple[Alike, ...]:
    """Return the groups of ids that could be taken for one another; each group once.

    >>> [(group.likeness.value, group.tenants) for group in alike(["clinica", "Clinica", "moda", "cl1nica"])]
    [('case', ('Clinica', 'clinica'))]
    """
    known = sorted(set(tenants))
    found: dict[tuple[str, ...], Likeness] = {}
    for likeness, key in ((Likeness.CASE, _folded), (Likeness.LOOK, skeleton), (Likeness.LOOK, _folded_skeleton)):
        for group in _grouped(known, key):
            found.setdefault(group, likeness)
    # What a larger group has is not told again as a smaller one.
    whole = [group for group in found if not any(set(group) < set(other) for other in found)]
    return tuple(Alike(found[group], group) for group in sorted(whole))


def skeleton(text: str) -> str:
    """Return what a text looks like: equal for texts that look the same."""
    decomposed = unicodedata.normalize("NFD", _seen(text))
    return unicodedata.normalize("NFD", "".join(map(_prototype, decomposed)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _seen(text)).casefold()


def _folded_skeleton(text: str) -> str:
    return skeleton(_folded(text))


def _seen(text: str) -> str:
    """Return a text without characters that nobody sees, and blanks at its ends."""
    return "".join(one for one in text if unicodedata.category(one) != "Cf").strip()


@cache
def _prototype(character: str) -> str:
    """Return what stands for all characters that look like this one."""
    near = _near(character)
    # The data leads from a character to its prototype, and from a prototype to all of its kind.
    if len(near) != 1:
        return character
    return min(character, near[0]) if _near(near[0]) == [character] else near[0]


def _near(text: str) -> list[str]:
    # Some are wrapped in marks of direction, so that they can be read in the data.
    return [str(one["c"]).strip("\u200e") for one in _confusables().get(text, ())]


@cache
def _confusables() -> dict[str, list[dict[str, Any]]]:
    from confusable_homoglyphs import confusables

    data: dict[str, list[dict[str, Any]]] = confusables.confusables_data
    return data


def _grouped(texts: Iterable[str], key: Callable[[str], str]) -> Iterable[tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        groups[key(text)].append(text)
    return (tuple(group) for group in groups.values() if len(group) > 1)

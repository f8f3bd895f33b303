"""The filter language of lists.

    clinica                 text anywhere in the row's texts
    !clinica                not that text
    re:^clin.*_sul$         regular expression on the row's texts; ^ and $ are the ends of each
    hit<85 queue>100        comparisons with a column: < <= > >= = !=
    sector=medicina         text columns compare without case; = looks for the whole text
    health=critical         so do columns that show a word as a sign

Terms are separated by blanks (and, if you like, by the word `and`); all of them must hold. An unknown figure fulfils no
comparison.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.view.columns import Column, column_named

T = TypeVar("T")
Test = Callable[[T], bool]

REGEX_SECONDS = 0.05
"""A regular expression that needs longer for one row is given up: it fits no further row."""

MOST_REPEATS = 10_000
"""Counted repeats (`a{50}`) multiplied with each other: each is memory that the expression takes."""

_COUNTS = re.compile(r"(?<=[{,])[1-9]\d{0,8}(?=[,}])")

_COMPARISON = re.compile(r"([a-z_]+)(<=|>=|!=|<|>|=)(.*)\Z")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """A compiled filter. `text` is what was typed."""

    text: str
    tests: tuple[Test[T], ...] = ()

    def __call__(self, item: T) -> bool:
        """Tell whether `item` passes."""
        return all(test(item) for test in self.tests)


def compile_filter(text: str, columns: Sequence[Column[T]]) -> Filter[T]:
    """Return the filter that `text` describes.

    Raises:
        UsageError: a term cannot be understood; the message says which and why.
    """
    terms = [term for term in text.split() if term.casefold() != "and"]
    return Filter(text.strip(), tuple(_test(term, columns) for term in terms))


def _test(term: str, columns: Sequence[Column[T]]) -> Test[T]:
    if term.startswith("re:"):
        return _expression(term[3:], columns)
    comparison = _COMPARISON.match(term)
    if comparison is not None:
        return _comparison(comparison, columns)
    if term.startswith("!") and len(term) > 1:
        wanted = term[1:].casefold()
        return lambda item: wanted not in _texts(item, columns).casefold()
    wanted = term.casefold()
    return lambda item: wanted in _texts(item, columns).casefold()


def _comparison(match: re.Match[str], columns: Sequence[Column[T]]) -> Test[T]:
    name, sign, operand = match.groups()
    column = column_named(columns, name)
    if column is None:
        known = ", ".join(column.name for column in columns)
        raise UsageError(_("no column {name}; there are {known}").format(name=safe(name), known=known))
    try:
        number = float(operand)
    except ValueError:
        return _text_comparison(column, sign, operand)
    compare = _OPERATORS[sign]

    def passes(item: T) -> bool:
        value = column.value(item)
        if isinstance(value, str):
            return (value.casefold() == operand.casefold()) is (sign == "=") if sign in ("=", "!=") else False
        return value is not None and compare(value, number)

    return passes


def _text_comparison(column: Column[T], sign: str, operand: str) -> Test[T]:
    if column.numeric or sign not in ("=", "!=") or not operand:
        raise UsageError(_("{term} needs a number").format(term=safe(f"{column.name}{sign}{operand}")))
    wanted, equal, text = operand.casefold(), sign == "=", column.word or column.value

    def passes(item: T) -> bool:
        value = text(item)
        return value is not None and (str(value).casefold() == wanted) is equal

    return passes


def _expression(pattern: str, columns: Sequence[Column[T]]) -> Test[T]:
    import regex

    if math.prod(int(count) for count in _COUNTS.findall(pattern)) > MOST_REPEATS:
        raise UsageError(_("re:{pattern}: too many repeats").format(pattern=safe(pattern, 40)))
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, RecursionError, OverflowError) as error:
        reason = safe(str(error))
        raise UsageError(_("re:{pattern}: {error}").format(pattern=safe(pattern, 40), error=reason)) from error
    given_up = False

    def passes(item: T) -> bool:
        nonlocal given_up
        try:
            return not given_up and compiled.search(_texts(item, columns), timeout=REGEX_SECONDS) is not None
        except (TimeoutError, MemoryError):
            given_up = True
            return False

    return passes


def _texts(item: T, columns: Sequence[Column[T]]) -> str:
    values = ((column.word or column.value)(item) for column in columns)
    return "\n".join(value for value in values if isinstance(value, str))

r"""The filter language of lists.

    clinica                 text anywhere in the row's texts
    "são paulo"             quotes keep blanks (and everything else) together; \" is a quote in quotes
    re:^clin.*_sul$         regular expression on the row's texts; ^ and $ are the ends of each
    hit<85 queue>1k         comparisons with a column: < <= > >= = !=; numbers may have a unit: k M G T, kB MB MiB, s m h d
    sector=medicina         text columns compare without case; = looks for the whole text
    health=critical,warning so do columns that show a word as a sign; with commas, one of several
    !clinica  !hit<85       what does not fulfil the term

Terms are separated by blanks (and, if you like, by the word `and`); all of them must hold. An unknown figure fulfils no
comparison.
"""

from __future__ import annotations

import math
import operator
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.view.columns import Column, column_named
from kryonix_tui.view.filter_terms import FilterError, Term, known_units, number, terms

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

REGEX_SECONDS: Final = 0.02
"""A regular expression that needs longer for one row is given up: it fits no further row."""

REGEX_USUAL: Final = 0.0002
"""Seconds of processor time that a row may take on average."""

REGEX_PATIENCE: Final = 0.25
"""So many seconds beyond that, and an expression is given up as well: slow for each of 10,000 rows is minutes."""

MOST_REPEATS: Final = 10_000
"""Counted repeats (`a{50}`) multiplied with each other: each is memory that the expression takes."""

_SHOWN: Final = 64
"""Characters that lists show of a name."""
_COUNTS = re.compile(r"(?<=[{,])[1-9]\d{0,8}(?=[,}])")
_COMPARISON = re.compile(r"([a-z_]*)(<=|>=|!=|<|>|=)", re.IGNORECASE)
OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


class Test(Protocol[T_contra]):
    """What tells whether a row passes."""

    def __call__(self, item: T_contra, /) -> bool:
        """Tell."""
        ...


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """A compiled filter. `text` is what was typed."""

    text: str
    tests: tuple[Test[T], ...] = ()

    def __call__(self, item: T) -> bool:
        """Tell whether `item` passes."""
        return all(test(item) for test in self.tests)

    @property
    def given_up(self) -> bool:
        """Whether an expression took too long, and fits nothing since."""
        return any(getattr(test, "given_up", False) for test in self.tests)


Special = Callable[[Term], Test[T] | None]
"""What a list understands besides this language: the test that a term is, None where it is nothing special."""


def compile_filter(text: str, columns: Sequence[Column[T]], special: Special[T] | None = None) -> Filter[T]:
    """Return the filter that `text` describes.

    Raises:
        FilterError: a term cannot be understood; it says which, why, and where it stands.
    """
    return Filter(text.strip(), tuple(_test(term, columns, special) for term in tuple(terms(text))))


def _test(term: Term, columns: Sequence[Column[T]], special: Special[T] | None = None) -> Test[T]:
    if term.text.startswith("!") and len(term.text) > 1 and term.text[1] != "=":
        return _Not(_test(term.rest(1), columns, special))
    own = special(term) if special is not None else None
    if own is not None:
        return own
    if term.text.startswith("re:"):
        return _expression(term.rest(3), columns)
    comparison = _COMPARISON.match(term.text)
    if comparison is not None:
        return _comparison(term, comparison[1], comparison[2], columns)
    wanted = term.bare.casefold()
    return lambda item: wanted in _texts(item, columns).casefold()


class _Not(Generic[T]):
    """Turns a test round. An expression that was given up still fits nothing."""

    def __init__(self, test: Test[T]) -> None:
        self._test = test

    @property
    def given_up(self) -> bool:
        return bool(getattr(self._test, "given_up", False))

    def __call__(self, item: T) -> bool:
        passes = not self._test(item)
        return passes and not self.given_up


def _comparison(term: Term, name: str, sign: str, columns: Sequence[Column[T]]) -> Test[T]:
    operand = term.rest(len(name) + len(sign))
    if not name:
        raise FilterError(_("write a comparison without blanks, such as hit<85"), term.at)
    column = column_named(columns, name.casefold())
    if column is None:
        known = ", ".join(column.name for column in columns)
        raise FilterError(_("no column {name}; there are {known}").format(name=safe(name, 40), known=known), term.at)
    limit = number(operand.text, column.unit)
    if limit is None:
        return _text_comparison(column, sign, operand, term)
    return _number_comparison(column, sign, limit, operand.bare.casefold())


def _number_comparison(column: Column[T], sign: str, limit: float, text: str) -> Test[T]:
    compare = OPERATORS[sign]

    def passes(item: T) -> bool:
        value = column.value(item)
        if isinstance(value, str):
            return (value.casefold() == text) is (sign == "=") if sign in ("=", "!=") else False
        return value is not None and compare(value, limit)

    return passes


def _text_comparison(column: Column[T], sign: str, operand: Term, term: Term) -> Test[T]:
    wanted = {text.casefold() for text in operand.alternatives()}
    if column.numeric or sign not in ("=", "!=") or not wanted:
        if column.words or (not column.numeric and sign in ("=", "!=")):
            raise FilterError(_("{term} needs a word").format(term=term.shown), operand.at)
        units = f" ({', '.join(known_units(column.unit))})" if column.numeric else ""
        raise FilterError(_("{term} needs a number").format(term=term.shown) + units, operand.at)
    if column.words and not wanted <= set(column.words):
        known = ", ".join(column.words)
        raise FilterError(_("{name} is one of {known}").format(name=column.name, known=known), operand.at)
    equal, text = sign == "=", column.word or column.value

    def passes(item: T) -> bool:
        value = text(item)
        if value is None:
            return False
        # As it is called, or as it is shown: that is what somebody can type.
        named = str(value)
        return (named.casefold() in wanted or safe(named, _SHOWN).casefold() in wanted) is equal

    return passes


class _Expression(Generic[T]):
    """A regular expression on a row's texts, within a time limit."""

    def __init__(self, compiled: Any, columns: Sequence[Column[T]]) -> None:
        self._compiled, self._columns = compiled, columns
        self._beyond = 0.0
        self.given_up = False

    def __call__(self, item: T) -> bool:
        if self.given_up:
            return False
        text, began = _texts(item, self._columns), time.thread_time()
        try:
            found = self._compiled.search(text, timeout=REGEX_SECONDS) is not None
        except (TimeoutError, MemoryError):
            self.given_up = True
            return False
        self._beyond = max(0.0, self._beyond + time.thread_time() - began - REGEX_USUAL)
        self.given_up = self._beyond > REGEX_PATIENCE
        return found and not self.given_up


def _expression(term: Term, columns: Sequence[Column[T]]) -> Test[T]:
    import regex

    pattern = term.bare
    if math.prod(int(count) for count in _COUNTS.findall(pattern)) > MOST_REPEATS:
        raise FilterError(_("re:{pattern}: too many repeats").format(pattern=safe(pattern, 40)), term.at)
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, RecursionError, OverflowError) as error:
        at = term.at + (getattr(error, "pos", None) or 0)
        reason = safe(str(error))
        raise FilterError(_("re:{pattern}: {error}").format(pattern=safe(pattern, 40), error=reason), at) from error
    return _Expression(compiled, columns)


def _texts(item: T, columns: Sequence[Column[T]]) -> str:
    # What is numeric has no text: a filter looks at every row, so nothing is asked for nothing.
    values = ((column.word or column.value)(item) for column in columns if not column.numeric)
    return "\n".join(value for value in values if isinstance(value, str))

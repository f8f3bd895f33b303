"""The filter of the list of alerts: Alertmanager's matchers and a few predicates beside the language of all lists.

severity=critical tenant=~"cli.*"   matchers on labels, as Alertmanager means them; `tenant` is `tenant_id`
pod!=web-1                          also on labels that have no column
@state:firing @age>10m @silenced    state, time since it began, held back by a silence (@inhibited, @pending, ...)
@receiver:mail @category:queue      receivers and categories
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, AlertState, Matcher
from kryonix_tui.model.matchers import fits, parse
from kryonix_tui.view.columns import Column
from kryonix_tui.view.filter_terms import FilterError, Term, number
from kryonix_tui.view.filters import OPERATORS, Filter, Test, compile_filter

_AGE = re.compile(r"@age(<=|>=|!=|<|>|=)(.+)", re.DOTALL)
_NAMED = re.compile(r"@([a-z]+):(.+)", re.DOTALL)
_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)")
_LABELS_OF_COLUMNS: Final = {"tenant": "tenant_id", "alert": "alertname", "module": "module"}
PREDICATES: Final = ("@state:", "@age>", *(f"@{state.value}" for state in AlertState), "@receiver:", "@category:")


def alert_filter(text: str, columns: Sequence[Column[Alert]], now: Callable[[], float]) -> Filter[Alert]:
    """Return the filter that `text` describes; ages are counted up to what `now` says then (epoch seconds).

    Raises:
        FilterError: a term cannot be understood.
    """

    def special(term: Term) -> Test[Alert] | None:
        if term.text.startswith("@"):
            return _predicate(term, now)
        return _label(term, {column.name for column in columns})

    return compile_filter(text, columns, special)


def _predicate(term: Term, now: Callable[[], float]) -> Test[Alert]:
    text = term.text.casefold()
    aged = _AGE.fullmatch(text)
    if aged is not None:
        limit = number(aged[2], "seconds")
        if limit is None:
            raise FilterError(_("{term} needs a time such as 10m").format(term=term.shown), term.at)
        compare = OPERATORS[aged[1]]
        return lambda alert: bool(alert.starts_at) and compare(now() - alert.starts_at, limit)
    named = _NAMED.fullmatch(term.bare)
    if named is not None and named[1] == "receiver":
        return lambda alert: named[2] in alert.receivers
    if named is not None and named[1] == "category":
        return lambda alert: alert.labels.get("category") == named[2]
    word = text.removeprefix("@").removeprefix("state:")
    if word not in set(AlertState):
        known = " ".join(PREDICATES)
        raise FilterError(_("{term}: there are {known}").format(term=term.shown, known=known), term.at)
    return lambda alert: alert.state.value == word


def _label(term: Term, columns: set[str]) -> Test[Alert] | None:
    """Return the matcher that a term is; None where it is something else, or a comparison with a column."""
    found = _LABEL.match(term.text)
    if found is None:
        return None
    name, operator = found[1], found[2]
    if operator in ("=", "!=") and name.casefold() in columns:
        return None
    operand = term.rest(found.end()).text
    try:
        (matcher,) = parse(f"{_LABELS_OF_COLUMNS.get(name, name)}{operator}{operand}")
    except (UsageError, ValueError) as error:
        message = error.message if isinstance(error, UsageError) else _("{term} is no matcher").format(term=term.shown)
        raise FilterError(message, term.at) from error
    return _Matches(matcher)


class _Matches:
    """A matcher on an alert's labels."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __call__(self, alert: Alert, /) -> bool:
        return fits((self._matcher,), alert.all_labels)

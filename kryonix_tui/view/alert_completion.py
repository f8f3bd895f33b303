"""What a filter of alerts may go on with, beside columns: predicates, and the labels that the alerts bear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from kryonix_tui.model.alert import Alert, AlertState
from kryonix_tui.safetext import safe
from kryonix_tui.view.alert_filter import PREDICATES
from kryonix_tui.view.columns import Column
from kryonix_tui.view.completion import MOST_WORDS, SAMPLED, completions, continues, words_of
from kryonix_tui.view.filter_terms import quoted

_MATCHERS: Final = ("=", "!=", "=~", "!~")
_COMPARED = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)(!=|=)(?!~)(.*)\Z", re.DOTALL)


def alert_completions(alerts: Sequence[Alert], columns: Sequence[Column[Alert]]) -> Callable[[str], list[str]]:
    """Return what completes a filter of these alerts."""
    words, labels = words_of(alerts, columns), _labels(alerts, {column.name for column in columns})
    named = _named(alerts)

    def special(begun: str) -> list[str]:
        if begun.startswith("@"):
            return [word for word in (*PREDICATES, *named) if continues(word, begun)]
        return _matchers(begun, labels, {column.name for column in columns if not column.numeric})

    return lambda text: completions(text, columns, words, special)


def _matchers(begun: str, labels: Mapping[str, Iterable[str]], columns: set[str]) -> list[str]:
    """Return labels, signs behind one, or the values that it has."""
    compared = _COMPARED.match(begun)
    if compared is not None:
        name, sign, part = compared.groups()
        values = [_in_quotes(value) if part.startswith('"') else quoted(value) for value in labels.get(name, ())]
        return [f"{name}{sign}{value}" for value in values if continues(value, part)]
    signs = _MATCHERS if begun in labels else ("=~", "!~") if begun in columns else ()
    return [*(f"{begun}{sign}" for sign in signs), *(name for name in labels if continues(name, begun))]


def _labels(alerts: Iterable[Alert], columns: set[str]) -> dict[str, dict[str, None]]:
    """Return the labels that are no columns, the most frequent first, with their values."""
    found: dict[str, dict[str, None]] = {}
    seen: dict[str, int] = {}
    for alert, _number in zip(alerts, range(SAMPLED), strict=False):
        for name, value in alert.labels.items():
            values = found.setdefault(name, {}) if name not in columns and safe(name) == name else {}
            seen[name] = seen.get(name, 0) + 1
            if value and len(values) < MOST_WORDS and safe(value) == value:
                values[value] = None
    return {name: found[name] for name in sorted(found, key=lambda name: (-seen[name], name))}


def _named(alerts: Iterable[Alert]) -> list[str]:
    """Return predicates with what they can name here."""
    sampled = [alert for alert, _number in zip(alerts, range(SAMPLED), strict=False)]
    receivers = sorted({receiver for alert in sampled for receiver in alert.receivers})
    categories = sorted({alert.labels["category"] for alert in sampled if alert.labels.get("category")})
    return [
        *(f"@state:{state.value}" for state in AlertState),
        *(f"@receiver:{quoted(name)}" for name in receivers if safe(name) == name),
        *(f"@category:{quoted(name)}" for name in categories if safe(name) == name),
    ]


def _in_quotes(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

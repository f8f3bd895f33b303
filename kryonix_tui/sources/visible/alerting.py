"""Alerts and silences that may be shown to somebody who sees some tenants only.

An alert about a visible tenant is shown. One about no tenant (the server, a scrape) concerns everybody, but its texts
and labels may name others: name, severity and what kind of thing it is stay. A silence is shown where all that it
matches is a visible tenant or one of those few labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from kryonix_tui.model.alert import Alert, Matcher, Silence
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.visible import Visible

COMMON: Final = frozenset({"alertname", "severity", "category", "job", "module", "api_module"})
"""Labels whose values are the platform's own words. Not `service`: the proxy has one for each tenant, by its name."""

_NAMES_TENANTS: Final = re.compile(r"""tenant\w*["'`]?\s*[=!]""")


def visible_alerts(alerts: Iterable[Alert], visible: Visible) -> tuple[Alert, ...]:
    """Return the alerts that may be shown, in their order, with what may be told of each."""
    return tuple(
        _own(alert) if alert.tenant is not None else _common(alert)
        for alert in alerts
        if alert.tenant is None or visible.sees(alert.tenant)
    )


def visible_silences(silences: Iterable[Silence], visible: Visible) -> tuple[Silence, ...]:
    """Return the silences that may be shown; what people wrote stays where it is about visible tenants alone."""
    found = []
    for silence in silences:
        if all(_told(matcher, visible) for matcher in silence.matchers):
            own = any(matcher.name == TENANT_LABEL for matcher in silence.matchers)
            found.append(silence if own else replace(silence, comment=""))
    return tuple(found)


def _own(alert: Alert) -> Alert:
    """Return an alert of a visible tenant; the expression of a rule may select others by name."""
    if _NAMES_TENANTS.search(alert.expression) or not alert.expression:
        return replace(alert, expression="", generator_url="")
    return alert


def _common(alert: Alert) -> Alert:
    labels = {name: value for name, value in alert.labels.items() if name in COMMON}
    raw = {name: value for name, value in alert.raw.items() if name in COMMON}
    return replace(
        alert, labels=labels, raw=raw, annotations={}, generator_url="", expression="", rule="", receivers=()
    )


def _told(matcher: Matcher, visible: Visible) -> bool:
    return _is_visible(matcher, visible) or (matcher.name in COMMON and matcher.is_equal and not matcher.is_regex)


def _is_visible(matcher: Matcher, visible: Visible) -> bool:
    return (
        matcher.name == TENANT_LABEL
        and matcher.is_equal
        and not matcher.is_regex
        and visible.sees(matcher.value or None)
    )

"""What alerts of Prometheus and of Alertmanager have in common: labels, severity, tenant, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from kryonix_tui.masking import mask_url, mask_value
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.safetext import safe

NAME_LIMIT = 200
VALUE_LIMIT = 1000
MAX_LABELS = 64
MAX_ALERTS = 5000
"""Alerts that are kept of one reading, the worst first."""

_TENANT_LIMIT = 512
_LAST = 253_402_300_799.0
"""The last second that has a date."""


def printable(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return labels or annotations as printable text, secrets masked; at most `MAX_LABELS` of them."""
    return {
        safe(name, NAME_LIMIT): safe(mask_value(name, value), VALUE_LIMIT)
        for name, value in islice(pairs.items(), MAX_LABELS)
    }


def unprintable(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the values of those labels that `printable` shows as something else, for matchers; secrets are left out."""
    return {
        safe(name, NAME_LIMIT): value
        for name, value in islice(labels.items(), MAX_LABELS)
        if safe(value, VALUE_LIMIT) != value and mask_value(name, value) == value
    }


def link(url: str) -> str:
    """Return a URL as printable text, its password masked; empty stays empty."""
    return safe(mask_url(url), VALUE_LIMIT)


def expression_in(url: str) -> str:
    """Return the expression that Prometheus puts into the address of an alert's graph; empty where there is none."""
    try:
        asked = parse_qs(urlsplit(url).query, max_num_fields=50).get("g0.expr", [""])[0]
    except ValueError:
        return ""
    return safe(" ".join(asked.split()), VALUE_LIMIT)


def severity_of(labels: Mapping[str, str]) -> Severity:
    """Return the severity that the label says, in any case; NONE for every other word."""
    try:
        return Severity(labels.get("severity", "").strip().lower())
    except ValueError:
        return Severity.NONE


def tenant_of(labels: Mapping[str, str]) -> str | None:
    """Return the identity of the tenant: JSON text has no stray bytes, so the label is its own `safetext.identity`.

    None where there is no tenant label, or one that is too long to be a tenant id.
    """
    tenant = labels.get(TENANT_LABEL, "")
    return tenant if 0 < len(tenant) <= _TENANT_LIMIT else None


def epoch(text: str) -> float | None:
    """Return an RFC 3339 time in epoch seconds, None where it is none. Digits beyond microseconds are dropped.

    >>> epoch("2024-01-02T03:04:05.500000789Z")
    1704164645.5
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return min(moment.timestamp(), _LAST) if moment.tzinfo is not None and moment.year > 1 else None

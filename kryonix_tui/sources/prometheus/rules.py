"""Recording and alerting rules, and the alerts that Prometheus itself holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, AlertState
from kryonix_tui.model.metrics import RuleHealth
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import (
    MAX_ALERTS,
    NAME_LIMIT,
    VALUE_LIMIT,
    epoch,
    printable,
    severity_of,
    tenant_of,
    unprintable,
)
from kryonix_tui.sources.http.errors import one_line
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import api_data, kept

SOURCE = "prometheus"
_ERROR_LIMIT = 300
_MAX_FAILING = 1000


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    state: str
    annotations: dict[str, str] = {}
    activeAt: str = ""  # noqa: N815 - the name on the wire


class _Rule(msgspec.Struct):
    name: str
    type: str
    health: str = ""
    lastError: str = ""  # noqa: N815 - the name on the wire
    query: str = ""
    duration: float = 0.0
    alerts: list[msgspec.Raw] = []


class _Group(msgspec.Struct):
    name: str = ""
    rules: list[msgspec.Raw] = []


class _Groups(msgspec.Struct):
    groups: list[_Group]


@dataclass(frozen=True, slots=True)
class Rules:
    """What `/api/v1/rules` says. `discarded` counts rules and alerts that could not be read."""

    health: RuleHealth
    alerts: tuple[Alert, ...]
    discarded: int = 0


def rules_of(body: bytes, peer: Peer) -> Rules:
    """Read the answer of `/api/v1/rules`; of the alerts, the worst `MAX_ALERTS` are kept.

    Raises:
        ReplyError: see `api_data`.
    """
    counts = {"recording": 0, "alerting": 0}
    failing: dict[str, str] = {}
    alerts: list[Alert] = []
    discarded = 0
    for group in api_data(body, _Groups, peer).groups:
        for raw in group.rules:
            rule = kept(raw, _Rule)
            if rule is None or rule.type not in counts:
                discarded += 1
                continue
            counts[rule.type] += 1
            if rule.health == "err" and len(failing) < _MAX_FAILING:
                failing[safe(rule.name, NAME_LIMIT)] = one_line(rule.lastError, _ERROR_LIMIT) or _("evaluation failed")
            for alert in _alerts(group, rule):
                if alert is None:
                    discarded += 1
                else:
                    alerts.append(alert)
    alerts.sort(key=lambda alert: alert.severity.rank)
    health = RuleHealth(counts["recording"], counts["alerting"], failing)
    return Rules(health, tuple(alerts[:MAX_ALERTS]), discarded)


def _alerts(group: _Group, rule: _Rule) -> Iterator[Alert | None]:
    """Yield the rule's alerts that are firing or pending, None for each that cannot be read."""
    for raw in rule.alerts:
        wire = kept(raw, _Alert)
        if wire is None:
            yield None
        elif wire.state in (AlertState.FIRING, AlertState.PENDING):
            yield Alert(
                fingerprint=_fingerprint(group.name, rule.name, wire.labels),
                name=safe(wire.labels.get("alertname") or rule.name, NAME_LIMIT),
                severity=severity_of(wire.labels),
                state=AlertState(wire.state),
                source=SOURCE,
                starts_at=epoch(wire.activeAt) or 0.0,
                tenant=tenant_of(wire.labels),
                labels=printable(wire.labels),
                raw=unprintable(wire.labels),
                annotations=printable(wire.annotations),
                rule=safe(f"{group.name} / {rule.name}" if group.name else rule.name, NAME_LIMIT),
                expression=safe(" ".join(rule.query.split()), VALUE_LIMIT),
                lasting=rule.duration,
            )


def _fingerprint(group: str, rule: str, labels: dict[str, str]) -> str:
    """Return what tells an alert of Prometheus from the others: the API gives it no id of its own."""
    identity = msgspec.json.encode([group, rule, sorted(labels.items())])
    return hashlib.blake2b(identity, digest_size=8).hexdigest()

"""The list of alerts."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from kryonix_tui.model.alert import Alert, AlertState
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import (
    MAX_ALERTS,
    MAX_LABELS,
    NAME_LIMIT,
    epoch,
    expression_in,
    link,
    printable,
    severity_of,
    tenant_of,
    unprintable,
)
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.http.reply import decoded, kept

SOURCE = "alertmanager"


class _Status(msgspec.Struct, rename="camel"):
    state: str = ""
    silenced_by: list[str] = []
    inhibited_by: list[str] = []


class _Receiver(msgspec.Struct):
    name: str


class _Alert(msgspec.Struct, rename="camel"):
    labels: dict[str, str]
    fingerprint: str
    annotations: dict[str, str] = {}
    starts_at: str = ""
    generator_url: str = msgspec.field(default="", name="generatorURL")
    status: _Status = msgspec.field(default_factory=_Status)
    receivers: list[_Receiver] = []


@dataclass(frozen=True, slots=True)
class AlertList:
    """The alerts that are kept, the worst first. `discarded` and `truncated` as in `AlertFacts`."""

    alerts: tuple[Alert, ...]
    discarded: int
    truncated: bool


def alert_list(body: bytes, peer: Peer, most: int | None = MAX_ALERTS) -> AlertList:
    """Read the answer of `/api/v2/alerts`; the worst `most` are kept, None: all.

    An alert that cannot be read is discarded; one whose start cannot be read is kept with 0 for it. Both are counted.

    Raises:
        ReplyError: see `decoded`.
    """
    discarded = 0
    readable: list[_Alert] = []
    for raw in decoded(body, list[msgspec.Raw], peer):
        wire = kept(raw, _Alert)
        if wire is None:
            discarded += 1
        else:
            readable.append(wire)
    readable.sort(key=lambda wire: severity_of(wire.labels).rank)
    alerts = tuple(_alert(wire) for wire in readable[:most])
    discarded += sum(1 for alert in alerts if not alert.starts_at)
    return AlertList(alerts, discarded, truncated=len(readable) > len(alerts))


def _alert(wire: _Alert) -> Alert:
    return Alert(
        fingerprint=safe(wire.fingerprint, NAME_LIMIT),
        name=safe(wire.labels.get("alertname", ""), NAME_LIMIT),
        severity=severity_of(wire.labels),
        state=_state(wire.status),
        source=SOURCE,
        starts_at=epoch(wire.starts_at) or 0.0,
        tenant=tenant_of(wire.labels),
        labels=printable(wire.labels),
        annotations=printable(wire.annotations),
        generator_url=link(wire.generator_url),
        silences=tuple(safe(silence, NAME_LIMIT) for silence in wire.status.silenced_by[:MAX_LABELS]),
        inhibitors=tuple(safe(other, NAME_LIMIT) for other in wire.status.inhibited_by[:MAX_LABELS]),
        expression=expression_in(wire.generator_url),
        raw=unprintable(wire.labels),
        receivers=tuple(safe(receiver.name, NAME_LIMIT) for receiver in wire.receivers[:MAX_LABELS]),
    )


def _state(status: _Status) -> AlertState:
    """Return the state of an alert.

    Every alert that Alertmanager has is firing for whoever sent it. So one that is `unprocessed` (received a moment
    ago, not yet routed) or in a state that we do not know is shown as firing, never as less.
    """
    if status.state != "suppressed":
        return AlertState.FIRING
    return AlertState.INHIBITED if status.inhibited_by and not status.silenced_by else AlertState.SILENCED

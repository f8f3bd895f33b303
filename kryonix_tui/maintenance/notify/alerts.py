"""What Alertmanager posts to a webhook (version 4), and the one message that people get of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from kryonix_tui.errors import ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.notify.message import Message, plain
from kryonix_tui.maintenance.notify.texts import Texts
from kryonix_tui.masking import mask_text
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.sources.alert_fields import link, printable, severity_of

VERSION: Final = "4"
FIRING: Final = "firing"
_SHOWN: Final = 20
"""Alerts that a message spells out."""


class PostedAlert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert. Times are RFC 3339."""

    status: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: str = ""
    fingerprint: str = ""


class Posted(msgspec.Struct, frozen=True, rename="camel"):
    """A group of alerts. `truncated_alerts` counts those that Alertmanager left out."""

    version: str
    status: str
    alerts: list[PostedAlert]
    group_key: str = ""
    receiver: str = ""
    truncated_alerts: int = 0
    common_labels: dict[str, str] = {}
    common_annotations: dict[str, str] = {}

    @property
    def identity(self) -> str:
        """The same for a message that is sent again, another as soon as an alert begins, ends or begins anew."""
        alerts = sorted((alert.fingerprint, alert.status, alert.starts_at) for alert in self.alerts)
        return hashlib.sha256(msgspec.json.encode((self.group_key, self.status, alerts))).hexdigest()


def posted(body: bytes) -> Posted:
    """Return what Alertmanager has posted.

    Raises:
        ReplyError: it is nothing that Alertmanager posts, or of a version that is not known.
    """
    try:
        found = msgspec.json.decode(body, type=Posted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ReplyError(_("this is not what Alertmanager posts to webhooks")) from error
    if found.version != VERSION or not found.alerts:
        raise ReplyError(_("of what Alertmanager posts only version {version} is read").format(version=VERSION))
    return found


def alert_message(group: Posted, words: Texts) -> Message:
    """Return the message about a group of alerts in the language of `words`."""
    return Message(_title(group, words), "\n".join(_lines(group, words)))


def _title(group: Posted, words: Texts) -> str:
    state = words.firing if group.status == FIRING else words.resolved
    severity = severity_of(group.common_labels)
    labels = printable(group.common_labels)
    about = (labels.get(TENANT_LABEL), labels.get("category"))
    named = [f"{state} {words.severities.get(severity, '')}".strip(), *(plain(part) for part in about if part)]
    count = len(group.alerts) + max(0, group.truncated_alerts)
    return f"KRYONIX · {' · '.join(named)} ({count})"


def _lines(group: Posted, words: Texts) -> Iterator[str]:
    for alert in group.alerts[:_SHOWN]:
        yield _line(alert, words)
    more = max(0, len(group.alerts) - _SHOWN) + max(0, group.truncated_alerts)
    if more:
        yield words.more.format(count=more)
    common = printable(group.common_annotations)
    if description := common.get("description"):
        yield plain(mask_text(description))
    for name, title in (("runbook_url", words.runbook), ("dashboard_url", words.dashboard)):
        if url := group.common_annotations.get(name):
            yield f"{title}: {plain(link(url))}"


def _line(alert: PostedAlert, words: Texts) -> str:
    mark = "▲" if alert.status == FIRING else "✓"
    annotations, labels = printable(alert.annotations), printable(alert.labels)
    said = annotations.get("summary") or _named(labels)
    since = _moment(alert.starts_at)
    told = f"{mark} {plain(mask_text(said))}"
    return f"{told} ({words.since.format(moment=since)})" if since else told


def _named(labels: Mapping[str, str]) -> str:
    where = [labels[name] for name in (TENANT_LABEL, "module", "job", "instance") if labels.get(name)]
    return " ".join((labels.get("alertname", "?"), *where))


def _moment(text: str) -> str:
    """Return an RFC 3339 time as people here read it; empty where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment.tzinfo is not None and moment.year > 1 else ""
    except (ValueError, OverflowError):
        return ""

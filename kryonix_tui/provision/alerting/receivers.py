"""Receivers: the ways in which somebody is told. Secrets are paths of files that Alertmanager reads."""

from __future__ import annotations

from typing import Any, Final

from kryonix_tui.config.provision import Alerting, Receiver, Webhook
from kryonix_tui.i18n import _
from kryonix_tui.provision.alerting.routes import NOBODY, NOTIFIER
from kryonix_tui.provision.alerting.texts import TEXT, TITLE

MOST_ALERTS: Final = 100
"""Alerts in one message to our notifier, which does not take messages of any size."""

ALL: Final = "all"
"""The notifier's route to everybody."""

_DASHBOARD: Final = "{{ or .CommonAnnotations.dashboard_url .ExternalURL }}"
_RUNBOOK: Final = "{{ or .CommonAnnotations.runbook_url .ExternalURL }}"
_COLOUR: Final = (
    '{{ if ne .Status "firing" }}good{{ else if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}'
)


def receivers(alerting: Alerting) -> list[dict[str, Any]]:
    """Return all receivers, and last the one that tells nobody."""
    known = dict(alerting.receivers)
    if not known and alerting.notifier.url:
        known[NOTIFIER] = Receiver(notify=(ALL,))
    found = [_receiver(name, receiver, alerting) for name, receiver in known.items()]
    return [*found, {"name": NOBODY}]


def mail_settings(alerting: Alerting) -> dict[str, Any]:
    """Return what Alertmanager must know to send e-mail and Slack messages."""
    smtp, found = alerting.smtp, {}
    if smtp.smarthost:
        found = {
            "smtp_smarthost": smtp.smarthost,
            "smtp_from": smtp.sender,
            "smtp_require_tls": smtp.require_tls,
            "smtp_auth_username": smtp.username,
            "smtp_auth_password_file": smtp.password_file,
        }
    found["slack_api_url_file"] = alerting.slack_url_file
    return {key: value for key, value in found.items() if value != ""}


def _receiver(name: str, receiver: Receiver, alerting: Alerting) -> dict[str, Any]:
    # An alarm clock that waits for the watchdog must not be told that it has ended.
    resolved = name != alerting.watchdog
    webhooks = [_webhook(webhook, send_resolved=resolved) for webhook in receiver.webhooks]
    webhooks += [_notify(route, alerting.notifier, send_resolved=resolved) for route in receiver.notify]
    ways = {
        "webhook_configs": webhooks,
        "email_configs": [_email(address, send_resolved=resolved) for address in receiver.email],
        "slack_configs": [_slack(channel, send_resolved=resolved) for channel in receiver.slack],
    }
    return {"name": name, **{way: configs for way, configs in ways.items() if configs}}


def _webhook(webhook: Webhook, *, send_resolved: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"url": webhook.url, "send_resolved": send_resolved}
    if webhook.token_file:
        found["http_config"] = {"authorization": {"type": "Bearer", "credentials_file": webhook.token_file}}
    return found


def _notify(route: str, notifier: Webhook, *, send_resolved: bool) -> dict[str, Any]:
    path = "" if route == ALL else route
    webhook = Webhook(url=f"{notifier.url.rstrip('/')}/{path}", token_file=notifier.token_file)
    return {**_webhook(webhook, send_resolved=send_resolved), "max_alerts": MOST_ALERTS}


def _email(address: str, *, send_resolved: bool) -> dict[str, Any]:
    return {"to": address, "send_resolved": send_resolved, "headers": {"Subject": TITLE}}


def _slack(channel: str, *, send_resolved: bool) -> dict[str, Any]:
    return {
        "channel": channel,
        "send_resolved": send_resolved,
        "color": _COLOUR,
        "title": TITLE,
        "title_link": _DASHBOARD,
        "text": TEXT,
        "actions": [
            {"type": "button", "text": _("Dashboard"), "url": _DASHBOARD},
            {"type": "button", "text": _("Runbook"), "url": _RUNBOOK},
        ],
    }

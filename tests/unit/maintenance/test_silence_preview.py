"""What a silence is said to hold back before it is made."""

from __future__ import annotations

import json

import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.maintenance.silences.preview import means_everything
from kryonix_tui.model.alert import Alert, Severity
from kryonix_tui.model.matchers import fits, parse
from kryonix_tui.sources.alert_fields import MAX_ALERTS
from kryonix_tui.sources.alertmanager.alerts import alert_list
from kryonix_tui.sources.http.peer import Peer
from tests.unit.builders import alert

WATCHDOG = alert("Watchdog", severity=Severity.NONE, fingerprint="w", labels={"alertname": "Watchdog"})
ALERTS = [
    alert(
        "QueueBacklog",
        fingerprint=f"{tenant}{number}",
        labels={"alertname": "QueueBacklog", "severity": "warning", "tenant_id": tenant, "cluster": "x"},
        tenant=tenant,
    )
    for tenant in ("a", "b")
    for number in range(2)
]


@pytest.mark.parametrize(
    ("text", "known", "broad"),
    [
        ('severity=~"critical|warning|info"', [WATCHDOG, *ALERTS], True),
        ('cluster="x"', [WATCHDOG, *ALERTS], True),
        ('alertname!="Watchdog"', [WATCHDOG, *ALERTS], True),
        ('alertname=~".*"', [WATCHDOG], True),
        ('tenant_id="a"', [WATCHDOG, *ALERTS], False),
        ('tenant_id="a"', [WATCHDOG, *ALERTS[:2]], False),
        ('tenant_id="a"', ALERTS[:2], False),
        ('alertname="QueueBacklog"', [WATCHDOG, *ALERTS], False),
        ('tenant_id=~"a|b"', [WATCHDOG, *ALERTS], True),
    ],
)
def test_what_holds_back_everything_but_the_watchdog_is_everything(text: str, known: list[Alert], broad: bool) -> None:
    muted = [found for found in known if fits(parse(text), found.labels)]
    assert means_everything(parse(text), muted, known) is broad


def test_alerts_are_counted_all() -> None:
    body = json.dumps(
        [
            {"labels": {"alertname": "X", "n": str(number)}, "fingerprint": str(number)}
            for number in range(MAX_ALERTS + 7)
        ]
    ).encode()
    peer = Peer.of(HttpServer(url="http://127.0.0.1:1"), name="Alertmanager", key="alertmanager")
    assert len(alert_list(body, peer, most=None).alerts) == MAX_ALERTS + 7
    assert alert_list(body, peer).truncated

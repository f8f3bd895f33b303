"""Rules, alerts and silences as the servers write them, and as they might."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.alert import AlertState
from kryonix_tui.sources.alert_fields import MAX_ALERTS
from kryonix_tui.sources.alertmanager.alerts import alert_list
from kryonix_tui.sources.alertmanager.silences import silence_list
from kryonix_tui.sources.http.peer import Peer
from kryonix_tui.sources.prometheus.rules import rules_of

PEER = Peer.of(HttpServer(url="http://127.0.0.1:9093"), name="Alertmanager", key="alertmanager")


def alert(severity: str = "warning", **changes: Any) -> dict[str, Any]:
    whole = {
        "labels": {"alertname": "Down", "severity": severity},
        "fingerprint": "f00d",
        "startsAt": "2024-01-02T03:04:05.123456789Z",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }
    return {**whole, **changes}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"state": "active"}, AlertState.FIRING),
        ({"state": "unprocessed"}, AlertState.FIRING),
        ({"state": "invented"}, AlertState.FIRING),
        ({"state": "suppressed", "silencedBy": ["s"], "inhibitedBy": ["f"]}, AlertState.SILENCED),
        ({"state": "suppressed", "silencedBy": [], "inhibitedBy": ["f"]}, AlertState.INHIBITED),
        ({"state": "suppressed"}, AlertState.SILENCED),
    ],
)
def test_states(status: dict[str, Any], state: AlertState) -> None:
    (listed,) = alert_list(json.dumps([alert(status=status)]).encode(), PEER).alerts
    assert listed.state is state


@pytest.mark.parametrize("bad", [{}, {"labels": []}, {"labels": {"a": 1}, "fingerprint": "f"}, None, 5, "text"])
def test_an_alert_that_cannot_be_read_costs_only_itself(bad: object) -> None:
    listed = alert_list(json.dumps([bad, alert()]).encode(), PEER)
    assert (len(listed.alerts), listed.discarded) == (1, 1)


def test_bytes_that_are_no_utf8_cost_only_their_alert() -> None:
    body = json.dumps([alert(fingerprint="BAD"), alert()]).encode().replace(b"BAD", b"\xff\xfe")
    listed = alert_list(body, PEER)
    assert ([kept.fingerprint for kept in listed.alerts], listed.discarded) == (["f00d"], 1)


def test_a_start_that_is_no_time_is_zero_and_counted() -> None:
    listed = alert_list(json.dumps([alert(startsAt="soon")]).encode(), PEER)
    assert listed.alerts[0].starts_at == 0
    assert listed.discarded == 1


def test_the_worst_alerts_are_kept() -> None:
    alerts = [alert("info")] * MAX_ALERTS + [alert("critical")]
    listed = alert_list(json.dumps(alerts).encode(), PEER)
    assert len(listed.alerts) == MAX_ALERTS
    assert listed.alerts[0].severity == "critical"
    assert listed.truncated


def test_silences_of_all_states() -> None:
    def silence(state: str, ends: str) -> dict[str, Any]:
        matchers = [
            {"name": "api_key", "value": "letmein", "isRegex": False},
            {"name": "t", "value": "\u202ea.*", "isRegex": True, "isEqual": False},
        ]
        return {"id": state, "status": {"state": state}, "matchers": matchers, "endsAt": ends}

    silences, unreadable = silence_list(
        json.dumps(
            [
                silence("pending", "2024-01-02T00:00:00Z"),
                silence("active", "2024-01-01T00:00:00Z"),
                silence("expired", "2023-01-01T00:00:00Z"),
                {"id": 5},
            ]
        ).encode(),
        PEER,
    )
    assert [(silence.silence_id, silence.active) for silence in silences] == [("active", True), ("pending", False)]
    assert unreadable == 1
    assert [str(matcher) for matcher in silences[0].matchers] == ['api_key="•••"', 't!~"\u202ea.*"']


def rules_body(*rules: object) -> bytes:
    return json.dumps({"status": "success", "data": {"groups": [{"name": "g", "rules": list(rules)}]}}).encode()


def test_rules_that_cannot_be_read_cost_only_themselves() -> None:
    read = rules_of(
        rules_body(
            {"type": "recording", "name": "a", "health": "ok"},
            {"type": "recording", "name": "b\x1b", "health": "err", "lastError": "many\nto many"},
            {"type": "invented", "name": "c"},
            {"type": "recording"},
            None,
        ),
        PEER,
    )
    assert (read.health.recording, read.health.alerting) == (2, 0)
    assert read.health.failing == {"b␛": "many to many"}
    assert read.discarded == 3


def test_alerts_of_rules() -> None:
    labels = {"alertname": "Down", "severity": "critical", "tenant_id": "a"}
    read = rules_of(
        rules_body(
            {
                "type": "alerting",
                "name": "Down",
                "alerts": [
                    {"labels": {}, "state": "pending", "activeAt": "2024-01-02T03:04:05Z"},
                    {"labels": labels, "state": "firing", "activeAt": "never"},
                    {"labels": labels, "state": "inactive"},
                    {"labels": None, "state": "firing"},
                ],
            }
        ),
        PEER,
    )
    assert [(alert.name, alert.state, alert.tenant, alert.starts_at) for alert in read.alerts] == [
        ("Down", AlertState.FIRING, "a", 0.0),
        ("Down", AlertState.PENDING, None, 1704164645.0),
    ]
    assert read.discarded == 1

"""AlertmanagerSource against a real Alertmanager, with alerts and silences posted through its API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.alert import AlertFacts, AlertState, Severity
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from tests.metrics_servers import RunningServer

pytestmark = pytest.mark.xdist_group("metrics")

START = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


async def post(server: RunningServer, path: str, content: Any) -> Any:
    async with httpx.AsyncClient(trust_env=False, base_url=server.url) as client:
        answer = await client.post(path, json=content)
        answer.raise_for_status()
        return answer.json() if answer.content else None


async def post_alert(server: RunningServer, tenant: str, severity: str = "warning", **labels: str) -> None:
    labels = {"alertname": f"Alert of {tenant}", "tenant_id": tenant, "severity": severity, **labels}
    annotations = {"summary": "\x1b[31mred", "push_token": "letmein"}
    alert = {
        "labels": labels,
        "annotations": annotations,
        "startsAt": START.isoformat(),
        "generatorURL": "http://user:letmein@127.0.0.1/graph",
    }
    await post(server, "/api/v2/alerts", [alert])


async def read_until(server: RunningServer, enough: Callable[[AlertFacts], bool]) -> AlertFacts:
    source = AlertmanagerSource(HttpServer(url=server.url))
    try:
        async with asyncio.timeout(60):
            while not enough(facts := await source.fetch()):  # noqa: ASYNC110 - the server tells nobody that it is ready
                await asyncio.sleep(0.1)
    finally:
        await source.close()
    return facts


def states_of(facts: AlertFacts, tenant: str) -> dict[Severity, AlertState]:
    return {alert.severity: alert.state for alert in facts.alerts if alert.tenant == tenant}


async def test_a_posted_alert_comes_back_whole_and_harmless(alertmanager_server: RunningServer) -> None:
    await post_alert(alertmanager_server, "posted")
    facts = await read_until(alertmanager_server, lambda facts: bool(states_of(facts, "posted")))
    (alert,) = [alert for alert in facts.alerts if alert.tenant == "posted"]
    assert alert.name == "Alert of posted"
    assert (alert.severity, alert.state) == (Severity.WARNING, AlertState.FIRING)
    assert alert.starts_at == pytest.approx(START.timestamp(), abs=1e-3)
    assert alert.summary == "␛[31mred"
    assert alert.labels["tenant_id"] == "posted"
    assert alert.receivers == ("nobody",)
    assert alert.fingerprint
    assert "letmein" not in str(alert)
    assert facts.version.startswith("0.")
    assert facts.cluster == "disabled"
    assert facts.discarded == 0


async def test_a_silence_holds_an_alert_back_and_an_expired_one_is_gone(alertmanager_server: RunningServer) -> None:
    now = datetime.now(UTC)
    matcher = {"name": "tenant_id", "value": "quiet", "isRegex": False, "isEqual": True}
    silence = {
        "matchers": [matcher],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "night\x07shift",
        "comment": "planned",
    }
    silence_id = (await post(alertmanager_server, "/api/v2/silences", silence))["silenceID"]
    await post_alert(alertmanager_server, "quiet")

    def held(facts: AlertFacts) -> bool:
        return states_of(facts, "quiet") == {Severity.WARNING: AlertState.SILENCED}

    facts = await read_until(alertmanager_server, held)
    (shown,) = facts.silences
    assert shown.silence_id == silence_id
    assert [str(matcher) for matcher in shown.matchers] == ['tenant_id="quiet"']
    assert (shown.author, shown.comment, shown.active) == ("night␇shift", "planned", True)
    assert shown.ends_at - now.timestamp() == pytest.approx(3600, abs=1)
    assert [alert.silences for alert in facts.alerts if alert.tenant == "quiet"] == [(silence_id,)]

    async with httpx.AsyncClient(trust_env=False, base_url=alertmanager_server.url) as client:
        (await client.delete(f"/api/v2/silence/{silence_id}")).raise_for_status()
    assert (await read_until(alertmanager_server, lambda facts: not facts.silences)).silences == ()


async def test_an_alert_that_a_worse_one_inhibits(alertmanager_server: RunningServer) -> None:
    await post_alert(alertmanager_server, "burning", "critical")
    await post_alert(alertmanager_server, "burning", "info")
    expected = {Severity.CRITICAL: AlertState.FIRING, Severity.INFO: AlertState.INHIBITED}
    facts = await read_until(alertmanager_server, lambda facts: states_of(facts, "burning") == expected)
    assert facts.alerts[0].severity is Severity.CRITICAL

"""PrometheusSource against a real Prometheus that scrapes a real exporter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.sources.prometheus import PrometheusSource
from tests.metrics_servers import RunningServer

pytestmark = pytest.mark.xdist_group("metrics")


async def read_until(server: RunningServer, enough: Callable[[MetricsFacts], bool]) -> MetricsFacts:
    """Read until the server has scraped and evaluated as far as `enough` says."""
    source = PrometheusSource(HttpServer(url=server.url))
    try:
        async with asyncio.timeout(60):
            while not enough(facts := await source.fetch()):  # noqa: ASYNC110 - the server tells nobody that it is ready
                await asyncio.sleep(0.1)
    finally:
        await source.close()
    return facts


async def test_figures_of_tenants_are_what_the_rules_make_of_the_exporter(prometheus_server: RunningServer) -> None:
    facts = await read_until(prometheus_server, lambda facts: len(facts.tenants) == 2)
    assert {tenant: rules["cache_hit_rate"].value for tenant, rules in facts.tenants.items()} == {
        "good": 90.0,
        "bad": 10.0,
    }
    assert facts.tenants["good"]["cache_hit_rate"].at > 1_700_000_000
    assert facts.version.startswith(("2.", "3."))
    assert not facts.truncated
    assert not facts.missing


async def test_nan_and_series_without_a_tenant_are_counted_not_shown(prometheus_server: RunningServer) -> None:
    facts = await read_until(prometheus_server, lambda facts: facts.discarded >= 2)
    assert "idle" not in facts.tenants
    assert all("without_label" not in rules for rules in facts.tenants.values())
    assert facts.discarded == 2


async def test_targets_say_which_is_down_and_why(prometheus_server: RunningServer) -> None:
    def scraped(facts: MetricsFacts) -> bool:
        return sum(target.up or "refused" in target.error for target in facts.targets) == 2

    facts = await read_until(prometheus_server, scraped)
    up = {target.job: target.up for target in facts.targets}
    assert up == {"tenants": True, "dead": False}


async def test_rules_are_counted_and_a_failing_one_says_why(prometheus_server: RunningServer) -> None:
    facts = await read_until(prometheus_server, lambda facts: bool(facts.rules.failing))
    assert (facts.rules.recording, facts.rules.alerting) == (3, 2)
    assert list(facts.rules.failing) == ["tenant:broken"]
    assert facts.rules.failing["tenant:broken"]


async def test_a_firing_and_a_pending_alert_of_the_rules(prometheus_server: RunningServer) -> None:
    facts = await read_until(prometheus_server, lambda facts: len(facts.rule_alerts) == 3)
    firing = facts.rule_alerts[0]
    assert (firing.name, firing.tenant, firing.severity, firing.state) == (
        "LowHitRate",
        "bad",
        Severity.CRITICAL,
        AlertState.FIRING,
    )
    assert firing.summary == "Hit rate of bad is low"
    assert "letmein" not in str(firing)
    assert firing.starts_at > 1_700_000_000
    pending = facts.rule_alerts[1:]
    assert {alert.tenant for alert in pending} == {"good", "bad"}
    assert {(alert.state, alert.severity) for alert in pending} == {(AlertState.PENDING, Severity.NONE)}
    assert len({alert.fingerprint for alert in facts.rule_alerts}) == 3

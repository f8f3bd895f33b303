"""Prometheus and Alertmanager of the demo: their configuration is valid, and alerts fire for real."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kryonix_tui.demo import stack
from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.demo.queues import STUCK_AT_START
from kryonix_tui.model.exported import TENANT_INFO, TENANT_QUEUE_DEPTH


@pytest.fixture(scope="module")
def metrics() -> Iterator[DemoPlatform]:
    with DemoPlatform(tenants=15, keys=2000) as platform:
        yield platform


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as reply:
        return json.load(reply)


def query(platform: DemoPlatform, expression: str) -> dict[str, float]:
    reply = get(f"{platform.prometheus_url}/api/v1/query?query={urllib.parse.quote(expression)}")
    return {found["metric"]["tenant_id"]: float(found["value"][1]) for found in reply["data"]["result"]}


def awaited(ask: Any, seconds: float) -> Any:
    """Ask until the answer is not empty. Prometheus offers no event to wait for."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


@pytest.mark.parametrize("alertmanager_port", [0, 9093])
@pytest.mark.parametrize("tenants", [40, 4000])
def test_promtool_accepts_the_configuration(tmp_path: Path, alertmanager_port: int, tenants: int) -> None:
    stack.write_prometheus(
        tmp_path, platform_port=1, exporter_port=3, port=2, alertmanager_port=alertmanager_port, tenants=tenants
    )
    done = subprocess.run(
        ["promtool", "check", "config", tmp_path / "prometheus.yml"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"4 rule files found" in done.stdout


def test_amtool_accepts_the_configuration(tmp_path: Path) -> None:
    stack.write_alertmanager(tmp_path)
    done = subprocess.run(["amtool", "check-config", tmp_path / "alertmanager.yml"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_alerts_reach_alertmanager_within_15_seconds(metrics: DemoPlatform) -> None:
    def firing() -> set[str]:
        found = {alert["labels"]["alertname"] for alert in get(f"{metrics.alertmanager_url}/api/v2/alerts")}
        return found if {"QueueBacklog", "Watchdog"} <= found else set()

    awaited(firing, 25)
    [backlog] = [
        alert
        for alert in get(f"{metrics.alertmanager_url}/api/v2/alerts")
        if alert["labels"]["alertname"] == "QueueBacklog"
    ]
    assert backlog["labels"]["severity"] == "critical"
    assert backlog["labels"]["tenant_id"] in backlog["annotations"]["summary"]


def test_recording_rules_give_the_figures_back(metrics: DemoPlatform) -> None:
    rates = awaited(lambda: query(metrics, "tenant:cache_hit_rate"), 25)
    assert len(rates) == 13
    assert rates["cliente_exemplo"] == pytest.approx(87.5, abs=0.5)
    assert 30 < query(metrics, "tenant:mobile_response_time_p95")["cliente_exemplo"] < 50
    assert query(metrics, "tenant:error_rate")["cliente_exemplo"] == pytest.approx(0.8, abs=0.1)
    for rule in ("request_rate", "response_time_average", "ai_anomaly_score"):
        assert set(query(metrics, f"tenant:{rule}")) == set(rates)


def test_what_redis_knows_of_tenants_comes_from_our_exporter(metrics: DemoPlatform) -> None:
    def depths() -> dict[str, float]:
        return query(metrics, f"{TENANT_QUEUE_DEPTH.name} > 1000")

    [(stuck, depth)] = awaited(depths, 25).items()
    assert depth > STUCK_AT_START - 50
    assert query(metrics, "tenant:queue_depth")[stuck] >= depth
    # Days come from Traefik's certificate of the host name that stands in Redis: of all tenants that have one there.
    days = awaited(lambda: query(metrics, "tenant:ssl_cert_expiry_days"), 25)
    named = query(metrics, f'{TENANT_INFO.name}{{subdomain!=""}}')
    assert {"cliente_exemplo", stuck} <= set(days) == set(named) < set(query(metrics, TENANT_INFO.name))
    assert all(8 < left < 86 for left in days.values())


def test_no_rule_fails_and_every_target_is_up(metrics: DemoPlatform) -> None:
    def targets() -> list[str]:
        found = get(f"{metrics.prometheus_url}/api/v1/targets")["data"]["activeTargets"]
        health = [target["health"] for target in found]
        return health if "unknown" not in health else []

    assert awaited(targets, 15) == ["up"] * 4
    for group in get(f"{metrics.prometheus_url}/api/v1/rules")["data"]["groups"]:
        assert [rule.get("lastError", "") for rule in group["rules"]] == [""] * len(group["rules"])

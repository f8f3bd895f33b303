"""Prometheus and Alertmanager of the demo: their configuration is valid, and alerts fire for real."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from textual.widgets import Input

from kryonix_tui.demo import stack
from kryonix_tui.demo.platform import DemoPlatform
from kryonix_tui.demo.queues import STUCK_AT_START
from kryonix_tui.model.exported import TENANT_INFO, TENANT_QUEUE_DEPTH
from kryonix_tui.tui.jobs import Phase
from kryonix_tui.tui.screens.silence_form import SilenceForm
from tests.faults import proxied
from tests.integration.demo.onlooker import PATIENCE, looking, panel, until
from tests.tui.console import NORMAL, Console
from tests.tui.operations import until_job


@pytest.fixture(scope="module")
def metrics() -> Iterator[DemoPlatform]:
    with DemoPlatform(tenants=15, keys=2000) as platform:
        yield platform


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as reply:
        return json.load(reply)


def query(platform: DemoPlatform, expression: str) -> dict[str, float]:
    reply = get(f"{platform.prometheus_url}/api/v1/query?query={urllib.parse.quote(expression)}")
    return {found["metric"]["tenant_id"]: float(found["value"][1]) for found in reply["data"]["result"]}


def awaited(ask: Any) -> Any:
    """Ask until the answer is not empty. Prometheus offers no event to wait for."""
    deadline = time.monotonic() + PATIENCE
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


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def silences(platform: DemoPlatform) -> list[dict[str, Any]]:
    command = ["amtool", f"--alertmanager.url={platform.alertmanager_url}", "silence", "query", "-o", "json"]
    found: list[dict[str, Any]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


@pytest.mark.usefixtures("own_state")
async def test_a_degraded_tenant_is_on_screen_within_15_seconds_and_its_silence_is_everybodys(
    metrics: DemoPlatform,
) -> None:
    async def held() -> None:
        """Wait until Alertmanager has the alert of the demo's stuck queue."""
        async with asyncio.timeout(PATIENCE):
            while not any(  # noqa: ASYNC110 - it tells nobody
                alert["labels"]["alertname"] == "QueueBacklog"
                for alert in await asyncio.to_thread(get, f"{metrics.alertmanager_url}/api/v2/alerts")
            ):
                await asyncio.sleep(0.1)

    def listed(running: Console) -> bool:
        return any("QueueBacklog" in line and "alertmanager" in line for line in running.text.splitlines())

    async with looking(metrics) as one:
        await one.press("6")
        await asyncio.gather(held(), until(one, lambda: listed(one)))
        assert 2 * one.app.loaded.config.intervals.alertmanager < 15, "a reading that came too early, and the next one"
        one.app.run_command("filter", "alert=QueueBacklog severity=critical source=alertmanager")
        await until(one, lambda: [alert.name for alert in one.table().items] == ["QueueBacklog"])
        await one.press("m")
        await until(one, lambda: isinstance(one.app.screen, SilenceForm))
        one.app.screen.query_one("#reason", Input).value = "workers are being moved"
        await one.press("enter")
        await until_job(one, Phase.ASKING)
        await one.press("y")
        await until_job(one, Phase.ENDED)
    (silence,) = silences(metrics)
    assert silence["comment"] == "workers are being moved"
    async with looking(metrics) as other:
        await other.press("6")
        other.app.run_command("filter", "@silenced alert=QueueBacklog")
        await until(other, lambda: listed(other))
        assert "workers are being moved" in other.line("detail")


def test_alerts_reach_alertmanager_within_15_seconds(metrics: DemoPlatform) -> None:
    def firing() -> set[str]:
        found = {alert["labels"]["alertname"] for alert in get(f"{metrics.alertmanager_url}/api/v2/alerts")}
        return found if {"QueueBacklog", "Watchdog"} <= found else set()

    awaited(firing)
    [backlog] = [
        alert
        for alert in get(f"{metrics.alertmanager_url}/api/v2/alerts")
        if (alert["labels"]["alertname"], alert["labels"]["severity"]) == ("QueueBacklog", "critical")
    ]
    assert backlog["labels"]["tenant_id"] in backlog["annotations"]["summary"]


def test_recording_rules_give_the_figures_back(metrics: DemoPlatform) -> None:
    rates = awaited(lambda: query(metrics, "tenant:cache_hit_rate"))
    assert len(rates) == 13
    assert rates["cliente_exemplo"] == pytest.approx(87.5, abs=0.5)
    assert 30 < query(metrics, "tenant:mobile_response_time_p95")["cliente_exemplo"] < 50
    assert query(metrics, "tenant:error_rate")["cliente_exemplo"] == pytest.approx(0.8, abs=0.1)
    for rule in ("request_rate", "response_time_average", "ai_anomaly_score"):
        assert set(query(metrics, f"tenant:{rule}")) == set(rates)


def test_what_redis_knows_of_tenants_comes_from_our_exporter(metrics: DemoPlatform) -> None:
    def depths() -> dict[str, float]:
        return query(metrics, f"{TENANT_QUEUE_DEPTH.name} > 1000")

    [(stuck, depth)] = awaited(depths).items()
    assert depth > STUCK_AT_START - 50
    assert query(metrics, "tenant:queue_depth")[stuck] >= depth
    # Days come from Traefik's certificate of the host name that stands in Redis: of all tenants that have one there.
    days = awaited(lambda: query(metrics, "tenant:ssl_cert_expiry_days"))
    named = query(metrics, f'{TENANT_INFO.name}{{subdomain!=""}}')
    # Clients that were created since then have a name already, but no certificate yet.
    settled = {tenant for tenant in named if not tenant.startswith("nova_")}
    assert {"cliente_exemplo", stuck} <= settled <= set(days) <= set(named) < set(query(metrics, TENANT_INFO.name))
    assert all(8 < left < 86 for left in days.values())


def test_no_rule_fails_and_every_target_is_up(metrics: DemoPlatform) -> None:
    def targets() -> list[str]:
        found = get(f"{metrics.prometheus_url}/api/v1/targets")["data"]["activeTargets"]
        health = [target["health"] for target in found]
        return health if "unknown" not in health else []

    assert awaited(targets) == ["up"] * 4
    for group in get(f"{metrics.prometheus_url}/api/v1/rules")["data"]["groups"]:
        assert [rule.get("lastError", "") for rule in group["rules"]] == [""] * len(group["rules"])


@pytest.mark.usefixtures("own_state")
async def test_a_prometheus_that_is_slow_garbles_or_is_gone_is_said_in_its_panels_and_the_rest_lives(
    metrics: DemoPlatform,
) -> None:
    port = urlsplit(metrics.prometheus_url).port
    assert port
    title = "Mobile response time (p95)"
    async with proxied(port) as proxy, looking(metrics, f"http://127.0.0.1:{proxy.port}", NORMAL) as running:
        running.app.navigation.open_tenant("cliente_exemplo")
        await until(running, lambda: running.mode == "tenant" and " ms" in panel(running, title))
        faults: tuple[tuple[str, Any, str], ...] = (
            ("stalled", True, "✖ Timed out"),
            ("garble", lambda data: data[:-30] + bytes(30), "✖ Unreadable reply"),
            ("cut_after", 0, "✖ Unreachable"),
        )
        for fault, value, says in faults:
            proxy.stalled = False
            setattr(proxy, fault, value)
            running.app.run_command("refresh")
            await until(running, lambda: says in panel(running, title))  # noqa: B023 - awaited in this round
            assert " ms" in panel(running, title), "what was known stays"
            before = running.app.shown.snapshot.server
            await until(running, lambda: running.app.shown.snapshot.server is not before)  # noqa: B023 - as above
            assert "87." in panel(running, "Hit rate")
            await running.press("2")
            assert running.rows(), "keys are answered"
            await running.press("3")
        proxy.garble = proxy.cut_after = None
        running.app.run_command("refresh")
        await until(running, lambda: "✖" not in panel(running, title))

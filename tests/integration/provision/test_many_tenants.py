"""A real Prometheus loads what was generated, and evaluates it for a thousand tenants within the interval."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

from kryonix_tui.provision.scraping import jobs
from tests.integration.provision.crowd import page, served
from tests.integration.provision.promtool import described, written
from tests.metrics_servers import prometheus_with

TENANTS = 1000
EVALUATED_SECONDS = 90.0


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


def test_a_thousand_tenants_are_judged_within_the_interval(tmp_path: Path) -> None:
    own = ", ".join(f"tenant_{number}: {{hit_rate: {{warning: 1, critical: 0}}}}" for number in range(100))
    with served(page(TENANTS, modules=2)) as address:
        description = described(
            tmp_path,
            f"{{limits: {{tenants: {{{own}}}}}, recording_interval: 15,"
            f" targets: {{kryonix: {{targets: ['{address}'], interval: 5, token_file: ''}}}}}}",
            tenants=[f"tenant_{number}" for number in range(TENANTS)],
        )
        written(tmp_path, description)
        with prometheus_with(tmp_path, tmp_path / "prometheus.yml") as server:
            groups = _evaluated(server.url)
            targets = asked(f"{server.url}/api/v1/targets")["activeTargets"]
            judged = asked(f"{server.url}/api/v1/query?query=count(tenant_limit:hit_rate:warning)")["result"]
    assert {target["labels"]["job"] for target in targets} == {job.name for job in jobs(description.provision.targets)}
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
    slow = {group["name"]: group["evaluationTime"] for group in groups if group["evaluationTime"] >= group["interval"]}
    assert slow == {}
    assert judged[0]["value"][1] == str(TENANTS)


def _evaluated(url: str) -> list[dict[str, Any]]:
    """Return the groups as soon as each rule was evaluated and alerts depend on figures of every kind."""
    end = time.monotonic() + EVALUATED_SECONDS
    wanted = {"CacheHitRateLow", "QueueBacklog", "AnomalyScoreHigh"}
    while time.monotonic() < end:
        groups: list[dict[str, Any]] = asked(f"{url}/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        known = {rule["name"] for rule in rules if rule.get("alerts")}
        if wanted <= known and all(rule["health"] != "unknown" for rule in rules):
            return groups
        time.sleep(0.5)
    raise AssertionError(known)

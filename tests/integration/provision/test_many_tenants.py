"""A real Prometheus loads what was generated, and evaluates it for a thousand tenants within the interval.

How long it takes when the windows of the rates are full, and for ten thousand, is measured by `bench.rules`.
"""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kryonix_tui.config.provision import Provision
from kryonix_tui.provision.scraping import jobs
from tests.integration.provision.crowd import page, served
from tests.integration.provision.promtool import described, written
from tests.metrics_servers import prometheus_with

TENANTS = 1000
USUAL = Provision().evaluation_interval
SOON = 5
"""Seconds between two evaluations here: rules are due sooner than usual, so the proof is soon done."""
PATIENCE = 200.0


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)["data"]


@pytest.mark.timeout(300)
def test_a_thousand_tenants_are_judged_within_the_interval(tmp_path: Path) -> None:
    own = ", ".join(f"tenant_{number}: {{hit_rate: {{warning: 1, critical: 0}}}}" for number in range(100))
    with served(page(TENANTS, modules=1, troubled=20)) as address:
        description = described(
            tmp_path,
            f"{{limits: {{tenants: {{{own}}}}}, recording_interval: {SOON}, evaluation_interval: {SOON},"
            f" targets: {{kryonix: {{targets: ['{address}'], interval: {SOON}, token_file: ''}}}}}}",
            tenants=[f"tenant_{number}" for number in range(TENANTS)],
        )
        written(tmp_path, description)
        with prometheus_with(tmp_path, tmp_path / "prometheus.yml") as server:
            groups = _evaluated(server.url)
            spent = sum(psutil.Process(server.process.pid).cpu_times()[:2])
            rounds = _rounds(server.url)
            targets = asked(f"{server.url}/api/v1/targets")["activeTargets"]
            judged = asked(f"{server.url}/api/v1/query?query=count(tenant_limit:hit_rate:warning)")["result"]
    assert {target["labels"]["job"] for target in targets} == {job.name for job in jobs(description.provision.targets)}
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
    assert judged[0]["value"][1] == str(TENANTS)
    # By its processor time, start and scrapes included: how long the same takes depends on who else is at work here.
    assert spent / rounds < USUAL


def _evaluated(url: str) -> list[dict[str, Any]]:
    """Return the groups as soon as each rule was evaluated, and alerts depend on figures of every kind."""
    end = time.monotonic() + PATIENCE
    wanted = {"CacheHitRateLow", "QueueBacklog", "AnomalyScoreHigh"}
    while True:
        groups: list[dict[str, Any]] = asked(f"{url}/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        known = {rule["name"] for rule in rules if rule.get("alerts")}
        if wanted <= known and all(rule["health"] != "unknown" for rule in rules):
            return groups
        assert time.monotonic() < end, known
        time.sleep(0.2)


def _rounds(url: str) -> float:
    """Return how often the group was evaluated that was evaluated least."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    counts: dict[str, float] = {}
    for sample in (sample for family in families for sample in family.samples):
        sign = {"prometheus_rule_group_iterations_total": 1, "prometheus_rule_group_iterations_missed_total": -1}
        if sample.name in sign:
            group = sample.labels["rule_group"]
            counts[group] = counts.get(group, 0.0) + sign[sample.name] * sample.value
    return min(counts.values())

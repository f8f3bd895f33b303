"""Tenants whose names would be something else in a rule, a template or YAML: they stay names."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
import yaml

from kryonix_tui.provision import prometheus
from tests.integration.provision.promtool import described, firing, objections, ran, selector, written

HOSTILE = [
    'x"} or vector(1) #',
    "{{ $labels.tenant_id }}{{ 1",
    "a\nb: c\n- d",
    "'\"\\",
    "${1} $$ %s {tenant}",
    "&anchor *alias !!python/object:x",
    "clínica ☃ \u202e",
    "null",
    "<script>&amp;",
]


@pytest.mark.parametrize("tenant", HOSTILE)
def test_a_hostile_tenant_is_judged_like_any_other(tmp_path: Path, tenant: str) -> None:
    limits = yaml.safe_dump(
        {"limits": {"tenants": {tenant: {"hit_rate": {"warning": 99, "critical": 1}}}}},
        default_flow_style=True,
        width=1000,
    )
    description = described(tmp_path, limits, tenants=[tenant, "b"])
    series = {
        selector({"tenant_id": name, "witness": "metrics"}, "kryonix_tenant_hit_rate_percent"): "95x84"
        for name in (tenant, "b")
    } | {selector({"tenant_id": name, "subdomain": ""}, "kryonix_tenant_info"): "1x84" for name in (tenant, "b")}
    judged = {"alertname": "CacheHitRateLow", "severity": "warning", "tenant_id": tenant}
    text = f"{tenant}: cache hit rate is 95 %"
    alerts: dict[str, Any] = {
        "alertname": "CacheHitRateLow",
        "eval_time": "20m",
        "exp_alerts": [
            {
                "exp_labels": {
                    "severity": "warning",
                    "tenant_id": tenant,
                    "category": "cache_performance",
                    "optimization": "required",
                },
                "exp_annotations": {**_annotations(description), "summary": text, "dashboard_url": _link(tenant)},
            }
        ],
    }
    checks = [firing("20m", judged)]
    assert objections(tmp_path, description, series, checks, alert_rule_test=[alerts]) == ""


def _annotations(description: Any) -> dict[str, str]:
    (rules,) = (file for file in prometheus.generate(description) if file.path == "rules/tenant-alerts.yml")
    (group,) = yaml.safe_load(rules.text)["groups"]
    found: dict[str, str] = next(rule["annotations"] for rule in group["rules"] if rule["alert"] == "CacheHitRateLow")
    return found


def _link(tenant: str) -> str:
    return f"https://monitoring.kryonix.com/d/kryonix-tenant?var-tenant={quote_plus(tenant, safe='~')}"


def test_promtool_accepts_all_of_them_at_once(tmp_path: Path) -> None:
    limits = {tenant: {"mobile_p95": {"warning": 1, "critical": 2}} for tenant in HOSTILE}
    description = described(tmp_path, yaml.safe_dump({"limits": {"tenants": limits}}, default_flow_style=True), HOSTILE)
    assert ran(tmp_path, "check", "rules", "--lint-fatal", *written(tmp_path, description)).returncode == 0

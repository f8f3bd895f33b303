"""Rules in groups, and groups in files. Rules of a group are evaluated in turn, groups beside each other."""

from __future__ import annotations

from typing import Any

from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file
from kryonix_tui.provision.rules.limits import expected_rules, limit_rules
from kryonix_tui.provision.rules.platform_alerts import platform_alerts
from kryonix_tui.provision.rules.recording import platform_rules, request_rules, tenant_rules
from kryonix_tui.provision.rules.series import duration
from kryonix_tui.provision.rules.tenant_alerts import tenant_alerts

Groups = list[dict[str, Any]]


def rule_groups(description: Description) -> dict[str, Groups]:
    """Return the groups by the name of their file."""
    provision = description.provision
    recording, evaluation = duration(provision.recording_interval), duration(provision.evaluation_interval)
    alerts = [rule.document(provision) for rule in tenant_alerts(provision)]
    of_platform = [rule.document(provision) for rule in platform_alerts(description.config)]
    found: dict[str, Groups] = {
        "recording.yml": [
            _group("kryonix.requests", recording, request_rules(provision)),
            _group("kryonix.tenants", recording, tenant_rules(provision)),
            _group("kryonix.platform", recording, platform_rules(provision)),
        ],
        "limits.yml": [_group("kryonix.limits", evaluation, limit_rules(description))],
        "tenant-alerts.yml": [_group("kryonix.tenant.alerts", evaluation, alerts)],
        "platform-alerts.yml": [_group("kryonix.platform.alerts", evaluation, of_platform)],
    }
    if description.tenants:
        found["tenants.yml"] = [_group("kryonix.tenants.expected", recording, expected_rules(description.tenants))]
    return found


def rule_files(description: Description) -> list[GeneratedFile]:
    """Return the files of all rules."""
    return [yaml_file(f"rules/{name}", {"groups": groups}) for name, groups in rule_groups(description).items()]


def _group(name: str, interval: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "interval": interval, "rules": rules}

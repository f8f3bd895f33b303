"""Which alerts hold others back: a cause its symptoms, a critical alert the warning before it."""

from __future__ import annotations

from typing import Any, Final

from kryonix_tui.config.provision import Provision
from kryonix_tui.provision.alerting.matching import OF_NO_TENANT, OF_TENANT, different, equal, one_of

Rule = dict[str, Any]

REDIS_DOWN: Final = "RedisDown"
MODULES_DOWN: Final = "ApiModulesDown"

_SYMPTOMS_OF_REDIS: Final = ("cache_performance", "queue", "mobile_performance", "api_availability")
"""Categories in which tenants suffer while the Redis that they share is gone."""
_SYMPTOMS_OF_MODULES: Final = ("mobile_performance", "api_availability")

_CRITICAL: Final = equal("severity", "critical")
_MILDER: Final = one_of("severity", "warning", "info")


def inhibit_rules(provision: Provision) -> list[Rule]:
    """Return the rules. An empty label equals a missing one, so each rule says whether it is about tenants."""
    found = [
        _rule(
            [equal("alertname", REDIS_DOWN)],
            [equal("category", "redis"), different("alertname", REDIS_DOWN)],
            "instance",
        ),
        _rule([equal("alertname", MODULES_DOWN)], [one_of("category", *_SYMPTOMS_OF_MODULES), OF_TENANT]),
        _rule([_CRITICAL, OF_TENANT], [_MILDER, OF_TENANT], "alertname", "tenant_id", "module"),
        _rule([_CRITICAL, OF_NO_TENANT], [_MILDER, OF_NO_TENANT], "alertname", "instance", "job"),
    ]
    if len(provision.targets.redis.servers) <= 1:
        # Of several servers nobody knows which one a tenant depends on: a replica's end would silence everything.
        found.insert(1, _rule([equal("alertname", REDIS_DOWN)], [one_of("category", *_SYMPTOMS_OF_REDIS), OF_TENANT]))
    return found


def _rule(source: list[str], target: list[str], *same: str) -> Rule:
    rule: Rule = {"source_matchers": source, "target_matchers": target}
    return {**rule, "equal": list(same)} if same else rule

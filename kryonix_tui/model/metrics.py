"""What Prometheus knows: per-tenant recording rules, scrape targets, alerting rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kryonix_tui.model.alert import Alert

TENANT_LABEL = "tenant_id"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of an instant vector and when it was written (epoch seconds, by Prometheus' clock)."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Target:
    """A scrape target: `up` is what its last scrape said, `error` why it failed."""

    job: str
    instance: str
    up: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class RuleHealth:
    """How many rules Prometheus evaluates, and those that fail: {rule name: error}."""

    recording: int = 0
    alerting: int = 0
    failing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricsFacts:
    """One reading of Prometheus.

    `tenants` is {tenant: {rule: sample}} with the rule's name without its `tenant:` prefix (`cache_hit_rate`).
    `rule_alerts` are the alerts that Prometheus itself holds, pending ones included. `discarded` counts samples that
    were not finite or had no usable tenant label; `truncated` says that there were more series than are kept.
    """

    tenants: Mapping[str, Mapping[str, Sample]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    rules: RuleHealth = field(default_factory=RuleHealth)
    rule_alerts: tuple[Alert, ...] = ()
    version: str = ""
    discarded: int = 0
    truncated: bool = False

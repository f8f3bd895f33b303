"""What Prometheus knows: per-tenant recording rules, scrape targets, alerting rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kryonix_tui.model.alert import Alert

TENANT_LABEL = "tenant_id"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of an instant vector and the moment it was evaluated for (epoch seconds, by Prometheus' clock)."""

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
    were not finite or had no usable tenant label, and rules that could not be read; `truncated` says that there were
    more series than are kept. `missing` is {part: why} for what the store could not give (`targets`, `rules`); the
    rest stands without it.
    """

    tenants: Mapping[str, Mapping[str, Sample]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    rules: RuleHealth = field(default_factory=RuleHealth)
    rule_alerts: tuple[Alert, ...] = ()
    version: str = ""
    discarded: int = 0
    truncated: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)

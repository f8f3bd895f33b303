"""Alerts on tenants: one rule for all of them, each judged by its own limit.

Comparisons with a limit match by tenant, so a tenant without the figure, or without a limit, raises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kryonix_tui.config.provision import Provision
from kryonix_tui.i18n import N_
from kryonix_tui.provision.rules import series
from kryonix_tui.provision.rules.alert import INFO, AlertRule
from kryonix_tui.provision.rules.limits import CAPACITY, CRITICAL, EXPECTED, WARNING, limit
from kryonix_tui.provision.rules.series import (
    EXPORTED_CENSUS,
    EXPORTED_INFO,
    EXPORTED_QUEUE,
    OF_ONE_TENANT,
    OF_TENANT,
    duration,
    number,
)

CASCADE_MODULES: Final = 3
"""API modules that fail at once for one tenant before that counts as a cascade."""
CASCADE_SHARE: Final = 0.1
"""Share of failed requests from which on a module counts as failing."""
FORECAST_WINDOW: Final = 1800.0
FORECAST_AHEAD: Final = 3600.0
FEWEST_FAILURES: Final = 5
"""Failed requests within the window of rates before a share of them says anything: one of one is no outage."""
STUCK_WINDOW: Final = 900.0
"""Seconds in which a queue with a consumer gets shorter at least once."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A figure compared with its two limits. `lasting` has the seconds for each level; `provided` is what else must hold."""

    name: str
    figure: str
    comparison: str
    limit: str
    category: str
    summary: str
    description: str
    lasting: Mapping[str, float]
    labels: Mapping[str, str] = field(default_factory=dict)
    provided: str = ""

    def rules(self) -> Iterator[AlertRule]:
        """Return a rule for each level."""
        for level, seconds in self.lasting.items():
            expression = f"{self.figure} {self.comparison} {limit(self.limit, level)}{self.provided}"
            yield AlertRule(
                self.name, expression, seconds, level, self.category, self.summary, self.description, self.labels
            )


_BY_TENANT: Final = "on (tenant_id)"

_JUDGED: Final = (
    _Judged(
        "MobileResponseTimeHigh",
        series.MOBILE_P95,
        f"> {_BY_TENANT}",
        "mobile_p95",
        "mobile_performance",
        N_("{tenant}: 95 % of mobile requests take up to {value} ms"),
        N_("Look at the tenant's cache hit rate and error rate first, then at the API modules that its app uses."),
        {WARNING: 120, CRITICAL: 120},
    ),
    _Judged(
        "AnomalyScoreHigh",
        series.ANOMALY_SCORE,
        f"> {_BY_TENANT}",
        "anomaly_score",
        "mobile_performance",
        N_("{tenant}: unusual behaviour, score {value}"),
        N_("The anomaly detection has not seen this before. Compare the tenant's charts with yesterday's."),
        {WARNING: 120},
        {"ai_enhanced": "true"},
    ),
    _Judged(
        "ErrorRateHigh",
        series.ERROR_RATE,
        f"> {_BY_TENANT}",
        "error_rate",
        "api_availability",
        N_("{tenant}: {value} % of requests fail"),
        N_("Find the module whose requests fail, and what was deployed last."),
        {WARNING: 300, CRITICAL: 60},
    ),
    _Judged(
        "CacheHitRateLow",
        series.HIT_RATE,
        f"< {_BY_TENANT}",
        "hit_rate",
        "cache_performance",
        N_("{tenant}: cache hit rate is {value} %"),
        N_("Look for evictions and short expiry times; `kryonix optimize plan --tenant` proposes longer ones."),
        {WARNING: 300, CRITICAL: 300},
        {"optimization": "required"},
    ),
    _Judged(
        "CertificateExpiring",
        series.CERTIFICATE_DAYS,
        f"< {_BY_TENANT}",
        "certificate_days",
        "security",
        N_("{tenant}: certificate ends in {value} days"),
        N_("Traefik renews 30 days before the end: see why it could not (DNS, rate limits, its log)."),
        {WARNING: 3600, CRITICAL: 600},
        {"automation": "certificate_renewal"},
    ),
    _Judged(
        "QueueBacklog",
        f"max by (tenant_id, module) ({EXPORTED_QUEUE}{{{OF_ONE_TENANT}}})",
        f"> {_BY_TENANT} group_left ()",
        "queue_depth",
        "queue",
        N_("{tenant}: {value} jobs wait in queue {module}"),
        N_("See whether its workers run and keep up; the queue's growth says how long it will take."),
        {WARNING: 300, CRITICAL: 120},
    ),
)


def tenant_alerts(provision: Provision) -> list[AlertRule]:
    """Return the alerts on tenants."""
    several = f"sum by (tenant_id) ({series.OF_BOTH_FAILURES}) * {number(provision.rate_window)} >= {FEWEST_FAILURES}"
    judged = [
        rule
        for figure in _JUDGED
        for rule in (
            replace(figure, provided=f" and {_BY_TENANT} ({several})") if figure.limit == "error_rate" else figure
        ).rules()
    ]
    return [*judged, _cascade(provision), _forecast(), _stuck_queue(), _missing(provision)]


def _cascade(provision: Provision) -> AlertRule:
    selector = f'{{api_module!="",{OF_TENANT}}}'
    requests, failures = series.OF_BOTH_REQUESTS + selector, series.OF_BOTH_FAILURES + selector
    several = f"{failures} * {number(provision.rate_window)} >= {FEWEST_FAILURES}"
    failing = f"{failures} / ({requests} > 0) > {CASCADE_SHARE} and {several}"
    return AlertRule(
        "ApiCascadeFailure",
        f"count by (tenant_id) ({failing}) >= {CASCADE_MODULES}",
        30,
        CRITICAL,
        "api_availability",
        N_("{tenant}: {value} API modules fail at once"),
        N_("Something that they share has failed: check database connections and Redis, then scale the modules."),
        {"emergency": "true"},
    )


def _forecast() -> AlertRule:
    ahead = f"predict_linear({series.REQUEST_RATE}[{duration(FORECAST_WINDOW)}], {FORECAST_AHEAD:g})"
    # A line through the first few points, of a new tenant or after a restart, leads anywhere.
    known_long = f"{series.REQUEST_RATE} offset {duration(FORECAST_WINDOW / 2)}"
    return AlertRule(
        "TrafficForecastHigh",
        f"{ahead} > {_BY_TENANT} {CAPACITY} and {_BY_TENANT} {known_long}",
        60,
        INFO,
        "predictive_scaling",
        N_("{tenant}: {value} requests per second are expected in an hour, more than it is scaled for"),
        N_("Scale the tenant's modules before that, or raise its capacity in the configuration."),
        {"ai_prediction": "true"},
    )


def _stuck_queue() -> AlertRule:
    depth = f"max by (tenant_id, module) ({EXPORTED_QUEUE}{{{OF_ONE_TENANT}}})"
    window = duration(STUCK_WINDOW)
    # `resets` counts the times that a gauge fell; the value of the alert is the depth.
    never_shorter = f"resets({EXPORTED_QUEUE}{{{OF_ONE_TENANT}}}[{window}]) == 0"
    never_empty = f"min_over_time({EXPORTED_QUEUE}{{{OF_ONE_TENANT}}}[{window}]) > 0"
    known_long = f"{EXPORTED_QUEUE}{{{OF_ONE_TENANT}}} offset {window}"
    matching = "on (tenant_id, module)"
    return AlertRule(
        "QueueWithoutConsumer",
        f"{depth} and {matching} ({never_shorter}) and {matching} ({never_empty}) and {matching} {known_long}",
        60,
        WARNING,
        "queue",
        N_("{tenant}: nobody takes jobs from queue {module}, {value} wait"),
        N_("The queue has not become shorter for a quarter of an hour: start its workers."),
    )


def _missing(provision: Provision) -> AlertRule:
    # Of a tenant without requests only the exporter knows: while it is away, or has not seen all keys yet, nobody is missed.
    exporter = bool(provision.targets.kryonix.targets)
    seen = f"max({EXPORTED_CENSUS}) == 1" if exporter else f"count({series.REQUEST_RATE}) > 0"
    known = f"({series.REQUEST_RATE} or on (tenant_id) {EXPORTED_INFO})"
    return AlertRule(
        "TenantWithoutFigures",
        f"({EXPECTED} unless on (tenant_id) {known}) and on () ({seen})",
        600,
        WARNING,
        "api_availability",
        N_("{tenant} has no figures any more"),
        N_("Neither requests nor keys of this tenant are seen, while there are those of others."),
    )

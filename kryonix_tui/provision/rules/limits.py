"""What each tenant is judged by, as series: `tenant_limit:<figure>:<level>{tenant_id}`.

A tenant with a limit of its own has a constant series; all others get the default as soon as they have the figure. So
an alert is one rule for any number of tenants, and a new tenant is judged without generating anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kryonix_tui.config.provision import TenantLimits
from kryonix_tui.config.section import High, Low
from kryonix_tui.provision.generated import Description
from kryonix_tui.provision.rules import series
from kryonix_tui.provision.rules.series import number

WARNING: Final = "warning"
CRITICAL: Final = "critical"
CAPACITY: Final = "tenant_limit:capacity"
EXPECTED: Final = "tenant_expected:info"
"""1 for each tenant that must have figures."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """One series of limits. Without a `default`, only tenants with a limit of their own have one."""

    record: str
    figure: str
    default: float | None
    own: Mapping[str, float]


def limit(figure: str, level: str) -> str:
    """Return the name of the series with the limits of a figure."""
    return f"tenant_limit:{figure}:{level}"


def limit_rules(description: Description) -> list[dict[str, Any]]:
    """Return the rules that make the series."""
    return [rule for found in _limits(description) for rule in _rules(found)]


def expected_rules(tenants: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a constant series for each tenant that must have figures."""
    return [_constant(EXPECTED, 1, tenant) for tenant in tenants]


def _limits(description: Description) -> Iterator[_Limit]:
    thresholds, limits = description.config.thresholds, description.provision.limits
    figures: tuple[tuple[str, Low | High, str], ...] = (
        ("hit_rate", thresholds.hit_rate, series.HIT_RATE),
        ("mobile_p95", thresholds.mobile_p95, series.MOBILE_P95),
        ("error_rate", thresholds.error_rate, series.ERROR_RATE),
        ("queue_depth", thresholds.queue_depth, series.QUEUE_DEPTH),
        ("certificate_days", limits.certificate_days, series.CERTIFICATE_DAYS),
        ("anomaly_score", limits.anomaly_score, series.ANOMALY_SCORE),
    )
    for name, default, figure in figures:
        for level in (WARNING, CRITICAL):
            own = {tenant: getattr(found, level) for tenant, found in _own(limits.tenants, name)}
            yield _Limit(limit(name, level), figure, getattr(default, level), own)
    yield _Limit(CAPACITY, series.REQUEST_RATE, limits.capacity, dict(_own(limits.tenants, "capacity")))


def _own(tenants: Mapping[str, TenantLimits], name: str) -> Iterator[tuple[str, Any]]:
    for tenant, limits in tenants.items():
        value = getattr(limits, name)
        if value is not None:
            yield tenant, value


def _rules(found: _Limit) -> Iterator[dict[str, Any]]:
    override = f"{found.record}:override"
    yield from (_constant(override, value, tenant) for tenant, value in found.own.items())
    others = "" if found.default is None else f"{number(found.default)} * group by (tenant_id) ({found.figure})"
    expression = " or on (tenant_id) ".join(part for part in (override if found.own else "", others) if part)
    if expression:
        yield {"record": found.record, "expr": expression}


def _constant(record: str, value: float, tenant: str) -> dict[str, Any]:
    """Return a rule for one series. The tenant stands in no expression: labels of recording rules are no templates."""
    return {"record": record, "expr": f"vector({number(value)})", "labels": {"tenant_id": tenant}}

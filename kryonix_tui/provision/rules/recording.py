"""Recording rules: what the screens show and the alerts judge.

A figure that nobody can know is absent: no division by zero (which PromQL answers with NaN), no 0 where nothing was
measured. `> 0` drops empty denominators, `>= 0` drops NaN.
"""

from __future__ import annotations

from typing import Any

from kryonix_tui.config.provision import Provision, Series
from kryonix_tui.provision.rules import series as names
from kryonix_tui.provision.rules.series import OF_ONE_TENANT, OF_TENANT, duration

GROWTH_WINDOW = 600.0
"""Seconds over which the growth of queues is taken."""

DAY = 86_400


def request_rules(provision: Provision) -> list[dict[str, Any]]:
    """Return the rules on requests, by tenant and by API module. A rule may use those above it."""
    counter, window = provision.series.requests, duration(provision.rate_window)
    of_module = 'api_module!=""'
    rules = {
        names.OF_BOTH_REQUESTS: f"sum by (tenant_id, api_module) (rate({counter}[{window}]))",
        names.OF_BOTH_FAILURES: f'sum by (tenant_id, api_module) (rate({counter}{{code=~"5.."}}[{window}]))',
        names.REQUEST_RATE: _summed(names.OF_BOTH_REQUESTS, "tenant_id", OF_TENANT),
        names.ERROR_RATE: _error_rate(names.REQUEST_RATE, "tenant_id", OF_TENANT),
        "api_module:request_rate": _summed(names.OF_BOTH_REQUESTS, "api_module", of_module),
        "api_module:error_rate": _error_rate("api_module:request_rate", "api_module", of_module),
    }
    return _recorded(rules)


def tenant_rules(provision: Provision) -> list[dict[str, Any]]:
    """Return the other rules by tenant. A rule may use those above it."""
    series, window = provision.series, duration(provision.rate_window)
    exported = names.EXPORTED_QUEUE, names.EXPORTED_SESSIONS
    queue, sessions = (f"max without (instance, job) ({name}{{{OF_ONE_TENANT}}})" for name in exported)
    rules = {
        names.RESPONSE_TIME_AVERAGE: _average(series, window),
        names.RESPONSE_TIME_P99: _quantile(0.99, "tenant_id", OF_TENANT, series.durations, window, 1000),
        names.MOBILE_P95: _quantile(
            0.95, "tenant_id", OF_TENANT, series.mobile, window, 1000 if series.mobile_unit == "s" else 1
        ),
        names.HIT_RATE: _hit_rate(series, window),
        names.CERTIFICATE_DAYS: _certificate_days(series.certificates),
        names.ANOMALY_SCORE: f"avg by (tenant_id) ({series.anomaly}{{{OF_TENANT}}})",
        names.QUEUE_DEPTH: f"sum by (tenant_id) ({queue})",
        names.QUEUE_GROWTH: f"deriv({names.QUEUE_DEPTH}[{duration(GROWTH_WINDOW)}])",
        names.SESSIONS: f"sum by (tenant_id) ({sessions})",
    }
    return _recorded(rules)


def platform_rules(provision: Provision) -> list[dict[str, Any]]:
    """Return the other rules by API module, and those on Redis as a whole."""
    window = duration(provision.rate_window)
    hits, misses = (f"rate(redis_keyspace_{kind}_total[{window}])" for kind in ("hits", "misses"))
    rules = {
        "api_module:response_time_p95": _quantile(
            0.95, "api_module", 'api_module!=""', provision.series.durations, window, 1000
        ),
        "redis:hit_rate": f"100 * sum by (instance) ({hits}) / (sum by (instance) ({hits} + {misses}) > 0)",
        "redis:memory_percent": "100 * redis_memory_used_bytes / (redis_memory_max_bytes > 0)",
    }
    return _recorded(rules)


def _recorded(rules: dict[str, str]) -> list[dict[str, Any]]:
    return [{"record": record, "expr": expression} for record, expression in rules.items()]


def _summed(series: str, label: str, selector: str) -> str:
    return f"sum by ({label}) ({series}{{{selector}}})"


def _error_rate(rate: str, label: str, selector: str) -> str:
    """Return failed requests in percent: 0 where there are requests and none failed, absent without requests."""
    return f"100 * ({_summed(names.OF_BOTH_FAILURES, label, selector)} or {rate} * 0) / ({rate} > 0)"


def _average(series: Series, window: str) -> str:
    total, count = (
        f"sum by (tenant_id) (rate({series.durations}_{part}{{{OF_TENANT}}}[{window}]))" for part in ("sum", "count")
    )
    return f"1000 * {total} / ({count} > 0)"


def _quantile(quantile: float, label: str, selector: str, histogram: str, window: str, scale: int) -> str:
    """Return a quantile in milliseconds."""
    buckets = f"sum by ({label}, le) (rate({histogram}_bucket{{{selector}}}[{window}]))"
    factor = f"{scale} * " if scale != 1 else ""
    return f"{factor}histogram_quantile({quantile}, {buckets}) >= 0"


def _hit_rate(series: Series, window: str) -> str:
    """Return the hit rate by the platform's own counters, else what its services wrote into Redis.

    Redis' own counters know no tenant, and what the exporter knows from Prometheus would be an echo of this rule.
    """
    hits, misses = (
        f"sum by (tenant_id) (rate({name}{{{OF_TENANT}}}[{window}]))"
        for name in (series.cache_hits, series.cache_misses)
    )
    counted = f"100 * ({hits} or {misses} * 0) / (({hits} or {misses} * 0) + ({misses} or {hits} * 0) > 0)"
    written = f'{names.EXPORTED_HIT_RATE}{{witness!="prometheus",{OF_TENANT}}}'
    return f"{counted} or max by (tenant_id) ({written})"


def _certificate_days(certificates: str) -> str:
    """Return days until the certificate ends of each tenant's host name: its own, else the wildcard above it.

    A renewed certificate stands beside its predecessor until Traefik is restarted: the later end counts.
    """
    hosts = f'max by (tenant_id, subdomain) ({names.EXPORTED_INFO}{{subdomain!="",{OF_TENANT}}})'
    own = f'max by (subdomain) (label_replace({certificates}, "subdomain", "$1", "cn", "(.+)"))'
    wildcard = f'max by (above) (label_replace({certificates}{{cn=~"[*][.].+"}}, "above", "$1", "cn", "[*][.](.+)"))'
    below = f'label_replace({hosts}, "above", "$1", "subdomain", "[^.]+[.](.+)")'
    exact = f"min by (tenant_id) ({own} * on (subdomain) group_right () {hosts})"
    covered = f"min by (tenant_id) ({wildcard} * on (above) group_right () {below})"
    return f"(({exact} or {covered}) - time()) / {DAY}"

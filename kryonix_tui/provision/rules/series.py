"""Names of series that several rules use, and how rules write numbers and durations.

Recorded series of tenants begin with `tenant:`: the console reads them all. Limits begin with `tenant_limit:`, so that
it does not take them for figures.
"""

from __future__ import annotations

from typing import Final

from kryonix_tui.model.exported import (
    CENSUS_COMPLETE,
    OTHER,
    TENANT_HIT_RATE,
    TENANT_INFO,
    TENANT_QUEUE_DEPTH,
    TENANT_SESSIONS,
)
from kryonix_tui.model.metrics import TENANT_LABEL

OF_TENANT: Final = f'{TENANT_LABEL}!=""'
"""Selects what has a tenant."""

OF_BOTH_REQUESTS: Final = "tenant_api_module:request_rate"
OF_BOTH_FAILURES: Final = "tenant_api_module:failure_rate"
"""Requests and failed ones per second by tenant and API module: raw counters are rated once, all else is summed of these."""
REQUEST_RATE: Final = "tenant:request_rate"
ERROR_RATE: Final = "tenant:error_rate"
RESPONSE_TIME_AVERAGE: Final = "tenant:response_time_average"
RESPONSE_TIME_P99: Final = "tenant:response_time_p99"
MOBILE_P95: Final = "tenant:mobile_response_time_p95"
HIT_RATE: Final = "tenant:cache_hit_rate"
CERTIFICATE_DAYS: Final = "tenant:ssl_cert_expiry_days"
ANOMALY_SCORE: Final = "tenant:ai_anomaly_score"
QUEUE_DEPTH: Final = "tenant:queue_depth"
QUEUE_GROWTH: Final = "tenant:queue_growth"
SESSIONS: Final = "tenant:sessions"

OF_ONE_TENANT: Final = f'{TENANT_LABEL}!~"|{OTHER}"'
"""Selects what has a tenant and is not the exporter's sum of those without series of their own."""

EXPORTED_INFO: Final = TENANT_INFO.name
"""1 for each tenant that Redis knows, with its subdomain: a host name."""
EXPORTED_CENSUS: Final = CENSUS_COMPLETE.name
"""1 as soon as the exporter has walked over all keys: then it knows every tenant."""
EXPORTED_HIT_RATE: Final = TENANT_HIT_RATE.name
"""By tenant and witness: a kind of key whose fields say it."""
EXPORTED_QUEUE: Final = TENANT_QUEUE_DEPTH.name
"""Items by tenant and module."""
EXPORTED_SESSIONS: Final = TENANT_SESSIONS.name
"""By tenant and kind."""


def number(value: float) -> str:
    """Return a figure as PromQL reads it."""
    return f"{value:.12g}"


def duration(seconds: float) -> str:
    """Return seconds as Prometheus writes them.

    >>> duration(15.0), duration(0.5), duration(90), duration(5400), duration(7200)
    ('15s', '500ms', '90s', '90m', '2h')
    """
    if seconds != round(seconds):
        return f"{max(1, round(seconds * 1000))}ms"
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{round(seconds / size)}{unit}"
    return f"{round(seconds)}s"

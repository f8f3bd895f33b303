"""What the recording rules make of the platform's series. Unknown figures are absent, never 0 and never NaN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.provision.promtool import described, objections

AT = "10m"


def counter(per_step: float) -> str:
    return f"0+{per_step}x60"


def figure(name: str, value: float | None, **labels: str) -> dict[str, Any]:
    """Return the check that a series has this value, to three digits; None: that there is none."""
    shown = ",".join(f'{key}="{text}"' for key, text in labels.items())
    samples = [] if value is None else [{"labels": f"{{{shown}}}", "value": value}]
    return {"expr": f"round({name}, 0.001)", "eval_time": AT, "exp_samples": samples}


REQUESTS = {
    'http_requests_total{tenant_id="a",api_module="auth",code="200"}': counter(90),
    'http_requests_total{tenant_id="a",api_module="auth",code="503"}': counter(10),
    'http_requests_total{tenant_id="a",api_module="user",code="200"}': counter(50),
    'http_requests_total{api_module="user",code="500"}': counter(50),
}
DURATIONS = {
    'http_request_duration_seconds_bucket{tenant_id="a",api_module="auth",le="0.1"}': counter(50),
    'http_request_duration_seconds_bucket{tenant_id="a",api_module="auth",le="0.2"}': counter(100),
    'http_request_duration_seconds_bucket{tenant_id="a",api_module="auth",le="+Inf"}': counter(100),
    'http_request_duration_seconds_sum{tenant_id="a",api_module="auth"}': counter(12),
    'http_request_duration_seconds_count{tenant_id="a",api_module="auth"}': counter(100),
}
MOBILE = {
    'response_time_mobile_bucket{tenant_id="a",le="0.05"}': counter(90),
    'response_time_mobile_bucket{tenant_id="a",le="0.1"}': counter(100),
    'response_time_mobile_bucket{tenant_id="a",le="+Inf"}': counter(100),
}
QUEUES = {
    'kryonix_tenant_queue_depth{tenant_id="a",module="crm",instance="k:1"}': "0+1x60",
    'kryonix_tenant_queue_depth{tenant_id="a",module="crm",instance="k:2"}': "0+1x60",
    'kryonix_tenant_queue_depth{tenant_id="a",module="whatsapp",instance="k:1"}': "5x60",
}

KNOWN = {
    "requests": (REQUESTS, "{}", figure("tenant:request_rate", 10, tenant_id="a")),
    "errors": (REQUESTS, "{}", figure("tenant:error_rate", 6.667, tenant_id="a")),
    "errors by module": (REQUESTS, "{}", figure('api_module:error_rate{api_module="user"}', 50, api_module="user")),
    "average": (DURATIONS, "{}", figure("tenant:response_time_average", 120, tenant_id="a")),
    "p99": (DURATIONS, "{}", figure("tenant:response_time_p99", 198, tenant_id="a")),
    "p95 by module": (DURATIONS, "{}", figure("api_module:response_time_p95", 190, api_module="auth")),
    "mobile p95 of seconds": (
        MOBILE,
        "{series: {mobile_unit: s}}",
        figure("tenant:mobile_response_time_p95", 75, tenant_id="a"),
    ),
    "queues, counted once though two exporters tell": (QUEUES, "{}", figure("tenant:queue_depth", 45, tenant_id="a")),
    "growth": (QUEUES, "{}", figure("tenant:queue_growth", 0.067, tenant_id="a")),
    "sessions": (
        {
            'kryonix_tenant_sessions{tenant_id="a",kind="mobile"}': "3x60",
            'kryonix_tenant_sessions{tenant_id="a",kind="sdk"}': "4x60",
        },
        "{}",
        figure("tenant:sessions", 7, tenant_id="a"),
    ),
    "other names": (
        {'shop_requests_total{tenant_id="a",code="200"}': counter(15)},
        "{series: {requests: shop_requests_total}, rate_window: 60}",
        figure("tenant:request_rate", 1, tenant_id="a"),
    ),
    "hit rate of Redis as a whole": (
        {
            'redis_keyspace_hits_total{instance="r:1"}': counter(3),
            'redis_keyspace_misses_total{instance="r:1"}': counter(1),
        },
        "{}",
        figure("redis:hit_rate", 75, instance="r:1"),
    ),
}

IDLE = dict.fromkeys((*REQUESTS, *DURATIONS, *MOBILE), "100x60")
UNKNOWN = (
    "tenant:error_rate",
    "tenant:response_time_average",
    "tenant:response_time_p99",
    "tenant:mobile_response_time_p95",
    "tenant:cache_hit_rate",
    "tenant:queue_depth",
    "tenant:sessions",
    "tenant:ssl_cert_expiry_days",
    "api_module:error_rate",
    "redis:hit_rate",
)


@pytest.mark.parametrize("name", KNOWN)
def test_figures(tmp_path: Path, name: str) -> None:
    series, provision, check = KNOWN[name]
    series = {'http_requests_total{tenant_id="a",code="200"}': "0x60"} | series if "error" in name else series
    expression = check["expr"]
    assert objections(tmp_path, described(tmp_path, provision), series, [check]) == "", expression


def test_where_nothing_happens_there_are_no_ratios(tmp_path: Path) -> None:
    checks = [figure(name, None) for name in UNKNOWN] + [figure("tenant:request_rate", 0, tenant_id="a")]
    redis = {f'redis_keyspace_{kind}_total{{instance="r:1"}}': "7x60" for kind in ("hits", "misses")}
    assert objections(tmp_path, described(tmp_path), IDLE | redis, checks) == ""

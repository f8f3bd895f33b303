"""Each alert fires when it should, and not when it should not. 84 steps of 15 s are 21 minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.provision.promtool import described, firing, objections

STEPS = 84
BEFORE, AFTER = "15s", "20m"

Series = dict[str, str]
Alert = dict[str, str]


def alert(name: str, severity: str = "warning", **labels: str) -> Alert:
    return {"alertname": name, "severity": severity, **labels}


def level(value: float, steps: int = STEPS) -> str:
    return f"{value}x{steps}"


def counter(per_step: float) -> str:
    return f"0+{per_step}x{STEPS}"


def requests(failed: float, total: float, tenant: str = "a", modules: int = 1) -> Series:
    found = {}
    for number in range(modules):
        labels = f'tenant_id="{tenant}",api_module="m{number}"'
        found[f'http_requests_total{{{labels},code="200"}}'] = counter(total - failed)
        found[f'http_requests_total{{{labels},code="500"}}'] = counter(failed)
    return found


def mobile(milliseconds: int, per_step: float = 10) -> Series:
    """Return a histogram whose requests all took about `milliseconds`."""
    bounds = ["10", "40", "60", "80", "90", "110", "200", "500", "+Inf"]
    return {
        f'response_time_mobile_bucket{{tenant_id="a",le="{bound}"}}': counter(
            per_step if float(bound) >= milliseconds else 0
        )
        for bound in bounds
    }


def queue(values: str, tenant: str = "a") -> Series:
    return {f'kryonix_tenant_queue_depth{{tenant_id="{tenant}",module="whatsapp",job="k",instance="k:1"}}': values}


def certificate(days: float, name: str = "a.example.com") -> Series:
    return {
        f'traefik_tls_certs_not_after{{cn="{name}",serial="1"}}': level(days * 86_400),
        'kryonix_tenant_info{tenant_id="a",subdomain="a.example.com",instance="k:1"}': level(1),
    }


def redis(name: str, values: str, **labels: str) -> Series:
    extra = "".join(f',{key}="{value}"' for key, value in labels.items())
    return {f'redis_{name}{{instance="r:1"{extra}}}': values}


def hit_rate(value: str) -> Series:
    return {f'kryonix_tenant_hit_rate_percent{{tenant_id="a",witness="{witness}"}}': value for witness in ("metrics",)}


QUEUE = {"tenant_id": "a", "module": "whatsapp"}
INSTANCE = {"instance": "r:1"}

FIRES: dict[str, tuple[Series, list[Alert]]] = {
    "mobile p95 above warning": (mobile(75), [alert("MobileResponseTimeHigh", tenant_id="a")]),
    "mobile p95 above critical": (
        mobile(300),
        [alert("MobileResponseTimeHigh", tenant_id="a"), alert("MobileResponseTimeHigh", "critical", tenant_id="a")],
    ),
    "anomaly": ({'ai_anomaly_detection_score{tenant_id="a"}': level(0.9)}, [alert("AnomalyScoreHigh", tenant_id="a")]),
    "errors": (
        requests(2, 100) | requests(0, 100, "b"),
        [alert("ErrorRateHigh", tenant_id="a")],
    ),
    "every request fails, and none ever succeeded": (
        {'http_requests_total{tenant_id="a",code="500"}': counter(10)},
        [alert("ErrorRateHigh", tenant_id="a"), alert("ErrorRateHigh", "critical", tenant_id="a")],
    ),
    "three modules fail for one tenant": (
        requests(20, 100, modules=3),
        [
            alert("ErrorRateHigh", tenant_id="a"),
            alert("ErrorRateHigh", "critical", tenant_id="a"),
            alert("ApiCascadeFailure", "critical", tenant_id="a"),
        ],
    ),
    "hit rate": (hit_rate(level(80)), [alert("CacheHitRateLow", tenant_id="a")]),
    "hit rate by the platform's counters, which come first": (
        {
            'redis_keyspace_hits_total{tenant_id="a"}': counter(5),
            'redis_keyspace_misses_total{tenant_id="a"}': counter(5),
            **hit_rate(level(99)),
        },
        [alert("CacheHitRateLow", tenant_id="a"), alert("CacheHitRateLow", "critical", tenant_id="a")],
    ),
    "nothing but misses": (
        {'redis_keyspace_misses_total{tenant_id="a"}': counter(5)},
        [alert("CacheHitRateLow", tenant_id="a"), alert("CacheHitRateLow", "critical", tenant_id="a")],
    ),
    "backlog": (queue("2010 2000 " * 42), [alert("QueueBacklog", **QUEUE), alert("QueueBacklog", "critical", **QUEUE)]),
    "nobody takes jobs": (queue("1+0.1x84"), [alert("QueueWithoutConsumer", **QUEUE)]),
    "a queue that stands still": (queue(level(5)), [alert("QueueWithoutConsumer", **QUEUE)]),
    "Redis down": (redis("up", level(0)), [alert("RedisDown", "critical", **INSTANCE)]),
    "memory": (
        redis("memory_used_bytes", level(90)) | redis("memory_max_bytes", level(100)),
        [alert("RedisMemoryHigh", **INSTANCE)],
    ),
    "evictions": (redis("evicted_keys_total", counter(3)), [alert("RedisEvicting", **INSTANCE)]),
    "rejections": (
        redis("rejected_connections_total", counter(1)),
        [alert("RedisRejectingClients", "critical", **INSTANCE)],
    ),
    "a failed save": (
        redis("rdb_last_bgsave_status", level(0)),
        [alert("RedisPersistenceFailing", "critical", **INSTANCE)],
    ),
    "a failed AOF write": (
        redis("aof_last_write_status", level(0)) | redis("rdb_last_bgsave_status", level(1)),
        [alert("RedisPersistenceFailing", "critical", **INSTANCE)],
    ),
    "a broken link": (redis("master_link_up", level(0)), [alert("RedisReplicationBroken", "critical", **INSTANCE)]),
    "a silent primary": (
        redis("master_last_io_seconds_ago", level(300)),
        [alert("RedisReplicationBroken", "critical", **INSTANCE)],
    ),
    "a target down": ({'up{job="x",instance="x:1"}': level(0)}, [alert("TargetDown", instance="x:1")]),
    "PostgreSQL down": ({'pg_up{instance="p:1"}': level(0)}, [alert("PostgresDown", "critical", instance="p:1")]),
    "rules fail": (
        {'prometheus_rule_evaluation_failures_total{instance="p:1"}': counter(1)},
        [alert("RulesFailing", instance="p:1")],
    ),
    "rules are slow": (
        {
            'prometheus_rule_group_last_duration_seconds{instance="p:1",rule_group="g"}': level(20),
            'prometheus_rule_group_interval_seconds{instance="p:1",rule_group="g"}': level(15),
        },
        [alert("RulesSlow", instance="p:1")],
    ),
    "alerts are lost on the way": (
        {'prometheus_notifications_errors_total{instance="p:1"}': counter(1)},
        [alert("AlertsNotDelivered", instance="p:1")],
    ),
    "a receiver fails": (
        {'alertmanager_notifications_failed_total{instance="m:1"}': counter(1)},
        [alert("NotificationsFailing", instance="m:1")],
    ),
    "three modules down": (
        {f'up{{job="kryonix-api-modules",instance="m{n}:1"}}': level(0) for n in range(3)},
        [alert("ApiModulesDown", "critical"), *(alert("TargetDown", instance=f"m{n}:1") for n in range(3))],
    ),
}

SILENT: dict[str, Series] = {
    "mobile p95 below": mobile(35),
    "no mobile requests": mobile(300, per_step=0),
    "a histogram without buckets that hold anything": {
        'response_time_mobile_bucket{tenant_id="a",le="+Inf"}': level(0)
    },
    "anomaly below": {'ai_anomaly_detection_score{tenant_id="a"}': level(0.5)},
    "a score that is no number": {'ai_anomaly_detection_score{tenant_id="a"}': "NaN " * STEPS},
    "few errors": requests(0.5, 100),
    "no requests at all": requests(0, 0),
    "a single request, which fails, of each module": {
        f'http_requests_total{{tenant_id="a",api_module="m{number}",code="500"}}': "0x40 1x44" for number in range(3)
    },
    "errors without a tenant": {'http_requests_total{code="500"}': counter(10)},
    "two modules fail, few requests of the others": requests(0.5, 100, modules=8),
    "hit rate above": hit_rate(level(95)),
    "no lookups": {
        'redis_keyspace_hits_total{tenant_id="a"}': level(7),
        'redis_keyspace_misses_total{tenant_id="a"}': level(7),
    },
    "Redis' own counters": {
        "redis_keyspace_hits_total": counter(1),
        "redis_keyspace_misses_total": counter(9),
    },
    "an echo of Prometheus": {'kryonix_tenant_hit_rate_percent{tenant_id="a",witness="prometheus"}': level(10)},
    "a short queue that is worked on": queue("5 3 " * 42),
    "a long queue that is worked on": queue("90 80 " * 42),
    "an empty queue": queue(level(0)),
    "the sum of all that the exporter folds": queue(level(90_000), "other"),
    "a queue that was empty in between": queue("0x10 " + "5x15 0x5 " * 4),
    "a certificate for a year": certificate(365),
    "a certificate of nobody": {'traefik_tls_certs_not_after{cn="x.example.com"}': level(0)},
    "Redis up": redis("up", level(1)),
    "no limit of memory": redis("memory_used_bytes", level(90)) | redis("memory_max_bytes", level(0)),
    "memory below": redis("memory_used_bytes", level(50)) | redis("memory_max_bytes", level(100)),
    "no evictions": redis("evicted_keys_total", level(10)),
    "saves succeed": redis("rdb_last_bgsave_status", level(1)),
    "a link that is up": redis("master_link_up", level(1)) | redis("master_last_io_seconds_ago", level(1)),
    "a primary without replicas, as configured": redis("connected_slaves", level(0)),
    "two modules down for a moment": {'up{job="kryonix-api-modules",instance="m:1"}': "0x3 1x84"},
    "figures that ended": {'ai_anomaly_detection_score{tenant_id="a"}': "0.9x4 stale"},
    "nothing": {},
}


@pytest.mark.parametrize("name", FIRES)
def test_it_fires_when_it_should_and_not_at_once(tmp_path: Path, name: str) -> None:
    series, alerts = FIRES[name]
    at_once = [found for found in alerts if found["alertname"] == "RedisRejectingClients"]
    checks = [firing(BEFORE, *at_once), firing(AFTER, *alerts)]
    assert objections(tmp_path, described(tmp_path), series, checks) == ""


@pytest.mark.parametrize("name", SILENT)
def test_it_does_not_fire_when_it_should_not(tmp_path: Path, name: str) -> None:
    checks = [firing(at) for at in ("5m", "15m", AFTER)]
    assert objections(tmp_path, described(tmp_path), SILENT[name], checks) == ""


CERTIFICATES: dict[str, tuple[Series, list[Alert]]] = {
    "ends soon": (certificate(10), [alert("CertificateExpiring", tenant_id="a")]),
    "has ended": (
        certificate(-1),
        [alert("CertificateExpiring", tenant_id="a"), alert("CertificateExpiring", "critical", tenant_id="a")],
    ),
    "a wildcard above it ends soon": (certificate(10, "*.example.com"), [alert("CertificateExpiring", tenant_id="a")]),
    "its own ends soon, the wildcard does not": (
        certificate(10) | {'traefik_tls_certs_not_after{cn="*.example.com"}': level(100 * 86_400)},
        [alert("CertificateExpiring", tenant_id="a")],
    ),
    "it was renewed, and the old one still stands beside": (
        certificate(1) | {'traefik_tls_certs_not_after{cn="a.example.com",serial="2"}': level(90 * 86_400)},
        [],
    ),
    "that of another": (certificate(1, "b.example.com"), []),
    "two exporters know the tenant": (
        certificate(10) | {'kryonix_tenant_info{tenant_id="a",subdomain="a.example.com",instance="k:2"}': level(1)},
        [alert("CertificateExpiring", tenant_id="a")],
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_are_mapped_to_tenants(tmp_path: Path, name: str) -> None:
    series, alerts = CERTIFICATES[name]
    description = described(tmp_path)
    assert objections(tmp_path, description, series, [firing("5m"), firing("70m", *alerts)], step="1m") == ""


OWN_LIMITS = """{limits: {tenants: {
  b: {hit_rate: {warning: 50, critical: 40}, mobile_p95: {warning: 1000, critical: 2000}},
  c: {hit_rate: {warning: 99, critical: 98}, capacity: 7}
}}}"""


def test_a_tenant_is_judged_by_its_own_limit_and_others_by_the_default(tmp_path: Path) -> None:
    series = {
        f'kryonix_tenant_hit_rate_percent{{tenant_id="{tenant}",witness="metrics"}}': level(80) for tenant in "abc"
    }
    judged = [
        alert("CacheHitRateLow", tenant_id="a"),
        alert("CacheHitRateLow", tenant_id="c"),
        alert("CacheHitRateLow", "critical", tenant_id="c"),
    ]
    assert objections(tmp_path, described(tmp_path, OWN_LIMITS), series, [firing(AFTER, *judged)]) == ""


@pytest.mark.parametrize(("growth", "fires"), [(0.3, True), (0.001, False)])
def test_traffic_is_forecast_for_tenants_with_a_capacity(tmp_path: Path, growth: float, fires: bool) -> None:
    growing = [growth * step * step for step in range(STEPS)]
    series = {
        f'http_requests_total{{tenant_id="{tenant}",code="200"}}': " ".join(f"{value:g}" for value in growing)
        for tenant in "ac"
    }
    forecast = [alert("TrafficForecastHigh", "info", tenant_id="c")] if fires else []
    assert objections(tmp_path, described(tmp_path, OWN_LIMITS), series, [firing(AFTER, *forecast)]) == ""


COUNTED = {'kryonix_census_complete{instance="k:1"}': level(1)}


def test_a_new_tenants_first_points_are_no_forecast(tmp_path: Path) -> None:
    series = {'http_requests_total{tenant_id="c",code="200"}': "_x70 0 0 30 90 180 300 450 630 840 1080"}
    assert objections(tmp_path, described(tmp_path, OWN_LIMITS), series, [firing("19m30s"), firing(AFTER)]) == ""


def test_a_tenant_that_must_have_figures_is_missed(tmp_path: Path) -> None:
    description = described(tmp_path, tenants=["a", "b", "c"])
    series = COUNTED | requests(0, 10, "a") | {'kryonix_tenant_info{tenant_id="b",subdomain=""}': level(1)}
    missed = alert("TenantWithoutFigures", tenant_id="c")
    assert objections(tmp_path, description, series, [firing("5m"), firing(AFTER, missed)]) == ""
    assert objections(tmp_path, description, {}, [firing(AFTER)]) == ""


@pytest.mark.parametrize("counted", [{}, {'kryonix_census_complete{instance="k:1"}': level(0)}])
def test_nobody_is_missed_while_the_exporter_is_away_or_has_not_seen_all_keys(tmp_path: Path, counted: Series) -> None:
    description = described(tmp_path, tenants=["a", "idle"])
    assert objections(tmp_path, description, counted | requests(0, 10, "a"), [firing(AFTER)]) == ""


def test_without_an_exporter_requests_say_who_is_missing(tmp_path: Path) -> None:
    description = described(tmp_path, "{targets: {kryonix: {targets: []}}}", tenants=["a", "b"])
    missed = alert("TenantWithoutFigures", tenant_id="b")
    assert objections(tmp_path, description, requests(0, 10, "a"), [firing(AFTER, missed)]) == ""


def test_replicas_that_should_be_there_are_missed(tmp_path: Path) -> None:
    description = described(tmp_path, "{targets: {redis: {replicas: 2}}}")
    series = redis("connected_slaves", level(1)) | redis("instance_info", level(1), role="master")
    broken = alert("RedisReplicationBroken", "critical", **INSTANCE)
    assert objections(tmp_path, description, series, [firing(AFTER, broken)]) == ""
    assert objections(tmp_path, description, redis("connected_slaves", level(1)), [firing(AFTER)]) == ""


def test_the_watchdog_always_fires_and_jobs_without_targets_are_named(tmp_path: Path) -> None:
    everywhere = 'sum by (alertname) (ALERTS{alertstate="firing",alertname="Watchdog"})'
    jobs = 'count(ALERTS{alertstate="firing",alertname="JobWithoutTargets"})'
    checks = [
        {"expr": everywhere, "eval_time": "0s", "exp_samples": [{"labels": '{alertname="Watchdog"}', "value": 1}]},
        {"expr": jobs, "eval_time": AFTER, "exp_samples": [{"labels": "{}", "value": 8}]},
    ]
    series = {'up{job="kryonix-exporter",instance="k:1"}': level(1)}
    assert objections(tmp_path, described(tmp_path), series, checks) == ""

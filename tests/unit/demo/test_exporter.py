"""The raw metrics say what the rhythm says."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from kryonix_tui.demo.cast import cast
from kryonix_tui.demo.exporter import BUCKETS, Meter, PlatformMetrics
from kryonix_tui.demo.rhythm import figures

PROFILES = cast(8, 2000, 7)


def test_counters_give_the_hit_rate_and_the_error_rate_back() -> None:
    meter = Meter(PROFILES[0])
    meter.advance(figures(PROFILES[0], 0.0), 2.0)
    assert meter.hits / (meter.hits + meter.misses) * 100 == pytest.approx(87.5)
    failed = sum(amount for (_, code), amount in meter.requests.items() if code == "500")
    assert failed / sum(meter.requests.values()) * 100 == pytest.approx(figures(PROFILES[0], 0.0).error_rate)
    assert sum(meter.requests.values()) == pytest.approx(2.0 * figures(PROFILES[0], 0.0).requests_per_second)


def test_the_histogram_has_the_percentile() -> None:
    meter, at = Meter(PROFILES[0]), figures(PROFILES[0], 0.0)
    meter.advance(at, 2.0)
    below = max(count for bound, count in zip(BUCKETS, meter.buckets, strict=False) if bound <= at.mobile_p95_ms)
    above = min(count for bound, count in zip(BUCKETS, meter.buckets, strict=False) if bound > at.mobile_p95_ms)
    assert below < 0.95 * meter.buckets[-1] < above
    assert meter.buckets == sorted(meter.buckets)


def test_every_tenant_is_in_every_family() -> None:
    metrics = PlatformMetrics(PROFILES)
    metrics.advance(1.0, 1.0)
    registry = CollectorRegistry()
    registry.register(metrics)
    families = list(text_string_to_metric_families(generate_latest(registry).decode()))
    assert {family.name for family in families} >= {
        "http_requests",
        "redis_keyspace_hits",
        "traefik_tls_certs_not_after",
    }
    for family in families:
        labelled = {sample.labels["tenant_id"] for sample in family.samples if "tenant_id" in sample.labels}
        assert labelled in (set(), {profile.tenant for profile in PROFILES}), family.name

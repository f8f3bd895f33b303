"""One Prometheus and one Alertmanager for all tests of this folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.metrics_servers import RunningServer, TenantExporter, alertmanager, prometheus
from tests.servers import free_port

RULES = {
    "groups": [
        {
            "name": "tenants",
            "rules": [
                {
                    "record": "tenant:cache_hit_rate",
                    "expr": "sum by (tenant_id) (cache_hits) / sum by (tenant_id) (cache_lookups) * 100",
                },
                {"record": "tenant:without_label", "expr": "vector(1)"},
                # The same labels twice make this rule fail at every evaluation.
                {
                    "record": "tenant:broken",
                    "expr": 'label_replace(cache_hits, "tenant_id", "same", "tenant_id", ".*")',
                },
                {
                    "alert": "LowHitRate",
                    "expr": "tenant:cache_hit_rate < 50",
                    "labels": {"severity": "Critical"},
                    "annotations": {"summary": "Hit rate of {{ $labels.tenant_id }} is low", "api_key": "letmein"},
                },
                {
                    "alert": "SlowlyGettingWorse",
                    "expr": "tenant:cache_hit_rate < 95",
                    "for": "1h",
                    "labels": {"severity": "page"},
                },
            ],
        }
    ]
}


@pytest.fixture(scope="session")
def prometheus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Prometheus with figures of three tenants: good, bad, and one that was never asked (0/0, so NaN)."""
    targets = {"dead": f"127.0.0.1:{free_port()}"}
    with TenantExporter() as exporter:
        for tenant, hits, lookups in (("good", 90, 100), ("bad", 10, 100), ("idle", 0, 0)):
            exporter.hits.labels(tenant).set(hits)
            exporter.lookups.labels(tenant).set(lookups)
        targets["tenants"] = exporter.address
        with prometheus(tmp_path_factory.mktemp("prometheus"), targets, RULES) as server:
            yield server


@pytest.fixture(scope="session")
def alertmanager_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command.split(), *names, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key

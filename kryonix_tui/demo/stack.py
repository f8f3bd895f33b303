"""Prometheus and Alertmanager for the demo: programs, command lines, configuration.

Everything is fast here: scraped and evaluated every 2 s, rates over 30 s, so that a change is seen while one looks.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from kryonix_tui.model import exported

_RATE: Final = "30s"
_EVERY: Final = "2s"

_QUEUES: Final = f'{exported.TENANT_QUEUE_DEPTH.name}{{tenant_id!="{exported.OTHER}"}}'
_OWNERS: Final = f'label_replace({exported.TENANT_INFO.name}{{subdomain!=""}}, "cn", "$1", "subdomain", "(.+)")'
"""Who owns a certificate."""


def prometheus_program() -> str | None:
    """Return the path of Prometheus, None where it is not installed."""
    return shutil.which("prometheus")


def alertmanager_program() -> str | None:
    """Return the path of Alertmanager under either of its names, None where it is not installed."""
    return shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")


def prometheus_command(program: str, port: int, folder: Path) -> list[str]:
    """Return Prometheus' command line; it listens on the loopback interface and keeps two hours."""
    return [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--storage.tsdb.retention.time=2h",
        "--storage.tsdb.retention.size=256MB",
        # Alertmanager may be found only after an alert fired: say it again soon.
        "--rules.alert.resend-delay=4s",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--log.level=warn",
    ]


def alertmanager_command(program: str, port: int, folder: Path) -> list[str]:
    """Return Alertmanager's command line; it listens on the loopback interface and joins no cluster."""
    return [
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def write_prometheus(
    folder: Path, *, platform_port: int, exporter_port: int, port: int, alertmanager_port: int, tenants: int
) -> None:
    """Write `prometheus.yml` and `rules.yml` into `folder`. `alertmanager_port` 0 means that there is none.

    The simulated platform answers at `platform_port`, `kryonix exporter` at `exporter_port`.

    Many tenants are scraped less often: a scrape costs the exporter about 0.1 ms for each.
    """
    every = _EVERY if tenants <= 200 else "10s"
    jobs = {"kryonix-platform": platform_port, "kryonix-exporter": exporter_port, "prometheus": port} | (
        {"alertmanager": alertmanager_port} if alertmanager_port else {}
    )
    configuration: dict[str, Any] = {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "evaluation_interval": every,
            "external_labels": {"cluster": "kryonix-demo"},
        },
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": job, "static_configs": [_local(at)]} for job, at in jobs.items()],
    }
    if alertmanager_port:
        configuration["alerting"] = {"alertmanagers": [{"static_configs": [_local(alertmanager_port)]}]}
    rate = _RATE if every == _EVERY else "1m"
    rules = {
        "groups": [
            {"name": "tenant.rules", "rules": _recording_rules(rate)},
            {"name": "tenant.alerts", "rules": _alerting_rules()},
        ]
    }
    _write(folder / "prometheus.yml", configuration)
    _write(folder / "rules.yml", rules)


def write_exporter(folder: Path, *, redis_url: str, port: int) -> Path:
    """Write the configuration of `kryonix exporter` into `folder`, and return its path. It reads often, as all is fast here."""
    path = folder / "exporter.yml"
    configuration = {
        "redis": {"url": redis_url},
        "exporter": {"listen": f"127.0.0.1:{port}"},
        "intervals": {"tenants": 2.0, "census": 5.0},
    }
    _write(path, configuration)
    return path


def write_alertmanager(folder: Path) -> None:
    """Write `alertmanager.yml`: alerts are held for the console to read and sent to nobody."""
    _write(
        folder / "alertmanager.yml",
        {
            "route": {
                "receiver": "nobody",
                "group_by": ["tenant_id", "category"],
                "group_wait": "1s",
                "group_interval": "5s",
                "repeat_interval": "12h",
            },
            "inhibit_rules": [
                {
                    "source_matchers": ['severity="critical"'],
                    "target_matchers": ['severity="warning"'],
                    "equal": ["tenant_id", "category"],
                }
            ],
            "receivers": [{"name": "nobody"}],
        },
    )


def _recording_rules(rate: str) -> list[dict[str, Any]]:
    hits = f"sum by (tenant_id) (rate(redis_keyspace_hits_total[{rate}]))"
    misses = f"sum by (tenant_id) (rate(redis_keyspace_misses_total[{rate}]))"
    requests = f"sum by (tenant_id) (rate(http_requests_total[{rate}]))"
    rules = {
        "tenant:request_rate": requests,
        "tenant:error_rate": f'sum by (tenant_id) (rate(http_requests_total{{code=~"5.."}}[{rate}])) / {requests} * 100',
        "tenant:cache_hit_rate": f"{hits} / ({hits} + {misses}) * 100",
        "tenant:response_time_average": f"sum by (tenant_id) (rate(http_request_seconds_total[{rate}])) / {requests} * 1000",
        "tenant:mobile_response_time_p95": "histogram_quantile(0.95, "
        f"sum by (tenant_id, le) (rate(response_time_mobile_milliseconds_bucket[{rate}])))",
        "tenant:queue_length": f"sum by (tenant_id) ({_QUEUES})",
        "tenant:ai_anomaly_score": "avg by (tenant_id) (ai_anomaly_detection_score)",
        "tenant:ssl_cert_expiry_days": "sum by (tenant_id) ("
        f"(traefik_tls_certs_not_after - time()) / 86400 * on (cn) group_right () {_OWNERS})",
    }
    return [{"record": name, "expr": expression} for name, expression in rules.items()]


def _alerting_rules() -> list[dict[str, Any]]:
    who = "{{ $labels.tenant_id }}"
    return [
        _alert("Watchdog", "vector(1)", "0s", "none", "meta", "Alerting works: this alert always fires."),
        _alert(
            "QueueBacklog",
            f"{_QUEUES} > 1000",
            "4s",
            "critical",
            "queue",
            f"{who}: {{{{ $value }}}} jobs wait in queue {{{{ $labels.module }}}}, and nobody takes them",
        ),
        _alert(
            "CacheHitRateLow",
            "tenant:cache_hit_rate < 80",
            "15s",
            "warning",
            "cache",
            f'{who}: cache hit rate is {{{{ printf "%.1f" $value }}}} %',
        ),
        _alert(
            "CacheHitRateCritical",
            "tenant:cache_hit_rate < 60",
            "15s",
            "critical",
            "cache",
            f'{who}: cache hit rate fell to {{{{ printf "%.1f" $value }}}} %',
        ),
        _alert(
            "MobileResponseTimeHigh",
            "tenant:mobile_response_time_p95 > 100",
            "15s",
            "warning",
            "mobile_performance",
            f'{who}: 95 % of mobile requests take up to {{{{ printf "%.0f" $value }}}} ms',
        ),
        _alert(
            "ErrorRateHigh",
            "tenant:error_rate > 5",
            "15s",
            "critical",
            "api_availability",
            f'{who}: {{{{ printf "%.1f" $value }}}} % of requests fail',
        ),
        _alert(
            "CertificateExpiring",
            "tenant:ssl_cert_expiry_days < 15",
            "20s",
            "warning",
            "security",
            f'{who}: certificate ends in {{{{ printf "%.0f" $value }}}} days',
        ),
        _alert(
            "AnomalyScoreHigh",
            "tenant:ai_anomaly_score > 0.8",
            "30s",
            "info",
            "insight",
            f'{who}: unusual behaviour, score {{{{ printf "%.2f" $value }}}}',
        ),
    ]


def _alert(name: str, expression: str, lasting: str, severity: str, category: str, summary: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity, "category": category},
        "annotations": {"summary": summary},
    }


def _local(port: int) -> dict[str, list[str]]:
    return {"targets": [f"127.0.0.1:{port}"]}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200), encoding="utf-8")

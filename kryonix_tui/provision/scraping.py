"""`prometheus.yml`: who is scraped and how. Targets stand in files that Prometheus watches, so they change without a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kryonix_tui.config.provision import ApiScrape, RedisScrape, Scrape, Targets
from kryonix_tui.provision.generated import Description
from kryonix_tui.provision.rules.series import duration

MAX_TIMEOUT: Final = 10.0
"""Seconds that a scrape may take; never more than its interval."""

API_JOB: Final = "kryonix-api-modules"
REDIS_JOB: Final = "redis-enterprise-multitenant"
TRAEFIK_JOB: Final = "traefik-enterprise-ssl"
POSTGRES_JOB: Final = "timescaledb-performance-metrics"
MOBILE_JOB: Final = "mobile-performance-tracking"
AI_JOB: Final = "ai-ml-models"
KRYONIX_JOB: Final = "kryonix-exporter"
PROMETHEUS_JOB: Final = "prometheus"
ALERTMANAGER_JOB: Final = "alertmanager"

_PLAIN_JOBS: Final = {
    "traefik": TRAEFIK_JOB,
    "postgres": POSTGRES_JOB,
    "mobile": MOBILE_JOB,
    "ai": AI_JOB,
    "kryonix": KRYONIX_JOB,
    "prometheus": PROMETHEUS_JOB,
    "alertmanager": ALERTMANAGER_JOB,
}
"""The job of each field of `Targets` that is scraped as it stands."""

Groups = list[dict[str, Any]]
"""Targets with labels, as in a file of Prometheus' file_sd."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `options` are further keys of its entry in scrape_configs."""

    name: str
    interval: float
    groups: Groups
    options: Mapping[str, Any] = field(default_factory=dict)


def jobs(targets: Targets) -> list[Job]:
    """Return the jobs that have a target."""
    found = [_api(targets.api), _redis(targets.redis)]
    found += [_plain(name, getattr(targets, part)) for part, name in _PLAIN_JOBS.items()]
    return [job for job in found if job.groups]


def target_files(description: Description) -> dict[str, Groups]:
    """Return the targets of each job by the path of their file."""
    return {_file(job): job.groups for job in jobs(description.provision.targets)}


def configuration(description: Description) -> dict[str, Any]:
    """Return `prometheus.yml`."""
    provision = description.provision
    document: dict[str, Any] = {
        "global": {
            "scrape_interval": "10s",
            "scrape_timeout": "10s",
            "evaluation_interval": duration(provision.evaluation_interval),
            "external_labels": dict(provision.labels),
        },
        "rule_files": ["rules/*.yml"],
    }
    if provision.targets.alertmanager.targets:
        discovery = {"file_sd_configs": [{"files": [f"targets/{ALERTMANAGER_JOB}.yml"]}]}
        document["alerting"] = {"alertmanagers": [{**_access(provision.targets.alertmanager), **discovery}]}
    document["scrape_configs"] = [_entry(job) for job in jobs(provision.targets)]
    return document


def _entry(job: Job) -> dict[str, Any]:
    return {
        "job_name": job.name,
        "scrape_interval": duration(job.interval),
        "scrape_timeout": duration(min(job.interval, MAX_TIMEOUT)),
        **job.options,
        "file_sd_configs": [{"files": [_file(job)]}],
    }


def _file(job: Job) -> str:
    return f"targets/{job.name}.yml"


def _access(scrape: Scrape | ApiScrape) -> dict[str, Any]:
    """Return how to speak to a target: scheme and credentials, without what is Prometheus' default."""
    found: dict[str, Any] = {} if scrape.scheme == "http" else {"scheme": scrape.scheme}
    if scrape.token_file:
        found["authorization"] = {"type": "Bearer", "credentials_file": scrape.token_file}
    return found


def _plain(name: str, scrape: Scrape) -> Job:
    options: dict[str, Any] = {"metrics_path": scrape.path, **_access(scrape)}
    if scrape.params:
        options["params"] = {key: list(values) for key, values in scrape.params.items()}
    if name == TRAEFIK_JOB:
        # Service names are `name@provider`.
        options["metric_relabel_configs"] = [
            {
                "source_labels": ["service"],
                "regex": "(.+)@(.+)",
                "target_label": "tenant_service",
                "replacement": "${1}",
            },
            {
                "source_labels": ["entrypoint"],
                "regex": "websecure-(.+)",
                "target_label": "tenant_id",
                "replacement": "${1}",
            },
        ]
    return Job(name, scrape.interval, [{"targets": list(scrape.targets)}] if scrape.targets else [], options)


def _api(scrape: ApiScrape) -> Job:
    groups = [{"targets": [address], "labels": {"api_module": module}} for module, address in scrape.modules.items()]
    # A target that somebody adds to the file without the label gets it from its name: `auth-api:3001` is `auth`.
    relabelling = {
        "source_labels": ["api_module", "__address__"],
        "regex": r";(.+)-api:\d+",
        "target_label": "api_module",
        "replacement": "${1}",
    }
    options = {"metrics_path": scrape.path, **_access(scrape), "relabel_configs": [relabelling]}
    return Job(API_JOB, scrape.interval, groups, options)


def _redis(scrape: RedisScrape) -> Job:
    if not scrape.exporter:
        return Job(REDIS_JOB, scrape.interval, [])
    if not scrape.servers:
        return Job(REDIS_JOB, scrape.interval, [{"targets": [scrape.exporter]}])
    # redis_exporter's multi-target form: the server is a parameter, the exporter is who is asked.
    relabelling = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": scrape.exporter},
    ]
    options = {"metrics_path": "/scrape", "relabel_configs": relabelling}
    return Job(REDIS_JOB, scrape.interval, [{"targets": list(scrape.servers)}], options)

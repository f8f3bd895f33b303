"""Alerts on what all tenants share: API modules, Redis, the database, the monitoring itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kryonix_tui.config.provision import Provision
from kryonix_tui.config.schema import Config
from kryonix_tui.i18n import N_
from kryonix_tui.provision.rules.alert import NONE, AlertRule, on_overview
from kryonix_tui.provision.rules.limits import CRITICAL, WARNING
from kryonix_tui.provision.rules.series import number
from kryonix_tui.provision.scraping import API_JOB, jobs

MODULES_DOWN: Final = 3
"""API modules that must be unreachable at once before that counts as a failure of the platform."""
LAG_SECONDS: Final = 60
"""Since a replica has heard from its primary: several missed heartbeats (repl-ping-replica-period is 10 s)."""


def watchdog() -> AlertRule:
    """Return the alert that always fires: whoever expects it notices when alerting is dead."""
    return on_overview(
        name="Watchdog",
        expression="vector(1)",
        lasting=0,
        severity=NONE,
        category="meta",
        summary=N_("Alerting works: this alert always fires."),
        description=N_("Have it sent to something that raises the alarm when it stops coming."),
    )


def platform_alerts(config: Config) -> list[AlertRule]:
    """Return the alerts that concern no single tenant. Of jobs that are not scraped there is none."""
    provision = config.provision
    found = [watchdog(), *(_targets(provision) if jobs(provision.targets) else ())]
    if provision.targets.api.modules:
        found.append(_modules_down())
    if provision.targets.redis.exporter:
        found += [*_redis(config), _replication(provision)]
    if provision.targets.postgres.targets:
        found.append(_postgres())
    return [*found, *_monitoring()]


def _targets(provision: Provision) -> Iterator[AlertRule]:
    yield on_overview(
        name="TargetDown",
        expression="up == 0",
        lasting=120,
        severity=WARNING,
        category="monitoring",
        summary=N_("{job}: {instance} cannot be scraped"),
        description=N_("Figures of this target are missing, and alerts on them cannot fire."),
    )
    yield on_overview(
        name="JobWithoutTargets",
        expression=" or ".join(f'absent(up{{job="{job.name}"}})' for job in jobs(provision.targets)),
        lasting=300,
        severity=WARNING,
        category="monitoring",
        summary=N_("{job}: nothing is scraped at all"),
        description=N_("Its file in targets/ is missing or empty."),
    )


def _modules_down() -> AlertRule:
    return on_overview(
        name="ApiModulesDown",
        expression=f'count(up{{job="{API_JOB}"}} == 0) >= {MODULES_DOWN}',
        lasting=30,
        severity=CRITICAL,
        category="api_availability",
        summary=N_("{value} API modules do not answer"),
        description=N_(
            "Something that they share has failed: check database connections and Redis, then scale the modules."
        ),
        labels={"emergency": "true"},
    )


def _redis(config: Config) -> Iterator[AlertRule]:
    memory = config.thresholds.memory
    yield on_overview(
        name="RedisDown",
        expression="redis_up == 0",
        lasting=30,
        severity=CRITICAL,
        category="redis",
        summary=N_("Redis {instance} does not answer"),
        description=N_("All tenants depend on it: sessions, caches and queues are gone until it is back."),
        labels={"emergency": "true"},
    )
    for level, share in ((WARNING, memory.warning), (CRITICAL, memory.critical)):
        yield on_overview(
            name="RedisMemoryHigh",
            expression=f"redis:memory_percent > {number(share)}",
            lasting=300,
            severity=level,
            category="redis",
            summary=N_("Redis {instance} uses {value} % of its memory"),
            description=N_("At 100 % it evicts keys or refuses writes: raise maxmemory or find who grows."),
        )
    yield on_overview(
        name="RedisEvicting",
        expression="rate(redis_evicted_keys_total[5m]) > 0",
        lasting=120,
        severity=WARNING,
        category="redis",
        summary=N_("Redis {instance} evicts {value} keys per second"),
        description=N_("With an allkeys policy, queues and configuration go as well. Raise maxmemory."),
    )
    yield on_overview(
        name="RedisRejectingClients",
        expression="increase(redis_rejected_connections_total[5m]) > 0",
        lasting=0,
        severity=CRITICAL,
        category="redis",
        summary=N_("Redis {instance} has turned away {value} clients"),
        description=N_("maxclients is reached: look for a service that leaks connections."),
    )
    failing = " or ".join(
        f"redis_{name} == 0"
        for name in ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
    )
    yield on_overview(
        name="RedisPersistenceFailing",
        expression=failing,
        lasting=60,
        severity=CRITICAL,
        category="redis",
        summary=N_("Redis {instance} cannot save its data"),
        description=N_(
            "A restart would lose what came since the last save, and writes may be refused. Is the disk full?"
        ),
    )


def _replication(provision: Provision) -> AlertRule:
    broken = ["redis_master_link_up == 0", f"redis_master_last_io_seconds_ago > {LAG_SECONDS}"]
    if provision.targets.redis.replicas:
        primaries = 'redis_instance_info{role="master"}'
        broken.append(f"redis_connected_slaves < {provision.targets.redis.replicas} and on (instance) {primaries}")
    return on_overview(
        name="RedisReplicationBroken",
        expression=" or ".join(broken),
        lasting=60,
        severity=CRITICAL,
        category="redis",
        summary=N_("Redis {instance}: replication is broken"),
        description=N_("A replica does not hear from its primary, or is gone: a failover would lose data."),
    )


def _postgres() -> AlertRule:
    return on_overview(
        name="PostgresDown",
        expression="pg_up == 0",
        lasting=60,
        severity=CRITICAL,
        category="database",
        summary=N_("PostgreSQL {instance} does not answer"),
        description=N_("Modules that store there fail, and the queues to the time series grow."),
    )


def _monitoring() -> Iterator[AlertRule]:
    signs = (
        (
            "RulesFailing",
            "increase(prometheus_rule_evaluation_failures_total[5m]) > 0",
            N_("Prometheus cannot evaluate some of its rules"),
            N_("Alerts may not fire. Its page of rules says which, and why."),
        ),
        (
            "RulesSlow",
            "prometheus_rule_group_last_duration_seconds > prometheus_rule_group_interval_seconds",
            N_("Prometheus takes {value} s for rules that are due more often"),
            N_("Figures and alerts come late: give it more CPU, or raise the intervals."),
        ),
        (
            "AlertsNotDelivered",
            "rate(prometheus_notifications_errors_total[5m]) > 0",
            N_("Prometheus cannot hand alerts to Alertmanager"),
            N_("Is Alertmanager running, and reachable from Prometheus?"),
        ),
        (
            "NotificationsFailing",
            "rate(alertmanager_notifications_failed_total[5m]) > 0",
            N_("Alertmanager cannot notify somebody"),
            N_("Its log names the receiver and the error."),
        ),
    )
    for name, expression, summary, description in signs:
        yield on_overview(
            name=name,
            expression=expression,
            lasting=300,
            severity=WARNING,
            category="monitoring",
            summary=summary,
            description=description,
        )

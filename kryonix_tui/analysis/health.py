"""Is it ok, and if not, why: findings about a tenant and about the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kryonix_tui.analysis.limits import judge
from kryonix_tui.analysis.rates import evictions, rejections
from kryonix_tui.clock import Instant
from kryonix_tui.config.schema import High, Low, Thresholds
from kryonix_tui.model.alert import CONSOLE, OWN_HIT_RATE, AlertState, Severity
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.tenant import Concern, Finding, Health, Tenant

_ALERT_LEVEL = {Severity.CRITICAL: Health.CRITICAL, Severity.WARNING: Health.WARNING}


def tenant_findings(tenant: Tenant, limits: Thresholds, now: Instant) -> list[Finding]:
    """Return what is not ok about a tenant; `since` is `now` (see `keep_since`)."""
    found: list[Finding] = []

    def check(concern: Concern, value: float | None, limit: High | Low, source: str, subject: str = "") -> None:
        verdict = None if value is None else judge(value, limit)
        if verdict is not None:
            found.append(Finding(concern, verdict.level, now, value, verdict.limit, subject, source))

    if tenant.hit_rate is not None:
        chosen = tenant.hit_rate.chosen
        check(Concern.HIT_RATE, chosen.value, limits.hit_rate, chosen.source)
    for module, depth in tenant.queues.items():
        check(Concern.QUEUE_DEPTH, depth, limits.queue_depth, "redis:queue", module)
    check(Concern.ERROR_RATE, tenant.number("error_rate"), limits.error_rate, "redis:perf")
    check(Concern.RESPONSE_TIME, tenant.number("response_time"), limits.response_time, "redis:metrics")
    mobile = tenant.metrics.get("mobile_response_time_p95")
    check(Concern.MOBILE_P95, mobile.value if mobile else None, limits.mobile_p95, "prometheus")
    for alert in tenant.alerts:
        level = _ALERT_LEVEL.get(alert.severity)
        # What the console raised on a figure is a finding already, and is one sooner.
        repeated = alert.source == CONSOLE and alert.name == OWN_HIT_RATE
        if level is not None and alert.state is AlertState.FIRING and not repeated:
            found.append(Finding(Concern.ALERT, level, now, subject=alert.name, source=alert.source))
    return found


def tenant_health(tenant: Tenant, findings: Iterable[Finding]) -> Health:
    """Return the worst level of `findings`; UNKNOWN where nothing was read that could be judged."""
    worst = min((finding.level for finding in findings), key=lambda level: level.rank, default=None)
    if worst is not None:
        return worst
    judged = tenant.creating or tenant.hit_rate is not None or tenant.facts is not None or bool(tenant.metrics)
    return Health.OK if judged else Health.UNKNOWN


def server_findings(
    server: ServerFacts, previous: ServerFacts | None, limits: Thresholds, now: Instant, expected_databases: int
) -> Iterator[Finding]:
    """Yield what is not ok about the server itself; `since` is `now` (see `keep_since`)."""
    yield from _measured(server, limits, now)
    memory, saving = server.memory, server.persistence
    evicted, rejected = evictions(server, previous), rejections(server, previous)
    too_few = server.mode != "cluster" and server.database_count < expected_databases
    # What is wrong, how bad, and the figure that goes with it.
    signs: tuple[tuple[bool, Concern, Health, float | None], ...] = (
        (rejected > 0, Concern.SERVER_REJECTING, Health.CRITICAL, rejected),
        (not saving.save_ok, Concern.SERVER_SAVE_FAILED, Health.CRITICAL, None),
        (saving.aof_enabled and not saving.aof_ok, Concern.SERVER_AOF_FAILED, Health.CRITICAL, None),
        (not server.replication.link_up, Concern.SERVER_LINK_DOWN, Health.CRITICAL, None),
        (
            bool(memory.limit) and memory.evicts_all,
            Concern.SERVER_EVICTION_POLICY,
            Health.CRITICAL,
            None,
        ),
        (evicted > 0, Concern.SERVER_EVICTING, Health.WARNING, evicted),
        (saving.loading, Concern.SERVER_LOADING, Health.WARNING, None),
        (server.mode == "cluster", Concern.SERVER_CLUSTER, Health.WARNING, None),
        (too_few, Concern.SERVER_DATABASES, Health.WARNING, server.database_count),
    )
    for present, concern, level, value in signs:
        if present:
            yield Finding(concern, level, now, value, source="redis")


def _measured(server: ServerFacts, limits: Thresholds, now: Instant) -> Iterator[Finding]:
    figures: list[tuple[Concern, float, High]] = [(Concern.SERVER_LATENCY, server.round_trip_ms, limits.latency)]
    if server.memory.limit:
        figures.append((Concern.SERVER_MEMORY, 100 * server.memory.used / server.memory.limit, limits.memory))
    for concern, value, limit in figures:
        verdict = judge(value, limit)
        if verdict is not None:
            yield Finding(concern, verdict.level, now, value, verdict.limit, source="redis")


def keep_since(found: Iterable[Finding], before: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return `found`, the worst first, each with the time since when the same concern has been at least as bad.

    What got worse begins anew, for it names another limit: `< 60 % for 4 s` although it was under 85 % for an hour.
    """
    known: dict[tuple[Concern, str, Health], Instant] = {}
    for old in before:
        for level in (Health.CRITICAL, Health.WARNING):
            if old.level.rank <= level.rank:
                place = (old.concern, old.subject, level)
                known[place] = min(known.get(place, old.since), old.since, key=lambda since: since.steady)
    kept = [replace(new, since=known.get((new.concern, new.subject, new.level), new.since)) for new in found]
    return tuple(sorted(kept, key=lambda finding: finding.level.rank))

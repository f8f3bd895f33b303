"""Put together what the sources said: a snapshot becomes the platform with its tenants, databases and totals.

A tenant is assembled anew only when something about it changed, so that a refresh costs what changed and not what
exists. That is why this is an object: it remembers the last result and what each tenant was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from kryonix_tui.analysis.health import keep_since, server_findings, tenant_findings, tenant_health
from kryonix_tui.analysis.hit_rate import reconcile, witnesses
from kryonix_tui.analysis.rates import hit_ratio
from kryonix_tui.config.schema import Thresholds
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import KeyspaceMap, Role
from kryonix_tui.model.metrics import Sample
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.tenant import Database, Finding, Health, Platform, Sessions, Tenant, Totals

_EMPTY_CENSUS = Census()


class _Inputs(NamedTuple):
    """What one tenant is made from. While these are the same values, so is the tenant."""

    census: TenantCensus
    scales: Mapping[int, float]
    facts: TenantFacts | None
    metrics: Mapping[str, Sample]
    alerts: tuple[Alert, ...]


class Assembler:
    """Turns snapshots into platforms, one after the other."""

    def __init__(self, keyspace: KeyspaceMap, limits: Thresholds) -> None:
        self._keyspace = keyspace
        self._limits = limits
        self._kinds = {role: keyspace.kinds_with(role) for role in Role}
        self._made: dict[str, tuple[_Inputs, Tenant]] = {}
        self._last: Platform | None = None

    def assemble(self, snapshot: Snapshot) -> Platform:
        """Return the platform as `snapshot` shows it."""
        now = snapshot.taken_at
        census = snapshot.census.value if snapshot.census else _EMPTY_CENSUS
        alerts = all_alerts(snapshot)
        tenants = self._tenants(snapshot, census, alerts)
        platform = Platform(
            at=now,
            tenants=tenants,
            databases=databases(self._keyspace, snapshot),
            alerts=alerts,
            findings=self._server_findings(snapshot),
            totals=self._totals(snapshot, tenants.values()),
            system_queues=snapshot.system_queues,
            complete=census.complete,
        )
        self._last = platform
        return platform

    def _tenants(self, snapshot: Snapshot, census: Census, alerts: Iterable[Alert]) -> dict[str, Tenant]:
        scales = estimate_scales(snapshot)
        by_tenant: dict[str, list[Alert]] = {}
        for alert in alerts:
            if alert.tenant is not None:
                by_tenant.setdefault(alert.tenant, []).append(alert)
        metrics = snapshot.metrics.value.tenants if snapshot.metrics else {}
        found: dict[str, Tenant] = {}
        made: dict[str, tuple[_Inputs, Tenant]] = {}
        for name, counted in census.tenants.items():
            inputs = _Inputs(
                counted, scales, snapshot.facts.get(name), metrics.get(name, {}), tuple(by_tenant.get(name, ()))
            )
            before = self._made.get(name)
            if before is not None and before[0] == inputs:
                made[name] = before
            else:
                made[name] = (inputs, self._tenant(name, inputs, snapshot, before[1] if before else None))
            found[name] = made[name][1]
        self._made = made
        return found

    def _tenant(self, name: str, inputs: _Inputs, snapshot: Snapshot, before: Tenant | None) -> Tenant:
        counts = inputs.census.counts
        kinds = {(db, kind): _scaled(count, inputs.scales.get(db)) for (db, kind), count in counts.items()}
        by_db: dict[int, int] = {}
        for (db, _), count in kinds.items():
            by_db[db] = by_db.get(db, 0) + count
        facts = inputs.facts
        creation = self._kinds[Role.CREATION]
        bare = Tenant(
            tenant=name,
            creating=all(kind in creation for _, kind in counts),
            hit_rate=reconcile(witnesses(facts, inputs.metrics, snapshot.metrics), snapshot.taken_at),
            sessions=self._sessions(kinds, facts),
            queues=facts.queues if facts else {},
            keys=sum(by_db.values()),
            keys_by_db=by_db,
            kinds=kinds,
            alerts=inputs.alerts,
            facts=facts,
            metrics=inputs.metrics,
        )
        found = tenant_findings(bare, self._limits, snapshot.taken_at)
        findings = keep_since(found, before.findings if before else ())
        return replace(bare, findings=findings, health=tenant_health(bare, findings))

    def _sessions(self, kinds: Mapping[tuple[int, str], int], facts: TenantFacts | None) -> Sessions:
        def count(role: Role) -> int:
            wanted = self._kinds[role]
            return sum(number for (_, kind), number in kinds.items() if kind in wanted)

        return Sessions(
            mobile=count(Role.MOBILE_SESSION),
            sdk=count(Role.SDK_SESSION),
            websocket=count(Role.WEBSOCKET),
            platforms=facts.platforms if facts else {},
            sampled=facts.platforms_sampled if facts else 0,
        )

    def _server_findings(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        if snapshot.server is None:
            return ()
        before = self._last.findings if self._last else ()
        previous = snapshot.previous_server.value if snapshot.previous_server else None
        expected = max((spec.db for spec in self._keyspace.databases), default=-1) + 1
        found = server_findings(snapshot.server.value, previous, self._limits, snapshot.taken_at, expected)
        return keep_since(found, before)

    @staticmethod
    def _totals(snapshot: Snapshot, tenants: Iterable[Tenant]) -> Totals:
        listed = list(tenants)
        rates = [tenant.hit_rate.chosen.value for tenant in listed if tenant.hit_rate]
        server = snapshot.server.value if snapshot.server else None
        baseline = snapshot.baseline_server.value if snapshot.baseline_server else None
        return Totals(
            tenants=len(listed),
            sessions=sum(tenant.sessions.total for tenant in listed),
            queue_depth=sum(tenant.queue_depth for tenant in listed) + sum(snapshot.system_queues.values()),
            hit_rate=sum(rates) / len(rates) if rates else None,
            server_hit_ratio=hit_ratio(server, baseline) if server else None,
            critical=sum(tenant.health is Health.CRITICAL for tenant in listed),
            warning=sum(tenant.health is Health.WARNING for tenant in listed),
        )


def databases(keyspace: KeyspaceMap, snapshot: Snapshot) -> tuple[Database, ...]:
    """Return every database that the map or the server knows, in order."""
    server = snapshot.server.value if snapshot.server else None
    census = snapshot.census.value if snapshot.census else None
    scales = estimate_scales(snapshot)
    sizes = server.databases if server else {}
    numbers = sorted({spec.db for spec in keyspace.databases} | set(sizes))
    found: list[Database] = []
    for db in numbers:
        spec, size = keyspace.database(db), sizes.get(db)
        counted, scale = census.databases.get(db) if census else None, scales.get(db)
        found.append(
            Database(
                db=db,
                name=spec.name,
                purpose=spec.purpose,
                exists=server is None or size is not None,
                keys=size.keys if size else None,
                expires=size.expires if size else None,
                average_ttl_ms=size.average_ttl_ms if size else None,
                tenant_keys=_scaled(counted.tenant_keys, scale) if counted else None,
                system_keys=_scaled(counted.system_keys, scale) if counted else None,
                unattributed=_scaled(counted.unattributed, scale) if counted else None,
                kinds={kind: _scaled(count, scale) for kind, count in counted.kinds.items()} if counted else {},
            )
        )
    return tuple(found)


def estimate_scales(snapshot: Snapshot) -> dict[int, float]:
    """Return what to multiply the counts of an incomplete census with, by database; empty where it is complete.

    The databases are walked side by side and the small ones are through first, so each has a factor of its own: its
    size as the server tells it against what was seen. Without that size, the fraction of the whole pass must do.
    """
    census = snapshot.census.value if snapshot.census else _EMPTY_CENSUS
    if census.complete:
        return {}
    sizes = snapshot.server.value.databases if snapshot.server else {}
    everywhere = 1 / census.fraction if census.fraction else 1.0
    return {
        db: max(1.0, sizes[db].keys / counted.keys) if db in sizes else everywhere
        for db, counted in census.databases.items()
        if counted.keys
    }


def all_alerts(snapshot: Snapshot) -> tuple[Alert, ...]:
    """Return Alertmanager's alerts and those that only Prometheus holds yet, the worst and newest first."""
    known = snapshot.alerts.value.alerts if snapshot.alerts else ()
    held = snapshot.metrics.value.rule_alerts if snapshot.metrics else ()
    # Alertmanager's labels may be more (external labels) or fewer (relabelling): only those that both use tell apart.
    common = _label_names(known) & _label_names(held)
    have = {_identity(alert, common) for alert in known}
    merged = [*known, *(alert for alert in held if _identity(alert, common) not in have)]
    return tuple(sorted(merged, key=_urgency))


_STATE_ORDER = {state: order for order, state in enumerate(AlertState)}
_SEVERITY_ORDER = {severity: order for order, severity in enumerate(Severity)}


def _urgency(alert: Alert) -> tuple[int, int, float, str, str]:
    return (
        _STATE_ORDER[alert.state],
        _SEVERITY_ORDER[alert.severity],
        -alert.starts_at,
        alert.name,
        alert.fingerprint,
    )


def _label_names(alerts: Iterable[Alert]) -> set[str]:
    return {name for alert in alerts for name in alert.labels}


def _identity(alert: Alert, names: set[str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return alert.name, frozenset(label for label in alert.labels.items() if label[0] in names)


def _scaled(count: int, scale: float | None) -> int:
    return count if scale is None else round(count * scale)

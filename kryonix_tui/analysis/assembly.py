"""Put together what the sources said: a snapshot becomes the platform with its tenants, databases and totals.

A tenant is assembled anew only when something about it changed, so that a refresh costs what changed and not what
exists. That is why this is an object: it remembers the last result and what it was made from. It works in a thread of
the monitor, one snapshot at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kryonix_tui.analysis.alert_list import all_alerts
from kryonix_tui.analysis.checks import OwnChecks
from kryonix_tui.analysis.health import keep_since, server_findings, tenant_findings, tenant_health
from kryonix_tui.analysis.hit_rate import reconcile, witnesses
from kryonix_tui.analysis.memory import TenantMemory
from kryonix_tui.analysis.neighbours import CostLedger
from kryonix_tui.analysis.queue_flow import QueueLedger
from kryonix_tui.analysis.rates import hit_ratio
from kryonix_tui.analysis.sums import TenantSums
from kryonix_tui.config.alerts import Checks
from kryonix_tui.config.schema import Thresholds
from kryonix_tui.model.alert import Alert
from kryonix_tui.model.census import DatabaseCensus, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import KeyspaceMap, Role
from kryonix_tui.model.metrics import Sample
from kryonix_tui.model.queues import QueueList
from kryonix_tui.model.server import DatabaseSize
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.tenant import Database, Finding, Health, Platform, Sessions, Tenant, Totals

T = TypeVar("T")


@dataclass(slots=True)
class _Inputs:
    """What tenants are made from, by tenant."""

    census: Mapping[str, TenantCensus] = field(default_factory=dict)
    facts: Mapping[str, TenantFacts] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Sample]] = field(default_factory=dict)
    alerts: Mapping[str, tuple[Alert, ...]] = field(default_factory=dict)

    def changed(self, before: _Inputs) -> set[str]:
        """Return the tenants of which something is not as it was `before`."""
        return (
            _changed(self.census, before.census)
            | _changed(self.facts, before.facts)
            | _changed(self.metrics, before.metrics)
            | _changed(self.alerts, before.alerts)
        )


class Assembler:
    """Turns snapshots into platforms, one after the other."""

    def __init__(self, keyspace: KeyspaceMap, limits: Thresholds, checks: Checks | None = None) -> None:
        """`checks` say how the console watches by itself; None: it does not."""
        self._keyspace = keyspace
        self._limits = limits
        self._roles = {
            kind: role
            for role in (Role.MOBILE_SESSION, Role.SDK_SESSION, Role.WEBSOCKET)
            for kind in keyspace.kinds_with(role)
        }
        self._creation = frozenset(keyspace.kinds_with(Role.CREATION))
        self._inputs = self._before = _Inputs()
        self._changed: set[str] = set()
        self._sums = TenantSums()
        self._memory = TenantMemory()
        self._ledger = CostLedger()
        self._queues = QueueLedger((checks or Checks()).queue_lasting)
        self._checks = OwnChecks(checks or Checks(enabled=False), limits)
        self._last: Platform | None = None

    def assemble(self, snapshot: Snapshot) -> Platform:
        """Return the platform as `snapshot` shows it."""
        # What the console found at its last look: judging needs the tenants, and they have their alerts.
        alerts = all_alerts(snapshot, self._checks.alerts)
        before = self._last or Platform(snapshot.taken_at)
        tenants = self._tenants(snapshot, alerts, before.tenants)
        # While no tenant comes or goes, the order of the names stays, and the roster itself.
        same = tenants is before.tenants or tenants.keys() == before.tenants.keys()
        platform = Platform(
            at=snapshot.taken_at,
            tenants=tenants,
            roster=before.roster if same else tuple(tenants),
            databases=databases(self._keyspace, snapshot, self._memory),
            alerts=alerts,
            findings=self._server_findings(snapshot),
            totals=self._totals(snapshot, len(tenants)),
            troubled=self._sums.troubled,
            system_queues=snapshot.system_queues,
            complete=snapshot.census is not None and snapshot.census.value.complete,
            neighbours=self._ledger.enter(snapshot, tenants, self._changed),
            queues=self._queue_list(snapshot, tenants),
        )
        self._last = platform
        self._checks.look(snapshot, tenants, self._changed)
        return platform

    def _queue_list(self, snapshot: Snapshot, tenants: Mapping[str, Tenant]) -> QueueList:
        for name in self._changed:
            tenant = tenants.get(name)
            self._queues.read(name, tenant.facts if tenant is not None else None)
        self._queues.read(None, snapshot.platform_queues)
        return self._queues.queues()

    def _tenants(
        self, snapshot: Snapshot, alerts: Iterable[Alert], before: Mapping[str, Tenant]
    ) -> Mapping[str, Tenant]:
        inputs = _Inputs(
            snapshot.census.value.tenants if snapshot.census else {},
            snapshot.facts,
            snapshot.metrics.value.tenants if snapshot.metrics else {},
            _by_tenant(alerts),
        )
        self._changed = changed = inputs.changed(self._inputs)
        self._before, self._inputs = self._inputs, inputs
        if not changed:
            return before
        tenants = dict(before)
        for name in changed:
            old = tenants.get(name)
            if name in inputs.census:
                tenants[name] = self._confirmed(name, snapshot, old) or self._tenant(name, snapshot, old)
            elif old is not None:
                del tenants[name]
            new = tenants.get(name)
            self._sums.replace(old, new)
            self._memory.replace(old, new)
        self._sums.settle()
        return tenants

    def _confirmed(self, name: str, snapshot: Snapshot, old: Tenant | None) -> Tenant | None:
        """Return `old` with newer samples where Prometheus only said the same once more: it does so for all at each reading."""
        now, before = self._inputs, self._before
        metrics = now.metrics.get(name)
        if old is None or old.hit_rate is None or metrics is None or not _same_values(metrics, old.metrics):
            return None
        if any(
            after.get(name) is not earlier.get(name)
            for after, earlier in (
                (now.census, before.census),
                (now.facts, before.facts),
                (now.alerts, before.alerts),
            )
        ):
            return None
        rate = reconcile(witnesses(old.facts, metrics, snapshot.metrics), snapshot.taken_at)
        if rate is None or rate.chosen.source != old.hit_rate.chosen.source:
            return None
        return replace(old, hit_rate=rate, metrics=metrics)

    def _tenant(self, name: str, snapshot: Snapshot, before: Tenant | None) -> Tenant:
        counted, facts = self._inputs.census[name], self._inputs.facts.get(name)
        metrics = self._inputs.metrics.get(name, {})
        keys = before if before is not None and before.kinds is counted.counts else self._counted(counted)
        bare = Tenant(
            tenant=name,
            health=Health.OK,
            creating=keys.creating,
            hit_rate=reconcile(witnesses(facts, metrics, snapshot.metrics), snapshot.taken_at),
            sessions=_sessions(keys.sessions, facts),
            queues=facts.queues if facts else {},
            keys=keys.keys,
            keys_margin=counted.margin,
            keys_by_db=keys.keys_by_db,
            kinds=counted.counts,
            sizes=counted.sizes,
            alerts=self._inputs.alerts.get(name, ()),
            facts=facts,
            metrics=metrics,
        )
        found = tenant_findings(bare, self._limits, snapshot.taken_at)
        health = tenant_health(bare, found)
        if health is bare.health and not found:
            return bare
        return replace(bare, findings=keep_since(found, before.findings if before else ()), health=health)

    def _counted(self, counted: TenantCensus) -> Tenant:
        """Return what follows from the keys of a tenant alone: that stays while they do, whatever else is read."""
        by_db: dict[int, int] = {}
        sessions = dict.fromkeys(self._roles.values(), 0)
        for (db, kind), count in counted.counts.items():
            by_db[db] = by_db.get(db, 0) + count
            role = self._roles.get(kind)
            if role is not None:
                sessions[role] += count
        return Tenant(
            counted.tenant,
            creating=all(kind in self._creation for _, kind in counted.counts),
            sessions=Sessions(
                mobile=sessions.get(Role.MOBILE_SESSION, 0),
                sdk=sessions.get(Role.SDK_SESSION, 0),
                websocket=sessions.get(Role.WEBSOCKET, 0),
            ),
            keys=sum(by_db.values()),
            keys_by_db=by_db,
        )

    def _server_findings(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        if snapshot.server is None:
            return ()
        before = self._last.findings if self._last else ()
        previous = snapshot.previous_server.value if snapshot.previous_server else None
        expected = max((spec.db for spec in self._keyspace.databases), default=-1) + 1
        found = server_findings(snapshot.server.value, previous, self._limits, snapshot.taken_at, expected)
        return keep_since(found, before)

    def _totals(self, snapshot: Snapshot, tenants: int) -> Totals:
        server = snapshot.server.value if snapshot.server else None
        baseline = snapshot.baseline_server.value if snapshot.baseline_server else None
        ratio = hit_ratio(server, baseline) if server else None
        return self._sums.totals(sum(snapshot.system_queues.values()), ratio, tenants)


def _changed(now: Mapping[str, T], before: Mapping[str, T]) -> set[str]:
    if now is before:
        return set()
    gone = before.keys() - now.keys()
    # Most values are the very same object: comparing identities first spares comparing them.
    return gone | {name for name, value in now.items() if (old := before.get(name)) is not value and old != value}


def _same_values(now: Mapping[str, Sample], before: Mapping[str, Sample]) -> bool:
    return now.keys() == before.keys() and all(sample.value == before[name].value for name, sample in now.items())


def _by_tenant(alerts: Iterable[Alert]) -> dict[str, tuple[Alert, ...]]:
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.tenant is not None:
            found.setdefault(alert.tenant, []).append(alert)
    return {tenant: tuple(about) for tenant, about in found.items()}


def _sessions(counted: Sessions, facts: TenantFacts | None) -> Sessions:
    return Sessions(
        mobile=counted.mobile,
        sdk=counted.sdk,
        websocket=counted.websocket,
        platforms=facts.platforms if facts else {},
        sampled=facts.platforms_sampled if facts else 0,
    )


def databases(keyspace: KeyspaceMap, snapshot: Snapshot, memory: TenantMemory) -> tuple[Database, ...]:
    """Return every database that the map or the server knows, in order.

    Where some tenants only are seen, its keys are theirs, as the census counted them; what INFO says is of everybody.
    """
    server = snapshot.server.value if snapshot.server else None
    census = snapshot.census.value if snapshot.census else None
    sizes = server.databases if server else {}
    numbers = sorted({spec.db for spec in keyspace.databases} | set(sizes))
    found: list[Database] = []
    for db in numbers:
        spec, size = keyspace.database(db), sizes.get(db)
        counted = census.databases.get(db) if census else None
        everybody = size if not snapshot.limited_to else None
        found.append(
            Database(
                db=db,
                name=spec.name,
                purpose=spec.purpose,
                exists=server is None or size is not None,
                keys=_keys(snapshot, size, counted),
                expires=everybody.expires if everybody else None,
                average_ttl_ms=everybody.average_ttl_ms if everybody else None,
                tenant_keys=counted.tenant_keys if counted else None,
                system_keys=counted.system_keys if counted else None,
                unattributed=counted.unattributed if counted else None,
                kinds=counted.kinds if counted else {},
                fraction=counted.fraction if counted else 1.0,
                margin=counted.margin if counted else 0,
                bytes=memory.database(counted, census) if counted and census else None,
            )
        )
    return tuple(found)


def _keys(snapshot: Snapshot, size: DatabaseSize | None, counted: DatabaseCensus | None) -> int | None:
    if not snapshot.limited_to:
        return size.keys if size else None
    if snapshot.census is None or size is None:
        return None
    return counted.keys if counted else 0

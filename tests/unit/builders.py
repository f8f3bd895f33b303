"""Model values for tests: everything has a default, a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.schema import Thresholds
from kryonix_tui.model.alert import Alert, AlertFacts, AlertState, Severity
from kryonix_tui.model.census import Census, DatabaseCensus, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.metrics import MetricsFacts, Sample
from kryonix_tui.model.server import DatabaseSize, ServerFacts, Traffic
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState, Trouble

WALL = 1_700_000_000.0
STEADY = 50_000.0
NOW = Instant(WALL, STEADY)
LIMITS = Thresholds()

SESSION, QUEUE, METRICS, CREATION = (0, "mobile_session"), (2, "queue"), (3, "metrics"), (6, "creation")
Place = tuple[int, str]


def ago(seconds: float) -> Instant:
    """Return the moment `seconds` before `NOW`."""
    return Instant(WALL - seconds, STEADY - seconds)


def server(**changes: Any) -> ServerFacts:
    """Return the facts of a server of 16 empty databases that is well."""
    sizes = {db: DatabaseSize(db, 0) for db in range(16)}
    healthy = ServerFacts("redis", "7.0.15", "standalone", "run-1", 3600, sizes, 16, 0.4)
    return replace(healthy, **changes)


def looked_up(hits: int, misses: int, *, own: tuple[int, int] = (0, 0), run_id: str = "run-1") -> ServerFacts:
    """Return the facts of a server with these counters, `own` of them the console's."""
    return server(traffic=Traffic(hits=hits, misses=misses), own_hits=own[0], own_misses=own[1], run_id=run_id)


def census(tenants: Mapping[str, Mapping[Place, int]], *, complete: bool = True, fraction: float = 1.0) -> Census:
    """Return a census of these tenants, as {tenant: {(db, kind): keys}}, without keys of anybody else."""
    databases: dict[int, dict[str, int]] = {}
    for counts in tenants.values():
        for (db, kind), number in counts.items():
            kinds = databases.setdefault(db, {})
            kinds[kind] = kinds.get(kind, 0) + number
    return Census(
        databases={
            db: DatabaseCensus(db, sum(kinds.values()), sum(kinds.values()), 0, kinds)
            for db, kinds in databases.items()
        },
        tenants={name: TenantCensus(name, dict(counts)) for name, counts in tenants.items()},
        complete=complete,
        fraction=fraction,
    )


def facts(tenant: str = "acme", at: Instant = NOW, **fields: Any) -> TenantFacts:
    """Return a tenant's facts, read at `at`."""
    return TenantFacts(tenant, at, **fields)


def alert(name: str = "QueueBacklog", **changes: Any) -> Alert:
    """Return an alert of Alertmanager that has been firing for ten minutes."""
    fields: dict[str, Any] = {
        "fingerprint": name,
        "severity": Severity.CRITICAL,
        "state": AlertState.FIRING,
        "source": "alertmanager",
        "starts_at": WALL - 600,
    }
    return Alert(name=name, **{**fields, **changes})


def state(name: SourceName, condition: Condition = Condition.OK, **changes: Any) -> SourceState:
    """Return the state of a source that answered a second ago and is read every ten."""
    good = ago(1) if condition is Condition.OK else None
    return replace(SourceState(name, condition, 10.0, good), **changes)


def failing(name: SourceName, last_good: Instant | None = None, **changes: Any) -> SourceState:
    """Return the state of a source that refused the last connection."""
    trouble = Trouble("Unreachable", "127.0.0.1:1 refused the connection", "Is it running?")
    return state(name, Condition.FAILING, last_good=last_good, trouble=trouble, failures=1, **changes)


def snapshot(*states: SourceState, **fields: Any) -> Snapshot:
    """Return a snapshot taken `NOW`; bare values become readings of `NOW`, facts are given as a sequence."""
    given = {known.name: known for known in states}
    for name in ("server", "previous_server", "baseline_server", "census", "metrics", "alerts"):
        if name in fields and not isinstance(fields[name], Reading):
            fields[name] = Reading(fields[name], NOW)
    if "facts" in fields:
        fields["facts"] = {known.tenant: known for known in fields["facts"]}
    sources = {name: given.get(name, state(name)) for name in SourceName}
    return Snapshot(**{"sources": sources, "taken_at": NOW, **fields})


def metrics(tenants: Mapping[str, Mapping[str, float]], *, at: float = WALL, **fields: Any) -> MetricsFacts:
    """Return what Prometheus says, as {tenant: {rule: value}}; `at` is the time by its clock."""
    samples = {
        tenant: {rule: Sample(value, at) for rule, value in figures.items()} for tenant, figures in tenants.items()
    }
    return MetricsFacts(tenants=samples, **fields)


def alerts(*known: Alert, **fields: Any) -> AlertFacts:
    """Return what Alertmanager says."""
    return AlertFacts(alerts=known, **fields)


def assembler() -> Assembler:
    """Return an assembler over KRYONIX' own map and the default thresholds."""
    return Assembler(KRYONIX, LIMITS)


def update(shown: Snapshot | None = None, history: History | None = None) -> Update:
    """Return a snapshot (default: nothing was read yet) with what it amounts to."""
    taken = shown or snapshot(*(state(name, Condition.WAITING) for name in SourceName))
    return Update(taken, assembler().assemble(taken), history or History())


def tenants_update(tenants: Iterable[TenantFacts], **fields: Any) -> Update:
    """Return an update of tenants that have one key each and these facts."""
    known = tuple(tenants)
    counted = census({found.tenant: {METRICS: 1} for found in known})
    return update(snapshot(server=server(), census=counted, facts=known, **fields))

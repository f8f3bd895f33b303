"""What the console is shown in tests: platforms of any size, put together by the real assembly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.schema import Keyspace, Thresholds
from kryonix_tui.model.alert import Alert, AlertFacts, AlertState, Severity
from kryonix_tui.model.census import Census, DatabaseCensus, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.metrics import MetricsFacts, Target
from kryonix_tui.model.server import CommandStat, DatabaseSize, ServerFacts, SlowLogEntry
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState, Trouble

START = Instant(wall=1_750_000_000.0, steady=50_000.0)
"""The moment at which all readings were taken, unless a test says otherwise."""

INTERVALS = {
    SourceName.REDIS: 2.0,
    SourceName.CENSUS: 60.0,
    SourceName.TENANTS: 5.0,
    SourceName.PROMETHEUS: 10.0,
    SourceName.ALERTMANAGER: 5.0,
}

HIT_RATES = {"alfa": 91.0, "beta": 70.0, "gama": 40.0, "delta": 99.0}
"""The tenants of the small platform: delta and alfa are well, beta needs attention, gama action."""


def later(seconds: float, moment: Instant = START) -> Instant:
    """Return the moment so many seconds after `moment`."""
    return Instant(moment.wall + seconds, moment.steady + seconds)


def facts(tenant: str, hit_rate: float, *, queue: int = 3, at: Instant = START) -> TenantFacts:
    """Return what a tenant's hashes say."""
    return TenantFacts(
        tenant,
        at,
        numbers={"response_time": 120.0, "api_calls_today": 4500.0},
        texts={"name": f"{tenant.title()} Ltda", "sector": "medicina", "tier": "premium"},
        hit_rates={"metrics": hit_rate},
        queues={"whatsapp": queue},
        platforms={"android": 1},
        platforms_sampled=1,
    )


def tenant_census(tenant: str) -> TenantCensus:
    """Return the keys of a tenant: sessions, cache, a queue and its figures."""
    counts = {(0, "mobile_session"): 6, (1, "api_cache"): 4, (2, "queue"): 1, (3, "metrics"): 1, (11, "websocket"): 2}
    return TenantCensus(tenant, counts)


def alert(
    name: str, tenant: str | None, severity: Severity = Severity.WARNING, labels: Mapping[str, str] | None = None
) -> Alert:
    """Return a firing alert of Alertmanager."""
    return Alert(
        fingerprint=f"{name}-{tenant}",
        name=name,
        severity=severity,
        state=AlertState.FIRING,
        source="alertmanager",
        starts_at=START.wall - 90,
        tenant=tenant,
        labels={"alertname": name, **(labels or {})},
        annotations={"summary": f"{name} of {tenant}"},
    )


def server_facts() -> ServerFacts:
    """Return a healthy server with keys in every database."""
    return ServerFacts(
        flavour="redis",
        version="7.0.15",
        mode="standalone",
        run_id="r",
        uptime_seconds=3600,
        databases={db: DatabaseSize(db, 100 * (db + 1), 10) for db in range(16)},
        database_count=16,
        round_trip_ms=0.4,
        commands=(CommandStat("hgetall", 10, 500), CommandStat("scan", 3, 900)),
        slow_log=(SlowLogEntry(1, int(START.wall), 12_000, "KEYS *", tenant="alfa"),),
    )


def census(tenants: Iterable[str], *, complete: bool = True, fraction: float = 1.0) -> Census:
    """Return a census that found these tenants."""
    found = {name: tenant_census(name) for name in tenants}
    databases: dict[int, DatabaseCensus] = {}
    for db in range(16):
        kinds = {kind: count * len(found) for (place, kind), count in tenant_census("").counts.items() if place == db}
        owned = sum(kinds.values())
        databases[db] = DatabaseCensus(db, owned + 2, owned, 2, {**kinds, "other": 2})
    return Census(databases, found, complete=complete, fraction=fraction, seconds=0.1)


def states(at: Instant = START, *others: SourceState) -> dict[SourceName, SourceState]:
    """Return all sources as well at `at`, except for `others`."""
    fine = {name: SourceState(name, Condition.OK, INTERVALS[name], last_good=at) for name in SourceName}
    return fine | {state.name: state for state in others}


def failing(name: SourceName, at: Instant | None = START) -> SourceState:
    """Return the state of a source that fails, with what it says."""
    trouble = Trouble("Unreachable", "nobody listens at 127.0.0.1:1", "Is it running?")
    return SourceState(name, Condition.FAILING, INTERVALS[name], last_good=at, trouble=trouble, failures=1)


class Stage:
    """A platform that changes from update to update, assembled as the monitor does."""

    def __init__(self, hit_rates: Mapping[str, float] | None = None, alerts: Iterable[Alert] | None = None) -> None:
        self._assembler = Assembler(keyspace_map(Keyspace()), Thresholds())
        self.hit_rates = dict(HIT_RATES if hit_rates is None else hit_rates)
        self.alerts = list(_ALERTS if alerts is None else alerts)
        self.complete, self.progress = True, 1.0

    def update(self, at: Instant = START, sources: Mapping[SourceName, SourceState] | None = None) -> Update:
        """Return the platform as it is, read at `at`."""
        reading = census(self.hit_rates, complete=self.complete, fraction=self.progress)
        snapshot = Snapshot(
            sources=states(at) if sources is None else sources,
            server=Reading(server_facts(), at),
            census=Reading(reading, at),
            census_progress=None if self.complete else self.progress,
            facts={name: facts(name, rate, at=at) for name, rate in self.hit_rates.items()},
            metrics=Reading(MetricsFacts(targets=(Target("node", "127.0.0.1:1", up=True),), version="2"), at),
            alerts=Reading(AlertFacts(tuple(self.alerts), version="0.25"), at),
            taken_at=at,
        )
        history = History()
        platform = self._assembler.assemble(snapshot)
        for step in range(3):
            history.record(replace(platform, at=later(6.0 * (step - 2), at)), {"ops": 10.0, "hit_rate": 80.0 + step})
        return Update(snapshot, platform, history)


_ALERTS = (
    alert("QueueBacklog", "gama", Severity.CRITICAL, {"team": "platform"}),
    alert("CacheHitRateLow", "beta"),
    alert("Watchdog", None, Severity.NONE),
)

"""The console's own checks: what it watches itself, so that something is said also where there is no Prometheus.

They bear the names of the rules that `kryonix provision` writes, so that the same thing said by both is shown once.
Figures have their limits in `thresholds`, times in `alerts.checks`. A source that does not answer says nothing new: what
was known of it stands. Runs in the assembler's thread; of tenants it looks at those that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from kryonix_tui.analysis import hit_rate, queue_watch, roll_call
from kryonix_tui.analysis.rates import evictions, rejections
from kryonix_tui.analysis.standing import Key, Sign, Standings
from kryonix_tui.clock import Instant
from kryonix_tui.config.alerts import Checks as Settings
from kryonix_tui.config.schema import High, Low, Thresholds
from kryonix_tui.i18n import _, ngettext, numerals
from kryonix_tui.model.alert import OWN_HIT_RATE, Alert, Severity
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe

REDIS: Final = "redis"
MONITORING: Final = "monitoring"
_UNREACHABLE: Final = "RedisDown"
_STALE: Final = "SourceStale"
_WATCHED: Final = (SourceName.TENANTS, SourceName.CENSUS, SourceName.PROMETHEUS, SourceName.ALERTMANAGER)


class OwnChecks:
    """All checks, with what they remember. `alerts` are those of the last look."""

    def __init__(self, settings: Settings, limits: Thresholds) -> None:
        self._settings = settings
        self._limits = limits
        self._standings = Standings(settings.keep)
        self._hit_rates: dict[str, tuple[Sign, ...]] = {}
        self._witnesses: dict[str, SourceName] = {}
        """Who says the hit rate of each tenant with a sign."""
        self._queues = queue_watch.QueueWatch(settings.queue_lasting)
        self._roll = roll_call.RollCall(settings.vanished, settings.lasting)
        self.alerts: tuple[Alert, ...] = ()

    def look(self, snapshot: Snapshot, tenants: Mapping[str, Tenant], changed: Iterable[str]) -> None:
        """Judge what was read. `changed` are the tenants that are not what they were at the last look."""
        if not self._settings.enabled:
            return
        now = snapshot.taken_at
        for name in changed:
            self._look_at(name, tenants.get(name))
        self._roll.read(snapshot, now)
        self._standings.enter(self._signs(snapshot, now), partial(self._unknown, snapshot), now)
        self.alerts = self._standings.alerts()

    def _look_at(self, name: str, tenant: Tenant | None) -> None:
        self._queues.read(name, tenant)
        if tenant is None:
            self._hit_rates.pop(name, None)
            self._witnesses.pop(name, None)
        elif tenant.hit_rate is not None:
            chosen = tenant.hit_rate.chosen
            signs = tuple(self._hit_rate(tenant, chosen.value))
            if signs:
                self._hit_rates[name] = signs
                told_by_prometheus = chosen.source == hit_rate.PROMETHEUS
                self._witnesses[name] = SourceName.PROMETHEUS if told_by_prometheus else SourceName.TENANTS
            else:
                self._hit_rates.pop(name, None)

    def _signs(self, snapshot: Snapshot, now: Instant) -> Iterator[Sign]:
        yield from self._unreachable(snapshot.sources[SourceName.REDIS])
        yield from self._sources(snapshot, now)
        if snapshot.server is not None and _alive(snapshot, SourceName.REDIS):
            baseline = snapshot.baseline_server.value if snapshot.baseline_server else None
            yield from self._server(snapshot.server.value, baseline)
        for signs in self._hit_rates.values():
            yield from signs
        yield from self._queues.signs()
        yield from self._roll.signs()

    def _unreachable(self, redis: SourceState) -> Iterator[Sign]:
        if redis.condition is not Condition.FAILING:
            return
        trouble = redis.trouble.message if redis.trouble else ""
        text = _("Redis does not answer: {trouble}").format(trouble=safe(trouble, 300))
        yield Sign(Key(_UNREACHABLE, Severity.CRITICAL), REDIS, self._settings.unreachable, partial(str, text))

    def _sources(self, snapshot: Snapshot, now: Instant) -> Iterator[Sign]:
        redis_down = snapshot.sources[SourceName.REDIS].condition is Condition.FAILING
        for name in _WATCHED:
            state = snapshot.sources[name]
            symptom = redis_down and name in (SourceName.TENANTS, SourceName.CENSUS)
            stale = state.condition is Condition.FAILING or (name is not SourceName.CENSUS and state.stale(now))
            if stale and not symptom:
                key = Key(_STALE, Severity.WARNING, subject=name.value)
                yield Sign(key, MONITORING, self._settings.source_stale, partial(_stale_text, state))
        census = snapshot.sources[SourceName.CENSUS]
        age = census.age(now)
        if age is not None and age > self._settings.census_age and not redis_down:
            key = Key("CensusOld", Severity.WARNING)
            yield Sign(key, MONITORING, 0.0, partial(_census_text, age))

    def _server(self, server: ServerFacts, baseline: ServerFacts | None) -> Iterator[Sign]:
        memory, saving, replication = server.memory, server.persistence, server.replication
        lasting = self._settings.lasting
        if memory.limit:
            used = 100 * memory.used / memory.limit
            text = _("Redis uses {value:.0f} % of its memory").format(value=used)
            yield from self._above("RedisMemoryHigh", REDIS, used, self._limits.memory, text)
        lag = replication.lag_bytes
        if lag is not None:
            text = ngettext(
                "the replica is {count} byte behind its primary", "the replica is {count} bytes behind its primary", lag
            ).format(count=lag)
            yield from self._above("RedisReplicationLag", REDIS, lag, self._settings.replication_lag, text)
        evicted, rejected = evictions(server, baseline), rejections(server, baseline)
        lost = ngettext(
            "{count} key evicted within a minute", "{count} keys evicted within a minute", int(evicted or 0)
        )
        sent_away = ngettext(
            "{count} client turned away in a minute", "{count} clients turned away in a minute", int(rejected or 0)
        )
        for present, name, severity, wait, text in (
            (evicted, "RedisEvicting", Severity.WARNING, lasting, lost),
            (rejected, "RedisRejectingClients", Severity.CRITICAL, 0.0, sent_away),
            (
                bool(memory.limit) and memory.evicts_all,
                "RedisEvictsEverything",
                Severity.CRITICAL,
                lasting,
                _("an allkeys-* policy evicts queues and configuration like cache: use volatile-lru"),
            ),
            (not saving.save_ok, "RedisPersistenceFailing", Severity.CRITICAL, lasting, _("the last save failed")),
            (
                saving.aof_enabled and not saving.aof_ok,
                "RedisPersistenceFailing",
                Severity.CRITICAL,
                lasting,
                _("the last write of the AOF failed"),
            ),
            (
                not replication.link_up,
                "RedisReplicationBroken",
                Severity.CRITICAL,
                lasting,
                _("the link to the primary is down"),
            ),
        ):
            if present:
                yield Sign(Key(name, severity), REDIS, wait, partial(text.format, count=int(present)))

    def _unknown(self, snapshot: Snapshot, key: Key) -> bool:
        """Tell whether what would say that a sign is gone does not answer."""
        if key.name in (_UNREACHABLE, _STALE):
            return False
        if key.name in (roll_call.NAME, roll_call.TOGETHER):
            return not _alive(snapshot, SourceName.CENSUS)
        if key.name == OWN_HIT_RATE and key.tenant is not None:
            return not _alive(snapshot, self._witnesses.get(key.tenant, SourceName.TENANTS))
        return not _alive(snapshot, SourceName.TENANTS if key.tenant is not None else SourceName.REDIS)

    def _hit_rate(self, tenant: Tenant, rate: float) -> Iterator[Sign]:
        limits: Low = self._limits.hit_rate
        if tenant.creating:
            return
        for severity, limit in ((Severity.WARNING, limits.warning), (Severity.CRITICAL, limits.critical)):
            key = Key(OWN_HIT_RATE, severity, tenant.tenant)
            slack = 1 + self._settings.hysteresis / 100 if self._standings.active(key) else 1.0
            if rate < min(100.0, limit * slack):
                text = partial(_hit_rate_text, rate, limit)
                yield Sign(key, "cache_performance", self._settings.hit_rate_lasting, text, f"hit rate < {limit:g} %")

    def _above(self, name: str, category: str, value: float, limits: High, text: str) -> Iterator[Sign]:
        for severity, limit in ((Severity.WARNING, limits.warning), (Severity.CRITICAL, limits.critical)):
            key = Key(name, severity)
            slack = 1 - self._settings.hysteresis / 100 if self._standings.active(key) else 1.0
            if value > limit * slack:
                yield Sign(key, category, self._settings.lasting, partial(str, text), f"> {limit:g}")


def _alive(snapshot: Snapshot, name: SourceName) -> bool:
    """Tell whether a source answers and what it said is of now: after a sleep of this machine, it is not."""
    state = snapshot.sources[name]
    return state.condition is Condition.OK and not state.stale(snapshot.taken_at)


def _stale_text(state: SourceState) -> str:
    trouble = state.trouble.message if state.trouble else _("no answer")
    return _("{source}: what is shown is old: {trouble}").format(source=state.name.value, trouble=safe(trouble, 300))


def _census_text(age: float) -> str:
    minutes = int(age // 60)
    return ngettext(
        "no whole walk over all keys has ended for {count} minute",
        "no whole walk over all keys has ended for {count} minutes",
        minutes,
    ).format(count=minutes)


def _hit_rate_text(rate: float, limit: float) -> str:
    return numerals(_("hit rate {rate:.1f} % < {limit:g} %").format(rate=rate, limit=limit))

"""Everything that is read of tenants for their analysis, within bounds: facts, and a sample of keys with their expiry.

Reading the expiry of a key counts as a hit on the server, as does every field that is read. So each pass has a limit of
reads, each is counted, and the plan tells how many there were. Where a replica is configured, it is read instead; only
what a replica cannot know (when a key was last read) is asked of the primary.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from kryonix_tui.analysis.hit_rate import reconcile, witnesses
from kryonix_tui.analysis.optimization.material import Material, analysed
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.optimize.sample import MEASURED, Sampling
from kryonix_tui.maintenance.optimize.walk import Met, Walk
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import KeyspaceMap, Role
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.optimization import TenantAnalysis
from kryonix_tui.model.source import Reading
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.address import Address, primary_address, replica_address
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.guard import ALLOWED, Access
from kryonix_tui.sources.redis.lookups import Lookup, Lookups
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.tenant_reader import TenantReader
from kryonix_tui.sources.redis.translate import translated

ACCESS: Final = Access(
    Purpose.MONITOR, ALLOWED | {b"TIME", b"PEXPIRETIME", b"OBJECT IDLETIME", b"OBJECT FREQ", b"GETRANGE"}
)
"""What the monitor's user is granted anyway; no other connection of the console may send these."""

FEW: Final = 25
"""Tenants up to whom everything is looked at: sizes, sessions, when keys were last read."""

AT_ONCE: Final = 50
"""Tenants that are read together."""

_COMMAND_SECONDS: Final = 0.000_006
"""Server time of one such command, about: what the pauses between two batches are made of."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ai_patterns": ("peak_hours", "mobile_percentage", "most_used_module"),
    "config": ("business_hours",),
    "prediction": ("next_hour_keys", "confidence_score"),
}
"""Fields of a tenant's hashes, by kind, besides the facts of the map."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one pass of reading found. `walked` keys were met, `reads` counted as hits or misses on the server.

    `now_ms` is the server's clock after the walk; `without_metrics` says why Prometheus was no witness, empty: it was.
    """

    tenants: tuple[TenantAnalysis, ...]
    now_ms: int
    walked: int
    reads: int
    without_metrics: str = ""


@dataclass(slots=True)
class TenantReading:
    """Reads tenants of one server.

    `extended` says which keys of the server at a place the console has given more time: {(db, key): expiry in ms}.
    """

    config: Config
    keyspace: KeyspaceMap
    extended: Callable[[str], Mapping[tuple[int, bytes], int]]
    _reads: Clients = field(init=False)
    _primary: Clients = field(init=False)
    _sampling: Sampling = field(init=False)

    def __post_init__(self) -> None:
        """Prepare to read; nothing is connected yet."""
        settings = self.config.redis
        self._primary = Clients(self._locate_primary, settings, ACCESS)
        self._reads = Clients(self._locate_replica, settings, ACCESS) if settings.replica_url else self._primary
        limits = self.config.optimize
        self._sampling = Sampling(self._reads, self._primary, self.keyspace, limits)

    async def read(self, tenants: Sequence[str] | None, run: Run) -> Findings:
        """Return the analyses of `tenants`, None: of all that this console sees.

        Raises:
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        self._sampling.left = self.config.optimize.reads
        await self._look()
        met = await self._walk(tenants).through(run)
        names = sorted(met) if tenants is None else list(dict.fromkeys(tenants))
        thorough = len(names) <= FEW
        metrics, trouble = await self._metrics()
        sample = max(
            self.config.optimize.keys, min(self.config.optimize.sample, self._sampling.left // max(1, len(names)))
        )
        found: list[TenantAnalysis] = []
        for start in range(0, len(names), AT_ONCE):
            run.checkpoint()
            some = {name: met.get(name, Met()) for name in names[start : start + AT_ONCE]}
            sent = self._sent
            found += await self._analysed(some, metrics, sample, thorough=thorough)
            run.progress(min(len(names), start + AT_ONCE), len(names), "tenants", "")
            if start + AT_ONCE < len(names):
                await asyncio.sleep((self._sent - sent) * _COMMAND_SECONDS / self._budget)
        return Findings(
            tuple(found), await self._clock(), sum(_keys(each) for each in met.values()), self.caused, trouble
        )

    async def place(self) -> str:
        """Return which server this is, as journals name it. Raises SourceError where it does not answer."""
        await self._primary.call(0, "PING")
        return self._primary.place

    async def rates(self, tenants: Iterable[str]) -> dict[str, float]:
        """Return the hit rates of tenants in percent, as they are told in Redis; those that are not told are left out.

        Raises:
            SourceError: the server does not answer.
        """
        facts = await self._facts({name: Met() for name in tenants})
        found = {name: reconcile(witnesses(said, {}, None), now()) for name, said in facts.items()}
        return {name: rate.chosen.value for name, rate in found.items() if rate is not None}

    @property
    def caused(self) -> int:
        """Hits and misses that were caused so far."""
        return sum(each.traffic.hits + each.traffic.misses for each in {id(c): c for c in self._both}.values())

    async def close(self) -> None:
        """Close connections."""
        for clients in self._both:
            await clients.close()

    @property
    def _both(self) -> tuple[Clients, Clients]:
        return self._reads, self._primary

    @property
    def _sent(self) -> int:
        return self._reads.traffic.commands

    @property
    def _budget(self) -> float:
        settings = self.config.redis
        return (settings.replica_budget if settings.replica_url else settings.budget) / 100

    # What there is ----------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        fields = info.parse_info(await self._primary.call(0, "INFO", "memory"))
        self._sampling.extended = self.extended(self._primary.place)
        self._sampling.lfu = fields.get("maxmemory_policy", "").endswith("lfu")

    async def _clock(self) -> int:
        with translated(self._reads.place):
            seconds, microseconds = await self._reads.call(0, "TIME")
            return int(seconds) * 1000 + int(microseconds) // 1000

    def _walk(self, tenants: Sequence[str] | None) -> Walk:
        limits = self.config.optimize
        many = tenants is None or len(tenants) > FEW
        sample = min(limits.sample, 2 * limits.keys) if many else limits.sample
        kinds = {*limits.caches, *self._session_kinds()}
        sees = Visible(self.config.tenants).sees
        wanted = None if tenants is None else frozenset(tenants)
        return Walk(self._reads, self.keyspace, frozenset(kinds), wanted, sees, sample, self._budget)

    def _session_kinds(self) -> Iterator[str]:
        for role in (Role.MOBILE_SESSION, Role.SDK_SESSION, Role.WEBSOCKET):
            yield from self.keyspace.kinds_with(role)

    async def _metrics(self) -> tuple[Reading[MetricsFacts] | None, str]:
        """Ask Prometheus; what keeps it from being a witness is told, and changes nothing else."""
        from kryonix_tui.sources.metrics import metrics_of

        try:
            port = metrics_of(self.config)
        except KryonixError as error:
            return None, error.message
        if port is None:
            return None, ""
        try:
            return Reading(await port.fetch(), now()), ""
        except KryonixError as error:
            return None, error.message
        finally:
            await port.close()

    # Tenants ----------------------------------------------------------------------------------------------------------

    async def _analysed(
        self, met: Mapping[str, Met], metrics: Reading[MetricsFacts] | None, sample: int, *, thorough: bool
    ) -> list[TenantAnalysis]:
        """Return the analyses of some tenants; whose caches need no look is not looked at, unless few were asked for."""
        before = self.caused
        facts = await self._facts(met)
        fields = await self._fields(met)
        materials = [
            Material(
                tenant=name,
                at=now(),
                now_ms=0,
                counts=found.counts,
                sessions=self._sessions(found),
                facts=facts.get(name),
                metrics=metrics,
                fields=fields[name],
                lru=not self._sampling.lfu,
                lfu=self._sampling.lfu,
            )
            for name, found in met.items()
        ]
        at = await self._clock()
        share = (self.caused - before) // max(1, len(materials))
        analyses = []
        for material in materials:
            reads = self.caused
            if thorough or self._wanted(material):
                name = material.tenant
                seen, prediction = await self._sampling.of(
                    name, met[name], material.fields, sample, at, thorough=thorough
                )
                material = replace(material, seen=seen, prediction=prediction)  # noqa: PLW2901 - the same, with its keys
            analyses.append(analysed(replace(material, now_ms=at, reads=share + self.caused - reads)))
        return analyses

    def _wanted(self, material: Material) -> bool:
        """Tell whether anything could be advised, so that keys are worth their reads."""
        limits = self.config.optimize
        if limits.dead_weight and limits.clean_up:
            return True
        rough = analysed(material)
        return (
            (rough.hit_rate is not None and rough.hit_rate.chosen.value < limits.hit_rate)
            or (rough.api_calls is not None and rough.api_calls > limits.busy_calls)
            or (rough.mobile_share is not None and rough.mobile_share > limits.mobile_share)
            or "next_hour_keys" in material.fields
        )

    async def _facts(self, met: Mapping[str, Met]) -> dict[str, TenantFacts]:
        places = {(pattern.db, pattern.kind): 1 for pattern in self.keyspace.with_facts() if pattern.db is not None}
        sessions = self.keyspace.kinds_with(Role.MOBILE_SESSION)
        tenants = {}
        for name, found in met.items():
            some = [(db, key) for (db, kind), keys in found.keys.items() if kind in sessions for key in keys]
            tenants[name] = TenantCensus(name, {**found.counts, **places}, tuple(some[:MEASURED]))
        read = await TenantReader(self._reads, self.keyspace).facts(Census(tenants=tenants), tenants)
        return {facts.tenant: facts for facts in read}

    async def _fields(self, met: Iterable[str]) -> dict[str, dict[str, str]]:
        wanted = {
            (name, pattern.kind): Lookup(pattern.db, pattern.key_for(name), _FIELDS[pattern.kind])
            for pattern in self.keyspace.patterns
            if pattern.kind in _FIELDS and pattern.db is not None
            for name in met
        }
        answers = await Lookups(self._reads).read(wanted.values())
        texts: dict[str, dict[str, str]] = {name: {} for name in met}
        for (name, kind), lookup in wanted.items():
            answer = answers.get(lookup)
            for title, raw in zip(_FIELDS[kind], answer if isinstance(answer, list) else (), strict=False):
                with suppress(UnicodeDecodeError):
                    if raw is not None:
                        texts[name][title] = raw.decode()
        return texts

    def _sessions(self, found: Met) -> dict[str, int]:
        roles = {"mobile": Role.MOBILE_SESSION, "sdk": Role.SDK_SESSION, "websocket": Role.WEBSOCKET}
        kinds = {title: self.keyspace.kinds_with(role) for title, role in roles.items()}
        return {
            title: sum(count for (_db, kind), count in found.counts.items() if kind in of)
            for title, of in kinds.items()
        }

    async def _locate_primary(self) -> Address:
        if self.config.redis.sentinel.name:
            return await primary_by_sentinel(self.config.redis)
        return primary_address(self.config.redis)

    async def _locate_replica(self) -> Address:
        return replica_address(self.config.redis) or await self._locate_primary()


def _keys(met: Met) -> int:
    return sum(met.counts.values())

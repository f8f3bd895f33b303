"""Everything that is read of tenants for their analysis, within bounds: facts, and a sample of keys with their expiry.

Reading the expiry of a key counts as a hit on the server, as does every field that is read. So each pass has a limit of
keys, of very many tenants only what advice rests on is read, and those who miss most come first. Each read is counted,
and the plan tells how many there were. Where a replica is configured, it is read instead; only what a replica cannot
know (when a key was last read) is asked of the primary.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kryonix_tui.analysis.hit_rate import reconcile, witnesses
from kryonix_tui.analysis.optimization.material import Material, analysed
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.optimize.addresses import endpoints_of
from kryonix_tui.maintenance.optimize.hashes import Hashes, supposed
from kryonix_tui.maintenance.optimize.sample import Sampling, Wish
from kryonix_tui.maintenance.optimize.walk import Met, Walk
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
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.translate import translated

ACCESS: Final = Access(
    Purpose.MONITOR, ALLOWED | {b"TIME", b"PEXPIRETIME", b"OBJECT IDLETIME", b"OBJECT FREQ", b"GETRANGE"}
)
"""What the monitor's user is granted anyway; no other connection of the console may send these."""

FEW: Final = 25
"""Tenants up to whom everything is looked at: sizes, sessions, when keys were last read."""

_LONGEST_CONFIG: Final = 65_535
"""Bytes of an SDK configuration that are read."""

AT_ONCE: Final = 50
"""Tenants that are read together."""

_COMMAND_SECONDS: Final = 0.000_006
"""Server time of one such command, about: what the pauses between two batches are made of."""


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

    `settled` says about which keys of the server at a place all was said, as `journal.settled`.
    """

    config: Config
    keyspace: KeyspaceMap
    settled: Callable[[str], Mapping[tuple[int, bytes], Collection[int | None]]]
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
        limits = self.config.optimize
        brief = tenants is None or len(tenants) > FEW
        await self._look()
        hashes = Hashes(self._reads, self.keyspace, brief=brief, zones=bool(limits.quiet_hours))
        met = dict(await self._walk(tenants, hashes.kinds, brief=brief).through(run))
        names = sorted(met) if tenants is None else list(dict.fromkeys(tenants))
        self._sampling.thorough = not brief
        metrics, trouble = await self._metrics()
        materials = []
        async for some in self._chunks(names, run):
            materials += await self._materials({name: met.get(name, Met()) for name in some}, hashes, metrics)
        materials.sort(key=_need)
        found = []
        wishes = {material.tenant: self._wish(material, met) for material in materials}
        self._sampling.allot(len([wish for wish in wishes.values() if wish is not None]))
        by_name = {material.tenant: material for material in materials}
        async for some in self._chunks([*by_name], run):
            at = await self._clock()
            looked = await self._sampling.of([wish for name in some if (wish := wishes[name]) is not None], at)
            for name in some:
                seen, prediction = looked.get(name, ((), by_name[name].prediction))
                reads = by_name[name].reads + len(seen)
                material = replace(by_name[name], now_ms=at, seen=seen, prediction=prediction, reads=reads)
                found.append(analysed(material))
        return Findings(
            tuple(found), await self._clock(), sum(_keys(each) for each in met.values()), self.caused, trouble
        )

    async def _chunks(self, names: Sequence[str], run: Run) -> AsyncIterator[Sequence[str]]:
        """Yield names, some at a time, with pauses that keep what is done with them within the budget."""
        for start in range(0, len(names), AT_ONCE):
            run.checkpoint()
            sent = self._reads.traffic.commands
            yield names[start : start + AT_ONCE]
            run.progress(min(len(names), start + AT_ONCE), len(names), "tenants", "")
            if start + AT_ONCE < len(names):
                await asyncio.sleep((self._reads.traffic.commands - sent) * _COMMAND_SECONDS / self._budget)

    async def place(self) -> str:
        """Return which server this is, as journals name it. Raises SourceError where it does not answer."""
        await self._primary.call(0, "PING")
        return self._primary.place

    async def rates(self, tenants: Iterable[str]) -> dict[str, float]:
        """Return the hit rates of tenants in percent, as they are told in Redis; those that are not told are left out.

        Raises:
            SourceError: the server does not answer.
        """
        hashes = Hashes(self._reads, self.keyspace, brief=True)
        everything = supposed(self.keyspace.with_facts())
        facts = await hashes.facts(dict.fromkeys(tenants, everything))
        found = {name: reconcile(witnesses(said, {}, None), now()) for name, said in facts.items()}
        return {name: rate.chosen.value for name, rate in found.items() if rate is not None}

    async def endpoints(self, tenants: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """Return the addresses of tenants' APIs by module, as their SDK configuration has them.

        Raises:
            SourceError: the server does not answer.
        """
        found: dict[str, Mapping[str, str]] = {}
        pattern = next((each for each in self.keyspace.patterns if each.kind == "sdk_config" and each.has_tenant), None)
        if pattern is None or pattern.db is None:
            return found
        for name in tenants:
            said = await self._reads.call(pattern.db, "GETRANGE", pattern.key_for(name), 0, _LONGEST_CONFIG)
            self._reads.traffic.looked_up(found=bool(said))
            found[name] = endpoints_of(said if isinstance(said, bytes) else b"")
        return found

    async def present(self, places: Sequence[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
        """Return which keys are there. Raises as `endpoints`."""
        return await self._sampling.present(places, await self._clock())

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
    def _budget(self) -> float:
        settings = self.config.redis
        return (settings.replica_budget if settings.replica_url else settings.budget) / 100

    # What there is ----------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        fields: dict[str, str] = {}
        for section in ("memory", "replication"):
            fields |= info.parse_info(await self._primary.call(0, "INFO", section))
        self._sampling.settled = self.settled(self._primary.place)
        self._sampling.lfu = fields.get("maxmemory_policy", "").endswith("lfu")
        # A replica that was promoted does not know what was read of the server before it.
        promoted = bool(fields.get("master_replid2", "").strip("0"))
        self._sampling.idle = not (self._sampling.lfu or promoted)

    async def _clock(self) -> int:
        """Return the primary's clock: expiries are told and written by it."""
        with translated(self._primary.place):
            seconds, microseconds = await self._primary.call(0, "TIME")
            return int(seconds) * 1000 + int(microseconds) // 1000

    def _walk(self, tenants: Sequence[str] | None, others: frozenset[str], *, brief: bool) -> Walk:
        """Return the walk: caches and sessions are kept as far as they will be looked into, `others` are only met."""
        limits = self.config.optimize
        caches, sessions = frozenset(limits.caches), frozenset(self._session_kinds())
        return Walk(
            self._reads,
            self.keyspace,
            caches | sessions | others,
            None if tenants is None else frozenset(tenants),
            Visible(self.config.tenants).sees,
            caches if brief and not limits.clean_up else caches | sessions,
            min(limits.sample, 2 * limits.keys) if brief else limits.sample,
            self._budget,
        )

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

    async def _materials(
        self, met: Mapping[str, Met], hashes: Hashes, metrics: Reading[MetricsFacts] | None
    ) -> list[Material]:
        """Return what the hashes of some tenants tell."""
        before = self.caused
        facts, fields = await hashes.facts(met), await hashes.fields(met)
        share = (self.caused - before) // max(1, len(met))
        return [
            Material(
                tenant=name,
                at=now(),
                now_ms=0,
                counts=found.counts,
                sessions=self._sessions(found),
                facts=facts.get(name),
                metrics=metrics,
                fields=fields[name],
                reads=share,
                lru=self._sampling.idle,
                lfu=self._sampling.lfu,
            )
            for name, found in met.items()
        ]

    def _wish(self, material: Material, met: Mapping[str, Met]) -> Wish | None:
        """Return what is to be looked into of a tenant, None where nothing could be advised."""
        if not self._sampling.thorough and not self._wanted(material):
            return None
        return Wish(material.tenant, met.get(material.tenant, Met()), material.fields)

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


def _need(material: Material) -> float:
    """Return a sort key: the hit rate, tenants without one last."""
    rate = analysed(material).hit_rate
    return rate.chosen.value if rate is not None else 101.0


def _keys(met: Met) -> int:
    return sum(met.counts.values())

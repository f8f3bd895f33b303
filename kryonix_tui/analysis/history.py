"""The recent past, in memory: what trends and charts are drawn from. It does not survive a restart.

    the platform, the databases   every reading for an hour, a value a minute for a day
    tenants that are looked at    every 5 seconds for an hour
    all tenants                   every 5 seconds for 5 minutes, every minute for an hour, every 5 minutes for a day

Before its first sample a figure is as Prometheus told it at the start, where it did (`fill`).
Thinned values are means; of queues and of the latency they are peaks. What a stale source says is not recorded, and what
is counted (sessions, queues) is when the first pass over all keys has ended: before, it would seem to grow.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.alert_memory import AlertMemory
from kryonix_tui.analysis.frames import COUNTS, STEP, Frames, Row
from kryonix_tui.analysis.past import Past, Told
from kryonix_tui.analysis.series import MEAN, PEAK, Point, Ring, Series, newest, read
from kryonix_tui.clock import Instant
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Platform, Tenant

LOOKED_AT = 256
"""Tenants whose last hour is kept at full resolution: those that were asked for last."""
HOUR = 3600.0

_HIT_RATE = (SourceName.TENANTS, SourceName.PROMETHEUS)
_ORIGINS: Final[Mapping[str, tuple[SourceName, ...]]] = {
    "hit_rate": _HIT_RATE,
    "queue_depth": (SourceName.TENANTS,),
    "sessions": (SourceName.CENSUS,),
}
"""Who says a figure; while one of these is alive, it is recorded."""

_FIGURES: Final[Mapping[str, Callable[[Tenant], float | None]]] = {
    "hit_rate": lambda tenant: tenant.hit_rate.chosen.value if tenant.hit_rate else None,
    "queue_depth": lambda tenant: tenant.queue_depth if tenant.facts else None,
    "sessions": lambda tenant: tenant.sessions.total,
}
_COUNTED: Final = frozenset({"sessions", "queue_depth"})
"""Unknown until a whole census lies under them."""

PLATFORM_FIGURES: Final = ("ops", "server_hit_ratio", "hit_rate", "sessions", "queue_depth", "memory", "latency")
TENANT_FIGURES: Final = tuple(_FIGURES)
_PEAKS: Final = frozenset({"queue_depth", "latency"})


class History:
    """Series of the platform by name, of each database's keys, and of each tenant's figures.

    `interval` is the time between two readings of the server in seconds. Four without one are a gap. One thread records;
    any may read.
    """

    def __init__(self, interval: float = 2.0) -> None:
        self._gap = max(2.5 * STEP, 4 * interval)
        self.platform: Mapping[str, Series] = {
            name: Series(PEAK if name in _PEAKS else MEAN, self._gap) for name in PLATFORM_FIGURES
        }
        self.database_keys: dict[int, Series] = {}
        self.alerts = AlertMemory()
        self._past = Past()
        self._tenants = _Tenants(self._gap, self._past)
        self._last = -math.inf
        self._counted = False

    def record(
        self,
        platform: Platform,
        figures: Mapping[str, float | None],
        sources: Mapping[SourceName, SourceState] | None = None,
    ) -> None:
        """Keep what `platform` shows now, and the platform's `figures` by the names of `PLATFORM_FIGURES`.

        `sources` say which figures are stale: these are unknown.
        """
        at = platform.at.steady
        if at <= self._last:
            return
        self._last = at
        self._counted = self._counted or platform.complete
        live = {
            name: (self._counted or name not in _COUNTED) and _live(name, sources, platform.at)
            for name in PLATFORM_FIGURES
        }
        for name, series in self.platform.items():
            series.append(at, figures.get(name) if live[name] else None)
        for database in platform.databases:
            if database.db not in self.database_keys:
                self.database_keys[database.db] = Series(MEAN, self._gap)
            self.database_keys[database.db].append(at, database.keys)
        self._tenants.record(at, platform.tenants, live)

    def fill(self, tenant: str | None, figures: Told) -> None:
        """Keep what Prometheus tells of a tenant (None: the platform) in the time before the first sample."""
        self._past.fill(tenant, figures)
        if tenant is not None:
            self._tenants.version += 1
            return
        for name, series in self.platform.items():
            series.past = self._past.tiers(None, name)
            series.version += 1

    @property
    def told_until(self) -> float | None:
        """Steady seconds until which the platform's figures are as Prometheus told them, as `Track.told_until`."""
        return max((series.told_until for series in self.platform.values() if series.told_until), default=None)

    def tenant(self, tenant: str, figure: str) -> TenantTrack:
        """Return a figure of `TENANT_FIGURES` of a tenant. Who is asked for is kept at full resolution from now on."""
        return TenantTrack(self._tenants, tenant, figure)


@dataclass(frozen=True, slots=True)
class TenantTrack:
    """A figure of one tenant, read when it is asked for (see `series.Track`)."""

    _tenants: _Tenants
    tenant: str
    figure: str

    @property
    def version(self) -> int:
        """As `Track`."""
        return self._tenants.version

    @property
    def told_until(self) -> float | None:
        """As `Track`."""
        return self._tenants.told_until(self.tenant, self.figure)

    def last(self, count: int) -> list[float]:
        """As `Track`."""
        return self._tenants.last(self.tenant, self.figure, count)

    def between(self, start: float, end: float, most: int) -> list[Point]:
        """As `Track`."""
        return self._tenants.between(self.tenant, self.figure, start, end, most)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A tenant's place in the rows, and since when it is that tenant's. Before `alone` it may have been another's."""

    index: int
    since: float
    alone: float


class _Tenants:
    """The figures of all tenants as rows, and those of the tenants that are looked at one by one."""

    def __init__(self, gap: float, past: Past) -> None:
        self._gap = gap
        self._past = past
        self._frames = {
            name: Frames(PEAK if name in _PEAKS else MEAN, gap, phase=number * 2 * STEP)
            for number, name in enumerate(TENANT_FIGURES)
        }
        self._present: dict[str, Row] = {name: array("f") for name in TENANT_FIGURES}
        self._slots: dict[str, _Slot] = {}
        self._free: list[int] = []
        self._seen: list[Tenant | None] = []
        self._looked_at: dict[str, dict[str, Ring]] = {}
        self._asked: dict[str, None] = {}
        self._step = -math.inf
        self.version = 0

    def record(self, at: float, tenants: Mapping[str, Tenant], live: Mapping[str, bool]) -> None:
        """Keep a row of each figure, if the last one is a step ago."""
        if at // STEP == self._step:
            return
        self._step = at // STEP
        self._notice(at, tenants)
        for name, frames in self._frames.items():
            row = self._present[name]
            frames.append(at, row[:] if live[name] else array("f", [frames.fold.missing]) * len(row))
        self._follow()
        self.version += 1

    def last(self, tenant: str, figure: str, count: int) -> list[float]:
        """As `Track.last`."""
        slot = self._ask(tenant)
        return newest(self._frames[figure].newest(slot.index, slot.since, count), self._gap, count) if slot else []

    def between(self, tenant: str, figure: str, start: float, end: float, most: int) -> list[Point]:
        """As `Track.between`."""
        slot = self._ask(tenant)
        if slot is None:
            return []
        frames, rings = self._frames[figure], self._looked_at.get(tenant)
        tiers = frames.tiers(slot.index, slot.since, slot.alone)
        if rings is not None:
            tiers[-1] = rings[figure].points(), self._gap
        return read([*self._past.tiers(tenant, figure), *tiers], start, end, most, frames.fold)

    def told_until(self, tenant: str, figure: str) -> float | None:
        """As `Track.told_until`."""
        slot = self._slots.get(tenant)
        return slot.since if slot is not None and self._past.tiers(tenant, figure) else None

    def _ask(self, tenant: str) -> _Slot | None:
        self._asked[tenant] = None
        return self._slots.get(tenant)

    def _notice(self, at: float, tenants: Mapping[str, Tenant]) -> None:
        """Bring the present row up to date. A tenant that is the same object as before has not changed."""
        for name, tenant in tenants.items():
            slot = self._slots.get(name) or self._take(name, at)
            if self._seen[slot.index] is not tenant:
                self._seen[slot.index] = tenant
                self._write(slot.index, tenant)
        if len(self._slots) > len(tenants):
            for name in self._slots.keys() - tenants.keys():
                self._release(name)

    def _write(self, index: int, tenant: Tenant | None) -> None:
        for name, figure in _FIGURES.items():
            value = figure(tenant) if tenant is not None else None
            self._present[name][index] = self._frames[name].fold.missing if value is None else value

    def _take(self, name: str, at: float) -> _Slot:
        alone = at if self._free else -math.inf
        if not self._free:
            self._free.append(len(self._seen))
            self._seen.append(None)
            for figure, row in self._present.items():
                row.append(self._frames[figure].fold.missing)
        # The lowest first; what was there before is another tenant's, and older than `since`.
        slot = self._slots[name] = _Slot(heapq.heappop(self._free), at, alone)
        return slot

    def _release(self, name: str) -> None:
        index = self._slots.pop(name).index
        self._seen[index] = None
        self._write(index, None)
        heapq.heappush(self._free, index)
        self._looked_at.pop(name, None)

    def _follow(self) -> None:
        """Keep the newest samples of the tenants that are looked at; who was asked for just now is one of them."""
        asked, self._asked = self._asked, {}
        for name in asked:
            if name in self._slots:
                rings = self._looked_at.pop(name) if name in self._looked_at else self._start(self._slots[name])
                self._looked_at[name] = rings
        while len(self._looked_at) > LOOKED_AT:
            del self._looked_at[next(iter(self._looked_at))]
        for name, rings in self._looked_at.items():
            slot = self._slots[name]
            for figure, ring in rings.items():
                ring.append(*self._frames[figure].newest(slot.index, slot.since, 1)[0])

    def _start(self, slot: _Slot) -> dict[str, Ring]:
        """Return rings with what the rows know, but for the newest."""
        rings = {name: Ring(int(HOUR / STEP)) for name in TENANT_FIGURES}
        for name, ring in rings.items():
            for at, value in self._frames[name].newest(slot.index, slot.since, COUNTS[STEP])[:-1]:
                ring.append(at, value)
        return rings


def _live(name: str, sources: Mapping[SourceName, SourceState] | None, now: Instant) -> bool:
    """Whether somebody who says a figure is alive. The server's own are recorded whenever it was read."""
    origins = _ORIGINS.get(name)
    return sources is None or origins is None or any(_speaks(sources[origin], now) for origin in origins)


def _speaks(state: SourceState, now: Instant) -> bool:
    """Whether a source's figures are of now. Those of a first reading that is under way are, too."""
    return not state.stale(now) and (state.last_good is not None or state.condition is Condition.WAITING)

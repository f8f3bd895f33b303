"""The recent past, in memory: what trends are drawn from. It does not survive a restart."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping

from kryonix_tui.model.tenant import Platform

PLATFORM_SAMPLES = 900
"""Samples of the platform's totals that are kept: half an hour at the default interval."""
TENANT_SAMPLES = 60
TENANT_STEP = 5.0
"""Seconds between two samples of a tenant."""

UNKNOWN = math.nan


class Series:
    """The last figures of one thing, oldest first, in single precision. `nan` stands for unknown."""

    __slots__ = ("_capacity", "_values")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values = array("f")

    def append(self, value: float | None) -> None:
        """Add the newest figure; the oldest goes where there is no room."""
        self._values.append(UNKNOWN if value is None else value)
        # Cut in large steps: deleting from the front costs as much as is left.
        if len(self._values) >= 2 * self._capacity:
            del self._values[: -self._capacity]

    def __iter__(self) -> Iterator[float]:
        return iter(self._values[-self._capacity :])

    def __len__(self) -> int:
        return min(len(self._values), self._capacity)

    def last(self, count: int) -> list[float]:
        """Return the newest `count` figures at most, oldest first."""
        return self._values[max(0, len(self._values) - min(count, self._capacity)) :].tolist()


class History:
    """Series of the platform by name, and of each tenant's hit rate and queue depth."""

    PLATFORM_NAMES = ("ops", "server_hit_ratio", "hit_rate", "sessions", "queue_depth", "memory", "latency")

    def __init__(self) -> None:
        self.platform: dict[str, Series] = {name: Series(PLATFORM_SAMPLES) for name in self.PLATFORM_NAMES}
        self.times = Series(PLATFORM_SAMPLES)
        self.hit_rate: dict[str, Series] = {}
        self.queue_depth: dict[str, Series] = {}
        self.database_keys: dict[int, Series] = {}
        self._started: float | None = None
        self._last_tenants = -math.inf

    def record(self, platform: Platform, figures: Mapping[str, float | None]) -> None:
        """Keep what `platform` shows now, and the server's `figures` by the names of `PLATFORM_NAMES`."""
        if self._started is None:
            self._started = platform.at.steady
        self.times.append(platform.at.steady - self._started)
        for name, series in self.platform.items():
            series.append(figures.get(name))
        for database in platform.databases:
            keys = self.database_keys.setdefault(database.db, Series(TENANT_SAMPLES))
            keys.append(database.keys)
        if platform.at.steady - self._last_tenants >= TENANT_STEP:
            self._last_tenants = platform.at.steady
            self._record_tenants(platform)

    def _record_tenants(self, platform: Platform) -> None:
        for gone in self.hit_rate.keys() - platform.tenants.keys():
            del self.hit_rate[gone], self.queue_depth[gone]
        for name, tenant in platform.tenants.items():
            if name not in self.hit_rate:
                self.hit_rate[name], self.queue_depth[name] = Series(TENANT_SAMPLES), Series(TENANT_SAMPLES)
            self.hit_rate[name].append(tenant.hit_rate.chosen.value if tenant.hit_rate else None)
            self.queue_depth[name].append(tenant.queue_depth if tenant.facts else None)

"""Noisy neighbours: who costs what, from the slow log, the census and the queues.

Works in the assembler's thread. A refresh costs what changed; all tenants are looked at only when a pass of the census
has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from kryonix_tui.analysis.growth import KeyGrowth, QueueGrowth, largest
from kryonix_tui.analysis.slow_time import SlowWindow
from kryonix_tui.model.census import BigKey, Census
from kryonix_tui.model.neighbours import Cost, Neighbours, SlowTime, SlowWork
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import Tenant

SLOWEST: Final = 12
"""Tenants that are named for their slow commands."""


class CostLedger:
    """Remembers what readings brought, and tells who costs most."""

    def __init__(self) -> None:
        self._server: Reading[ServerFacts] | None = None
        self._slow: SlowTime | None = None
        self._window = SlowWindow()
        self._keys = KeyGrowth()
        self._queues = QueueGrowth()
        self._big: tuple[BigKey, ...] = ()
        self._big_by_tenant: Mapping[str | None, tuple[BigKey, ...]] = {}
        self._largest: list[str] = []

    def enter(self, snapshot: Snapshot, tenants: Mapping[str, Tenant], changed: Iterable[str]) -> Neighbours:
        """Take a snapshot and its tenants, of which some `changed`; return what is known of everybody's cost."""
        reading = snapshot.server
        if reading is not None and reading is not self._server:
            self._server = reading
            self._slow = self._window.read(reading.value, reading.at.wall)
        if snapshot.census is not None:
            self._enter_census(snapshot.census, tenants)
        for name in changed:
            self._queues.read(name, tenants.get(name))
        return self._ranked(tenants)

    def _enter_census(self, reading: Reading[Census], tenants: Mapping[str, Tenant]) -> None:
        census = reading.value
        if census.big_keys != self._big:
            self._big, self._big_by_tenant = census.big_keys, _by_tenant(census.big_keys)
        run_id = self._server.value.run_id if self._server else ""
        ended = self._keys.read(reading, run_id)
        if ended or (census.sampled and not self._largest):
            self._largest = largest({name: float(tenant.bytes or 0) for name, tenant in tenants.items()})

    def _ranked(self, tenants: Mapping[str, Tenant]) -> Neighbours:
        slow = self._slow.by_tenant if self._slow else {}
        slowest = sorted(slow, key=lambda name: -slow[name].seconds)[:SLOWEST]
        rates = self._queues.rates()
        known = Neighbours(self._slow, self._keys.per_minute, self._keys.seconds, rates, self._big_by_tenant)
        names = [*slowest, *self._keys.fastest, *self._queues.fastest, *self._largest, *self._big_by_tenant]
        # A slow command may name a tenant without keys.
        top = [
            known.cost(name, None if name is None or name not in tenants else tenants[name].bytes)
            for name in dict.fromkeys(names)
            if name is None or name in slow or name in tenants
        ]
        return replace(known, top=tuple(top), others=_others(self._slow, top))


def _others(slow: SlowTime | None, named: Iterable[Cost]) -> SlowWork:
    if slow is None:
        return SlowWork()
    works = [cost.slow for cost in named]
    seconds = slow.total.seconds - sum(work.seconds for work in works)
    return SlowWork(max(0.0, seconds), slow.total.calls - sum(work.calls for work in works))


def _by_tenant(keys: Iterable[BigKey]) -> dict[str | None, tuple[BigKey, ...]]:
    found: dict[str | None, list[BigKey]] = {}
    for key in keys:
        found.setdefault(key.tenant, []).append(key)
    return {tenant: tuple(owned) for tenant, owned in found.items()}

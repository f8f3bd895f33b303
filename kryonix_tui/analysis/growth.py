"""How fast tenants grow: keys between the ends of two passes of the census, queues between readings of their facts."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.clock import Instant
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import Tenant

MOST: Final = 8
"""Tenants that are named as growing fastest."""

QUEUE_SPAN: Final = 30.0
"""Seconds over which the growth of a queue is told at least, and up to twice that: jobs come in bursts."""


def largest(figures: Mapping[str, float]) -> list[str]:
    """Return the tenants with the largest figures above 0, the largest first."""
    found = heapq.nlargest(MOST, figures.items(), key=lambda entry: entry[1])
    return [tenant for tenant, figure in found if figure > 0]


@dataclass(frozen=True, slots=True)
class _Pass:
    """What was counted when a pass ended, and on which run of the server."""

    tenants: Mapping[str, TenantCensus]
    at: Instant
    run_id: str


class KeyGrowth:
    """Keys per minute. Between the ends of passes nothing is known, however long a pass takes: `seconds` says how long."""

    def __init__(self) -> None:
        self.per_minute: Mapping[str, float] = {}
        """Only of tenants whose keys changed."""
        self.seconds: float | None = None
        """From the end of one pass to that of the next; None before there were two."""
        self.fastest: list[str] = []
        self._ended: Census | None = None
        self._before: _Pass | None = None

    def read(self, reading: Reading[Census], run_id: str) -> bool:
        """Take a census; return whether a pass ended with it."""
        census = reading.value
        if not census.finished or census is self._ended:
            return False
        self._ended = census
        before, self._before = self._before, _Pass(census.tenants, reading.at, run_id)
        if before is None or before.run_id != run_id:
            self.per_minute, self.seconds, self.fastest = {}, None, []
            return True
        self.seconds = before.at.age(reading.at)
        self.per_minute = _per_minute(before.tenants, census.tenants, self.seconds) if self.seconds else {}
        self.fastest = largest(self.per_minute)
        return True


def _per_minute(
    before: Mapping[str, TenantCensus], after: Mapping[str, TenantCensus], seconds: float
) -> dict[str, float]:
    rates = {}
    for name, now in after.items():
        earlier = before.get(name)
        # What did not change is the same object.
        if earlier is not now:
            gained = now.keys - (earlier.keys if earlier is not None else 0)
            if gained:
                rates[name] = 60 * gained / seconds
    return rates


@dataclass(slots=True)
class _Depths:
    """Two earlier depths of a tenant's queues: one to compare with, one that will take its place."""

    base: tuple[float, int]
    next: tuple[float, int]


class QueueGrowth:
    """Items per minute in all queues of a tenant."""

    def __init__(self) -> None:
        self.fastest: list[str] = []
        self._depths: dict[str, _Depths] = {}
        self._rates: dict[str, float] = {}
        self._told: Mapping[str, float] = self._rates
        self._changed = False

    def read(self, name: str, tenant: Tenant | None) -> None:
        """Take what is known of a tenant now; None: it is gone."""
        if tenant is None or tenant.facts is None:
            self._depths.pop(name, None)
            self._changed |= self._rates.pop(name, None) is not None
            return
        at, depth = tenant.facts.read_at.steady, tenant.queue_depth
        known = self._depths.get(name)
        if known is None:
            self._depths[name] = _Depths((at, depth), (at, depth))
            return
        since, before = known.base
        if at - since >= QUEUE_SPAN:
            rate = 60 * (depth - before) / (at - since)
            self._changed |= self._rates.get(name) != rate
            self._rates[name] = rate
        if at - known.next[0] >= QUEUE_SPAN:
            known.base, known.next = known.next, (at, depth)

    def rates(self) -> Mapping[str, float]:
        """Return the rates of all tenants that were read often enough. It does not change any more."""
        if self._changed:
            self._told, self._changed = dict(self._rates), False
            self.fastest = largest(self._told)
        return self._told

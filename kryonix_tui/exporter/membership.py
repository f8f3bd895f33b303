"""Which tenants have series of their own, where there are more tenants than series may be.

Who is in trouble comes first, then who does most. Ranks move all the time and a series that comes and goes costs
Prometheus more than one that stays, so who is in stays in for a while:

- a newcomer takes a place only with a rank well inside (`INSIDE`);
- a member leaves only with a rank well outside (`OUTSIDE`) and when it has not belonged inside for `STAY` seconds,
  or when a newcomer needs the place and it is the last of all;
- ranks are looked at every `REVIEW` seconds. Only who is gone leaves at once, and an empty place is filled at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kryonix_tui.model.tenant import Health, Tenant

INSIDE: Final = 0.75
OUTSIDE: Final = 1.25
"""Ranks, as a share of the places."""
STAY: Final = 900.0
REVIEW: Final = 60.0

_TROUBLE: Final = {Health.CRITICAL: 0, Health.WARNING: 1}


class Membership:
    """The tenants with series of their own, `places` of them at most."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._belonged: dict[str, float] = {}
        """When each member was last seen with a rank within the places, steady seconds."""
        self._reviewed = float("-inf")

    def members(self, tenants: Mapping[str, Tenant], now: float) -> list[str]:
        """Return the members among `tenants`, sorted by name; `now` is in steady seconds."""
        if len(tenants) <= self._places:
            self._belonged = dict.fromkeys(tenants, now)
            return sorted(tenants)
        self._belonged = {name: at for name, at in self._belonged.items() if name in tenants}
        if len(self._belonged) < self._places or now - self._reviewed >= REVIEW:
            self._review(tenants, now)
            self._reviewed = now
        return sorted(self._belonged)

    def _review(self, tenants: Mapping[str, Tenant], now: float) -> None:
        ranked = sorted(tenants.values(), key=_rank)
        ranks = {tenant.tenant: position for position, tenant in enumerate(ranked)}
        for name in self._belonged:
            if ranks[name] < self._places:
                self._belonged[name] = now
        urgent = [tenant.tenant for tenant in ranked[: int(INSIDE * self._places)]]
        staying = sorted(
            (name for name, at in self._belonged.items() if self._stays(ranks[name], now - at)), key=ranks.__getitem__
        )
        best = (tenant.tenant for tenant in ranked[: self._places])
        chosen = list(dict.fromkeys([*urgent, *staying, *best]))[: self._places]
        self._belonged = {name: self._belonged.get(name, now) for name in chosen}

    def _stays(self, rank: int, since_belonged: float) -> bool:
        return rank < OUTSIDE * self._places or since_belonged < STAY


def _rank(tenant: Tenant) -> tuple[int, float, int, str]:
    """Return a key by which the worst and busiest come first; the name decides where nothing else does."""
    busy = tenant.sessions.total + tenant.queue_depth + (tenant.number("requests_per_second") or 0.0)
    return _TROUBLE.get(tenant.health, 2), -busy, -tenant.keys, tenant.tenant

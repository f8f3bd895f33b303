"""What all tenants come to together, kept up as they change: however many they are, a refresh costs those that did."""

from __future__ import annotations

from typing import Final

from kryonix_tui.model.tenant import Health, Sessions, Tenant, Totals, WaitingQueue

_PARTS: Final = 1_000_000
"""Hit rates are added as so many parts of a percent: of whole numbers nothing stays when all was taken away again."""


class TenantSums:
    """Running sums over all tenants, who of them is in trouble, and the fullest queue of each."""

    def __init__(self) -> None:
        self._mobile = self._sdk = self._websocket = 0
        self._queue_depth = 0
        self._rates = self._rated = 0
        self._health = dict.fromkeys(Health, 0)
        self._fullest: dict[str, WaitingQueue] = {}
        self._troubled: dict[str, Tenant] = {}
        self.troubled: tuple[Tenant, ...] = ()
        """Those that are not ok, in no order. It does not change any more."""

    def replace(self, old: Tenant | None, new: Tenant | None) -> None:
        """Take a tenant anew; None where it was not there, or is gone."""
        if old is not None:
            self._add(old, -1)
            self._fullest.pop(old.tenant, None)
            self._troubled.pop(old.tenant, None)
        if new is not None:
            self._add(new, 1)
            if new.queues:
                self._fullest[new.tenant] = max((depth, module, new.tenant) for module, depth in new.queues.items())
            if new.health in (Health.CRITICAL, Health.WARNING):
                self._troubled[new.tenant] = new

    def settle(self) -> None:
        """All that changed was taken."""
        self.troubled = tuple(self._troubled.values())

    def totals(self, system_queues: int, server_hit_ratio: float | None, tenants: int) -> Totals:
        """Return the platform in one line; `system_queues` are the items that wait in queues of no tenant."""
        sessions = Sessions(self._mobile, self._sdk, self._websocket)
        fullest = max(self._fullest.values(), default=None)
        return Totals(
            tenants=tenants,
            sessions=sessions.total,
            sessions_by_kind=sessions,
            queue_depth=self._queue_depth + system_queues,
            fullest_queue=fullest if fullest and fullest[0] else None,
            hit_rate=self._rates / self._rated / _PARTS if self._rated else None,
            server_hit_ratio=server_hit_ratio,
            critical=self._health[Health.CRITICAL],
            warning=self._health[Health.WARNING],
        )

    def _add(self, tenant: Tenant, sign: int) -> None:
        sessions = tenant.sessions
        self._mobile += sign * sessions.mobile
        self._sdk += sign * sessions.sdk
        self._websocket += sign * sessions.websocket
        self._queue_depth += sign * tenant.queue_depth
        if tenant.hit_rate:
            self._rates += sign * round(tenant.hit_rate.chosen.value * _PARTS)
            self._rated += sign
        self._health[tenant.health] += sign

"""Who costs what: time of slow commands, growth, memory, by tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kryonix_tui.model.census import BigKey


@dataclass(frozen=True, slots=True)
class SlowWork:
    """Slow commands of one tenant, or of all: their seconds and number, and the seconds by module, the most first."""

    seconds: float = 0.0
    calls: int = 0
    modules: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlowTime:
    """What the slow log says of the last `span` seconds by the server's clock.

    `by_tenant` has the commands whose key names no tenant under None. `lost` entries were dropped by the server before
    they could be read; `cut` says that the log does not reach back as far as was wanted. Either way the figures are of a
    part.
    """

    span: float
    total: SlowWork = field(default_factory=SlowWork)
    by_tenant: Mapping[str | None, SlowWork] = field(default_factory=dict)
    lost: int = 0
    cut: bool = False

    def share(self, tenant: str | None) -> float | None:
        """Return the percentage of the slow time that a tenant took; None where nothing was slow."""
        if not self.total.seconds:
            return None
        return 100 * self.by_tenant.get(tenant, SlowWork()).seconds / self.total.seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """What one tenant costs; `tenant` is None for what names none. What is not known is None.

    `slow_share` is the percentage of all slow time; growth is per minute; `bytes` are estimated.
    """

    tenant: str | None
    slow: SlowWork = field(default_factory=SlowWork)
    slow_share: float | None = None
    keys_per_minute: float | None = None
    queue_per_minute: float | None = None
    bytes: int | None = None
    big_keys: tuple[BigKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is known of everybody's cost.

    `slow` is None where the slow log was not read, or may not be. `keys_per_minute` has the tenants whose keys changed
    between the last two passes of the census, which ended `growth_seconds` apart; None before there were two.
    `queue_per_minute` has the tenants whose queues were read often enough to tell. `top` are those that cost most by any measure, the slowest
    first; `others` is the slow work of everybody else.
    """

    slow: SlowTime | None = None
    keys_per_minute: Mapping[str, float] = field(default_factory=dict)
    growth_seconds: float | None = None
    queue_per_minute: Mapping[str, float] = field(default_factory=dict)
    big_keys: Mapping[str | None, tuple[BigKey, ...]] = field(default_factory=dict)
    top: tuple[Cost, ...] = ()
    others: SlowWork = field(default_factory=SlowWork)

    def cost(self, tenant: str | None, size: int | None = None) -> Cost:
        """Return what `tenant`, whose keys take `size` bytes, costs."""
        slow = self.slow
        counted = self.growth_seconds is not None and tenant is not None
        return Cost(
            tenant,
            slow.by_tenant.get(tenant, SlowWork()) if slow else SlowWork(),
            slow.share(tenant) if slow else None,
            self.keys_per_minute.get(tenant, 0.0) if counted and tenant is not None else None,
            self.queue_per_minute.get(tenant) if tenant is not None else None,
            size,
            self.big_keys.get(tenant, ()),
        )

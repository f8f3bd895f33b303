"""The past before the console ran, as Prometheus tells it: what is asked for, and where it is kept.

It is coarser than what the console records itself, and gives way to that wherever both know something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kryonix_tui.analysis.series import Point, Tier
from kryonix_tui.model.exported import (
    REDIS_COMMANDS,
    REDIS_HITS,
    REDIS_MEMORY,
    REDIS_MISSES,
    REDIS_ROUND_TRIP,
    SYSTEM_QUEUE_DEPTH,
    TENANT_QUEUE_DEPTH,
    TENANT_SESSIONS,
)
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.promql import matcher

SPANS: Final = ((86_400.0, 300.0), (3_600.0, 15.0))
"""What is asked for: seconds back from now, and seconds between two points. The coarsest first."""

TENANTS_KEPT: Final = 32
"""Tenants whose past is kept: those that were filled last."""

FIGURE_LABEL: Final = "figure"
"""Says in an answer about the platform which figure a series is."""

_HITS, _MISSES = (f"sum by (instance) (rate({metric.name}[1m]))" for metric in (REDIS_HITS, REDIS_MISSES))
PLATFORM: Final[Mapping[str, str]] = {
    "hit_rate": "avg(tenant:cache_hit_rate >= 0)",
    "sessions": f"sum(max without (instance, job) ({TENANT_SESSIONS.name}))",
    "queue_depth": f"sum(max without (instance, job) ({TENANT_QUEUE_DEPTH.name}))"
    f" + (sum(max without (instance, job) ({SYSTEM_QUEUE_DEPTH.name})) or vector(0))",
    "ops": f"max(rate({REDIS_COMMANDS.name}[1m]))",
    "memory": f"max({REDIS_MEMORY.name})",
    "latency": f"1000 * max({REDIS_ROUND_TRIP.name})",
    "server_hit_ratio": f"max(100 * {_HITS} / (({_HITS} + {_MISSES}) > 0))",
}
"""The platform's figures in PromQL, by their names in `history.PLATFORM_FIGURES`."""

TENANT: Final[Mapping[str, str]] = {
    "tenant:cache_hit_rate": "hit_rate",
    "tenant:queue_depth": "queue_depth",
    "tenant:sessions": "sessions",
}
"""The tenants' figures in `history.TENANT_FIGURES`, by their recording rules."""


def platform_expression() -> str:
    """Return one expression for all figures of the platform, told apart by `FIGURE_LABEL`."""
    return " or ".join(
        f'label_replace({expression}, "{FIGURE_LABEL}", "{name}", "", "")' for name, expression in PLATFORM.items()
    )


def tenant_expression(tenants: Iterable[str]) -> str:
    """Return one expression for all figures of some tenants, whatever these are called."""
    rules = "|".join(TENANT)
    return f'{{__name__=~"{rules}", {matcher(TENANT_LABEL, list(tenants))}}}'


Told = Mapping[str, Mapping[float, Iterable[Point]]]
"""{figure: {seconds between two points: points in steady seconds}}"""


class Past:
    """What Prometheus told, by tenant (None: the platform) and figure, in the resolutions of `SPANS`."""

    def __init__(self) -> None:
        self._told: dict[str | None, dict[str, list[Tier]]] = {None: {}}

    def fill(self, tenant: str | None, figures: Told) -> None:
        """Keep what was told, instead of what was told before."""
        told = {
            figure: [(list(points), 1.5 * step) for step, points in sorted(resolutions.items(), reverse=True)]
            for figure, resolutions in figures.items()
        }
        # The platform's stays; of the tenants those that came last.
        others = {name: known for name, known in self._told.items() if name != tenant}
        kept = [name for name in others if name is not None][-TENANTS_KEPT + 1 :]
        self._told = {None: others.get(None, {}), **{name: others[name] for name in kept}, tenant: told}

    def tiers(self, tenant: str | None, figure: str) -> list[Tier]:
        """Return what was told of a figure, the coarsest first."""
        return self._told.get(tenant, {}).get(figure, [])

"""Hit rate of a tenant from its witnesses.

Redis knows only server-wide hits and misses, so a tenant's hit rate is what somebody else wrote down: Prometheus'
recording rule, or the application in a hash. The first witness of that order that is fresh is shown, the others are kept
beside it, and it is said where they disagree. None is invented.
"""

from __future__ import annotations

from collections.abc import Mapping

from kryonix_tui.clock import Instant
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.metrics import MetricsFacts, Sample
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import HitRate, Witness

RULE = "cache_hit_rate"
PROMETHEUS = "prometheus"
DISAGREEMENT = 5.0
"""Percentage points between two witnesses from which they are said to disagree."""
FRESH_SECONDS = 300.0
"""A witness older than this is shown only where no fresher one exists."""


def witnesses(
    facts: TenantFacts | None, metrics: Mapping[str, Sample], reading: Reading[MetricsFacts] | None
) -> tuple[Witness, ...]:
    """Return every witness of a tenant's hit rate, in the order of preference.

    Prometheus evaluates a rule's sample for the moment of the question, by a clock that may not be ours: the witness is
    as old as the reading.
    """
    found: list[Witness] = []
    sample = metrics.get(RULE)
    if sample is not None and reading is not None and 0 <= sample.value <= 100:
        found.append(Witness(PROMETHEUS, sample.value, reading.at))
    if facts is not None:
        found += [Witness(f"redis:{kind}", value, facts.read_at) for kind, value in facts.hit_rates.items()]
    return tuple(found)


def reconcile(found: tuple[Witness, ...], now: Instant) -> HitRate | None:
    """Choose the figure to show: the first fresh witness, else the freshest. None without any."""
    if not found:
        return None
    fresh = [witness for witness in found if witness.at.age(now) <= FRESH_SECONDS]
    chosen = fresh[0] if fresh else min(found, key=lambda witness: witness.at.age(now))
    others = tuple(witness for witness in found if witness is not chosen)
    values = [witness.value for witness in found]
    return HitRate(chosen, others, disagree=max(values) - min(values) > DISAGREEMENT)

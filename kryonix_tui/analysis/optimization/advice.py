"""All advice for a tenant, within the limits of a pass: each key is changed by one piece of advice at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from kryonix_tui.analysis.optimization.dead_weight import dead_weight
from kryonix_tui.analysis.optimization.extending import busy_ttl, longer_ttl, mobile, predicted
from kryonix_tui.analysis.optimization.hints import big_keys, compression, hot_keys, warm_up
from kryonix_tui.config.optimize import Optimize
from kryonix_tui.model.optimization import Change, Recommendation, TenantAnalysis

Rule = Callable[[TenantAnalysis, Optimize, int], Recommendation | None]
"""From an analysis, the limits and the server's clock (ms) to advice, None where there is none to give."""

RULES: Final[Sequence[Rule]] = (
    predicted,
    busy_ttl,
    mobile,
    longer_ttl,
    dead_weight,
    warm_up,
    compression,
    big_keys,
    hot_keys,
)
"""The first one that wants a key has it."""


def advise(known: TenantAnalysis, limits: Optimize, now_ms: int) -> tuple[Recommendation, ...]:
    """Return all advice for a tenant."""
    taken: set[tuple[int, bytes]] = set()
    found = []
    for rule in RULES:
        advice = rule(known, limits, now_ms)
        if advice is None:
            continue
        free = [change for change in advice.changes if (change.db, change.key) not in taken]
        changes = tuple(free[: limits.keys])
        taken.update((change.db, change.key) for change in changes)
        found.append(replace(advice, changes=changes))
    return tuple(found)


def within(advice: Iterable[Recommendation], most: int) -> tuple[Recommendation, ...]:
    """Return the advice with at most so many changes in all; whoever comes first gets all it wants."""
    kept, left = [], most
    for each in advice:
        kept.append(replace(each, changes=each.changes[:left]))
        left -= len(kept[-1].changes)
    return tuple(kept)


def changes_of(advice: Iterable[Recommendation]) -> tuple[Change, ...]:
    """Return all changes of some advice, in its order."""
    return tuple(change for each in advice for change in each.changes)

"""Advice on what nobody needs any more. It is given an end beyond the time for undoing, never deleted."""

from __future__ import annotations

from typing import Final

from kryonix_tui.config.optimize import Optimize
from kryonix_tui.model.optimization import Advice, Change, Recommendation, SeenKey, TenantAnalysis

_MARGIN_MS: Final = 3_600_000
"""By how much the end lies beyond the time for undoing."""


def dead_weight(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise an end for cached keys without one, sessions left behind, and caches that nobody reads."""
    end = now_ms + int(limits.undo_hours * 3_600_000) + _MARGIN_MS
    sorts: dict[str, list[SeenKey]] = {"endless": [], "abandoned": [], "unread": []}
    for key in known.seen:
        sort = _sort(key, limits, now_ms, end)
        if sort:
            sorts[sort].append(key)
    found = [key for keys in sorts.values() for key in keys]
    if not found:
        return None
    changes = tuple(Change(known.tenant, key.db, key.key, Advice.DEAD_WEIGHT, key.expires_ms, end) for key in found)
    figures = {name: float(len(keys)) for name, keys in sorts.items()}
    figures |= {
        "sampled": float(len(known.seen)),
        "eligible": float(len(found)),
        "bytes": float(sum(key.bytes or 0 for key in found)),
        "hours": (end - now_ms) / 3_600_000,
    }
    if not limits.dead_weight:
        places = tuple((key.db, key.key) for key in found)
        return Recommendation(Advice.DEAD_WEIGHT, known.tenant, figures, examples=places)
    return Recommendation(Advice.DEAD_WEIGHT, known.tenant, figures, changes)


def _sort(key: SeenKey, limits: Optimize, now_ms: int, end: int) -> str:
    """Return why a key is dead weight, empty where it is not."""
    if key.predicted or key.settled or (key.expires_ms is not None and key.expires_ms <= end):
        return ""
    if key.kind not in limits.caches:
        left_behind = key.active_at is not None and now_ms / 1000 - key.active_at > limits.abandoned
        return "abandoned" if left_behind and key.expires_ms is None else ""
    if key.idle_s is not None and key.idle_s >= limits.idle:
        return "unread"
    return "endless" if key.expires_ms is None else ""

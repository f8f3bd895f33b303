"""Advice that gives cached keys more time. Only keys that end soon, each once until the application writes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from kryonix_tui.config.optimize import Optimize
from kryonix_tui.model.optimization import SHORT_MS, Advice, Change, Recommendation, SeenKey, TenantAnalysis

LEAST_LEFT_MS: Final = 30_000
"""A key that ends before would be gone when it is written."""

NewExpiry = Callable[[int], float]
"""From the milliseconds that a key has left to those that it shall have."""


def longer_ttl(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise to let caches live longer, where too many reads miss."""
    if known.hit_rate is None or known.hit_rate.chosen.value >= limits.hit_rate:
        return None
    caches = cached(known, limits)
    changes = _changes(
        Advice.LONGER_TTL,
        known,
        caches,
        now_ms,
        within=limits.window,
        limits=limits,
        after=lambda left: left * limits.factor,
    )
    figures = {"hit": known.hit_rate.chosen.value, "limit": limits.hit_rate, "factor": limits.factor}
    return _advice(Advice.LONGER_TTL, known, caches, changes, now_ms, figures, known.hit_rate.chosen.source)


def busy_ttl(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise a longer life of endpoints for a tenant with many calls."""
    if known.api_calls is None or known.api_calls <= limits.busy_calls:
        return None
    endpoints = [key for key in cached(known, limits) if key.module]
    lives = limits.busy_ttl * 1000
    changes = _changes(
        Advice.BUSY_TTL, known, endpoints, now_ms, within=limits.busy_ttl, limits=limits, after=lambda _left: lives
    )
    figures = {"calls": known.api_calls, "most": limits.busy_calls, "seconds": limits.busy_ttl}
    return _advice(Advice.BUSY_TTL, known, endpoints, changes, now_ms, figures)


def predicted(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise to keep what is predicted for the next hour through that hour, where it is there."""
    keys = [key for key in known.seen if key.predicted]
    if not keys:
        return None
    hour = min(3600.0, limits.cap)
    changes = _changes(
        Advice.PREDICTED, known, keys, now_ms, within=hour, limits=limits, after=lambda _left: hour * 1000
    )
    figures = {"predicted": float(known.prediction.keys), "present": float(len(keys)), "seconds": hour}
    if known.prediction.confidence is not None:
        figures["confidence"] = known.prediction.confidence
    return _advice(Advice.PREDICTED, known, keys, changes, now_ms, figures)


def mobile(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise a longer life of what is prepared for mobile apps, where most sessions are mobile."""
    if known.mobile_share is None or known.mobile_share <= limits.mobile_share:
        return None
    keys = [key for key in cached(known, limits) if key.mobile]
    changes = _changes(
        Advice.MOBILE, known, keys, now_ms, within=limits.window, limits=limits, after=lambda left: left * limits.factor
    )
    figures = {"share": known.mobile_share, "limit": limits.mobile_share, "factor": limits.factor}
    return _advice(Advice.MOBILE, known, keys, changes, now_ms, figures, known.mobile_share_source)


def cached(known: TenantAnalysis, limits: Optimize) -> list[SeenKey]:
    """Return the keys of the sample that are caches."""
    return [key for key in known.seen if key.kind in limits.caches]


def _changes(
    advice: Advice,
    known: TenantAnalysis,
    keys: Iterable[SeenKey],
    now_ms: int,
    *,
    within: float,
    limits: Optimize,
    after: NewExpiry,
) -> tuple[Change, ...]:
    """Return what would be changed: keys that end within so many seconds, those of the most used module first."""
    found = []
    longest = max(limits.cap, within) * 1000
    for key in keys:
        if key.expires_ms is None or key.settled:
            continue
        left = key.expires_ms - now_ms
        new = now_ms + int(min(after(left), longest))
        if LEAST_LEFT_MS <= left < within * 1000 and new > key.expires_ms:
            found.append(
                (key.module != known.top_module, Change(known.tenant, key.db, key.key, advice, key.expires_ms, new))
            )
    # Stable: within each half the keys stand as the sample met them, which is no order that anybody chose.
    return tuple(change for _other, change in sorted(found, key=lambda item: item[0]))


def _advice(
    advice: Advice,
    known: TenantAnalysis,
    keys: Iterable[SeenKey],
    changes: tuple[Change, ...],
    now_ms: int,
    figures: dict[str, float],
    source: str = "",
) -> Recommendation | None:
    looked = list(keys)
    ends = [key.expires_ms - now_ms for key in looked if key.expires_ms is not None]
    figures |= {
        "sampled": float(len(looked)),
        "soon": float(sum(left < SHORT_MS for left in ends)),
        "settled": float(sum(key.settled for key in looked)),
        "eligible": float(len(changes)),
    }
    return Recommendation(advice, known.tenant, figures, changes, source=source)

"""Advice that changes nothing by itself: for the people who write the application, or for a warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kryonix_tui.config.optimize import Optimize
from kryonix_tui.model.optimization import Advice, Recommendation, SeenKey, TenantAnalysis

_NAMED: Final = 5
"""Keys that a hint names."""

HOT: Final = 100
"""The server's counter (0..255, logarithmic) from which a key is told of as hot: about 100,000 reads at Redis' defaults."""


def warm_up(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Advise to have predicted keys made that are not there."""
    del limits, now_ms
    missing = known.prediction.missing
    if not missing:
        return None
    figures = {"predicted": float(known.prediction.keys), "missing": float(len(missing))}
    return Recommendation(Advice.WARM_UP, known.tenant, figures, examples=missing)


def compression(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Hint at large texts: JSON is commonly a fraction of its size when it is compressed."""
    del now_ms
    return _large(Advice.COMPRESSION, known, limits, [key for key in known.seen if key.type == "string"])


def big_keys(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Hint at large keys of other types: reading one keeps everybody waiting."""
    del now_ms
    return _large(Advice.BIG_KEYS, known, limits, [key for key in known.seen if key.type != "string"])


def hot_keys(known: TenantAnalysis, limits: Optimize, now_ms: int) -> Recommendation | None:
    """Hint at keys that are read very often, where the server counts that."""
    del limits, now_ms
    hot = sorted((key for key in known.seen if (key.frequency or 0) >= HOT), key=lambda key: -(key.frequency or 0))
    if not hot:
        return None
    figures = {"keys": float(len(hot)), "highest": float(hot[0].frequency or 0), "sampled": float(len(known.seen))}
    return Recommendation(Advice.HOT_KEYS, known.tenant, figures, examples=_places(hot))


def _large(advice: Advice, known: TenantAnalysis, limits: Optimize, keys: Sequence[SeenKey]) -> Recommendation | None:
    large = sorted((key for key in keys if (key.bytes or 0) >= limits.big_value), key=lambda key: -(key.bytes or 0))
    if not large:
        return None
    figures = {
        "keys": float(len(large)),
        "bytes": float(sum(key.bytes or 0 for key in large)),
        "largest": float(large[0].bytes or 0),
        "sampled": float(sum(key.bytes is not None for key in keys)),
    }
    return Recommendation(advice, known.tenant, figures, examples=_places(large))


def _places(keys: Sequence[SeenKey]) -> tuple[tuple[int, bytes], ...]:
    return tuple((key.db, key.key) for key in keys[:_NAMED])

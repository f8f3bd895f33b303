"""From what was read of a tenant to its analysis. What nobody said is told as unknown and never made up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kryonix_tui.analysis.hit_rate import reconcile, witnesses
from kryonix_tui.analysis.optimization.hours import business_hours, zone
from kryonix_tui.clock import Instant
from kryonix_tui.model.facts import TenantFacts, Unit, parse_number
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.optimization import (
    MEDIUM_MS,
    SHORT_MS,
    Prediction,
    SeenKey,
    TenantAnalysis,
    TtlClasses,
    Unknown,
)
from kryonix_tui.model.source import Reading
from kryonix_tui.safetext import safe

RESPONSE_TIMES: Final = (
    "average_response_time",
    "response_time",
    "mobile_response_time",
    "desktop_response_time",
    "p95_response_time",
    "p99_response_time",
)
"""Facts in milliseconds; the first that is known makes the score."""

_FAST_MS: Final = 200.0
_HALF: Final = 50.0
_BY_AI: Final = "redis:ai_patterns"
_BY_SESSIONS: Final = "sessions"


@dataclass(frozen=True, slots=True)
class Material:
    """What was read of one tenant.

    `fields` are texts of its hashes that are no facts of the map, by field name; `now_ms` is the server's clock when the
    sample's expiries were read; `sessions` are counts by role; `predicted` as in `Prediction`.
    """

    tenant: str
    at: Instant
    now_ms: int
    counts: Mapping[tuple[int, str], int] = field(default_factory=dict)
    seen: Sequence[SeenKey] = ()
    sessions: Mapping[str, int] = field(default_factory=dict)
    facts: TenantFacts | None = None
    metrics: Reading[MetricsFacts] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    prediction: Prediction = field(default_factory=Prediction)
    reads: int = 0
    lru: bool = False
    lfu: bool = False


def analysed(found: Material) -> TenantAnalysis:
    """Return what is known of a tenant."""
    facts = found.facts
    numbers: Mapping[str, float] = facts.numbers if facts else {}
    texts: Mapping[str, str] = facts.texts if facts else {}
    samples = found.metrics.value.tenants.get(found.tenant, {}) if found.metrics else {}
    rate = reconcile(witnesses(facts, samples, found.metrics), found.at)
    response = {name: numbers[name] for name in RESPONSE_TIMES if name in numbers}
    share, source = _mobile_share(found)
    timezone = texts.get("timezone", "")
    analysis = TenantAnalysis(
        tenant=found.tenant,
        at=found.at.wall,
        counts=dict(found.counts),
        seen=tuple(found.seen),
        ttl=dict(_ttl_classes(found)),
        modules=dict(Counter(key.module for key in found.seen if key.module).most_common()),
        sessions=dict(found.sessions),
        platforms=dict(facts.platforms) if facts else {},
        hit_rate=rate,
        response_ms=response,
        score=score(rate.chosen.value, next(iter(response.values()))) if rate and response else None,
        timezone=timezone if zone(timezone) else "",
        hours=business_hours(parsed(found.fields.get("business_hours", "")), timezone, found.at.wall),
        sdk_error_rate=numbers.get("sdk_error_rate"),
        api_calls=numbers.get("api_calls_today"),
        mobile_share=share,
        mobile_share_source=source,
        peak_hours=_hours(found.fields.get("peak_hours", "")),
        top_module=safe(found.fields.get("most_used_module", ""), 40),
        prediction=found.prediction,
        reads=found.reads,
    )
    return _with_gaps(analysis, found)


def score(hit: float, milliseconds: float) -> float:
    """Return the performance score, 0..100, of a hit rate in percent and an average response time.

    >>> score(100, 0), score(80, 100), score(80, 900)
    (100.0, 65.0, 40.0)
    """
    return hit / 100 * _HALF + max(0.0, _FAST_MS - milliseconds) / _FAST_MS * _HALF


def ttl_class(expires_ms: int | None, now_ms: int) -> str:
    """Return the field of `TtlClasses` that a key counts in."""
    if expires_ms is None:
        return "none"
    left = expires_ms - now_ms
    return "short" if left < SHORT_MS else "medium" if left < MEDIUM_MS else "long"


def parsed(text: str) -> Any:
    """Return what a JSON text says, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _ttl_classes(found: Material) -> Iterator[tuple[str, TtlClasses]]:
    by_kind: dict[str, Counter[str]] = {}
    for key in found.seen:
        by_kind.setdefault(key.kind, Counter())[ttl_class(key.expires_ms, found.now_ms)] += 1
    for kind, counted in sorted(by_kind.items()):
        yield kind, TtlClasses(**counted)


def _mobile_share(found: Material) -> tuple[float | None, str]:
    """Return the percentage of mobile sessions, and whose word that is: the sessions that are there come first."""
    total = sum(found.sessions.values())
    if total:
        return 100 * found.sessions.get("mobile", 0) / total, _BY_SESSIONS
    said = parse_number(found.fields.get("mobile_percentage", ""), Unit.PERCENT)
    return said, _BY_AI if said is not None else ""


def _hours(text: str) -> tuple[int, ...]:
    said = parsed(text)
    if not isinstance(said, list):
        return ()
    return tuple(sorted({hour for hour in said if isinstance(hour, int) and 0 <= hour < 24}))


def _with_gaps(known: TenantAnalysis, found: Material) -> TenantAnalysis:
    gaps = {
        Unknown.HIT_RATE: known.hit_rate is None,
        Unknown.RESPONSE_TIME: not known.response_ms,
        Unknown.SCORE: known.score is None,
        Unknown.PLATFORMS: bool(known.sessions.get("mobile")) and not known.platforms,
        Unknown.TIMEZONE: not known.timezone,
        Unknown.HOURS: known.hours is None,
        Unknown.SDK: known.sdk_error_rate is None,
        Unknown.API_CALLS: known.api_calls is None,
        Unknown.MOBILE_SHARE: known.mobile_share is None,
        Unknown.PREDICTION: not known.prediction.keys,
        Unknown.IDLE: not found.lru,
        Unknown.FREQUENCY: not found.lfu,
    }
    return replace(known, unknown=tuple(name for name, missing in gaps.items() if missing))

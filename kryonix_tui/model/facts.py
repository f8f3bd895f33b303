"""Facts: figures and texts that the platform itself writes about a tenant, read from named fields of its hashes.

The keyspace map says in which field of which kind a fact stands; this module says what a fact is and how its text is
read. What cannot be read ("abc" for a number, a percentage of 900) is unknown, counted as malformed, never a crash.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from kryonix_tui.clock import Instant
from kryonix_tui.safetext import safe


class Unit(StrEnum):
    """How the text of a fact is read, and what its figure means."""

    PERCENT = "percent"
    COUNT = "count"
    MILLISECONDS = "ms"
    PER_SECOND = "per_second"
    TEXT = "text"


FACTS: Final[Mapping[str, Unit]] = {
    "hit_rate": Unit.PERCENT,
    "mobile_users": Unit.COUNT,
    "api_calls_today": Unit.COUNT,
    "response_time": Unit.MILLISECONDS,
    "active_sessions": Unit.COUNT,
    "sector": Unit.TEXT,
    "tier": Unit.TEXT,
    "name": Unit.TEXT,
    "subdomain": Unit.TEXT,
    "subscription": Unit.TEXT,
    "rate_limit": Unit.TEXT,
    "sdk_requests_today": Unit.COUNT,
    "sdk_error_rate": Unit.PERCENT,
    "sdk_top_endpoint": Unit.TEXT,
    "error_rate": Unit.PERCENT,
    "requests_per_second": Unit.PER_SECOND,
    "average_response_time": Unit.MILLISECONDS,
    "mobile_response_time": Unit.MILLISECONDS,
    "desktop_response_time": Unit.MILLISECONDS,
    "p95_response_time": Unit.MILLISECONDS,
    "p99_response_time": Unit.MILLISECONDS,
    "timezone": Unit.TEXT,
    "language": Unit.TEXT,
    "app_name": Unit.TEXT,
    "custom_domain": Unit.TEXT,
    "creation_status": Unit.TEXT,
    "creation_progress": Unit.PERCENT,
    "creation_estimate": Unit.TEXT,
    "creation_step": Unit.TEXT,
    "creation_next_step": Unit.TEXT,
}
"""Every fact by name. A fact may stand in several kinds: the first in the map's order that has it wins; `hit_rate` is
kept per kind, each a witness of its own."""

HIT_RATE: Final = "hit_rate"

_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(%|ms|s)?\s*\Z")
_TEXT_LIMIT = 120


def parse_number(text: str, unit: Unit) -> float | None:
    """Return the figure in `text` (`"87.5"`, `"0.2%"`, `"145ms"`), or None where there is none that makes sense.

    Seconds become milliseconds for `Unit.MILLISECONDS`. Nothing negative, infinite, or over 100 % is accepted.
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    figure, suffix = float(match.group(1)), match.group(2)
    if suffix == "%" and unit is not Unit.PERCENT:
        return None
    if suffix in ("ms", "s") and unit is not Unit.MILLISECONDS:
        return None
    if suffix == "s":
        figure *= 1000
    if figure < 0 or not math.isfinite(figure) or (unit is Unit.PERCENT and figure > 100):
        return None
    return figure


@lru_cache(maxsize=8192)
def parse_fact(name: str, raw: bytes) -> float | str | None:
    """Return the value of fact `name` as its unit says: a figure, a printable text, or None where it is malformed.

    Most of what is read says the same as at the last reading.
    """
    unit = FACTS[name]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return safe(text, _TEXT_LIMIT) if unit is Unit.TEXT else parse_number(text, unit)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What the platform wrote about one tenant, at one reading.

    `hit_rates` has a percentage per kind that names one (`{"metrics": 87.5, "perf": 89.2}`). `queues` has the length of
    every list by module, `oldest` since when its oldest item waits (epoch seconds), where that item says so, and `tails` a
    fingerprint of that item, which says nothing but whether it is the same as before. `platforms` counts the mobile sessions of a sample of `platforms_sampled`. `malformed` says
    how many values were there but could not be read.
    """

    tenant: str
    read_at: Instant
    numbers: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    hit_rates: Mapping[str, float] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    oldest: Mapping[str, float] = field(default_factory=dict)
    tails: Mapping[str, int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)
    platforms_sampled: int = 0
    malformed: int = 0

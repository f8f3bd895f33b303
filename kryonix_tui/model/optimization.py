"""What is known of a tenant's use of the shared server, what is recommended, and which keys that would change.

Times of expiry are milliseconds since the epoch by the server's clock, None where a key never expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kryonix_tui.model.tenant import HitRate

SHORT_MS: Final = 300_000
MEDIUM_MS: Final = 1_800_000
"""Below: short, medium; above: long."""


class Advice(StrEnum):
    """What can be recommended. The view has sentences for each."""

    LONGER_TTL = "longer_ttl"
    BUSY_TTL = "busy_ttl"
    PREDICTED = "predicted"
    MOBILE = "mobile"
    DEAD_WEIGHT = "dead_weight"
    WARM_UP = "warm_up"
    COMPRESSION = "compression"
    BIG_KEYS = "big_keys"
    HOT_KEYS = "hot_keys"


EXTENDING: Final = frozenset((Advice.LONGER_TTL, Advice.BUSY_TTL, Advice.PREDICTED, Advice.MOBILE))
"""Advice that gives keys more time. `DEAD_WEIGHT` gives them an end; the others change no key."""


class Unknown(StrEnum):
    """What could not be known of a tenant. The view says why."""

    HIT_RATE = "hit_rate"
    RESPONSE_TIME = "response_time"
    SCORE = "score"
    PLATFORMS = "platforms"
    HOURS = "hours"
    TIMEZONE = "timezone"
    SDK = "sdk"
    API_CALLS = "api_calls"
    PREDICTION = "prediction"
    MOBILE_SHARE = "mobile_share"
    IDLE = "idle"
    FREQUENCY = "frequency"


@dataclass(frozen=True, slots=True)
class Change:
    """One key that gets another expiry: `old_ms` is what it must still be, `new_ms` what it gets."""

    tenant: str
    db: int
    key: bytes
    advice: Advice
    old_ms: int | None
    new_ms: int


@dataclass(frozen=True, slots=True)
class TtlClasses:
    """Keys by the time they have left: below 5 and below 30 minutes, longer, without end."""

    short: int = 0
    medium: int = 0
    long: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        """All keys that were looked at."""
        return self.short + self.medium + self.long + self.none


@dataclass(frozen=True, slots=True)
class SeenKey:
    """A key of the sample: what the map says of it, and `expires_ms` as it was read.

    `settled`: the console has changed it (or undone that), and nobody has written it since. `predicted` says that the
    platform expects it to be needed, `mobile` that it is prepared for mobile apps. The rest is None where it was not asked
    for, or nobody could say: `bytes` of memory, `idle_s` since somebody read it, `frequency` of reads (the server's
    logarithmic counter, 0..255), and `active_at`, a session's own word of its last activity (epoch seconds).
    """

    db: int
    key: bytes
    kind: str
    type: str = "string"
    module: str = ""
    expires_ms: int | None = None
    settled: bool = False
    predicted: bool = False
    mobile: bool = False
    bytes: int | None = None
    idle_s: int | None = None
    frequency: int | None = None
    active_at: float | None = None


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When a tenant works, by its own word. `opens` is the next opening (epoch seconds), None while it is open."""

    timezone: str
    start: str
    end: str
    is_open: bool
    opens: float | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the platform predicts for the next hour: so many keys, how sure it is (0..1), and which of them are not there."""

    keys: int = 0
    missing: tuple[tuple[int, bytes], ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class TenantAnalysis:
    """Everything that is known of one tenant at `at` (epoch seconds).

    `counts` are its keys by (database, kind), as the walk met them. `seen` is the sample; `ttl` classes of it by kind;
    `modules` cached endpoints of the sample by module. `reads` is how many keyspace hits finding this out has caused.
    `score` is hit/100*50 + max(0, 200 - ms)/200*50.
    """

    tenant: str
    at: float
    counts: Mapping[tuple[int, str], int] = field(default_factory=dict)
    seen: tuple[SeenKey, ...] = ()
    ttl: Mapping[str, TtlClasses] = field(default_factory=dict)
    modules: Mapping[str, int] = field(default_factory=dict)
    sessions: Mapping[str, int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)
    hit_rate: HitRate | None = None
    response_ms: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None
    timezone: str = ""
    hours: BusinessHours | None = None
    sdk_error_rate: float | None = None
    api_calls: float | None = None
    mobile_share: float | None = None
    mobile_share_source: str = ""
    peak_hours: tuple[int, ...] = ()
    top_module: str = ""
    prediction: Prediction = field(default_factory=Prediction)
    reads: int = 0
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One piece of advice for a tenant: `figures` are its evidence, `changes` what it would do, empty for a hint.

    `examples` are keys that a hint is about. What each figure means, the view's sentences say.
    """

    advice: Advice
    tenant: str
    figures: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    examples: tuple[tuple[int, bytes], ...] = ()
    source: str = ""


class Fate(StrEnum):
    """What became of a change when it was written, or undone."""

    DONE = "done"
    ALREADY = "already"
    CHANGED = "changed"
    GONE = "gone"
    BUSY = "busy"
    """Somebody wrote the key each time that it was tried."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Hit rates before and after, in percent: means of so many readings each. `noise` is what chance alone may do.

    `certain`: the difference is larger than that.
    """

    before: float | None = None
    after: float | None = None
    before_readings: int = 0
    after_readings: int = 0
    noise: float | None = None
    certain: bool = False

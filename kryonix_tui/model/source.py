"""The state of a source: is it alive, how old is what it gave, why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from kryonix_tui.clock import Instant

T_co = TypeVar("T_co", covariant=True)

STALE_AFTER_INTERVALS = 2


class SourceName(StrEnum):
    """The sources, in the order in which they are shown."""

    REDIS = "redis"
    CENSUS = "census"
    TENANTS = "tenants"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


class Condition(StrEnum):
    """WAITING for the first answer; OK; FAILING since the last attempt; NOT_CONFIGURED on purpose."""

    WAITING = "waiting"
    OK = "ok"
    FAILING = "failing"
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a value: what `KryonixError` says, printable."""

    title: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """A value, when it was read, and how long reading took (seconds)."""

    value: T_co
    at: Instant
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source at one moment. `last_good` is None before the first answer; `failures` counts those in a row.

    `interval` is in seconds from the end of one reading to the end of the next, as it turns out.
    """

    name: SourceName
    condition: Condition
    interval: float
    last_good: Instant | None = None
    trouble: Trouble | None = None
    failures: int = 0

    def age(self, now: Instant) -> float | None:
        """Seconds since the last good reading, None before the first."""
        return None if self.last_good is None else self.last_good.age(now)

    def stale(self, now: Instant) -> bool:
        """Whether the last good reading is older than two intervals."""
        age = self.age(now)
        return age is not None and age > STALE_AFTER_INTERVALS * self.interval

"""What is asked of Prometheus beyond the regular reading, for panels and the past, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kryonix_tui.clock import Instant
from kryonix_tui.model.source import STALE_AFTER_INTERVALS, Reading, Trouble

MAX_SERIES = 60
"""Series of an answer that are kept: more than any panel can show."""
MAX_POINTS = 1000
"""Points of a series that may be asked for."""

Point = tuple[float, float]
"""Epoch seconds and value."""


@dataclass(frozen=True, slots=True)
class Question:
    """PromQL, for one moment, or over `span` seconds with a point every `step` seconds.

    `until` is the moment, or the end of the span (epoch seconds); None: now, whenever it is asked.

    >>> Question("up").over_time, Question("up", 900, 15).over_time
    (False, True)
    """

    expression: str
    span: float = 0.0
    step: float = 0.0
    until: float | None = None

    @property
    def over_time(self) -> bool:
        """Whether it is about a stretch of time."""
        return self.span > 0


@dataclass(frozen=True, slots=True)
class LabelledSeries:
    """One series: its labels as they came, and its finite points, oldest first."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]

    @property
    def newest(self) -> float:
        """The value of its last point."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class Answer:
    """The series that have points, `MAX_SERIES` at most; `more` were left out."""

    series: tuple[LabelledSeries, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of a question: the last good answer, and why the last attempt failed.

    `every` is the time in seconds between two attempts; 0: it is not asked again, as the past does not change.
    """

    every: float
    reading: Reading[Answer] | None = None
    trouble: Trouble | None = None

    def stale(self, now: Instant) -> bool:
        """Whether the answer is older than two intervals."""
        return self.reading is not None and 0 < STALE_AFTER_INTERVALS * self.every < self.reading.at.age(now)


Answers = Mapping[Question, Answered]

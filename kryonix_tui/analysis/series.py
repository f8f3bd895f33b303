"""One figure over time: samples at full resolution, then a value a minute, and what is read from both.

Times are steady seconds (see `clock.Instant`). A sample that is not known is `nan`. Where samples are missing, because
nobody read or the machine slept, a `nan` stands in the gap: a line is never drawn across what nobody saw.

One thread appends and others read at any moment: a reader takes one slice, which the interpreter does in one step.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

Point = tuple[float, float]
"""Steady seconds and value."""
Tier = tuple[list[Point], float]
"""Points, oldest first, and the seconds between two of them that make a gap."""

UNKNOWN = math.nan
DAY = 86_400.0
"""Seconds that the past is kept."""
MINUTE = 60.0
FULL_SAMPLES = 3600
"""Samples kept at full resolution: an hour at one a second, two at the default interval."""


@dataclass(frozen=True, slots=True)
class Fold:
    """How several samples become one. `rows` does it for many figures at once, column by column.

    `missing` stands for what is unknown in such rows.
    """

    values: Callable[[Iterable[float]], float]
    rows: Callable[[Sequence[array[float]]], array[float]]
    missing: float


class Track(Protocol):
    """One figure over time, as charts and trends read it."""

    @property
    def version(self) -> int:
        """A number that grows with every sample."""

    @property
    def told_until(self) -> float | None:
        """Steady seconds until which the figure is as Prometheus told it; None: the console has seen all of it."""

    def last(self, count: int) -> list[float]:
        """Return the newest values at full resolution, oldest first, `count` at most."""

    def between(self, start: float, end: float, most: int) -> list[Point]:
        """Return at most `most` (two or more) points from `start` to `end`, oldest first.

        Each part comes from the finest samples that there are of it. A `nan` is a gap.
        """


def mean(values: Iterable[float]) -> float:
    """Return the mean of the known values."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else UNKNOWN


def peak(values: Iterable[float]) -> float:
    """Return the highest of the known values."""
    return max((value for value in values if math.isfinite(value)), default=UNKNOWN)


def _mean_rows(rows: Sequence[array[float]]) -> array[float]:
    count = len(rows)
    # One unknown value makes the sum unknown: only such columns are gone through value by value.
    return array(
        "f",
        [
            total / count if (total := sum(column)) == total else mean(column)
            for column in zip_longest(*rows, fillvalue=UNKNOWN)
        ],
    )


def _peak_rows(rows: Sequence[array[float]]) -> array[float]:
    return array("f", map(max, zip_longest(*rows, fillvalue=-math.inf)))


MEAN = Fold(mean, _mean_rows, UNKNOWN)
"""For rates and sizes: the mean says how it was."""
PEAK = Fold(peak, _peak_rows, -math.inf)
"""For queues and latency: a thinned past must not hide that one was full."""


class Ring:
    """The newest samples of a figure, `capacity` of them; sixteen bytes each."""

    __slots__ = ("_capacity", "_flat")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._flat = array("d")

    def append(self, at: float, value: float) -> None:
        """Add the newest sample; the oldest go where there is no room."""
        self._flat.extend((at, value))
        # Cut in large steps: deleting from the front costs as much as is left.
        if len(self._flat) > 2 * (self._capacity + self._capacity // 4):
            del self._flat[: -2 * self._capacity]

    def points(self, count: int | None = None) -> list[Point]:
        """Return the newest samples, oldest first: all, or `count` at most."""
        wanted = self._capacity if count is None else min(count, self._capacity)
        flat = self._flat[-2 * wanted :] if wanted > 0 else array("d")
        return list(zip(flat[::2], flat[1::2], strict=True))


class Series:
    """A figure at full resolution for an hour or so, and a value a minute for a day."""

    __slots__ = ("_began", "_fold", "_full", "_gap", "_minute", "_minutes", "_number", "past", "version")

    def __init__(self, fold: Fold = MEAN, gap: float = 12.0) -> None:
        self._fold = fold
        self._gap = gap
        self._full = Ring(FULL_SAMPLES)
        self._minutes = Ring(int(DAY / MINUTE))
        self._minute: list[float] = []
        self._number = 0
        self._began: float | None = None
        self.past: list[Tier] = []
        """What others told of the time before the first sample, the coarsest first."""
        self.version = 0

    @property
    def told_until(self) -> float | None:
        """As `Track`."""
        return self._began if self.past else None

    def append(self, at: float, value: float | None) -> None:
        """Add the newest sample; None is unknown."""
        self._began = at if self._began is None else self._began
        number = int(at // MINUTE)
        if number != self._number and self._minute:
            self._minutes.append((self._number + 0.5) * MINUTE, self._fold.values(self._minute))
            self._minute = []
        self._number = number
        sample = UNKNOWN if value is None else float(value)
        self._minute.append(sample)
        self._full.append(at, sample)
        self.version += 1

    def last(self, count: int) -> list[float]:
        """As `Track`."""
        return newest(self._full.points(count), self._gap, count)

    def between(self, start: float, end: float, most: int) -> list[Point]:
        """As `Track`."""
        full = self._full.points()
        minutes = self._minutes.points() if full and start < full[0][0] else []
        own: list[Tier] = [(minutes, max(1.5 * MINUTE, self._gap)), (full, self._gap)]
        return read([*self.past, *own], start, end, most, self._fold)


def newest(points: Sequence[Point], gap: float, count: int) -> list[float]:
    """Return the newest `count` values of `points`, gaps among them."""
    return [value for _at, value in _with_gaps(points, gap)][-count:] if count > 0 else []


def read(tiers: Iterable[Tier], start: float, end: float, most: int, fold: Fold) -> list[Point]:
    """Return what `tiers`, the coarsest first, say from `start` to `end`, in `most` points at most."""
    points: list[Point] = []
    gap_before = 0.0
    for finer, gap in tiers:
        if not finer:
            continue
        since = finer[0][0]
        del points[bisect_left(points, (since, -math.inf)) :]
        if points and since - points[-1][0] > gap_before:
            points.append(((since + points[-1][0]) / 2, UNKNOWN))
        points += _with_gaps(finer, gap)
        gap_before = gap
    inside = points[bisect_left(points, (start, -math.inf)) : bisect_left(points, (end, math.inf))]
    if len(inside) <= most:
        return inside
    # The middle of a step that has just begun lies ahead of all that is known: no chart shows what is beyond its edge.
    first, last = inside[0][0], inside[-1][0]
    return [(min(max(at, first), last), value) for at, value in _thinned(inside, (end - start) / (most - 1), fold)]


def _with_gaps(points: Iterable[Point], gap: float) -> Iterator[Point]:
    before = math.inf
    for at, value in points:
        if at - before > gap:
            yield (at + before) / 2, UNKNOWN
        yield at, value
        before = at


def _thinned(points: Iterable[Point], width: float, fold: Fold) -> Iterator[Point]:
    """Yield a point for each `width` seconds in which there are any; the edges stand still while time goes on."""
    number, values = 0, list[float]()
    for at, value in points:
        if values and at // width != number:
            yield (number + 0.5) * width, fold.values(values)
            values = []
        number = int(at // width)
        values.append(value)
    if values:
        yield (number + 0.5) * width, fold.values(values)

"""One figure of all tenants over time, as columns: a row of single-precision floats for each moment.

    5 seconds x 60      one minute x 60      five minutes x 288
    (five minutes)      (an hour)            (a day)

A row has a slot for each tenant, so 10,000 tenants take 16 MB a figure and no object of their own. Rows are never
changed after they were stored: whoever reads holds a consistent past while another thread adds to it.
"""

from __future__ import annotations

import math
from array import array
from typing import TypeAlias

from kryonix_tui.analysis.series import UNKNOWN, Fold, Point, Tier

Row: TypeAlias = "array[float]"

STEP = 5.0
"""Seconds between two rows at the finest."""
COUNTS = {STEP: 60, 60.0: 60, 300.0: 288}
"""How many rows are kept, by the seconds between them."""


class Frames:
    """The rows of one figure, in three resolutions. `gap`: seconds without a row that make a gap at the finest.

    `phase` moves the moments at which rows are folded by some seconds: a few milliseconds of work, which need not fall
    together with those of other figures.
    """

    def __init__(self, fold: Fold, gap: float, phase: float = 0.0) -> None:
        self.fold = fold
        self._gap = gap
        fine, *coarser = COUNTS.items()
        self._fine = _Rows(*fine)
        self._coarser = [_Rows(*tier, phase) for tier in coarser]

    def append(self, at: float, row: Row) -> None:
        """Add a row of the moment `at`; it must not be changed any more."""
        self._fine.store(at, row)
        moved: tuple[float, Row] | None = (at, row)
        for tier in self._coarser:
            if moved is None:
                return
            moved = tier.gather(*moved, self.fold)

    def tiers(self, slot: int, since: float, alone: float) -> list[Tier]:
        """Return what is known of a slot since a moment, the coarsest first.

        Before the moment `alone` the slot was another's: a row that was folded from both is left out.
        """
        return [
            *(
                (tier.points(slot, max(since, alone + tier.step / 2)), max(1.5 * tier.step, self._gap))
                for tier in reversed(self._coarser)
            ),
            (self._fine.points(slot, since), self._gap),
        ]

    def newest(self, slot: int, since: float, count: int) -> list[Point]:
        """Return the newest `count` samples of a slot since a moment, oldest first."""
        return self._fine.points(slot, since, count)


class _Rows:
    """Rows of one resolution, and those that are still to be folded into one."""

    def __init__(self, step: float, count: int, phase: float = 0.0) -> None:
        self.step = step
        self._count = count
        self._phase = phase
        self._stored: tuple[tuple[float, Row], ...] = ()
        self._gathered: list[Row] = []
        self._number = 0

    def store(self, at: float, row: Row) -> None:
        # A new tuple, not a changed list: it may be read in another thread.
        self._stored = (*self._stored[-self._count + 1 :], (at, row))

    def gather(self, at: float, row: Row, fold: Fold) -> tuple[float, Row] | None:
        """Keep a finer row; return the row of the step that it ends, if it ends one."""
        number, done = int((at - self._phase) // self.step), None
        if number != self._number and self._gathered:
            done = (self._number + 0.5) * self.step + self._phase, fold.rows(self._gathered)
            self.store(*done)
            self._gathered = []
        self._number = number
        self._gathered.append(row)
        return done

    def points(self, slot: int, since: float, count: int | None = None) -> list[Point]:
        stored = self._stored if count is None else self._stored[-count:]
        return [(at, _known(row, slot)) for at, row in stored if at >= since]


def _known(row: Row, slot: int) -> float:
    value = row[slot] if slot < len(row) else UNKNOWN
    return value if math.isfinite(value) else UNKNOWN

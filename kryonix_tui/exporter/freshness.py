"""Which readings are still figures, and which are only memories."""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.clock import Instant
from kryonix_tui.config.schema import Intervals
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import STALE_AFTER_INTERVALS, SourceName
from kryonix_tui.monitor.monitor import ROTATION_STEPS


@dataclass(frozen=True, slots=True)
class Freshness:
    """Judges a snapshot at the moment `now`.

    A figure goes stale when it is older than `limit` seconds and two readings of it were due meanwhile; `round` is how
    many seconds it takes until each tenant was read once.
    """

    snapshot: Snapshot
    now: Instant
    limit: float
    round: float

    @classmethod
    def of(cls, snapshot: Snapshot, now: Instant, limit: float, intervals: Intervals) -> Freshness:
        """Return the judgement for a monitor with these intervals."""
        return cls(snapshot, now, limit, ROTATION_STEPS * intervals.tenants)

    @property
    def server(self) -> bool:
        """Whether what the server says of itself is of now."""
        return self._live(SourceName.REDIS)

    @property
    def census(self) -> bool:
        """Whether a whole pass over all keys lies under the figures, and it is not too old."""
        reading = self.snapshot.census
        return reading is not None and reading.value.complete and self._live(SourceName.CENSUS)

    def facts(self, facts: TenantFacts | None) -> bool:
        """Whether what was read of a tenant is of now."""
        if facts is None:
            return False
        return facts.read_at.age(self.now) <= max(self.limit, STALE_AFTER_INTERVALS * self.round)

    def _live(self, name: SourceName) -> bool:
        state = self.snapshot.sources[name]
        age = state.age(self.now)
        return age is not None and (age <= self.limit or not state.stale(self.now))

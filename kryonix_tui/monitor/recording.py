"""What of an update goes into the history: each reading of the server once, and counts only when everything was counted."""

from __future__ import annotations

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading


class Recorder:
    """Enters updates into a history, one after the other."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._recorded: Reading[ServerFacts] | None = None
        self._counted_at = 0.0
        self._awaited: set[str] | None = None

    def enter(self, update: Update) -> None:
        """Keep the figures of an update, where it has another reading of the server than the one before."""
        snapshot, totals = update.snapshot, update.platform.totals
        reading = snapshot.server
        if reading is None or reading is self._recorded:
            return
        self._recorded = reading
        server = reading.value
        figures: dict[str, float | None] = {
            "ops": server.traffic.ops_per_second,
            "server_hit_ratio": totals.server_hit_ratio,
            "hit_rate": totals.hit_rate,
            "sessions": totals.sessions if snapshot.census else None,
            "queue_depth": totals.queue_depth if self._all_queues_read(snapshot) else None,
            "memory": server.memory.used,
            "latency": server.round_trip_ms,
        }
        self._history.record(update.platform, figures, snapshot.sources)

    def _all_queues_read(self, snapshot: Snapshot) -> bool:
        """Whether the queues of every tenant were read that the first pass of the census found, but for those that are gone.

        Tenants take turns; until each had one, the sum of what waits would seem to rise.
        """
        census = snapshot.census
        if census is None or snapshot.platform_queues is None:
            return False
        if self._awaited is None:
            if not census.value.complete:
                return False
            self._counted_at, self._awaited = census.at.steady, set(census.value.tenants)
        if self._awaited:
            read = {name for name in self._awaited if self._was_read(snapshot.facts.get(name))}
            self._awaited = (self._awaited - read) & census.value.tenants.keys()
        return not self._awaited

    def _was_read(self, facts: TenantFacts | None) -> bool:
        return facts is not None and facts.read_at.steady >= self._counted_at

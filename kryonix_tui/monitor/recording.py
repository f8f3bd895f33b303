"""What of an update goes into the history: each reading of the server once, and counts only when everything was counted."""

from __future__ import annotations

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading


class Recorder:
    """Enters updates into a history, one after the other."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._recorded: Reading[ServerFacts] | None = None
        self._counted_at: float | None = None
        self._everybody = False

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
        """Whether the queues of every tenant were read since the first pass of the census found them all.

        Tenants take turns; until each had one, the sum of what waits would seem to rise.
        """
        if not self._everybody and snapshot.census is not None and snapshot.census.value.complete:
            if self._counted_at is None:
                self._counted_at = snapshot.census.at.steady
            read = {name for name, facts in snapshot.facts.items() if facts.read_at.steady >= self._counted_at}
            self._everybody = snapshot.platform_queues is not None and read >= snapshot.census.value.tenants.keys()
        return self._everybody

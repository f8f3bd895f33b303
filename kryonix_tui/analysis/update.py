"""What front ends get: everything that is known now, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.analysis.history import History
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.tenant import Platform


@dataclass(frozen=True, slots=True)
class Update:
    """The newest readings, what they amount to, and the recent past (shared, not copied)."""

    snapshot: Snapshot
    platform: Platform
    history: History

"""How many of the tenants that nobody looks at are read per round, so that the server's budget is kept."""

from __future__ import annotations

from typing import Final

from kryonix_tui.model.snapshot import OwnLoad

LEAST_TURN: Final = 0.1
"""The part of such a round that is read at least, however much it costs the server."""


def next_turn(turn: float, load: OwnLoad) -> float:
    """Return which part of a full turn through the tenants the next reading may take, so that the budget is kept.

    The census makes room for it, but gives up no more than most of the budget.
    """
    taken = max(load.share or 0.0, load.replica_share or 0.0)
    if load.hurried or not load.budget:
        return turn
    if taken > 1.2 * load.budget:
        return max(LEAST_TURN, turn * 0.7)
    return min(1.0, turn * 1.2) if taken < load.budget else turn

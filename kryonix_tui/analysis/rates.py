"""Rates from counters."""

from __future__ import annotations

from kryonix_tui.model.server import ServerFacts


def hit_ratio(current: ServerFacts, previous: ServerFacts | None = None) -> float | None:
    """Return the server's hits in percent of its lookups, without those that the console itself caused.

    Between two readings where both are of the same run of the server and something was looked up between them, else
    since its start. None where nothing was looked up, or where the console counted more lookups than the server (whose
    counters were reset meanwhile, so that nobody knows which of them it still counts).
    """
    hits, misses = _others(current)
    if previous is not None and previous.run_id == current.run_id:
        hits_before, misses_before = _others(previous)
        since_hits, since_misses = hits - hits_before, misses - misses_before
        if since_hits >= 0 and since_misses >= 0 and since_hits + since_misses > 0:
            hits, misses = since_hits, since_misses
    if hits < 0 or misses < 0 or hits + misses == 0:
        return None
    return 100 * hits / (hits + misses)


def _others(server: ServerFacts) -> tuple[int, int]:
    """Return hits and misses without the console's own."""
    return server.traffic.hits - server.own_hits, server.traffic.misses - server.own_misses


def evictions(current: ServerFacts, previous: ServerFacts | None) -> int:
    """Return how many keys were evicted between two readings of one run; 0 where that cannot be told."""
    if previous is None or previous.run_id != current.run_id:
        return 0
    return max(0, current.traffic.evicted - previous.traffic.evicted)


def rejections(current: ServerFacts, previous: ServerFacts | None) -> int:
    """Return how many connections were refused between two readings of one run; 0 where that cannot be told."""
    if previous is None or previous.run_id != current.run_id:
        return 0
    return max(0, current.clients.rejected - previous.clients.rejected)

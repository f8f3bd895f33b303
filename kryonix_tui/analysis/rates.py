"""Rates from counters."""

from __future__ import annotations

from kryonix_tui.model.server import ServerFacts


def hit_ratio(current: ServerFacts, previous: ServerFacts | None = None) -> float | None:
    """Return the server's hits in percent of its lookups, without those that the console itself caused.

    Between two readings where both are of the same run of the server, else since its start. None where nothing was
    looked up.
    """
    hits = current.traffic.hits - current.own_hits
    misses = current.traffic.misses - current.own_misses
    if previous is not None and previous.run_id == current.run_id:
        since_hits = hits - (previous.traffic.hits - previous.own_hits)
        since_misses = misses - (previous.traffic.misses - previous.own_misses)
        # Counters that ran backwards were reset (CONFIG RESETSTAT): the totals are then all there is.
        if since_hits >= 0 and since_misses >= 0 and since_hits + since_misses > 0:
            hits, misses = since_hits, since_misses
    hits, misses = max(0, hits), max(0, misses)
    return 100 * hits / (hits + misses) if hits + misses else None


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

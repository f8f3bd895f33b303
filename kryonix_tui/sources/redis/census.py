"""The census: every key of every database by SCAN, gently, with progress.

A key that stays during the whole pass is seen; one that comes or goes meanwhile may be. SCAN promises no more, and it
may return a key twice while the server resizes a table: it is then counted twice, for remembering every key would cost
more memory than the console may take. Memory is O(tenants x kinds).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from kryonix_tui.config.schema import CensusPace
from kryonix_tui.errors import ReplyError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import Census
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.attribution import Attributor, Tally
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.translate import translated

PARTIAL_EVERY: Final = 0.5
"""Seconds between two partial results."""

_PARTIAL_SHARE: Final = 0.05
"""Making partial results may take this share of the time: with very many tenants they come less often."""

_ALMOST: Final = 0.999
"""The fraction of an incomplete pass stays below 1, also when more keys turned up than the server told."""


@dataclass(slots=True)
class _Walk:
    """Where the walk through one database stands."""

    db: int
    cursor: int | bytes = 0


async def walk(clients: Clients, attributor: Attributor, pace: CensusPace) -> AsyncGenerator[Census]:
    """Walk over all keys once; yield partial results now and then and the complete one at the end.

    The databases take turns, one SCAN each, so the small ones are complete first.

    Raises:
        SourceError: the server did not answer, or is not the one that the walk began with (restart, failover).
    """
    started = time.monotonic()
    run_id, sizes = await _overview(clients)
    tally = Tally(attributor)
    walks = deque(_Walk(db) for db in sorted(sizes, key=lambda db: sizes[db]))
    expected = sum(sizes.values())
    next_partial = started + PARTIAL_EVERY
    while walks:
        here = walks.popleft()
        await _step(clients, here, tally, pace.count)
        if here.cursor != 0:
            walks.append(here)
        if time.monotonic() >= next_partial:
            began = time.monotonic()
            yield tally.census(
                complete=False, fraction=min(_ALMOST, tally.keys / max(1, expected)), seconds=began - started
            )
            now = time.monotonic()
            next_partial = now + max(PARTIAL_EVERY, (now - began) / _PARTIAL_SHARE)
        if walks and pace.pause:
            await asyncio.sleep(pace.pause)
    if (await _overview(clients))[0] != run_id:
        raise UnreachableError(
            _("{place} was restarted or replaced during the census").format(place=clients.place),
            hint=_("The next census starts afresh."),
        )
    yield tally.census(complete=True, fraction=1.0, seconds=time.monotonic() - started)


async def _overview(clients: Clients) -> tuple[str, dict[int, int]]:
    """Return the server's run id and the keys of each database that has any."""
    replies = await clients.batch(0, [("INFO", "server"), ("INFO", "keyspace")])
    with translated(clients.place):
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        server, keyspace = (info.parse_info(reply) for reply in replies)
        return server.get("run_id", ""), {db: size.keys for db, size in info.database_sizes(keyspace).items()}


async def _step(clients: Clients, here: _Walk, tally: Tally, count: int) -> None:
    """Take one SCAN's worth of keys."""
    reply = await clients.call(here.db, "SCAN", here.cursor, "COUNT", count)
    with translated(clients.place):
        cursor, keys = reply
        if not all(isinstance(key, bytes) for key in keys):
            raise ReplyError(_("{place} answered SCAN with something else than keys").format(place=clients.place))
        here.cursor = int(cursor)
        tally.add(here.db, keys)

"""Everything that one server says of itself, in two round trips."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.errors import ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.server import DatabaseSize, ServerFacts
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.databases import DatabaseProbe
from kryonix_tui.sources.redis.own_traffic import OwnLookups
from kryonix_tui.sources.redis.slow_log import MAX_ENTRIES, SlowLog, latency_events
from kryonix_tui.sources.redis.translate import source_error, translated

RETRY_REFUSED_AFTER: Final = 60.0
"""Seconds after which something that this user may not read is asked for again."""

_EXTRAS: Final = {
    "commandstats": ("INFO", "commandstats"),
    "slowlog": ("SLOWLOG GET", MAX_ENTRIES),
    "latency": ("LATENCY LATEST",),
}
"""What may be missing without harm, by the name under which `ServerFacts.unavailable` tells it."""

_SLOW_PING: Final = 0.05
"""Seconds; one PING that took this long is not repeated for a median."""


class ServerReader:
    """Reads `ServerFacts` from one server; remembers what this user was refused."""

    def __init__(self, clients: Clients, keyspace: KeyspaceMap) -> None:
        self._clients = clients
        self._own = OwnLookups(clients.traffic)
        self._databases = DatabaseProbe(clients, max((spec.db for spec in keyspace.databases), default=0))
        self._slow_log = SlowLog(keyspace)
        self._refused: dict[str, float] = {}

    async def read(self) -> ServerFacts:
        """Return the facts as of now.

        Raises:
            SourceError: the server does not answer, or INFO is refused.
        """
        round_trip = await self._round_trip()
        asked = self._allowed_extras()
        replies = await self._clients.batch(0, [("INFO",), *(_EXTRAS[name] for name in asked)])
        with translated(self._clients.place):
            fields = info.parse_info(self._required(replies[0]))
            extras = self._sort_out(dict(zip(asked, replies[1:], strict=True)))
            return await self._facts(fields, extras, round_trip)

    async def _round_trip(self) -> float:
        """Return the milliseconds of a PING, the median of three where they are quick.

        An error reply counts as well: PING says MISCONF or MASTERDOWN while INFO still answers.
        """
        taken: list[float] = []
        # The first use of a connection also opens it: that is not part of the round trip.
        await self._clients.batch(0, [("PING",)])
        while len(taken) < 3 and (not taken or taken[-1] < _SLOW_PING):
            started = time.perf_counter()
            await self._clients.batch(0, [("PING",)])
            taken.append(time.perf_counter() - started)
        return statistics.median(taken) * 1000

    def _allowed_extras(self) -> list[str]:
        now = time.monotonic()
        return [name for name in _EXTRAS if now >= self._refused.get(name, 0.0)]

    def _sort_out(self, replies: Mapping[str, Any]) -> dict[str, Any]:
        """Return the replies without those that are errors; a refused one is not asked for again for a while."""
        good = {}
        for name, reply in replies.items():
            if isinstance(reply, ResponseError):
                self._refused[name] = time.monotonic() + RETRY_REFUSED_AFTER
            else:
                self._refused.pop(name, None)
                good[name] = reply
        return good

    def _required(self, reply: Any) -> bytes:
        if isinstance(reply, Exception):
            raise source_error(reply, self._clients.place) from reply
        if not isinstance(reply, bytes):
            raise ReplyError(_("{place} answered INFO with something else").format(place=self._clients.place))
        return reply

    async def _facts(self, fields: Mapping[str, str], extras: Mapping[str, Any], round_trip: float) -> ServerFacts:
        flavour, version = info.flavour_and_version(fields)
        mode, run_id = info.mode(fields), fields.get("run_id", "")
        commands = info.command_stats(info.parse_info(extras.get("commandstats", b"")))
        self._clients.share.read({stat.name: stat for stat in commands}, info.used_cpu(fields))
        # The traffic first: probing for databases sends commands of its own, but looks no key up.
        traffic = info.traffic(fields)
        hits, misses = self._own.read(run_id, traffic.hits, traffic.misses)
        count = await self._databases.count(run_id, mode)
        return ServerFacts(
            flavour=flavour,
            version=version,
            mode=mode,
            run_id=run_id,
            uptime_seconds=info.integer(fields, "uptime_in_seconds"),
            databases={db: DatabaseSize(db, 0) for db in range(count)} | info.database_sizes(fields),
            database_count=count,
            round_trip_ms=round_trip,
            memory=info.memory(fields),
            persistence=info.persistence(fields),
            replication=info.replication(fields),
            clients=info.clients(fields),
            traffic=traffic,
            commands=commands,
            slow_log=self._slow_log.entries(extras.get("slowlog", [])),
            latency=latency_events(extras.get("latency", [])),
            own_hits=hits,
            own_misses=misses,
            unavailable=frozenset(name for name in _EXTRAS if name in self._refused),
            clock=info.clock(fields),
        )

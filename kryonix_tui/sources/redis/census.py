"""The census: a walk over every key of every database by SCAN that never ends, pass after pass, within a budget.

What SCAN promises, and no more: a key that stays during the whole pass is seen; one that comes or goes meanwhile may
be. It may return a key twice while the server resizes a table: it is then counted twice, for remembering every key
would cost more memory than the console may take; the next pass counts it once. Memory is O(tenants x kinds).

A pass that was cut (a timeout, a lost connection) goes on where it stopped, for cursors live as long as the process of
the server. After a restart or a failover it starts afresh. A database that was emptied or exchanged meanwhile is walked
anew, the others go on: which one it was, keys tell that were met there before and are gone. What figures are made of
while a pass runs is in `estimates`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.errors import ReplyError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import Census
from kryonix_tui.model.server import CommandStat
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.attribution import Attributor
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.estimates import Basis, figures, overall, walked
from kryonix_tui.sources.redis.key_sizes import SAMPLES, KeySizes
from kryonix_tui.sources.redis.pace import FULL_COUNT, Pace
from kryonix_tui.sources.redis.tally import Tally
from kryonix_tui.sources.redis.translate import code_of, source_error, translated

PARTIAL_EVERY: Final = 0.5
"""Seconds between two partial results of a first pass: somebody waits for figures."""

LATER_EVERY: Final = 2.0
"""The same in later passes, which change little."""

_PARTIAL_SHARE: Final = 0.03
"""Making partial results may take this share of the time: with very many tenants they come less often."""

CHECK_EVERY: Final = 1.0
"""Seconds between two looks at the server: is it the same, was a database emptied, what do we cost it."""

_ALMOST: Final = 0.999
"""The fraction of an incomplete pass stays below 1."""

_EMPTYING: Final = ("flushdb", "flushall", "swapdb")

_SHRUNK: Final = 0.5
_MOVED: Final = 0.2
"""After such a command a database is walked anew if its size fell by half, or changed by a fifth after a swap."""

_WITNESSES: Final = 8
"""Keys of a database that are looked for after such a command. If none is left, it is not what it was, whatever its size:
it was filled again, or exchanged with one as large."""

_MOST_RESTARTS: Final = 5
"""Per database and pass: one that is emptied every second must not keep the pass from its end."""


@dataclass(slots=True)
class _Asked:
    """A SCAN that is on its way or about to be, with the keys whose sizes are asked for beside it."""

    count: int
    measured: list[bytes]
    replies: Coroutine[Any, Any, list[Any]] | asyncio.Task[list[Any]]
    began: float

    def send(self) -> None:
        """Send it now, not when somebody waits for it."""
        if not isinstance(self.replies, asyncio.Task):
            self.replies = asyncio.create_task(self.replies)

    def take_back(self) -> None:
        """Give up what was sent."""
        if isinstance(self.replies, asyncio.Task):
            self.replies.cancel()


@dataclass(slots=True, eq=False)
class _Walk:
    """Where the walk through one database stands. `size` is the keys that the server counts in it.

    `met` are some keys that came lately, `witnesses` some that came before the last look at the server.
    """

    db: int
    size: int
    cursor: int = 0
    part: float = 0.0
    measure: list[bytes] = field(default_factory=list)
    asked: _Asked | None = None
    met: list[bytes] = field(default_factory=list)
    witnesses: list[bytes] = field(default_factory=list)
    restarts: int = 0

    def forget(self) -> None:
        """Take back what is on its way, and what was to be measured."""
        if self.asked is not None:
            self.asked.take_back()
        self.asked, self.measure = None, []

    def meet(self, keys: list[bytes]) -> None:
        """Keep some keys of a batch, so that it can be told later whether they are still there."""
        self.met = keys[:_WITNESSES] or self.met
        self.witnesses = self.witnesses or self.met


@dataclass(slots=True)
class _Overview:
    """What one look at the server says."""

    run_id: str
    sizes: Mapping[int, int]
    stats: Mapping[str, CommandStat]

    def emptied(self) -> int:
        """Return how often somebody emptied or exchanged databases."""
        return sum(self.stats[name].calls for name in _EMPTYING if name in self.stats)


class _Pass:
    """One pass: what was counted, and where each database's walk stands."""

    def __init__(self, attributor: Attributor, overview: _Overview) -> None:
        self.run_id = overview.run_id
        self.emptied = overview.emptied()
        self.tally = Tally(attributor)
        self.walks = {db: _Walk(db, size) for db, size in overview.sizes.items()}
        # The databases take turns, one SCAN each, so the small ones are complete first.
        self.waiting = deque(sorted(self.walks.values(), key=lambda walk: walk.size))
        self.renewed: set[int] = set()
        self.seconds = 0.0

    def fractions(self) -> dict[int, float]:
        """Return how much of each database was walked."""
        return {db: walk.part for db, walk in self.walks.items()}

    def progress(self) -> float:
        """Return how far the pass has come, below 1."""
        return min(_ALMOST, overall([(walk.part, walk.size) for walk in self.walks.values()]))

    def look(self, overview: _Overview, gone: AbstractSet[int]) -> None:
        """Compare with what the server says now: databases that are new, grew, were emptied or exchanged.

        Of those in `gone` it is known that they were.
        """
        emptied, self.emptied = overview.emptied() != self.emptied, overview.emptied()
        for db, size in overview.sizes.items():
            if db not in self.walks:
                self.walks[db] = _Walk(db, size)
                self.waiting.append(self.walks[db])
        for db, walk in self.walks.items():
            before, walk.size = walk.size, overview.sizes.get(db, 0)
            fell, moved = walk.size < before * _SHRUNK, abs(walk.size - before) > before * _MOVED
            if emptied and (fell or moved or db in gone):
                self.restart(walk)
            walk.witnesses = walk.met

    def restart(self, walk: _Walk) -> None:
        """Walk one database anew; what the last pass counted in it is void as well."""
        if walk.restarts >= _MOST_RESTARTS:
            return
        walk.restarts += 1
        walk.cursor, walk.part, walk.met = 0, 0.0, []
        walk.forget()
        self.tally.forget(walk.db)
        self.renewed.add(walk.db)
        if walk not in self.waiting:
            self.waiting.append(walk)


class Walker:
    """Walks over all keys of one server, for ever; remembers the last complete pass and one that was cut."""

    def __init__(self, clients: Clients, attributor: Attributor, budget: float) -> None:
        self.pace = Pace(budget, clients.share.surroundings)
        self._clients = clients
        self._attributor = attributor
        self._sizes = KeySizes(attributor)
        self._last: Census | None = None
        self._cut: _Pass | None = None

    async def passing(self) -> AsyncGenerator[Census]:
        """Walk over all keys once; yield the figures as they are known now and then, and at the end the counted ones.

        Raises:
            SourceError: the server did not answer, or is not the one that the pass began with. The next call goes on
                with the same pass where that is possible.
        """
        overview = await self._overview()
        here = self._resumed(overview) or _Pass(self._attributor, overview)
        self._cut = here
        await self._look(here, overview)
        try:
            async for census in self._walk(here):
                yield census
        finally:
            self.pace.full = False
            for walk in here.walks.values():
                walk.forget()
        self._cut = None
        census = await asyncio.to_thread(self._figures, here, finished=True)
        self._last = census
        self._sizes.end_pass(census.tenants)
        yield census

    def _resumed(self, overview: _Overview) -> _Pass | None:
        """Return the pass that was cut, if this is the server that it began with."""
        cut, self._cut = self._cut, None
        return cut if cut is not None and cut.run_id == overview.run_id else None

    async def _walk(self, here: _Pass) -> AsyncGenerator[Census]:
        now = time.monotonic()
        began, before = now, here.seconds
        every = PARTIAL_EVERY if self._last is None else LATER_EVERY
        next_partial, next_check = now + every, now + CHECK_EVERY
        # The first figures of all are there when each database was asked once: somebody has just begun to look.
        first_round = len(here.walks) if self._last is None and not before else None
        steps = 0
        while True:
            if not here.waiting or now >= next_check:
                await self._check(here)
                next_check = time.monotonic() + CHECK_EVERY
                if not here.waiting:
                    break
            walk = here.waiting.popleft()
            try:
                pause = await self._step(here, walk)
            finally:
                if walk.part < 1 and walk not in here.waiting:
                    here.waiting.append(walk)
            now = time.monotonic()
            here.seconds = before + now - began
            steps += 1
            if now >= next_partial or steps == first_round:
                yield await asyncio.to_thread(self._figures, here, finished=False)
                took = time.monotonic() - now
                next_partial = now + max(every, took / _PARTIAL_SHARE)
            if pause:
                await asyncio.sleep(pause)
                now = time.monotonic()

    async def _step(self, here: _Pass, walk: _Walk) -> float:
        """Take one SCAN's worth of keys, and the sizes of some of the batch before; return the pause that follows."""
        asked, walk.asked = walk.asked or self._ask(walk), None
        scanned, *sizes = await asked.replies
        elapsed = time.monotonic() - asked.began
        if isinstance(scanned, ResponseError) and "invalid cursor" in str(scanned):
            here.restart(walk)
            return self.pace.pause(elapsed, asked.count)
        walk.cursor, keys = self._scanned(scanned)
        walk.part = walked(walk.cursor) if walk.cursor else 1.0
        walk.meet(keys)
        try:
            if walk.cursor and self.pace.full:
                # The server walks on while these keys are counted.
                walk.asked = self._ask(walk)
                walk.asked.send()
                await asyncio.sleep(0)
        finally:
            prefixes = here.tally.add(walk.db, keys)
        self._measured(walk.db, asked.measured, sizes)
        chosen = self._sizes.choose(walk.db, keys, prefixes)
        if walk.cursor:
            walk.measure = chosen
        elif chosen:
            self._measured(walk.db, chosen, await self._clients.batch(walk.db, _measuring(chosen)))
        return self.pace.pause(elapsed, asked.count)

    def _ask(self, walk: _Walk) -> _Asked:
        """Return the next SCAN of a database with the questions for sizes that stand for it, to be sent."""
        count = FULL_COUNT if self.pace.full else self.pace.count
        measured, walk.measure = walk.measure, []
        self._clients.traffic.scanned += count
        commands = [("SCAN", walk.cursor, "COUNT", count), *_measuring(measured)]
        return _Asked(count, measured, self._clients.batch(walk.db, commands), time.monotonic())

    def _scanned(self, reply: Any) -> tuple[int, list[bytes]]:
        with translated(self._clients.place):
            if isinstance(reply, Exception):
                raise source_error(reply, self._clients.place)
            cursor, keys = reply
            if not set(map(type, keys)) <= {bytes}:
                raise ReplyError(
                    _("{place} answered SCAN with something else than keys").format(place=self._clients.place)
                )
            return int(cursor), keys

    def _measured(self, db: int, keys: list[bytes], replies: list[Any]) -> None:
        for key, size in zip(keys, replies, strict=True):
            if isinstance(size, int):
                self._sizes.add(db, key, size)
            elif isinstance(size, ResponseError) and code_of(size) in ("NOPERM", "ERR"):
                # Not permitted, or not known: the census does without.
                self._sizes.refused = True

    async def _check(self, here: _Pass) -> None:
        """Look at the server; raise where it is no longer the one that the pass began with."""
        overview = await self._overview()
        if overview.run_id != here.run_id:
            self._cut = None
            raise UnreachableError(
                _("{place} was restarted or replaced during the census").format(place=self._clients.place),
                hint=_("The next census starts afresh."),
            )
        await self._look(here, overview)
        share = self._clients.share
        self.pace.learn(share.learned("scan"), share.beside_scan)

    async def _look(self, here: _Pass, overview: _Overview) -> None:
        gone = set[int]()
        if overview.emptied() != here.emptied:
            for walk in here.walks.values():
                # It changes neither hits nor the age of a key, and says nil of one that is not there.
                asked = [] if self._sizes.refused else walk.witnesses
                if asked and set(await self._clients.batch(walk.db, _measuring(asked))) == {None}:
                    gone.add(walk.db)
        here.look(overview, gone)

    async def _overview(self) -> _Overview:
        """Ask for run id, the sizes of the databases that have keys, and what commands cost."""
        sections = ("server", "keyspace", "commandstats", "cpu")
        replies = await self._clients.batch(0, [("INFO", section) for section in sections])
        with translated(self._clients.place):
            for reply in replies[:2]:
                if isinstance(reply, Exception):
                    raise reply
            sections_read = (info.parse_info(reply) if isinstance(reply, bytes) else {} for reply in replies)
            server, keyspace, stats, cpu = sections_read
            costs = {stat.name: stat for stat in info.command_stats(stats)}
            self._clients.share.read(costs, info.used_cpu(cpu))
            sizes = {db: size.keys for db, size in info.database_sizes(keyspace).items()}
            return _Overview(server.get("run_id", ""), sizes, costs)

    def _figures(self, here: _Pass, *, finished: bool) -> Census:
        """Return what is known now. Runs in a thread: nothing is counted meanwhile."""
        fractions = {} if finished else here.fractions()
        here.tally.settle()
        basis = Basis(fractions, self._last, frozenset(here.renewed))
        databases, tenants = figures(here.tally, basis, self._sizes)
        before = None if finished else self._last
        return Census(
            databases=databases,
            tenants=tenants,
            queues=before.queues if before is not None else tuple(here.tally.queues),
            complete=finished or (self._last is not None and not here.renewed),
            fraction=1.0 if finished else here.progress(),
            seconds=here.seconds,
            big_keys=self._sizes.big_keys(),
            sampled=self._sizes.sampled,
            mean_sizes=self._sizes.means(),
        )


def _measuring(keys: list[bytes]) -> list[tuple[Any, ...]]:
    return [("MEMORY USAGE", key, "SAMPLES", SAMPLES) for key in keys]

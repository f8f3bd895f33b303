"""Reading of single keys: bounded pipelines, bounded replies, and every lookup counted as the server counts it.

The server counts each HMGET, HLEN, LLEN and LINDEX as one keyspace hit or miss; a wrong type is a hit. HMGET answers
the same for a missing key and for missing fields: where all fields are nil, an HLEN tells which it was.

No reply is unbounded. A connection cuts off what is larger than `connection.MAX_REPLY_BYTES`; then the keys of that
pipeline are read one by one, and those that are cut off again, or have a field over `FIELD_LIMIT`, are unreadable and
left alone for `LEAVE_ALONE` seconds: a hostile value costs the server a reply now and then, not one every few seconds.
(An HSTRLEN before every HMGET would be the other way: it costs a command and a false hit per field, always.)
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from redis.exceptions import ResponseError

from kryonix_tui.errors import KryonixError
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.connection import OversizedReplyError
from kryonix_tui.sources.redis.translate import code_of, source_error

BATCH: Final = 40
"""Commands per pipeline: the server takes them in one go of about 0.1 ms, while all others wait."""

FIELD_LIMIT: Final = 64 * 1024
"""Bytes; no fact is that long."""

LEAVE_ALONE: Final = 600.0

_TURN: Final = 1000
"""Lookups that are looked through before something else has its turn."""

T = TypeVar("T")


class Lookup(NamedTuple):
    """One key to read: these fields of a hash; where there are none, the length of a list, or the `oldest` of its items.

    Items are put in at the head (LPUSH): the oldest is the last one.
    """

    db: int
    key: bytes
    fields: tuple[str, ...] = ()
    oldest: bool = False

    @property
    def command(self) -> tuple[Any, ...]:
        """The command that reads it."""
        if self.oldest:
            return ("LINDEX", self.key, -1)
        return ("HMGET", self.key, *self.fields) if self.fields else ("LLEN", self.key)


Answer = list[bytes | None] | int | None
"""Values by field, an item alone, a length, or None: there is something that cannot be read (a wrong type, an extreme size)."""


class Lookups:
    """Reads keys of one server."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._left: dict[Lookup, float] = {}

    async def read(self, lookups: Iterable[Lookup]) -> dict[Lookup, Answer]:
        """Return the answers; a key that this user may not read has none.

        Raises:
            SourceError: the server does not answer, or this user may read none of the keys.
        """
        by_db: dict[int, list[Lookup]] = defaultdict(list)
        answers: dict[Lookup, Answer] = {}
        async for lookup in in_turns(dict.fromkeys(lookups), _TURN):
            if self._left_alone(lookup):
                answers[lookup] = None
            else:
                by_db[lookup.db].append(lookup)
        refusals: list[ResponseError] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                for db, wanted in by_db.items():
                    tasks.create_task(self._read_database(db, wanted, answers, refusals))
        except* KryonixError as errors:
            raise _first(errors) from errors
        if refusals and not answers:
            raise source_error(refusals[0], self._clients.place) from refusals[0]
        return answers

    async def _read_database(
        self, db: int, wanted: Sequence[Lookup], answers: dict[Lookup, Answer], refusals: list[ResponseError]
    ) -> None:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            for lookup, reply in zip(batch, await self._replies(db, batch), strict=True):
                if isinstance(reply, ResponseError) and code_of(reply) == "NOPERM":
                    refusals.append(reply)
                    if lookup.oldest:
                        # Users of before had no LINDEX: the server's log of denials is not filled with it.
                        self._leave_alone(lookup)
                else:
                    answers[lookup] = self._answer(lookup, reply)
            await self._count(db, [lookup for lookup in batch if lookup in answers], answers)

    async def _replies(self, db: int, batch: Sequence[Lookup]) -> list[Any]:
        try:
            return await self._clients.batch(db, [lookup.command for lookup in batch])
        except OversizedReplyError:
            for _lookup in batch:
                # The server had looked them up before its reply was cut off.
                self._clients.traffic.looked_up(found=True)
            return [await self._alone(lookup) for lookup in batch]

    async def _alone(self, lookup: Lookup) -> Any:
        """Return the reply to one command, or the error where even that is too large."""
        try:
            return (await self._clients.batch(lookup.db, [lookup.command]))[0]
        except OversizedReplyError as error:
            return error

    def _answer(self, lookup: Lookup, reply: Any) -> Answer:
        if isinstance(reply, ResponseError) and code_of(reply) != "WRONGTYPE":
            raise source_error(reply, self._clients.place)
        if lookup.oldest and (reply is None or isinstance(reply, bytes)):
            if reply is None or len(reply) <= FIELD_LIMIT:
                return [reply]
            self._leave_alone(lookup)
        if lookup.fields and isinstance(reply, list) and len(reply) == len(lookup.fields):
            if all(value is None or len(value) <= FIELD_LIMIT for value in reply):
                return reply
            self._leave_alone(lookup)
        if isinstance(reply, OversizedReplyError):
            self._leave_alone(lookup)
        return reply if isinstance(reply, int) and not lookup.fields else None

    async def _count(self, db: int, batch: Sequence[Lookup], answers: Mapping[Lookup, Answer]) -> None:
        """Count the hits and misses of a pipeline; ask where HMGET leaves it open."""
        traffic = self._clients.traffic
        open_questions = []
        for lookup in batch:
            answer = answers[lookup]
            if lookup.fields and isinstance(answer, list) and not any(value is not None for value in answer):
                open_questions.append(lookup)
            else:
                traffic.looked_up(found=answer not in (0, [None]))
        if open_questions:
            lengths = await self._clients.batch(db, [("HLEN", lookup.key) for lookup in open_questions])
            for length in lengths:
                if isinstance(length, int):
                    # Once for the HMGET, once for the HLEN itself.
                    traffic.looked_up(found=length > 0)
                    traffic.looked_up(found=length > 0)

    def _left_alone(self, lookup: Lookup) -> bool:
        until = self._left.get(lookup)
        if until is not None and time.monotonic() >= until:
            del self._left[lookup]
            return False
        return until is not None

    def _leave_alone(self, lookup: Lookup) -> None:
        self._left[lookup] = time.monotonic() + LEAVE_ALONE


async def in_turns(items: Iterable[T], count: int) -> AsyncIterator[T]:
    """Yield the items; after each `count` of them whatever else is to be done (a key that was pressed) has its turn."""
    for index, item in enumerate(items, 1):
        yield item
        if index % count == 0:
            await asyncio.sleep(0)


def _first(errors: BaseExceptionGroup[KryonixError]) -> KryonixError:
    first = errors.exceptions[0]
    return first if isinstance(first, KryonixError) else _first(first)

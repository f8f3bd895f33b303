"""A sample of a tenant's keys: when they end, what they take, when somebody last used them. Each read is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config.optimize import Optimize
from kryonix_tui.maintenance.optimize.walk import Met
from kryonix_tui.model.facts import Unit, parse_number
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.optimization import Prediction, SeenKey
from kryonix_tui.safetext import identity, raw_bytes
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.lookups import Lookup, Lookups
from kryonix_tui.sources.redis.translate import source_error

BATCH: Final = 200
"""Commands in one go."""

MEASURED: Final = 100
"""Keys of a tenant whose size, or last read, is asked for."""

_MOST_PREDICTED: Final = 200
_ACTIVITY: Final = ("last_activity", "last_ping")
_MOMENT: Final = re.compile(rb"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_WESTERNMOST: Final = timezone(-timedelta(hours=12))
_NO_EXPIRY: Final = -1

Place = tuple[int, bytes]
"""A database and a key."""

Found = dict[Place, SeenKey]


@dataclass(frozen=True, slots=True)
class Wish:
    """A tenant that is to be looked into: its keys that were met, and fields that may predict others."""

    tenant: str
    met: Met
    fields: Mapping[str, str]


@dataclass(slots=True)
class Sampling:
    """Looks into keys on `reads`; what only the `primary` knows (when somebody read a key) is asked there.

    `settled` has keys about which all was said, with the expiries that say so. `lfu`: the server counts how often a key is
    read; `idle`: it knows since when it was not. `thorough`: sizes and sessions as well.
    """

    reads: Clients
    primary: Clients
    keyspace: KeyspaceMap
    limits: Optimize
    settled: Mapping[Place, Collection[int | None]] = field(default_factory=dict)
    lfu: bool = False
    idle: bool = True
    thorough: bool = False
    _left: int = 0
    _each: int = 0

    def allot(self, tenants: int) -> None:
        """Share the reads of a pass between so many tenants; where that is too few for each, the first ones get them."""
        self._left = self.limits.reads
        fair = self._left // max(1, tenants)
        self._each = max(self.limits.keys, min(self.limits.sample, fair))

    async def of(self, wishes: Sequence[Wish], now_ms: int) -> dict[str, tuple[tuple[SeenKey, ...], Prediction]]:
        """Return of each tenant a sample of its keys with all that is to be known of them, and what is predicted."""
        chosen = {wish.tenant: self._chosen(wish) for wish in wishes}
        wanted = [key for keys, _expected in chosen.values() for key in keys.values()]
        # Of those beyond the limit nobody knows whether they are there.
        asked = {(key.db, key.key) for key in wanted[: max(0, self._left)]}
        there = await self._expiries(wanted, now_ms)
        found = {}
        for wish in wishes:
            keys, expected = chosen[wish.tenant]
            own = {place: there[place] for place in keys if place in there}
            missing = tuple(place for place in expected if place in asked and place not in there)
            if self.thorough:
                await self._measure(own)
            if self.thorough or self.limits.dead_weight:
                await self._unread(own, now_ms)
                await self._inactive(own)
            sure = parse_number(wish.fields.get("confidence_score", ""), Unit.COUNT)
            found[wish.tenant] = tuple(own.values()), Prediction(len(expected), missing, sure)
        return found

    def _chosen(self, wish: Wish) -> tuple[Found, Found]:
        """Return the keys to look into, and those among them that are predicted."""
        limits = self.limits
        rows = [_described(db, kind, key, of) for (db, kind), keys in wish.met.keys.items() for key, of in keys.items()]
        caches = [key for key in rows if key.kind in limits.caches][: self._each]
        expected = self._predicted(wish.tenant, wish.fields)
        others: dict[str, list[SeenKey]] = {}
        if self.thorough or (limits.dead_weight and limits.clean_up):
            for key in rows:
                if key.kind not in limits.caches:
                    others.setdefault(key.kind, []).append(key)
        # Some of each kind: the many mobile sessions must not hide the others.
        sessions = [key for keys in others.values() for key in keys[: MEASURED // len(others)]]
        return {(key.db, key.key): key for key in (*caches, *sessions)} | expected, expected

    def _predicted(self, tenant: str, fields: Mapping[str, str]) -> Found:
        """Return the cached keys that the platform expects to be needed: those of this tenant, and of no other."""
        try:
            names = json.loads(fields.get("next_hour_keys", "[]"))
        except (ValueError, RecursionError):
            return {}
        caches = self.limits.caches
        databases = sorted({of.db for of in self.keyspace.patterns if of.kind in caches and of.db is not None})
        found: Found = {}
        for name in names[:_MOST_PREDICTED] if isinstance(names, list) else ():
            for db in databases if isinstance(name, str) else ():
                key = raw_bytes(name)
                said = self.keyspace.attribute(db, key)
                if said.tenant == tenant and said.kind in caches:
                    found[db, key] = replace(_described(db, said.kind, key, said.pattern), predicted=True)
        return found

    async def present(self, places: Sequence[Place], now_ms: int) -> set[Place]:
        """Return which keys are there, beyond the limit of the pass."""
        self._left += len(places)
        return set(await self._expiries([SeenKey(db, key, "") for db, key in places], now_ms))

    async def _expiries(self, keys: Sequence[SeenKey], now_ms: int) -> Found:
        """Read when keys end; those that are gone are left out, and what is over the limit of the pass is not read."""
        asked = keys[: max(0, self._left)]
        self._left -= len(asked)
        found: Found = {}
        replies = await self._ask(self.reads, [(key.db, ("PEXPIRETIME", key.key)) for key in asked])
        for key, expires in zip(asked, replies, strict=True):
            if isinstance(expires, ResponseError):
                raise source_error(expires, self.reads.place)
            there = isinstance(expires, int) and (expires == _NO_EXPIRY or expires > now_ms)
            self.reads.traffic.looked_up(found=there)
            if there:
                ends = None if expires == _NO_EXPIRY else expires
                settled = ends in self.settled.get((key.db, key.key), ())
                found[key.db, key.key] = replace(key, expires_ms=ends, settled=settled)
        return found

    async def _measure(self, found: Found) -> None:
        """Ask for the memory of some keys; that counts no hit."""
        places = list(found)[:MEASURED]
        sizes = await self._ask(self.reads, [(db, ("MEMORY USAGE", key)) for db, key in places])
        for place, size in zip(places, sizes, strict=True):
            if isinstance(size, int):
                found[place] = replace(found[place], bytes=size)

    async def _unread(self, found: Found, now_ms: int) -> None:
        """Ask how often caches are read, or of those that outlive the time for undoing, since when nobody has."""
        if not (self.lfu or self.idle):
            return
        caches = [place for place, key in found.items() if key.kind in self.limits.caches]
        if not self.lfu:
            caches = [place for place in caches if self._stays(found[place], now_ms)]
        places = caches[:MEASURED]
        question = "OBJECT FREQ" if self.lfu else "OBJECT IDLETIME"
        replies = await self._ask(self.primary, [(db, (question, key)) for db, key in places])
        for place, said in zip(places, replies, strict=True):
            self.primary.traffic.looked_up(found=isinstance(said, int))
            if isinstance(said, int):
                key = found[place]
                found[place] = replace(key, frequency=said) if self.lfu else replace(key, idle_s=said)

    async def _inactive(self, found: Found) -> None:
        """Read of sessions without an end when they were last used, by their own word."""
        sessions = [key for key in found.values() if key.kind not in self.limits.caches and key.expires_ms is None]
        lookups = {Lookup(key.db, key.key, _ACTIVITY): key for key in sessions[:MEASURED]}
        if not lookups:
            return
        for lookup, answer in (await Lookups(self.reads).read(lookups)).items():
            said = answer if isinstance(answer, list) else []
            moments = [moment for raw in said if (moment := _moment(raw)) is not None]
            if moments:
                key = lookups[lookup]
                found[key.db, key.key] = replace(key, active_at=max(moments))

    def _stays(self, key: SeenKey, now_ms: int) -> bool:
        """Tell whether a key is still there when nothing can be undone any more."""
        return key.expires_ms is None or key.expires_ms > now_ms + int(self.limits.undo_hours * 3_600_000)

    async def _ask(self, clients: Clients, commands: Sequence[tuple[int, tuple[Any, ...]]]) -> list[Any]:
        """Send commands to their databases, some at a time, and return the replies in order; an error is a value."""
        replies: list[Any] = [None] * len(commands)
        by_db: dict[int, list[int]] = {}
        for number, (db, _command) in enumerate(commands):
            by_db.setdefault(db, []).append(number)
        for db, numbers in by_db.items():
            for start in range(0, len(numbers), BATCH):
                some = numbers[start : start + BATCH]
                for number, reply in zip(some, await clients.batch(db, [commands[n][1] for n in some]), strict=True):
                    replies[number] = reply
        return replies


def _described(db: int, kind: str, key: bytes, pattern: KeyPattern | None) -> SeenKey:
    """Return a key with what its pattern says of it."""
    if pattern is None:
        return SeenKey(db, key, kind)
    segments, parts = pattern.segments, key.split(b":")
    module = ""
    if b"{module}" in segments and segments.index(b"{module}") < len(parts):
        module = identity(parts[segments.index(b"{module}")])
    return SeenKey(db, key, kind, type=pattern.type, module=module, mobile=segments[0].startswith(b"mobile"))


def _moment(raw: bytes | None) -> float | None:
    """Return the latest moment that a session's field can mean, None where it says none.

    That is a day and a time in ISO 8601, with signs between their parts: a number would be read as a day long ago. Without
    a zone it may be of any: it counts as of the westernmost one, for nobody's session must end because of a guess.
    """
    if raw is None or _MOMENT.match(raw) is None:
        return None
    try:
        moment = datetime.fromisoformat(raw.decode().strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=_WESTERNMOST)).timestamp()
    except (ValueError, OverflowError):
        return None

"""The key browser's reads: SCAN page by page, and the beginning of one value at a time.

Keys are found by SCAN alone, which counts no hit and resets no idle time. Only the key that somebody looks at is asked for
its type, its expiry and a few of its parts; each of these counts as a hit, and as our own. Nothing is read without a bound:
a value of few, huge parts is not read at all, and no reply is larger than a connection takes.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config import schema
from kryonix_tui.errors import RefusedError, SourceError
from kryonix_tui.i18n import _
from kryonix_tui.model.keys import FoundKey, Ground, KeyPage, KeyValue, Part
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.sources.redis.address import Address, primary_address, replica_address
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.globs import mentioning
from kryonix_tui.sources.redis.guard import Access
from kryonix_tui.sources.redis.own_traffic import OwnTraffic
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.translate import source_error

STEP: Final = 1000
"""Keys that one SCAN goes past, about."""
STEPS: Final = 20
"""SCANs of one page at most: what is rare takes several pages to find."""
ENOUGH: Final = 200
"""Keys after which a page is full."""
PAUSE: Final = 0.005
"""Seconds between two SCANs of a page: others have their turn."""
PARTS: Final = 50
"""Parts of a value that are read."""
PART_BYTES: Final = 4096
"""Bytes of a part that are kept."""
LARGEST: Final = 1_000_000
"""Bytes that the parts which would be read may take on average together; more is not read."""

ACCESS: Final = Access(
    Purpose.MONITOR,
    frozenset(
        {
            *(b"HELLO", b"AUTH", b"SELECT", b"PING", b"CLIENT SETNAME"),
            *(b"SCAN", b"DBSIZE", b"TYPE", b"PTTL", b"MEMORY USAGE"),
            *(b"STRLEN", b"GETRANGE", b"HLEN", b"HSCAN", b"LLEN", b"LRANGE"),
            *(b"SCARD", b"SSCAN", b"ZCARD", b"ZSCAN", b"XLEN", b"XREVRANGE"),
        }
    ),
    4 * LARGEST,
)
"""Bounded reads of single keys; no other connection of the console may send them."""

_LENGTHS: Final = {
    "string": "STRLEN",
    "hash": "HLEN",
    "list": "LLEN",
    "set": "SCARD",
    "zset": "ZCARD",
    "stream": "XLEN",
}


class KeyBrowser:
    """Implements `model.keys.KeysPort` on one server: the replica, where one is read."""

    def __init__(
        self,
        settings: schema.Redis,
        keyspace: KeyspaceMap,
        visible: Visible = EVERYBODY,
        traffic: OwnTraffic | None = None,
    ) -> None:
        """`traffic` is what counts the console's own lookups on that server."""
        self._settings = settings
        self._keyspace = keyspace
        self._visible = visible
        self._clients = Clients(self._locate, settings, ACCESS)
        if traffic is not None:
            self._clients.traffic = traffic

    async def page(self, ground: Ground, cursor: int = 0) -> KeyPage:
        """Walk on from `cursor` until there is a page of keys, or `STEPS` SCANs were sent.

        Raises:
            RefusedError: this console may not see that tenant.
            SourceError: the server does not answer.
        """
        self._admit(ground.tenant)
        pattern = [] if ground.tenant is None else ["MATCH", mentioning(ground.tenant)]
        found: dict[bytes, FoundKey] = {}
        walked = 0
        for step in range(STEPS):
            if step:
                await asyncio.sleep(PAUSE)
            reply = await self._clients.call(ground.db, "SCAN", cursor, *pattern, "COUNT", STEP)
            cursor, keys = int(reply[0]), reply[1]
            walked += STEP
            found.update((key, known) for key in keys if (known := self._wanted(ground, key)) is not None)
            if not cursor or len(found) >= ENOUGH:
                break
        size = await self._clients.call(ground.db, "DBSIZE")
        return KeyPage(tuple(found.values()), cursor or None, min(walked, size), size)

    async def value(self, found: FoundKey) -> KeyValue:
        """Read type, expiry, length and the first parts of a key.

        Raises:
            RefusedError: this console may not see its tenant.
            SourceError: the server does not answer, or this user may not.
        """
        self._admit(found.tenant)
        kind, ttl, memory = await self._replies(found.db, ("TYPE", found.key), ("PTTL", found.key), _usage(found.key))
        name = bytes(kind).decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)
        self._count(2, found=name != "none")
        if name == "none":
            return KeyValue("")
        expiry = ttl if isinstance(ttl, int) and ttl >= 0 else None
        size = memory if isinstance(memory, int) else None
        if name not in _LENGTHS:
            return KeyValue(name, expiry, 0, size, refused=_("values of this type are not shown"))
        (length,) = await self._replies(found.db, (_LENGTHS[name], found.key))
        self._count(1, found=True)
        length = length if isinstance(length, int) else 0
        if name != "string" and size is not None and size / max(length, 1) * min(length, PARTS) > LARGEST:
            return KeyValue(name, expiry, length, size, refused=_("its parts are too large to be read"))
        parts = await self._parts(found, name)
        return KeyValue(name, expiry, length, size, tuple(parts[:PARTS]))

    async def close(self) -> None:
        """Close all connections."""
        await self._clients.close()

    def _wanted(self, ground: Ground, key: bytes) -> FoundKey | None:
        """Return a key that belongs there; the pattern of SCAN also lets others pass."""
        kind, tenant, _pattern = self._keyspace.attribute(ground.db, key)
        if ground.tenant is not None and tenant != ground.tenant:
            return None
        if (ground.kind is not None and kind != ground.kind) or not self._visible.sees(tenant):
            return None
        return FoundKey(ground.db, key, kind, tenant)

    def _admit(self, tenant: str | None) -> None:
        if not self._visible.sees(tenant):
            raise RefusedError(_("this console does not see those keys"), hint=_("`tenants` in the configuration."))

    async def _parts(self, found: FoundKey, name: str) -> list[Part]:
        commands: dict[str, tuple[Any, ...]] = {
            "string": ("GETRANGE", found.key, 0, PART_BYTES),
            "hash": ("HSCAN", found.key, 0, "COUNT", PARTS),
            "list": ("LRANGE", found.key, 0, PARTS - 1),
            "set": ("SSCAN", found.key, 0, "COUNT", PARTS),
            "zset": ("ZSCAN", found.key, 0, "COUNT", PARTS),
            "stream": ("XREVRANGE", found.key, "+", "-", "COUNT", PARTS),
        }
        (reply,) = await self._replies(found.db, commands[name])
        self._count(1, found=True)
        return parts_of(name, reply)

    async def _replies(self, db: int, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the replies; MEMORY USAGE may be refused, nothing else."""
        replies = await self._clients.batch(db, commands)
        for command, reply in zip(commands, replies, strict=True):
            if isinstance(reply, ResponseError) and command[0] != "MEMORY USAGE":
                raise source_error(reply, self._clients.place) from reply
        return replies

    def _count(self, lookups: int, *, found: bool) -> None:
        for _lookup in range(lookups):
            self._clients.traffic.looked_up(found=found)

    async def _locate(self) -> Address:
        replica = replica_address(self._settings) if self._settings.replica_url else None
        if replica is not None:
            return replica
        if self._settings.sentinel.name:
            return await primary_by_sentinel(self._settings)
        return primary_address(self._settings)


def parts_of(name: str, reply: Any) -> list[Part]:
    """Return the parts of a value of a type, from the reply to the command that reads them.

    Raises:
        SourceError: the reply is not what the protocol promises.
    """
    try:
        if name == "string":
            return [_part(b"", reply)]
        if name == "list":
            return [_part(str(place).encode(), item) for place, item in enumerate(reply)]
        if name == "stream":
            return [_part(entry, b"\0".join(fields[::2])) for entry, fields in reply]
        items = reply[1]
        if name == "set":
            return [_part(b"", member) for member in items]
        return [_part(items[place], items[place + 1]) for place in range(0, len(items) - 1, 2)]
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise SourceError(_("Redis answered something that is no {type}").format(type=name)) from error


def _part(name: bytes, value: bytes) -> Part:
    return Part(bytes(name[:512]), bytes(value[:PART_BYTES]), len(value) > PART_BYTES)


def _usage(key: bytes) -> tuple[Any, ...]:
    return ("MEMORY USAGE", key)

"""Looking at waiting items without taking any: a window of a list at a time, bounded in items and in bytes.

LRANGE has no bound in bytes. So a window begins with one item and grows while items are small; what a reply may have at
most cuts the connection, and that item is then told of and not shown.
"""

from __future__ import annotations

import time
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config import schema
from kryonix_tui.errors import RefusedError, SourceError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.queues import QueuePage, WaitingItem
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.model.waiting import waiting_since
from kryonix_tui.sources.redis.address import Address, primary_address
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.connection import MAX_REPLY_BYTES, OversizedReplyError
from kryonix_tui.sources.redis.guard import Access
from kryonix_tui.sources.redis.own_traffic import OwnTraffic
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.translate import source_error

PAGE: Final = 50
"""Items of a page."""
ITEM_BYTES: Final = 4096
"""Bytes of an item that are kept, unless more are asked for."""
PAGE_BYTES: Final = 8 * 1024 * 1024
"""Bytes after which a page ends early."""
WINDOW_BYTES: Final = 256 * 1024
"""The next window is twice as long while the last one had less."""

ACCESS: Final = Access(
    Purpose.MONITOR,
    frozenset({b"HELLO", b"AUTH", b"SELECT", b"PING", b"CLIENT SETNAME", b"TYPE", b"LLEN", b"LRANGE"}),
    MAX_REPLY_BYTES,
)
"""All that looking at a queue needs."""


class QueueReader:
    """Implements `model.queues.QueuesPort` on one server: the primary, for a replica may be behind its consumers."""

    def __init__(self, settings: schema.Redis, visible: Visible = EVERYBODY, traffic: OwnTraffic | None = None) -> None:
        """`traffic` is what counts the console's own lookups on that server."""
        self._settings = settings
        self._visible = visible
        self._clients = Clients(self._locate, settings, ACCESS)
        if traffic is not None:
            self._clients.traffic = traffic

    @property
    def place(self) -> str:
        """The server, printable; known after the first look."""
        return self._clients.place

    async def items(self, queue: QueueKey, start: int = 0, count: int = 0, kept: int = 0) -> QueuePage:
        """Return items from `start` on. Raises as `QueuesPort.items`."""
        if not self._visible.sees(queue.tenant):
            raise RefusedError(_("this console does not see that queue"), hint=_("`tenants` in the configuration."))
        kind, depth = await self._replies(queue.db, ("TYPE", queue.key), ("LLEN", queue.key))
        name = bytes(kind).decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)
        if name == "none":
            return QueuePage(0, type="")
        if name != "list" or not isinstance(depth, int):
            return QueuePage(0, type=name, refused=_("this is no list but a {type}").format(type=name))
        found, refused = await self._window(queue, max(0, start), min(count or PAGE, PAGE), kept or ITEM_BYTES)
        return QueuePage(depth, tuple(found), name, refused)

    async def close(self) -> None:
        """Close all connections."""
        await self._clients.close()

    async def _window(self, queue: QueueKey, start: int, count: int, kept: int) -> tuple[list[WaitingItem], str]:
        found: list[WaitingItem] = []
        now, size, step = time.time(), 0, 1
        while len(found) < count and size < PAGE_BYTES:
            first, wanted = start + len(found), min(step, count - len(found))
            try:
                (reply,) = await self._replies(queue.db, ("LRANGE", queue.key, -first - wanted, -first - 1))
            except OversizedReplyError:
                if wanted == 1:
                    return found, _("the item at place {place} is too large to be read").format(place=first)
                step = 1
                continue
            if not isinstance(reply, list):
                raise SourceError(_("Redis answered something that is no list"))
            read = [bytes(item) for item in reversed(reply)]
            found += [
                WaitingItem(first + at, item[:kept], len(item), waiting_since(item, now))
                for at, item in enumerate(read)
            ]
            size += sum(map(len, read))
            if len(read) < wanted:
                break
            step = min(2 * step, count) if sum(map(len, read)) < WINDOW_BYTES else 1
        return found, ""

    async def _replies(self, db: int, *commands: tuple[Any, ...]) -> list[Any]:
        replies = await self._clients.batch(db, commands)
        for command, reply in zip(commands, replies, strict=True):
            wrong_type = command[0] == "LLEN" and isinstance(reply, ResponseError) and "WRONGTYPE" in str(reply)
            if isinstance(reply, ResponseError) and not wrong_type:
                raise source_error(reply, self._clients.place) from reply
            self._clients.traffic.looked_up(found=reply not in (b"none", 0, []))
        return replies

    async def _locate(self) -> Address:
        if self._settings.sentinel.name:
            return await primary_by_sentinel(self._settings)
        return primary_address(self._settings)

"""One server, one client per logical database.

A database is chosen when a connection is made, never by a SELECT in between: a lost connection can then not leave the
next command in another database. Connections are opened when they are first needed and at most two per database. One
call is one attempt; who calls decides when to try again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from kryonix_tui.config import schema
from kryonix_tui.errors import SourceError
from kryonix_tui.sources.redis.address import Address
from kryonix_tui.sources.redis.guard import READS, Access
from kryonix_tui.sources.redis.own_traffic import OwnShare, OwnTraffic
from kryonix_tui.sources.redis.translate import translated

Locate = Callable[[], Awaitable[Address]]
"""Finds the server: a fixed address, or a question to Sentinels."""

CONNECTIONS_PER_DATABASE: Final = 2
HEALTH_CHECK_SECONDS: Final = 30
"""A connection that was idle for longer proves itself with a PING before it is used."""


class Clients:
    """Guarded clients for the databases of one server, and what they have cost it."""

    def __init__(self, locate: Locate, settings: schema.Redis, access: Access = READS) -> None:
        self.access = access
        self.traffic = OwnTraffic()
        self.share = OwnShare(self.traffic)
        self.place = "redis"
        self._locate = locate
        self._settings = settings
        self._address: Address | None = None
        self._served: Address | None = None
        self._opened: dict[int, Redis] = {}
        self._locating = asyncio.Lock()

    async def call(self, db: int, *arguments: Any) -> Any:
        """Send one command to database `db` and return its reply as it came: bytes, int, list, None.

        Raises:
            SourceError: there was no reply, or it is an error.
            ReadOnlyViolationError: the command is not on the list of `access`.
        """
        async with self._attempt(db) as client:
            return await client.execute_command(*arguments)  # type: ignore[no-untyped-call]  # redis-py's

    async def batch(self, db: int, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Send commands in one go, without a transaction, and return their replies; an error reply is a value here.

        Raises:
            SourceError: the replies did not all come.
            ReadOnlyViolationError: one of the commands is not on the list of `access`; none was sent.
        """
        async with self._connection(db) as connection:
            return await ask(connection, commands)

    async def relocate(self) -> None:
        """Close everything and look for the server anew at the next call (after a failover)."""
        self._address = None
        await self.close()

    async def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        opened, self._opened = self._opened, {}
        for client in opened.values():
            # A connection that does not close in time is given up; the others are still closed.
            with suppress(SourceError), translated(self.place, self.access.purpose):
                await client.connection_pool.aclose()

    @asynccontextmanager
    async def _attempt(self, db: int) -> AsyncIterator[Redis]:
        """Give the client of a database for one attempt: in time or not at all, its errors translated."""
        client = await self._client(db)
        try:
            with translated(self.place, self.access.purpose):
                # redis-py's timeout is per reply; a pipeline whose replies drip would take that long for each.
                async with asyncio.timeout(self._settings.connect_timeout + self._settings.timeout):
                    yield client
        except SourceError:
            # The next attempt looks anew where the server is and reads its secrets again.
            self._address = None
            raise

    @asynccontextmanager
    async def _connection(self, db: int) -> AsyncIterator[AbstractConnection]:
        """Give a connection to a database for one attempt, as `_attempt` does, to nobody else meanwhile."""
        async with self._attempt(db) as client:
            pool = client.connection_pool
            connection: AbstractConnection = await pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py's
            try:
                yield connection
            finally:
                await pool.release(connection)

    async def _client(self, db: int) -> Redis:
        async with self._locating:
            if self._address is None:
                address = await self._locate()
                self.place = str(address)
                if self._opened and address != self._served:
                    await self.close()
                self._address = self._served = address
            client = self._opened.get(db)
            if client is None:
                client = self._opened[db] = open_client(self._address, self._settings, self.traffic, db, self.access)
            return client


async def ask(connection: AbstractConnection, commands: Sequence[Sequence[Any]]) -> list[Any]:
    """Send commands and read their replies, as a pipeline of redis-py does with twice the work: this is the census's path."""
    try:
        await connection.send_packed_command(connection.pack_commands(commands))
        # The first reply is timed by itself; for the others the time of the whole attempt is enough.
        return [await _reply(connection, None if not index else math.inf) for index in range(len(commands))]
    except BaseException:
        # What was not read must not be taken for the reply to another command.
        await connection.disconnect(nowait=True)
        raise


async def _reply(connection: AbstractConnection, seconds: float | None) -> Any:
    try:
        return await connection.read_response(timeout=seconds)
    except ResponseError as error:
        # It was raised inside redis-py: with its frames, which hold it, it would live until a rare collection.
        return error.with_traceback(None)


def open_client(
    address: Address, settings: schema.Redis, traffic: OwnTraffic, db: int = 0, access: Access = READS
) -> Redis:
    """Return a guarded client for one database; nothing is connected yet.

    Replies come as the protocol has them: redis-py's own conversions are off, they trip over garbled replies.
    """
    pool = BlockingConnectionPool(
        connection_class=address.connection_class,
        max_connections=CONNECTIONS_PER_DATABASE,
        timeout=settings.timeout,
        db=db,
        protocol=3,
        driver_info=None,
        socket_connect_timeout=settings.connect_timeout,
        socket_timeout=settings.timeout,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        traffic=traffic,
        access=access,
        **address.options(),
    )
    client: Redis = Redis(connection_pool=pool)
    client.response_callbacks.clear()
    return client

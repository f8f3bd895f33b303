"""Locks: one operation of a kind on this machine (a file), one writer on a Redis (a key).

The Redis lock lives in the server that is written to and is renewed while the operation runs. It is no hard mutex: a
failover may lose it. That is why a lost lock stops the operation before its next batch, and why each key is checked
again when it is written.

A process that was killed leaves its lock on Redis. Who comes next on the same machine sees that it is gone and takes the
lock over, in one step and only from that very holding; from another machine nobody can know, and the lock has to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Protocol

from kryonix_tui.errors import LockedError, StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.maintenance.ticket import Ticket, held, new_ticket, read_ticket

REDIS_LOCK: Final = b"kryonix:lock:maintenance"
LOCK_SECONDS: Final = 30
RENEW_SECONDS: Final = 5
SURE_SECONDS: Final = 15
"""Seconds after a renewal for which the lock counts as ours: what is left of it is for the batch that starts then."""


class Connection(Protocol):
    """Sends one command to database 0 of the server that is written to."""

    async def call(self, db: int, *arguments: Any) -> Any:
        """Send it and return the reply; raises SourceError."""
        ...

    async def exchange(self, key: bytes, old: bytes, new: bytes, milliseconds: int) -> bool:
        """Put `new` in the place of `old` for so long, in one step; False where something else is there. Raises SourceError."""
        ...


@contextmanager
def file_lock(name: str, owner: Actor) -> Iterator[None]:
    """Hold the lock `name` on this machine.

    Raises:
        LockedError: another process holds it; the message says who and since when.
        KryonixError: the file cannot be written.
    """
    path = maintenance_folder() / f"{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise not_written(path, error) from error
    # The lock goes with the descriptor, also when this process is killed. The file stays.
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(new_ticket(owner))
        except BlockingIOError as error:
            raise held(read_ticket(file.read(2000))) from error
        except OSError as error:
            raise not_written(path, error) from error
        yield


class RedisLock:
    """A lock that is held in Redis. `check` tells whether it still is ours.

    `inherited` is the ticket of the dead process that it was taken over from, None where nobody had it.
    """

    def __init__(self, connection: Connection, owner: Actor) -> None:
        self._connection = connection
        self._ticket = new_ticket(owner)
        self.inherited: Ticket | None = None
        self._renewed = 0.0
        self._lost = False

    async def take(self) -> None:
        """Take the lock, where need be from a process of this machine that is dead.

        Raises:
            LockedError: somebody else has it.
            SourceError: the server did not answer.
        """
        # Once more at the end: what was there may have run out between the two questions.
        if not (await self._taken() or await self._taken_over() or await self._taken()):
            raise await self._held()

    async def _taken(self) -> bool:
        """Take the lock if nobody has it."""
        asked = time.monotonic()
        options = ("NX", "PX", LOCK_SECONDS * 1000)
        free = await self._connection.call(0, "SET", REDIS_LOCK, self._ticket, *options) is not None
        self._renewed = asked
        return free

    async def _taken_over(self) -> bool:
        """Take the lock if a dead process of this machine has it."""
        content = await self._connection.call(0, "GET", REDIS_LOCK)
        ticket = read_ticket(content)
        if ticket is None or not ticket.forsaken:
            return False
        self._renewed = time.monotonic()
        if await self._connection.exchange(REDIS_LOCK, content, self._ticket, LOCK_SECONDS * 1000):
            self.inherited = ticket
        return self.inherited is not None

    async def _held(self) -> LockedError:
        """Return the error that says who has it now, and how long at most if they are gone."""
        ticket = read_ticket(await self._connection.call(0, "GET", REDIS_LOCK))
        left = await self._connection.call(0, "PTTL", REDIS_LOCK)
        return held(ticket, left / 1000 if isinstance(left, int) and left >= 0 else None)

    async def keep(self) -> None:
        """Renew the lock for ever, until cancelled; where it is no longer ours, say so at the next `check`."""
        while not self._lost:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(Exception):
                await self._renew()

    async def _renew(self) -> None:
        asked = time.monotonic()
        if await self._connection.call(0, "GET", REDIS_LOCK) != self._ticket:
            self._lost = True
            return
        if await self._connection.call(0, "PEXPIRE", REDIS_LOCK, LOCK_SECONDS * 1000):
            self._renewed = asked

    def check(self) -> None:
        """Look whether the lock is still ours, or may have run out.

        Raises:
            StoppedError: it is not.
        """
        if not self._surely_ours():
            raise StoppedError(
                _("the lock on Redis was lost"), hint=_("What was done is in the audit log; look before you go on.")
            )

    async def confirm(self) -> None:
        """Ask the server whether the lock is still ours.

        Raises:
            StoppedError: somebody else's, or nobody's.
            SourceError: the server did not answer.
        """
        if await self._connection.call(0, "GET", REDIS_LOCK) != self._ticket:
            self._lost = True
        self.check()

    async def give_back(self) -> None:
        """Remove the lock if it is ours; one that may run out meanwhile is left to do so."""
        if self._surely_ours() and await self._connection.call(0, "GET", REDIS_LOCK) == self._ticket:
            await self._connection.call(0, "UNLINK", REDIS_LOCK)

    def _surely_ours(self) -> bool:
        return not self._lost and time.monotonic() - self._renewed <= SURE_SECONDS


@asynccontextmanager
async def redis_lock(connection: Connection, owner: Actor) -> AsyncIterator[RedisLock]:
    """Hold the lock on a Redis and renew it meanwhile. Raises as `RedisLock.take`."""
    lock = RedisLock(connection, owner)
    await lock.take()
    renewing = asyncio.create_task(lock.keep())
    try:
        yield lock
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        # As a task of its own: in a task that was cancelled no connection sends anything any more.
        await asyncio.gather(asyncio.create_task(lock.give_back()), return_exceptions=True)

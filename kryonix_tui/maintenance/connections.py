"""Connections for one purpose: its credential, its list of commands, one client per database, nothing ever sent twice.

redis-py sends a pipeline again when the link is cut in its middle, and a command that was already carried out is then
carried out twice; where it watches, it says of a cut link that somebody else changed a key. Here a cut link is an error,
and the caller looks what was done. The server is found once: after a failover, another server is no longer the one that
the plan was made for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection

from kryonix_tui.config import schema
from kryonix_tui.errors import SourceError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.purposes import access
from kryonix_tui.model.operation import Purpose
from kryonix_tui.sources.redis.address import Address, has_credential, primary_address, replica_address
from kryonix_tui.sources.redis.clients import Clients, ask
from kryonix_tui.sources.redis.sentinel import primary_by_sentinel
from kryonix_tui.sources.redis.translate import source_error


class PurposeClients(Clients):
    """Clients that may send what their purpose needs. `call(db, *words)` and `batch(db, commands)` as in `Clients`.

    Each attempt has `settings.connect_timeout` + `settings.timeout` seconds; give settings with a longer timeout where
    single values are huge. Errors name the purpose's credential.
    """

    def __init__(self, settings: schema.Redis, purpose: Purpose) -> None:
        super().__init__(self._locate_once, settings, access(purpose))
        self.purpose = purpose
        self.settings = settings
        self._found: Address | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """What a plan should say about the credential; empty where the purpose has its own."""
        if has_credential(self.settings, self.purpose):
            return ()
        return (
            _("redis.credentials.{purpose} is not set: the user of the monitor, or of the URL, is used").format(
                purpose=self.purpose.value
            ),
        )

    def checked(self, replies: Sequence[Any]) -> list[Any]:
        """Return replies of which none is an error. Raises SourceError."""
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply if isinstance(reply, SourceError) else source_error(reply, self.place, self.purpose)
        return list(replies)

    async def replies(self, db: int, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Send commands as `batch` does. Raises SourceError, also for a reply that is an error."""
        return self.checked(await self.batch(db, commands))

    async def together(self, db: int, commands: Sequence[Sequence[Any]]) -> list[Any]:
        """Send commands that the server carries out in one step, nobody else's in between; an error reply is a value here.

        A link that is cut in between leaves open whether all of them were carried out, or none.

        Raises:
            SourceError: the server did not answer, took none of them, or this user may not.
        """
        async with self._connection(db) as connection:
            self.checked(await ask(connection, [("MULTI",)]))
            return await _in_one_step(connection, commands) or []

    async def if_unchanged(
        self,
        db: int,
        keys: Sequence[bytes],
        questions: Sequence[Sequence[Any]],
        decide: Callable[[list[Any]], Sequence[Sequence[Any]]],
    ) -> list[Any] | None:
        """Ask about `keys`, and send what `decide` makes of the replies, in one step, if all `keys` are the same then.

        An error reply is a value, for `decide` as well. Returns the replies, none where there was nothing to send; None
        where somebody changed one of the keys meanwhile.

        Raises:
            SourceError: as `together`.
        """
        async with self._connection(db) as connection:
            try:
                watching, *replies, begun = await ask(connection, [("WATCH", *keys), *questions, ("MULTI",)])
                self.checked([watching, begun])
                commands = decide(replies)
                done = await _in_one_step(connection, commands)
            except BaseException:
                # What was begun on it ends with it.
                await connection.disconnect(nowait=True)
                raise
        return done if commands else []

    async def exchange(self, key: bytes, old: bytes, new: bytes, milliseconds: int) -> bool:
        """Put `new` in the place of `old` in database 0, in one step, to expire after so long.

        False where something else is there, or was there for a moment. A link that is cut in between puts nothing.

        Raises:
            SourceError: the server did not answer, or this user may not.
        """

        def decide(found: list[Any]) -> list[tuple[Any, ...]]:
            return [("SET", key, new, "PX", milliseconds)] if self.checked(found) == [old] else []

        return bool(self.checked(await self.if_unchanged(0, [key], [("GET", key)], decide) or []))

    async def _locate_once(self) -> Address:
        if self._found is None:
            self._found = await purpose_address(self.settings, self.purpose)
        return self._found


async def _in_one_step(connection: AbstractConnection, commands: Sequence[Sequence[Any]]) -> list[Any] | None:
    """Send commands and EXEC, and return the replies; None where a watched key was changed.

    MULTI has been answered before: where it is refused, the commands would be carried out one by one.

    Raises ResponseError where the server took none of them: the first of its refusals.
    """
    *queued, done = await ask(connection, [*commands, ("EXEC",)])
    if isinstance(done, Exception):
        raise next((reply for reply in queued if isinstance(reply, Exception)), done)
    return None if done is None else list(done)


async def purpose_address(settings: schema.Redis, purpose: Purpose) -> Address:
    """Return where a purpose connects to, and as whom: a backup to the replica where one is set, all else to the primary.

    Raises:
        ConfigError: address or secrets cannot be used.
        UnreachableError: no Sentinel names a primary.
    """
    replica = replica_address(settings, purpose) if purpose is Purpose.BACKUP else None
    if replica is not None:
        return replica
    if settings.sentinel.name:
        return await primary_by_sentinel(settings, purpose)
    return primary_address(settings, purpose)

"""Connections of redis-py that send nothing but what they may: the guard, the meter and the handshake in one mix-in.

Over redis-py's own they add: every command passes the guard and is counted; a reply over the limit of its
`Access` cuts the connection; RESP3 falls back to RESP2 where the server or the user's permissions refuse HELLO; naming the connection is
a courtesy that may fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import hiredis
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ResponseError

from kryonix_tui.errors import ReadOnlyViolationError, ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.sources.redis.guard import READS, Access, checked, statistics_name
from kryonix_tui.sources.redis.own_traffic import OwnTraffic

MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
"""The most that one reply to a read may have; a COUNT of 10,000 keys with names of 1 KB stays below."""

AT_ONCE: Final = 32 * 1024
"""Bytes that asyncio takes without a wait: half of where it begins to hold back writers."""

CLIENT_NAME: Final = "kryonix-tui"


class OversizedReplyError(ReplyError):
    """A reply was cut off because it is larger than a connection takes."""


class _Checked(list[bytes]):
    """Packed bytes that passed the guard; nothing else is sent."""


class _MeteredReader:
    """A stream reader that refuses to read without end. `seen` is set back before each reply."""

    def __init__(self, reader: asyncio.StreamReader, limit: int) -> None:
        self._stream = reader
        self._limit = limit
        self.seen = 0

    async def read(self, size: int) -> bytes:
        """Read as a `StreamReader` does.

        Raises:
            OversizedReplyError: the reply is larger than the limit.
        """
        data = await self._stream.read(size)
        self.seen += len(data)
        if self.seen > self._limit:
            raise OversizedReplyError(
                _("a reply of Redis is larger than {count} bytes").format(count=self._limit),
                hint=_("A value or key name of extreme size is in the way; `redis-cli --memkeys` finds it."),
            )
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Guarded:
    """The mix-in; stands before a connection class of redis-py."""

    def __init__(self, *, traffic: OwnTraffic, access: Access = READS, **options: Any) -> None:
        self._traffic = traffic
        self._access = access
        super().__init__(**options)

    def pack_command(self, *arguments: Any) -> list[bytes]:
        """Pack one command if it may be sent.

        Raises:
            ReadOnlyViolationError: it may not; nothing was sent.
        """
        allowed = checked(arguments, self._access)
        packed: list[bytes] = super().pack_command(*allowed)  # type: ignore[misc]
        self._traffic.sent(statistics_name(allowed, self._access))
        return _Checked(packed)

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        """Pack several commands; all are judged before the first is sent."""
        return _Checked(super().pack_commands([tuple(command) for command in commands]))  # type: ignore[misc]

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        """Send what `pack_command` or `pack_commands` returned, and nothing else."""
        if not isinstance(command, _Checked):
            raise ReadOnlyViolationError(_("bytes that did not pass the guard were not sent"))
        self._traffic.trips += 1
        if check_health and self.is_connected:  # type: ignore[attr-defined]
            await self.check_health()
        if self._leaves_at_once(command):
            return
        await super().send_packed_command(command, check_health=False)  # type: ignore[misc]
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # redis-py sends under `asyncio.wait_for`, which in Python 3.11 may swallow a cancellation.
            await self.disconnect(nowait=True)  # type: ignore[attr-defined]
            raise asyncio.CancelledError

    def _leaves_at_once(self, command: _Checked) -> bool:
        """Send what fits into an empty buffer, which needs neither a task nor a timeout; tell whether it did."""
        writer: asyncio.StreamWriter | None = self._writer  # type: ignore[attr-defined]
        if writer is None or writer.is_closing() or writer.transport.get_write_buffer_size():
            return False
        if sum(map(len, command)) > AT_ONCE:
            return False
        writer.writelines(command)
        return True

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Read one reply, metered."""
        reader = self._reader
        if isinstance(reader, _MeteredReader):
            reader.seen = 0
        return await super().read_response(*arguments, **options)  # type: ignore[misc]

    async def check_health(self) -> None:
        """Send a PING after a long silence. An error reply is a sign of life: PING says MISCONF when the disk is full."""
        with suppress(ResponseError):
            await super().check_health()  # type: ignore[misc]

    async def _connect(self) -> None:
        await super()._connect()  # type: ignore[misc]
        self._reader: Any = _MeteredReader(self._reader, self._access.largest_reply or MAX_REPLY_BYTES)

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - redis-py's signature
        """Log in, choose the database, and name the connection where that is allowed.

        `check_health` is ignored: a connection that shakes hands needs no PING before.
        """
        try:
            await super().on_connect_check_health(check_health=False)  # type: ignore[misc]
        except ResponseError as error:
            if not _refuses_hello(error):
                raise
            self.protocol = 2
            await super().on_connect_check_health(check_health=False)  # type: ignore[misc]
        with suppress(ResponseError):
            await self.send_command("CLIENT SETNAME", CLIENT_NAME, check_health=False)  # type: ignore[attr-defined]
            await self.read_response()


class _QuickPacking:
    """Packs in C, as redis-py's synchronous connections do; a batch of a restore is packed four times as fast."""

    def pack_command(self, *arguments: Any) -> list[bytes]:
        """Pack one command; what hiredis does not take is left to redis-py to pack or to refuse."""
        try:
            return [hiredis.pack_command(arguments)]
        except TypeError:
            packed: list[bytes] = super().pack_command(*arguments)  # type: ignore[misc]
            return packed


class GuardedConnection(_Guarded, _QuickPacking, Connection):
    """Over TCP."""


class GuardedTlsConnection(_Guarded, _QuickPacking, SSLConnection):
    """Over TLS."""


class GuardedSocketConnection(_Guarded, _QuickPacking, UnixDomainSocketConnection):
    """Over a unix socket."""

    async def on_connect(self) -> None:
        """Do nothing: redis-py calls this while it connects and then shakes hands once more."""


def _refuses_hello(error: ResponseError) -> bool:
    """Tell whether RESP3 was refused: a server before 6, a user without HELLO, or a protocol that is not offered."""
    text = str(error).lower()
    return "hello" in text or "noproto" in text

"""A snapshot over the replication protocol: we pose as a replica, take the RDB, and leave.

The server forks once and streams what it would write to disk; nothing is stored there, and no file access is needed.
Protocol (`replication.c`): AUTH; REPLCONF capa eof, rdb-only 1, version; then PSYNC, answered by
`+FULLRESYNC <id> <offset>`, or SYNC. While the server prepares, it sends empty lines. The RDB comes as `$<length>` and so
many bytes, or as `$EOF:<mark>` and bytes until the mark of 40 bytes repeats.

`+sync` or `+psync` lets a user read everything, whatever its key patterns say.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from kryonix_tui.errors import ReplyError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.intake import Intake, Progress, Snapshot
from kryonix_tui.maintenance.backup.rdb import ByteSink
from kryonix_tui.maintenance.backup.refusals import refusal
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.address import Address
from kryonix_tui.sources.redis.translate import translated

BLOCK: Final = 256 * 1024
"""Bytes read at once; about twice as many wait unread before the server is slowed down."""

MARK_SIZE: Final = 40

NEWEST: Final = "255.255.255"
"""What we say to be: a server then leaves nothing out for the sake of an old replica. Without it Valkey 9 writes the
format of Redis 7.2, and gives up at the first hash whose fields expire."""


async def stream_rdb(
    address: Address,
    sink: ByteSink,
    *,
    connect_timeout: float = 3.0,
    patience: float = 60.0,
    progress: Progress | None = None,
) -> Snapshot:
    """Write the RDB of the server at `address` to `sink`, and return its facts when all of it has arrived.

    `patience` is how many seconds may pass without a byte; a living server that still prepares sends one every ten.
    Writing happens between two reads: a sink that blocks, blocks the event loop. What the sink holds after an error or a
    cancellation is of no use.

    Raises:
        SyncRefusedError: the server does not offer replication, or not to this user.
        AuthenticationError, UnreachableError, DeadlineError, ReplyError: it could not be read to the end.
        CorruptRdbError: what arrived is no whole RDB.
        OSError: what the sink raises.
    """
    async with connected(address, connect_timeout) as link:
        link.patience = patience
        await link.introduce(address)
        identity = await link.request_snapshot()
        intake = Intake(sink, progress)
        framing = await link.line()
        if not framing.startswith(b"$"):
            raise link.unexpected(framing)
        blocks = link.marked(framing[5:]) if framing.startswith(b"$EOF:") else link.counted(framing[1:], intake)
        async for block in blocks:
            intake.take(block)
        return intake.finish(*identity)


class Link:
    """One connection on which we pose as a replica."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._place = place
        self.patience = 60.0

    async def introduce(self, address: Address) -> None:
        """Log in and say what we understand. A server that does not know a word of it serves us without."""
        await self.log_in(address)
        for words in (("capa", "eof"), ("rdb-only", "1"), ("version", NEWEST)):
            reply = await self.ask("REPLCONF", *words)
            if reply.startswith((b"-NOAUTH", b"-DENIED")):
                raise refusal(reply, self._place)

    async def log_in(self, address: Address) -> None:
        """Log in as the user of the address, where it has one."""
        if address.username or address.password:
            user = (address.username,) if address.username else ()
            reply = await self.ask("AUTH", *user, address.password)
            if reply.startswith(b"-"):
                raise refusal(reply, self._place)

    async def request_snapshot(self) -> tuple[str | None, int | None]:
        """Ask for everything, and return the replication id and offset where the server tells them."""
        reply = await self.ask("PSYNC", "?", "-1")
        words = reply.split()
        if words[0] == b"+FULLRESYNC" and len(words) >= 3 and words[2].isdigit():
            return safe(words[1], MARK_SIZE), int(words[2])
        if not reply.startswith((b"-ERR unknown command", b"-NOPERM")):
            raise refusal(reply, self._place) if reply.startswith(b"-") else self.unexpected(reply)
        # SYNC has no reply of its own: the snapshot, or an error in its place, is what comes next.
        await self._send("SYNC")
        return None, None

    async def line(self) -> bytes:
        """Return the next line that is not empty.

        Raises:
            SourceError: none came in time, or it is an error.
        """
        line = await self._line()
        if line.startswith(b"-"):
            raise refusal(line, self._place)
        return line

    async def counted(self, length: bytes, intake: Intake) -> AsyncIterator[bytes]:
        """Yield as many bytes as were announced, in blocks."""
        if not length.isdigit():
            raise self.unexpected(b"$" + length)
        left = intake.total = int(length)
        while left:
            block = await self._block(min(left, BLOCK))
            left -= len(block)
            yield block

    async def marked(self, mark: bytes) -> AsyncIterator[bytes]:
        """Yield bytes until `mark` ends them, in blocks."""
        if len(mark) != MARK_SIZE:
            raise self.unexpected(b"$EOF:" + mark)
        held = b""
        while held != mark:
            # The mark may come in pieces: so many bytes are held back.
            joined = held + await self._block(BLOCK)
            held = joined[-MARK_SIZE:]
            if len(joined) > MARK_SIZE:
                yield joined[:-MARK_SIZE]

    def unexpected(self, line: bytes) -> ReplyError:
        """Return the error for a line that the protocol does not have here."""
        return ReplyError(_("{place} answered: {detail}").format(place=self._place, detail=safe(line, 80)))

    async def ask(self, *words: str) -> bytes:
        """Send a command and return the line that answers it."""
        await self._send(*words)
        return await self._line()

    async def _send(self, *words: str) -> None:
        raw = [word.encode("utf-8", "surrogateescape") for word in words]
        self._writer.write(b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in raw))
        with self._translated():
            async with asyncio.timeout(self.patience):
                await self._writer.drain()

    async def _line(self) -> bytes:
        while True:
            with self._translated():
                async with asyncio.timeout(self.patience):
                    line = await self._reader.readline()
            if not line.endswith(b"\n"):
                raise self._cut()
            if line := line.strip():
                return line

    async def _block(self, size: int) -> bytes:
        with self._translated():
            async with asyncio.timeout(self.patience):
                block = await self._reader.read(size)
        if not block:
            raise self._cut()
        return block

    def _cut(self) -> UnreachableError:
        return UnreachableError(
            _("{place} closed the connection before its snapshot was complete").format(place=self._place),
            hint=_(
                "The server's log says why: it may have stopped, failed to fork, or met client-output-buffer-limit."
            ),
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with translated(self._place, Purpose.BACKUP):
            yield


@asynccontextmanager
async def connected(address: Address, timeout: float) -> AsyncIterator[Link]:  # noqa: ASYNC109 - of one step only
    """Open a link, within `timeout` seconds, and cut it at the end. Raises SourceError."""
    place = str(address)
    with translated(place, Purpose.BACKUP):
        address.options()  # says which file of the TLS settings is missing
        async with asyncio.timeout(timeout):
            if address.path:
                reader, writer = await asyncio.open_unix_connection(address.path, limit=BLOCK)
            else:
                context = None if address.tls is None else _tls(address)
                reader, writer = await asyncio.open_connection(address.host, address.port, limit=BLOCK, ssl=context)
    try:
        yield Link(reader, writer, place)
    finally:
        # There is nothing to say goodbye with: a replica that leaves just leaves.
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _tls(address: Address) -> ssl.SSLContext:
    tls = address.tls
    context = ssl.create_default_context(cafile=(tls and tls.ca_file) or None)
    if tls and not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls and tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file or None)
    return context

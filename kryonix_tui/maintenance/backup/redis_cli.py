"""A snapshot through `redis-cli --rdb`, where our own way over the protocol does not work.

It speaks the same protocol, so it helps only where the transport is the trouble. Valkey gives it the format of Redis 7.2,
which cannot hold hashes whose fields expire: the transfer then breaks off. The password goes through the environment.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import Final

from redis.exceptions import ResponseError

from kryonix_tui.errors import DeadlineError, KryonixError, SourceError, UnreachableError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.intake import Intake, Progress, Snapshot
from kryonix_tui.maintenance.backup.rdb import ByteSink
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.address import Address
from kryonix_tui.sources.redis.translate import source_error

PROGRAM: Final = "redis-cli"
_BLOCK: Final = 256 * 1024
_COMPLAINT: Final = 65_536
_MARK: Final = re.compile(rb"[0-9a-f]{40}")
"""What ends a diskless transfer. To a file, redis-cli cuts it off again; to a pipe it cannot, and leaves it after the
RDB. An RDB has a byte 255 nine bytes before its end, so it never ends like this by itself."""
_MARK_SIZE: Final = 40


async def redis_cli_rdb(
    address: Address, sink: ByteSink, *, patience: float = 60.0, progress: Progress | None = None
) -> Snapshot:
    """Write the RDB of the server at `address` to `sink`, as `replication.stream_rdb` does.

    Raises:
        KryonixError: the program is not installed.
        NotPermittedError: the user may not replicate.
        UnreachableError: it failed; its last words are in the message.
        DeadlineError: nothing came for `patience` seconds.
        CorruptRdbError: what arrived is no whole RDB.
        OSError: what the sink raises.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise KryonixError(_("redis-cli is not installed"), hint=_("It comes with the package redis-tools."))
    process = await asyncio.create_subprocess_exec(
        program,
        *_arguments(address),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | ({"REDISCLI_AUTH": address.password} if address.password else {}),
    )
    complaint = asyncio.create_task(_last_words(process.stderr))
    try:
        intake = Intake(sink, progress)
        async with asyncio.timeout(None) as deadline:
            await _take(intake, process.stdout, deadline, patience)
            code = await process.wait()
        if code:
            raise _failed(address, await complaint)
        return intake.finish()
    except TimeoutError as error:
        raise DeadlineError(_("redis-cli at {place}: nothing came in time").format(place=address)) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        complaint.cancel()


def _arguments(address: Address) -> list[str]:
    where = ["-s", address.path] if address.path else ["-h", address.host, "-p", str(address.port)]
    if address.username:
        where += ["--user", address.username]
    tls = address.tls
    if tls is not None and not address.path:
        where.append("--tls")
        for flag, file in (("--cacert", tls.ca_file), ("--cert", tls.cert_file), ("--key", tls.key_file)):
            where += [flag, file] if file else []
        where += [] if tls.verify else ["--insecure"]
    return [*where, "--rdb", "-"]


async def _take(
    intake: Intake, stream: asyncio.StreamReader | None, deadline: asyncio.Timeout, patience: float
) -> None:
    """Hand over all that comes, but the mark at its end."""
    held = b""
    while block := await _next(stream, deadline, patience):
        block, held = (held + block)[:-_MARK_SIZE], (held + block)[-_MARK_SIZE:]
        intake.take(block)
    intake.take(b"" if _MARK.fullmatch(held) else held)


def _failed(address: Address, said: bytes) -> SourceError:
    """Return what the last words of the program mean."""
    text = safe(" ".join(said.decode("utf-8", "replace").split())[-200:])
    if "NOPERM" in text:
        return source_error(ResponseError(text[text.index("NOPERM") :]), str(address), Purpose.BACKUP)
    return UnreachableError(_("redis-cli at {place}: {detail}").format(place=address, detail=text))


async def _next(stream: asyncio.StreamReader | None, deadline: asyncio.Timeout, patience: float) -> bytes:
    deadline.reschedule(asyncio.get_running_loop().time() + patience)
    return b"" if stream is None else await stream.read(_BLOCK)


async def _last_words(stream: asyncio.StreamReader | None) -> bytes:
    """Read what the program says to the end, so that it never waits for us; keep the last of it."""
    kept = b""
    while stream is not None and (data := await stream.read(_COMPLAINT)):
        kept = (kept + data)[-_COMPLAINT:]
    return kept

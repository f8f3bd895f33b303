"""Could this user write? The one place where a connection without the guard exists.

First witness: ACL DRYRUN, where the user may ask (Redis 7, Valkey): the server says of each writing command whether it
would run it, and runs nothing. Second: RESTORE of a payload that is no payload, on keys of the map that do not exist.
The permission is checked first, so the reply is NOPERM where it is refused, and a format error where it is permitted;
nothing is created either way. The second witness speaks of RESTORE alone: a user who may SET but not RESTORE is not
found out, which is why an ACL of named reads is recommended over one of named refusals.
"""

from __future__ import annotations

import uuid
from contextlib import aclosing
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from kryonix_tui.config import schema
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.permissions import Witness
from kryonix_tui.sources.redis.address import Address
from kryonix_tui.sources.redis.translate import code_of, translated

_ON_KEYS: Final = (
    ("SET", "{key}", "x"),
    ("DEL", "{key}"),
    ("UNLINK", "{key}"),
    ("EXPIRE", "{key}", "1"),
    ("PERSIST", "{key}"),
    ("RENAME", "{key}", "{key}"),
    ("RESTORE", "{key}", "0", "x"),
    ("HSET", "{key}", "f", "v"),
    ("HDEL", "{key}", "f"),
    ("LPUSH", "{key}", "x"),
    ("LPOP", "{key}"),
    ("LTRIM", "{key}", "0", "0"),
    ("SADD", "{key}", "x"),
    ("ZADD", "{key}", "1", "x"),
    ("XADD", "{key}", "*", "f", "v"),
    ("EVAL", "return 1", "1", "{key}"),
)
"""Writing commands that take a key, one of each family."""

_ON_SERVER: Final = (
    ("FLUSHDB",),
    ("FLUSHALL",),
    ("SWAPDB", "0", "1"),
    ("PUBLISH", "channel", "x"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "FLUSH"),
    ("CONFIG", "SET", "hz", "10"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SLOWLOG", "RESET"),
    ("REPLICAOF", "NO", "ONE"),
    ("SHUTDOWN",),
    ("DEBUG", "SLEEP", "0"),
    ("ACL", "SETUSER", "x"),
)
"""Commands that change the server or act on its other clients."""

_PAYLOAD: Final = b"x"


class Verdict(NamedTuple):
    """Whether the user could write (None: unknown), who says so, and by which commands."""

    can_write: bool | None
    witness: Witness
    writes: tuple[str, ...] = ()


async def could_write(address: Address, settings: schema.Redis, keyspace: KeyspaceMap, user: str) -> Verdict:
    """Find out whether `user`, as whom `address` logs in, could change anything.

    Raises:
        SourceError: the server does not answer.
    """
    keys = keyspace.example_keys(f"kryonix-probe-{uuid.uuid4().hex}")
    async with aclosing(_unguarded(address, settings)) as client:
        with translated(str(address)):
            return await _by_dry_run(client, user, keys) or await _by_restore(client, keys)


async def _by_dry_run(client: Redis, user: str, keys: tuple[bytes, ...]) -> Verdict | None:
    """Ask the server; None where it does not know the question or this user may not ask it."""
    commands: list[tuple[Any, ...]] = [*_ON_SERVER]
    for template in _ON_KEYS:
        commands += [tuple(key if part == "{key}" else part for part in template) for key in keys]
    replies = await _batch(client, [("ACL", "DRYRUN", user, *command) for command in commands])
    if isinstance(replies[0], ResponseError):
        return None
    permitted = dict.fromkeys(
        _name(command) for command, reply in zip(commands, replies, strict=True) if reply in (b"OK", True)
    )
    return Verdict(bool(permitted), Witness.DRY_RUN, tuple(permitted))


async def _by_restore(client: Redis, keys: tuple[bytes, ...]) -> Verdict:
    replies = await _batch(client, [("RESTORE", key, 0, _PAYLOAD) for key in keys])
    refusals = {code_of(reply) for reply in replies if isinstance(reply, ResponseError)}
    if refusals == {"NOPERM"}:
        return Verdict(can_write=False, witness=Witness.RESTORE)
    if any("unknown command" in str(reply) for reply in replies):
        # A server whose RESTORE was taken away says nothing about its users by it.
        return Verdict(can_write=None, witness=Witness.NONE)
    # Any other error comes after the permission was checked: a wrong format, a read-only replica, no memory.
    return Verdict(can_write=True, witness=Witness.RESTORE, writes=("RESTORE",))


async def _batch(client: Redis, commands: list[tuple[Any, ...]]) -> list[Any]:
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    replies: list[Any] = await pipeline.execute(raise_on_error=False)
    return replies


def _unguarded(address: Address, settings: schema.Redis) -> Redis:
    kind: type[Connection | UnixDomainSocketConnection] = UnixDomainSocketConnection if address.path else Connection
    if address.tls is not None and not address.path:
        kind = SSLConnection
    pool = ConnectionPool(
        connection_class=kind,
        max_connections=1,
        protocol=2,
        driver_info=None,
        socket_connect_timeout=settings.connect_timeout,
        socket_timeout=settings.timeout,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **address.options(),
    )
    client: Redis = Redis(connection_pool=pool)
    client.response_callbacks.clear()
    return client


def _name(command: tuple[Any, ...]) -> str:
    """Return a command's name, with its subcommand where it is a container."""
    containers = ("SCRIPT", "FUNCTION", "CONFIG", "CLIENT", "SLOWLOG", "DEBUG", "ACL")
    return " ".join(command[:2]) if command[0] in containers else str(command[0])

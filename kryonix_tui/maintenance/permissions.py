"""What a purpose's user lacks, found before anything is done.

First witness: ACL DRYRUN, where the user may ask: the server says of each command whether it would run it, and runs
nothing. Else each command that can do nothing when it is sent so (an absent key, a payload that is no payload, an unknown
parameter) is tried; a refusal comes before anything else. Pushes and CONFIG REWRITE cannot be tried so: the server's own
refusal tells of them later. Nor can SYNC and PSYNC: `backup.offer` asks about them on a connection of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config.schema import Credential
from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.purposes import COMMANDS, LOCK, SUGGESTED_USERS, TRANSACTION, WRITERS, grant, probe_keys
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import acl_line, added_line
from kryonix_tui.safetext import identity, safe
from kryonix_tui.sources.redis.address import has_credential
from kryonix_tui.sources.redis.translate import code_of

KEY: Final = "{key}"

HARMLESS: Final[Mapping[str, tuple[Any, ...]]] = {
    "ping": (),
    "info": ("server",),
    "role": (),
    "time": (),
    "dbsize": (),
    "scan": (0, "COUNT", 1),
    "type": (KEY,),
    "exists": (KEY,),
    "dump": (KEY,),
    "pttl": (KEY,),
    "pexpiretime": (KEY,),
    "memory|usage": (KEY,),
    "object|freq": (KEY,),
    "object|idletime": (KEY,),
    "replconf": ("capa", "eof"),
    "restore": (KEY, 0, "x"),
    "function|restore": ("x",),
    "function|dump": (),
    "unlink": (KEY,),
    "persist": (KEY,),
    "pexpireat": (KEY, 1),
    "llen": (KEY,),
    "lrange": (KEY, 0, 0),
    "lmove": (KEY, KEY, "LEFT", "RIGHT"),
    "lrem": (KEY, 0, "x"),
    "lset": (KEY, 0, "x"),
    "config|get": ("kryonix-probe",),
    "config|set": ("kryonix-probe", "x"),
}
"""Arguments with which a command changes nothing, on a key that does not exist, by its name in the grants."""

LOCK_COMMANDS: Final[Mapping[str, tuple[Any, ...]]] = {
    "get": (KEY,),
    "set": (KEY, "x", "XX"),
    "unlink": (KEY,),
    "pexpire": (KEY, 1),
    "pttl": (KEY,),
    "watch": (KEY,),
    "multi": (),
    "exec": (),
}
"""Likewise, on the key of a lock that nobody holds. `TRANSACTION` changes what comes after it, and is only asked about."""

ASKED_ONLY: Final[Mapping[str, tuple[Any, ...]]] = {
    "sync": (),
    "psync": ("?", "-1"),
    "lpush": (KEY, "x"),
    "rpush": (KEY, "x"),
    "watch": (KEY,),
    "config|rewrite": (),
}
"""Commands that would do something: the server is asked about them, they are never sent."""


async def missing_permissions(clients: PurposeClients, keyspace: KeyspaceMap) -> tuple[str, ...]:
    """Return the commands of the clients' purpose that their user may not send, by name (`config|set`).

    The keys that are asked about follow the map, for a tenant whom nobody has: none of them exists.

    Raises:
        SourceError: the server does not answer.
    """
    probe = f"kryonix-probe-{uuid.uuid4().hex}"
    keys = probe_keys(keyspace, probe)
    lock = f"kryonix:lock:{probe}"
    refused = await _by_dry_run(clients, [*_questions(clients.purpose, {**HARMLESS, **ASKED_ONLY}, keys, lock)])
    if refused is None:
        harmless = _questions(clients.purpose, HARMLESS, keys, lock)
        refused = await _by_trying(clients, [question for question in harmless if question[0] not in TRANSACTION])
    return tuple(dict.fromkeys(refused))


async def require(clients: PurposeClients, keyspace: KeyspaceMap, *, optional: Collection[str] = ()) -> None:
    """Look whether the clients' user may do what their purpose needs, besides what is `optional`.

    Raises:
        RefusedError: it may not; the hint is the line that grants it.
        SourceError: the server does not answer.
    """
    missing = [name for name in await missing_permissions(clients, keyspace) if name not in optional]
    if missing:
        raise await not_permitted(clients, keyspace, missing)


async def not_permitted(clients: PurposeClients, keyspace: KeyspaceMap, commands: Sequence[str]) -> RefusedError:
    """Return the error for `commands` that the clients' user may not send. The hint is the line that grants everything.

    Where the purpose has no user of its own, the line makes one: the monitor's must not be given more.

    Raises:
        SourceError: the server does not answer.
    """
    purpose, suggested = clients.purpose, SUGGESTED_USERS[clients.purpose]
    user = (await clients.batch(0, [("ACL WHOAMI",)]))[0]
    configured: Credential = getattr(clients.settings.credentials, purpose.value)
    name = identity(user) if isinstance(user, bytes) else configured.username or suggested
    try:
        if has_credential(clients.settings, purpose) or name == suggested:
            hint = grant_line(purpose, name, keyspace)
        else:
            hint = _("{line} makes a user for this purpose; name it in redis.credentials.{purpose}.").format(
                line=acl_line(suggested, grant(purpose, keyspace)), purpose=purpose.value
            )
    except ValueError:
        hint = _("`kryonix provision --only acl` prints the line that grants it.")
    return RefusedError(
        _("the user {user} may not {commands} on {place}").format(
            user=safe(name, 60), commands=", ".join(commands), place=clients.place
        ),
        hint=hint,
        title=_("Not permitted"),
    )


def grant_line(purpose: Purpose, username: str, keyspace: KeyspaceMap) -> str:
    """Return the ACL line that gives an existing user what `purpose` needs. Raises ValueError for an odd user name."""
    return added_line(username, grant(purpose, keyspace))


async def _by_dry_run(clients: PurposeClients, asked: Sequence[tuple[str, tuple[Any, ...]]]) -> list[str] | None:
    """Ask the server; None where it does not know the question or this user may not ask it."""
    user = (await clients.batch(0, [("ACL WHOAMI",)]))[0]
    if not isinstance(user, bytes):
        return None
    replies = await clients.batch(0, [("ACL DRYRUN", user, *command) for _name, command in asked])
    if any(isinstance(reply, ResponseError) for reply in replies):
        return None
    return [name for (name, _command), reply in zip(asked, replies, strict=True) if reply != b"OK"]


async def _by_trying(clients: PurposeClients, tried: Sequence[tuple[str, tuple[Any, ...]]]) -> list[str]:
    replies = await clients.batch(0, [command for _name, command in tried])
    return [
        name
        for (name, _command), reply in zip(tried, replies, strict=True)
        if isinstance(reply, ResponseError) and code_of(reply) == "NOPERM"
    ]


def _questions(
    purpose: Purpose, arguments: Mapping[str, tuple[Any, ...]], keys: Sequence[bytes], lock: str
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield (name, command) for each command of a purpose and each key, where `arguments` knows it."""
    for name in COMMANDS[purpose]:
        if name in arguments:
            commands = (_filled(name, arguments[name], key) for key in keys)
            # Without a key in it, the command is the same for all of them.
            yield from ((name, command) for command in dict.fromkeys(commands))
    if purpose in WRITERS:
        for name in LOCK.commands:
            yield name, _filled(name, LOCK_COMMANDS[name], lock.encode())


def _filled(name: str, arguments: tuple[Any, ...], key: bytes) -> tuple[Any, ...]:
    return (*name.upper().split("|"), *(key if argument == KEY else argument for argument in arguments))

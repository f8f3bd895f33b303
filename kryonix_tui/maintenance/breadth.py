"""Redis users that may do more than their purpose needs, by ACL DRYRUN: the server is asked, and nothing is run.

Each command that could do harm is asked about, on a key of the platform and on one of nobody. Rules are not compared, for
servers rewrite them. A user is asked about with its own credential, or any other of the configuration that may ask.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from kryonix_tui.config.schema import Config, Credential
from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.permissions import ASKED_ONLY, HARMLESS, KEY
from kryonix_tui.maintenance.purposes import SUGGESTED_USERS, grant
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import Grant
from kryonix_tui.safetext import identity
from kryonix_tui.sources.redis.address import has_credential

HARMFUL: Final[Mapping[str, tuple[Any, ...]]] = {
    # Keys: a command of each family that writes, and those that block or read without a bound.
    "set": (KEY, "x"),
    "del": (KEY,),
    "expire": (KEY, 1),
    "rename": (KEY, KEY),
    "copy": (KEY, KEY),
    "hset": (KEY, "f", "v"),
    "lpop": (KEY,),
    "ltrim": (KEY, 0, 0),
    "sadd": (KEY, "x"),
    "zadd": (KEY, 1, "x"),
    "xadd": (KEY, "*", "f", "v"),
    "keys": ("*",),
    "monitor": (),
    # Code, and what others hear.
    "eval": ("return 1", 0),
    "script|flush": (),
    "function|flush": (),
    "function|load": ("x",),
    "publish": ("x", "x"),
    # The whole server.
    "flushdb": (),
    "flushall": (),
    "swapdb": (0, 1),
    "save": (),
    "bgsave": (),
    "shutdown": (),
    "replicaof": ("NO", "ONE"),
    "debug": ("SLEEP", 0),
    "module|load": ("x",),
    "migrate": ("127.0.0.1", 1, KEY, 0, 1),
    "config|resetstat": (),
    "client|kill": ("TYPE", "normal"),
    "client|pause": (0,),
    "slowlog|reset": (),
    "acl|setuser": ("x",),
    "acl|deluser": ("x",),
    "acl|list": (),
}
"""Commands that no purpose has, with arguments of the right form. None is ever sent."""

_TABLE: Final = {**HARMLESS, **ASKED_ONLY, **HARMFUL}


@dataclass(frozen=True, slots=True)
class UserBreadth:
    """What one Redis user may do beyond its `purposes`.

    `exists` is None where nobody may ask about it. `commands` by name; `keys` are commands of its own that it may send on
    keys that its purposes do not have.
    """

    username: str
    purposes: tuple[Purpose, ...]
    exists: bool | None = None
    commands: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def wider(self) -> bool:
        """Whether it may do more than it should."""
        return bool(self.commands or self.keys)


async def breadths(config: Config, keyspace: KeyspaceMap) -> tuple[UserBreadth, ...]:
    """Return each user that the configuration uses, or that would be made for a purpose, with what it may do too much.

    Raises:
        SourceError: no user of the configuration can log in.
    """
    async with AsyncExitStack() as held:
        askers: list[PurposeClients] = []
        trouble: KryonixError | None = None
        users: dict[str, list[Purpose]] = {}
        for purpose in Purpose:
            clients = PurposeClients(config.redis, purpose)
            held.push_async_callback(clients.close)
            try:
                name = await _used(clients, config, purpose)
            except KryonixError as error:
                trouble = error
                continue
            askers.append(clients)
            users.setdefault(name, []).append(purpose)
        if not askers and trouble is not None:
            raise trouble
        return tuple([await _breadth(askers, name, tuple(purposes), keyspace) for name, purposes in users.items()])


async def _used(clients: PurposeClients, config: Config, purpose: Purpose) -> str:
    """Return who is logged in for a purpose; where none is configured for it, whom the ACL line would make."""
    reply = (await clients.batch(0, [("ACL WHOAMI",)]))[0]
    configured: Credential = getattr(config.redis.credentials, purpose.value)
    if purpose is not Purpose.MONITOR and not has_credential(config.redis, purpose):
        return SUGGESTED_USERS[purpose]
    return identity(reply) if isinstance(reply, bytes) else configured.username or SUGGESTED_USERS[purpose]


async def _breadth(
    askers: Sequence[PurposeClients], username: str, purposes: tuple[Purpose, ...], keyspace: KeyspaceMap
) -> UserBreadth:
    for clients in askers:
        (reply,) = await clients.batch(0, [("ACL DRYRUN", username, "PING")])
        if isinstance(reply, ResponseError) and "not found" in str(reply):
            return UserBreadth(username, purposes, exists=False)
        if not isinstance(reply, ResponseError):
            return await _asked(clients, username, purposes, keyspace)
    return UserBreadth(username, purposes)


async def _asked(
    clients: PurposeClients, username: str, purposes: tuple[Purpose, ...], keyspace: KeyspaceMap
) -> UserBreadth:
    grants = [grant(purpose, keyspace) for purpose in purposes]
    granted = {name for one in grants for name in one.commands}
    questions = [*_questions(keyspace)]
    replies = await clients.batch(0, [("ACL DRYRUN", username, *command) for _name, _foreign, command in questions])
    allowed = [
        (name, foreign)
        for (name, foreign, _command), reply in zip(questions, replies, strict=True)
        if reply in (b"OK", "OK", True)
    ]
    beyond = dict.fromkeys(name for name, _foreign in allowed if name not in granted)
    keys = dict.fromkeys(
        name for name, foreign in allowed if foreign and name in granted and not _everywhere(name, grants)
    )
    return UserBreadth(username, purposes, exists=True, commands=tuple(beyond), keys=tuple(keys))


def _questions(keyspace: KeyspaceMap) -> Iterator[tuple[str, bool, tuple[Any, ...]]]:
    """Yield (name, whether its key is nobody's, command)."""
    probe = f"kryonix-probe-{uuid.uuid4().hex}"
    ours = next(iter(keyspace.example_keys(probe)), probe.encode())
    for name, arguments in _TABLE.items():
        words = name.upper().split("|")
        for key, foreign in ((ours, False), (probe.encode(), True)) if KEY in arguments else ((b"", False),):
            yield name, foreign, (*words, *(key if part == KEY else part for part in arguments))


def _everywhere(name: str, grants: Sequence[Grant]) -> bool:
    """Tell whether a grant that has a command has it for every key."""
    return any(name in one.commands and {"~*", "%R~*"} & {*one.keys} for one in grants)

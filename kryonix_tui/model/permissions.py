"""What a Redis user may do: ACL rules for the administrator of the server, and what a server was found to allow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MONITOR_COMMANDS: Final = (
    # Connection
    *("ping", "echo", "hello", "auth", "select", "reset", "quit"),
    # The server
    *("info", "dbsize", "lastsave", "time", "role", "command", "acl|whoami"),
    # Walking over keys, and what they are
    *("scan", "hscan", "sscan", "zscan", "type", "exists", "ttl", "pttl", "expiretime", "pexpiretime"),
    *("object|encoding", "object|idletime", "object|freq", "object|refcount"),
    # Sizes
    *("strlen", "llen", "lindex", "hlen", "scard", "zcard", "xlen", "memory|usage", "memory|stats", "memory|doctor"),
    # Values
    *("get", "getrange", "hget", "hgetall", "hmget", "lrange", "smembers", "zrange", "zscore"),
    *("xrange", "xrevrange", "xinfo"),
    # Slow log and latency
    *("slowlog|get", "slowlog|len", "latency|latest", "latency|history", "latency|histogram", "latency|doctor"),
    # Clients
    *("client|id", "client|info", "client|list", "client|setname", "client|getname"),
    *("client|tracking", "client|trackinginfo", "client|caching", "client|getredir"),
    # Keyspace notifications
    *("subscribe", "unsubscribe", "psubscribe", "punsubscribe"),
)
"""All that a monitoring user needs on Redis 7: none of them writes, none shows the server's configuration."""

MONITOR_KEYS: Final = "%R~*"
"""Every key, to read only: a second barrier, should a writing command be granted by mistake."""

MONITOR_CHANNELS: Final = ("&__keyspace@*__:*", "&__keyevent@*__:*")

SUGGESTED_USER: Final = "kx_mon"
"""The name under which the ACL line for a monitoring user is offered."""

_USERNAME: Final = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a Redis user is granted: commands by name (`config|get`), keys and channels as ACL rules (`%R~*`, `&x:*`).

    `selectors` are further pairs of keys and commands that hold for these keys alone.
    """

    commands: tuple[str, ...]
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    selectors: tuple[Grant, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of `ACL SETUSER`; a selector is one rule, in parentheses."""
        own = (*self.keys, *self.channels, *(f"+{name}" for name in self.commands))
        return (*own, *(f"({' '.join(selector.rules)})" for selector in self.selectors))


MONITOR: Final = Grant(MONITOR_COMMANDS, (MONITOR_KEYS,), MONITOR_CHANNELS)


def acl_line(username: str, grant: Grant) -> str:
    """Return the `ACL SETUSER` line, as redis-cli takes it, for a user who may do what `grant` says and nothing else.

    Whoever runs it puts a password in for PASSWORD. Running it again changes nothing.

    Raises:
        ValueError: `username` is no single word of letters, digits, `_`, `.`, `@` and `-`.
    """
    return _line(username, "reset", "on", ">PASSWORD", "resetkeys", "resetchannels", "-@all", *grant.rules)


def added_line(username: str, grant: Grant) -> str:
    """Return the line that adds what `grant` says to a user that exists. Raises as `acl_line`."""
    return _line(username, "clearselectors", *grant.rules) if grant.selectors else _line(username, *grant.rules)


def monitor_acl_line(username: str) -> str:
    """Return the line for a monitoring user. Raises as `acl_line`."""
    return acl_line(username, MONITOR)


def _line(username: str, *rules: str) -> str:
    if not _USERNAME.fullmatch(username):
        raise ValueError(username)
    return " ".join(("ACL SETUSER", username, *(f'"{rule}"' if " " in rule else rule for rule in rules)))


class Witness(StrEnum):
    """How it was found out whether a user could write."""

    DRY_RUN = "acl_dryrun"
    """ACL DRYRUN over commands that write: the server's own word."""
    RESTORE = "restore_probe"
    """RESTORE of an invalid payload: refused, or a format error where it would have been permitted."""
    NONE = "none"
    """It was not found out."""


@dataclass(frozen=True, slots=True)
class RedisPermissions:
    """What one user may do on one server.

    `reads` has every read that the console uses, as {command: allowed}. `can_write` is None where `witness` is NONE;
    `writes` names commands that the witness found permitted.
    """

    user: str
    reads: Mapping[str, bool] = field(default_factory=dict)
    can_write: bool | None = None
    witness: Witness = Witness.NONE
    writes: tuple[str, ...] = ()

    @property
    def refused_reads(self) -> tuple[str, ...]:
        """Reads that the console uses and this user may not do."""
        return tuple(command for command, allowed in self.reads.items() if not allowed)

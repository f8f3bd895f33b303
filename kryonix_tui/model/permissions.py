"""What a Redis user may do, as ACL rules for the administrator of the server."""

from __future__ import annotations

import re
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
    *("strlen", "llen", "hlen", "scard", "zcard", "xlen", "memory|usage", "memory|stats", "memory|doctor"),
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

_USERNAME: Final = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


def monitor_acl_line(username: str) -> str:
    """Return the `ACL SETUSER` line for a monitoring user; its password is to be put in for PASSWORD.

    Raises:
        ValueError: `username` is no single word of letters, digits, `_`, `.`, `@` and `-`.
    """
    if not _USERNAME.fullmatch(username):
        raise ValueError(username)
    rules = ("reset", "on", ">PASSWORD", "resetkeys", "resetchannels", "-@all", MONITOR_KEYS, *MONITOR_CHANNELS)
    return " ".join(("ACL SETUSER", username, *rules, *(f"+{name}" for name in MONITOR_COMMANDS)))

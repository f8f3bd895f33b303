"""What each purpose needs of Redis: the commands that the console sends for it, on which keys. One table.

From it come the ACL lines for the administrator, the list that a connection may send, and what is asked for when a
permission is looked for beforehand. The monitor's own row is `model.permissions.MONITOR`: the viewer loads no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import MONITOR, MONITOR_COMMANDS, SUGGESTED_USER, Grant
from kryonix_tui.sources.redis.guard import READS, Access

_CONNECTION: Final = ("ping", "hello", "auth", "select", "client|setname", "acl|whoami")
_LOOK: Final = ("info", "role", "time", "dbsize")

TRANSACTION: Final = ("watch", "multi", "exec")
"""To take the lock of a dead process over in one step. They read and write nothing themselves."""

LOCK: Final = Grant(("get", "set", "unlink", "pexpire", "pttl", *TRANSACTION), ("~kryonix:lock:*",))
"""The lock that keeps two writers from a server. SET is for nothing else, but what `results` says."""

RESULT_KIND: Final = "ai_result"
"""The kind of the keys that results of optimisations are kept in, where the configuration says so."""

COMMANDS: Final[Mapping[Purpose, tuple[str, ...]]] = {
    Purpose.MONITOR: MONITOR_COMMANDS,
    Purpose.BACKUP: (
        *_CONNECTION,
        *_LOOK,
        # The whole data set as a replica gets it. SYNC asks for no key pattern: this user reads everything.
        *("replconf", "sync", "psync", "function|dump"),
        # Key by key, where the server refuses SYNC.
        *("scan", "type", "dump", "pexpiretime"),
    ),
    Purpose.RESTORE: (
        *_CONNECTION,
        *_LOOK,
        *("scan", "type", "exists", "dump", "pexpiretime"),
        *("restore", "unlink", "function|restore", "function|dump"),
    ),
    Purpose.MAINTAIN: (
        *_CONNECTION,
        *_LOOK,
        *("scan", "type", "exists", "dump", "pttl", "pexpiretime"),
        *("memory|usage", "object|freq", "object|idletime"),
        # Expiry times, and keys that nobody needs any more.
        *("pexpireat", "persist", "unlink"),
        # Queues.
        *("llen", "lrange", "lmove", "lrem", "lset", "lpush", "rpush", "watch"),
    ),
    Purpose.TUNE: (*_CONNECTION, *_LOOK, "config|get", "config|set", "config|rewrite"),
}
"""Everything that may be sent for a purpose, besides what `LOCK` has."""

SUGGESTED_USERS: Final[Mapping[Purpose, str]] = {
    Purpose.MONITOR: SUGGESTED_USER,
    Purpose.BACKUP: "kx_backup",
    Purpose.RESTORE: "kx_restore",
    Purpose.MAINTAIN: "kx_maintain",
    Purpose.TUNE: "kx_tune",
}
"""The names under which the ACL lines are offered where the configuration has no others."""

LARGEST_REPLY: Final = 600 * 1024 * 1024
"""Bytes of one reply of the write side: a DUMP of the largest value that Redis takes by default (512 MB), and its frame."""

WRITERS: Final = frozenset({Purpose.RESTORE, Purpose.MAINTAIN, Purpose.TUNE})
"""The purposes that write to Redis and so take its lock."""

HELD: Final = ("~tenant:*:kryonix:held:*", "~system:kryonix:held:*")
"""Lists of items that an operation has taken out of a queue and not yet saved; see `maintenance.queues.held`."""

_CONSOLE: Final = "console"
"""The kind of the console's own keys."""

# A restore brings back keys of any name; a backup reads them; nobody writes them by SET.
_EVERY_KEY: Final[Mapping[Purpose, tuple[str, ...]]] = {Purpose.BACKUP: ("%R~*",), Purpose.RESTORE: ("~*",)}

_PLAIN: Final = re.compile(rb"[A-Za-z0-9_:.@-]")


def results(keyspace: KeyspaceMap) -> Grant:
    """Return what is needed besides to keep results of optimisations: SET on their keys, and on no others."""
    found = (pattern for pattern in keyspace.patterns if pattern.kind == RESULT_KIND)
    return Grant(("set",), tuple(f"~{_beginning(pattern)}" for pattern in found))


def grant(purpose: Purpose, keyspace: KeyspaceMap, *, keeps_results: bool = False) -> Grant:
    """Return what the user of `purpose` needs on a platform with this keyspace; `keeps_results` as in `results`."""
    if purpose is Purpose.MONITOR:
        return MONITOR
    keys = _EVERY_KEY.get(purpose, ())
    if purpose is Purpose.MAINTAIN:
        keys = _without_covered((*key_rules(keyspace), *HELD))
    selectors = (LOCK,) if purpose in WRITERS else ()
    if keeps_results and purpose is Purpose.MAINTAIN:
        selectors = (*selectors, results(keyspace))
    return Grant(COMMANDS[purpose], keys, selectors=selectors)


def access(purpose: Purpose) -> Access:
    """Return what a connection of `purpose` may send: what its user is granted, and the question what that is."""
    if purpose is Purpose.MONITOR:
        return READS
    names = {*COMMANDS[purpose], *(LOCK.commands if purpose in WRITERS else ()), "acl|dryrun"}
    return Access(purpose, frozenset(name.upper().replace("|", " ").encode() for name in names), LARGEST_REPLY)


def key_rules(keyspace: KeyspaceMap) -> tuple[str, ...]:
    """Return the keys of the map, except the console's own, as ACL rules; what another covers is left out."""
    return _without_covered({f"~{_beginning(pattern)}" for pattern in _of_the_platform(keyspace)})


def _without_covered(rules: Collection[str]) -> tuple[str, ...]:
    """Return key rules in order, without those that another one covers."""
    wide = [rule for rule in rules if rule.endswith("*")]
    kept = (rule for rule in rules if not any(rule != other and rule.startswith(other[:-1]) for other in wide))
    return tuple(sorted(kept))


def probe_keys(keyspace: KeyspaceMap, tenant: str) -> tuple[bytes, ...]:
    """Return the keys that a `tenant` whom nobody has would have. None of them exists: all have its name in them."""
    platform = KeyspaceMap(keyspace.databases, tuple(_of_the_platform(keyspace)))
    return tuple(key for key in platform.example_keys(tenant) if tenant.encode() in key)


def _of_the_platform(keyspace: KeyspaceMap) -> Iterator[KeyPattern]:
    return (pattern for pattern in keyspace.patterns if pattern.kind != _CONSOLE)


def _beginning(pattern: KeyPattern) -> str:
    """Return the glob for the keys of a pattern: its text up to the first placeholder.

    ACL rules hold no blanks, and globs have signs of their own: such a byte stands as `?`, which is any one byte.
    """
    raw, brace, _rest = b":".join(pattern.segments).partition(b"{")
    plain = b"".join(byte if _PLAIN.fullmatch(byte) else b"?" for byte in (raw[i : i + 1] for i in range(len(raw))))
    return plain.decode() + ("*" if brace else "")

"""SLOWLOG GET and LATENCY LATEST -> values. Of a slow command its name and key are shown, never a value.

Arguments may be passwords, tokens, messages of patients: so only what is known to be a key's name is taken, and that is
masked where it holds personal data. For a command that is not known here, the name stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from kryonix_tui.i18n import ngettext
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.keyspace import OTHER, KeyspaceMap
from kryonix_tui.model.queues import queue_module
from kryonix_tui.model.server import LatencyEvent, SlowLogEntry
from kryonix_tui.safetext import raw_bytes, safe

MAX_ENTRIES: Final = 128
"""Entries of the slow log that are asked for: as many as a server keeps unless it is told otherwise."""

_MAX_EVENTS: Final = 32
_KEY_LIMIT: Final = 200
_MODULE_LIMIT: Final = 40
_GLOB: Final = frozenset(b"*?[")

_KEY_FIRST: Final = frozenset(
    b"APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMAX BZPOPMIN COPY DECR DECRBY DEL "
    b"DUMP EXISTS EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUSBYMEMBER GEOSEARCH "
    b"GEOSEARCHSTORE GET GETBIT GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HEXPIRE HGET HGETALL HGETDEL HGETEX HINCRBY "
    b"HINCRBYFLOAT HKEYS HLEN HMGET HMSET HPEXPIRE HPTTL HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS INCR "
    b"INCRBY INCRBYFLOAT KEYS LINDEX LINSERT LLEN LMOVE LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MGET MSET MSETNX "
    b"PERSIST PEXPIRE PEXPIREAT PEXPIRETIME PFADD PFCOUNT PFMERGE PSETEX PTTL RENAME RENAMENX RESTORE RPOP RPOPLPUSH "
    b"RPUSH RPUSHX SADD SCARD SDIFF SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTER SINTERSTORE SISMEMBER SMEMBERS "
    b"SMISMEMBER SMOVE SORT SORT_RO SPOP SRANDMEMBER SREM SSCAN STRLEN SUNION SUNIONSTORE TOUCH TTL TYPE UNLINK WATCH "
    b"XACK XADD XAUTOCLAIM XCLAIM XDEL XLEN XPENDING XRANGE XREVRANGE XTRIM ZADD ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZMSCORE "
    b"ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM ZREMRANGEBYLEX "
    b"ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE "
    b"DELIFEQ GEORADIUSBYMEMBER_RO GEORADIUS_RO HEXPIREAT HEXPIRETIME HPERSIST HPEXPIREAT HPEXPIRETIME LCS MOVE SUBSTR "
    b"XSETID ZDIFFSTORE ZINTERSTORE ZUNIONSTORE".split()
)
_SCRIPTS: Final = frozenset({b"EVAL", b"EVALSHA", b"EVAL_RO", b"EVALSHA_RO", b"FCALL", b"FCALL_RO"})
_KEY_SECOND: Final = frozenset(
    {b"BITOP", b"LMPOP", b"SINTERCARD", b"ZDIFF", b"ZINTER", b"ZINTERCARD", b"ZMPOP", b"ZUNION"}
)
_PATTERNS: Final = frozenset({b"KEYS", b"SCAN"})
"""What takes a pattern in place of a key."""

_KEY_AFTER_SUBCOMMAND: Final = frozenset({b"OBJECT", b"MEMORY", b"XINFO", b"XGROUP"})


class SlowLog:
    """Reads the replies of one server. Most entries were there at the last reading already, and are not made anew."""

    def __init__(self, keyspace: KeyspaceMap) -> None:
        self._keyspace = keyspace
        self._numbers = sorted({spec.db for spec in keyspace.databases})
        self._known: dict[tuple[Any, ...], SlowLogEntry] = {}

    def entries(self, reply: Any) -> tuple[SlowLogEntry, ...]:
        """Return the entries of a SLOWLOG GET reply: lists of id, epoch seconds, microseconds, arguments, address, name."""
        known = {}
        for entry_id, at, microseconds, arguments, *more in reply[:MAX_ENTRIES]:
            place = int(entry_id), int(at), int(microseconds)
            # With the arguments: after a quick restart another entry may have number, second and duration of an old one.
            mark = (place, *arguments)
            known[mark] = self._known.get(mark) or self._entry(place, arguments, safe(more[0], 80) if more else "")
        self._known = known
        return tuple(known.values())

    def _entry(self, place: tuple[int, int, int], arguments: list[bytes], client: str) -> SlowLogEntry:
        key = key_of(arguments)
        tenant, module = self._owner(key) if key else (None, OTHER)
        # `KEYS tenant:*:api:*` is about everybody.
        if tenant is not None and arguments[0].upper() in _PATTERNS and _GLOB & set(raw_bytes(tenant)):
            tenant = None
        if tenant is None and module == OTHER and arguments:
            module = safe(arguments[0], _MODULE_LIMIT)
        return SlowLogEntry(*place, printable_command(arguments), client, tenant, module)

    def _owner(self, key: bytes) -> tuple[str | None, str]:
        """Return tenant and module of a key. The log does not name the database: the first whose patterns fit is taken."""
        found = self._keyspace.attribute(-1, key)
        for db in self._numbers:
            found = self._keyspace.attribute(db, key)
            if found.kind != OTHER:
                break
        tenant, pattern = found.tenant, found.pattern
        if pattern is not None and (pattern.queue or b"{module}" in pattern.segments):
            return tenant, queue_module(pattern, key)
        return tenant, found.kind


def latency_events(reply: Any) -> tuple[LatencyEvent, ...]:
    """Return the lines of a LATENCY LATEST reply: event, epoch seconds, latest and worst milliseconds."""
    return tuple(
        LatencyEvent(safe(event, 60), int(at), int(latest), int(worst))
        for event, at, latest, worst, *_more in reply[:_MAX_EVENTS]
    )


def printable_command(arguments: list[bytes]) -> str:
    """Return `HGETALL tenant:x:profile … 3 more`: the name, the key where it is known, and how much is not shown."""
    if not arguments:
        return ""
    shown = [safe(arguments[0], 40)]
    if arguments[0].upper() in _KEY_AFTER_SUBCOMMAND and len(arguments) > 1:
        shown.append(safe(arguments[1], 40))
    key = key_of(arguments)
    if key:
        shown.append(mask_key_name(safe(key, _KEY_LIMIT)))
    hidden = len(arguments) - len(shown)
    if hidden > 0:
        shown.append(ngettext("… {count} more", "… {count} more", hidden).format(count=hidden))
    return " ".join(shown)


def key_of(arguments: Iterable[bytes]) -> bytes:
    """Return the first key of a command (for KEYS and SCAN, the pattern), empty where none is known."""
    name, *rest = [bytes(argument) for argument in arguments] or [b""]
    upper = name.upper()
    if upper in _KEY_FIRST and rest:
        return rest[0]
    if upper in _KEY_AFTER_SUBCOMMAND | _KEY_SECOND and len(rest) > 1:
        return rest[1]
    if upper == b"SCAN":
        return next((pattern for word, pattern in pairwise(rest) if word.upper() == b"MATCH"), b"")
    if upper in _SCRIPTS and len(rest) > 2 and rest[1] != b"0":
        return rest[2]
    return b""

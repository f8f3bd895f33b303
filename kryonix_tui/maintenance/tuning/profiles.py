"""Profiles of settings, as data: what each wants, why, what it risks, and who says so.

The profile `kryonix` has the values of the platform's design documents, corrected where they are wrong: `allkeys-lru` would
evict queues, configuration and SDK tenants like cache, so it is `volatile-lru`; names of Redis 6 are those of Redis 7;
what never existed, or cannot change at run time, is told and left. `conservative` protects data and changes no behaviour
that applications could rely on. No profile switches persistence off.

Settings stand in the order in which they are applied: the policy before the limit that it acts at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kryonix_tui.i18n import N_

POLICY: Final = "maxmemory-policy"
LIMIT: Final = "maxmemory"
AOF: Final = "appendonly"
SNAPSHOTS: Final = "save"
STOP_WRITES: Final = "stop-writes-on-bgsave-error"

_DOCUMENTS: Final = N_("design documents")
_CORRECTED: Final = N_("design documents, corrected")
_REDIS: Final = N_("default of redis.conf")
_CONSOLE: Final = N_("this console")


class Effect(StrEnum):
    """When a setting can take effect."""

    RUNNING = "running"
    RESTART = "restart"
    """The server refuses to change it while it runs."""
    NEVER = "never"
    """It is no parameter of any version."""


class Accepted(StrEnum):
    """Which values are left as they are although the profile names another."""

    ONLY_WANTED = "only wanted"
    ANY = "any"
    """Whatever is set, if anything is."""
    AT_LEAST = "at least"
    """Whole numbers that are not smaller."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a profile.

    `wanted` is written as for CONFIG SET; for `maxmemory` it may be a share of the machine (`60%`). `older` is the name
    before Redis 7. `equals` are further values that are as good. `why`, `risk` and `source` are texts to translate.
    """

    parameter: str
    wanted: str
    why: str
    risk: str
    source: str
    older: str = ""
    effect: Effect = Effect.RUNNING
    equals: tuple[str, ...] = ()
    accepted: Accepted = Accepted.ONLY_WANTED


_DATABASES: Final = Setting(
    "databases",
    "16",
    N_("the keyspace map has 16 databases"),
    N_("none while it runs: it takes a restart"),
    _DOCUMENTS,
    effect=Effect.RESTART,
    accepted=Accepted.AT_LEAST,
)

_KRYONIX: Final = (
    Setting(
        POLICY,
        "volatile-lru",
        N_("under memory pressure only keys that expire anyway may go; allkeys-* takes queues and configuration, too"),
        N_("where nothing that expires is left, writes fail instead of losing data: watch the memory"),
        _CORRECTED,
        equals=("volatile-lfu",),
    ),
    Setting(
        LIMIT,
        "16gb",
        N_("without a limit the machine's memory ends first, and the kernel kills the server"),
        N_("at the limit keys are evicted, or writes refused"),
        _DOCUMENTS,
    ),
    Setting(
        "maxmemory-samples",
        "10",
        N_("eviction chooses better among more samples"),
        N_("some more CPU while keys are evicted"),
        _DOCUMENTS,
    ),
    Setting(
        "timeout",
        "300",
        N_("connections that nobody uses are closed after 5 minutes"),
        N_("a connection pool that does not reconnect meets an error at its first use; waiting consumers stay"),
        _DOCUMENTS,
    ),
    Setting(
        "tcp-keepalive",
        "60",
        N_("clients that vanished, mobile ones above all, are noticed after minutes"),
        N_("a few more packets"),
        _DOCUMENTS,
    ),
    Setting(
        "tcp-backlog",
        "2048",
        N_("many clients may connect at the same moment"),
        N_("none while it runs: it takes a restart, and net.core.somaxconn of the kernel must allow it"),
        _DOCUMENTS,
        effect=Effect.RESTART,
        accepted=Accepted.AT_LEAST,
    ),
    Setting("tcp-user-timeout", "30000", "", "", _DOCUMENTS, effect=Effect.NEVER),
    Setting(
        "hash-max-listpack-entries",
        "1024",
        N_("sessions and metrics are small hashes, and take less memory packed"),
        N_("access to hashes near the limit is slower; existing ones change when they are written"),
        _DOCUMENTS,
        older="hash-max-ziplist-entries",
    ),
    Setting(
        "hash-max-listpack-value",
        "128",
        N_("fields up to 128 bytes (tokens, JSON) do not unpack a hash"),
        N_("access to hashes near the limit is slower"),
        _DOCUMENTS,
        older="hash-max-ziplist-value",
    ),
    Setting(
        "list-max-listpack-size",
        "-2",
        N_("nodes of lists (queues) of 8 KB"),
        N_("none: it is the default"),
        _DOCUMENTS,
        older="list-max-ziplist-size",
    ),
    Setting(
        "set-max-intset-entries",
        "1024",
        N_("sets of numbers take less memory packed"),
        N_("access to sets near the limit is slower"),
        _DOCUMENTS,
    ),
    Setting(
        "zset-max-listpack-entries",
        "256",
        N_("short timelines take less memory packed"),
        N_("access to sorted sets near the limit is slower"),
        _DOCUMENTS,
        older="zset-max-ziplist-entries",
    ),
    Setting(
        SNAPSHOTS,
        "300 10 60 1000 15 10000",
        N_("at most 15 seconds to 5 minutes of changes are lost without the AOF"),
        N_("with over 10,000 changes in 15 seconds the server forks that often"),
        _DOCUMENTS,
    ),
    Setting(
        "appendfsync",
        "everysec",
        N_("a crash loses a second of changes at most"),
        N_("a slow disk may hold up writes"),
        _DOCUMENTS,
        equals=("always",),
    ),
    Setting(
        "auto-aof-rewrite-percentage",
        "100",
        N_("the AOF is rewritten when it has doubled"),
        N_("a rewrite forks, and writes the whole data"),
        _DOCUMENTS,
    ),
    Setting(
        "auto-aof-rewrite-min-size",
        "32mb",
        N_("a small AOF is not rewritten again and again"),
        N_("rewrites begin earlier than by default (64 MB)"),
        _DOCUMENTS,
    ),
    Setting(
        AOF,
        "yes",
        N_("queues and configuration outlive a crash, to the second"),
        N_("more writing to the disk from now on"),
        _DOCUMENTS,
    ),
    _DATABASES,
)

_CONSERVATIVE: Final = (
    Setting(
        POLICY,
        "volatile-lru",
        N_("under memory pressure only keys that expire anyway may go; allkeys-* takes queues and configuration, too"),
        N_("where nothing that expires is left, writes fail instead of losing data: watch the memory"),
        _CORRECTED,
        equals=("volatile-lfu", "volatile-ttl", "volatile-random", "noeviction"),
    ),
    Setting(
        LIMIT,
        "60%",
        N_("without a limit the machine's memory ends first, and the kernel kills the server"),
        N_("at the limit keys are evicted, or writes refused"),
        _CONSOLE,
        accepted=Accepted.ANY,
    ),
    Setting(
        "tcp-keepalive",
        "300",
        N_("clients that vanished are noticed at all"),
        N_("a few more packets"),
        _REDIS,
        accepted=Accepted.ANY,
    ),
    Setting(
        "latency-monitor-threshold",
        "100",
        N_("the server remembers what held it up for over 100 ms; the console shows it"),
        N_("none worth a word"),
        _CONSOLE,
        accepted=Accepted.ANY,
    ),
    Setting(
        STOP_WRITES,
        "yes",
        N_("who writes learns that nothing is saved any more, before it is lost"),
        N_("a full disk stops writes"),
        _REDIS,
    ),
    Setting(
        SNAPSHOTS,
        "3600 1 300 100 60 10000",
        N_("a restart must not lose everything"),
        N_("each save forks, and writes the whole data"),
        _REDIS,
        accepted=Accepted.ANY,
    ),
    Setting(
        "appendfsync",
        "everysec",
        N_("a crash loses a second of changes at most, where there is an AOF"),
        N_("a slow disk may hold up writes"),
        _REDIS,
        equals=("always",),
    ),
    _DATABASES,
)

PROFILES: Final[Mapping[str, tuple[Setting, ...]]] = {"kryonix": _KRYONIX, "conservative": _CONSERVATIVE}
"""The profiles by name."""

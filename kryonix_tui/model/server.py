"""What the Redis or Valkey server says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

EVICTS_ALL: Final = "allkeys-"
"""How the policies begin that evict keys without an expiry as well."""


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """Keys of one logical database as INFO keyspace counts them; `average_ttl_ms` is 0 where nothing expires."""

    db: int
    keys: int
    expires: int = 0
    average_ttl_ms: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. `limit` is 0 where maxmemory is not set."""

    used: int = 0
    peak: int = 0
    resident: int = 0
    limit: int = 0
    policy: str = "noeviction"
    fragmentation: float | None = None

    @property
    def evicts_all(self) -> bool:
        """Whether the policy, at the limit, also evicts keys without an expiry: queues, configuration, SDK tenants."""
        return self.policy.startswith(EVICTS_ALL)


@dataclass(frozen=True, slots=True)
class Persistence:
    """State of RDB and AOF. `last_save` is epoch seconds; the `*_ok` flags tell of the last attempt."""

    loading: bool = False
    last_save: int = 0
    changes_since_save: int = 0
    save_ok: bool = True
    save_running: bool = False
    aof_enabled: bool = False
    aof_ok: bool = True


@dataclass(frozen=True, slots=True)
class Replication:
    """`link_up` and `lag_bytes` tell of a replica's link to its primary; `replicas` of a primary's followers."""

    role: str = "unknown"
    replicas: int = 0
    primary: str = ""
    link_up: bool = True
    lag_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Clients:
    """Connections. `rejected` and `limit` belong together: refused because of maxclients."""

    connected: int = 0
    blocked: int = 0
    limit: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counters since the server's start, and the rates that it computes itself."""

    ops_per_second: int = 0
    input_kbps: float = 0.0
    output_kbps: float = 0.0
    commands: int = 0
    hits: int = 0
    misses: int = 0
    expired: int = 0
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class CommandStat:
    """One command's share of the server's work: calls and microseconds since start or reset."""

    name: str
    calls: int
    microseconds: int
    failed: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class SlowLogEntry:
    """One slow command. `command` is printable, its secrets masked; `tenant` where its key names one.

    `module` is what the keyspace map calls the key (`whatsapp`, or the kind where it has no module), and the command's
    name where it calls it nothing. `at` is epoch seconds by the server's clock.
    """

    entry_id: int
    at: int
    microseconds: int
    command: str
    client: str = ""
    tenant: str | None = None
    module: str = ""


@dataclass(frozen=True, slots=True)
class LatencyEvent:
    """One line of LATENCY LATEST: the event, when (epoch seconds), the latest and the worst milliseconds."""

    event: str
    at: int
    latest_ms: int
    max_ms: int


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Everything that one reading of the server gave.

    `round_trip_ms` is what a PING took from here. `own_hits` and `own_misses` are the console's own share of the
    traffic's hits and misses, which this run of the server has counted so far. `databases` has every database that exists,
    with or without keys; `database_count` is how many the server offers of those that the map names. `unavailable` names
    what this user may not read (`slowlog`, `latency`). `clock` is the server's clock in epoch seconds, None where it does
    not tell.
    """

    flavour: str
    version: str
    mode: str
    run_id: str
    uptime_seconds: int
    databases: Mapping[int, DatabaseSize]
    database_count: int
    round_trip_ms: float
    memory: Memory = field(default_factory=Memory)
    persistence: Persistence = field(default_factory=Persistence)
    replication: Replication = field(default_factory=Replication)
    clients: Clients = field(default_factory=Clients)
    traffic: Traffic = field(default_factory=Traffic)
    commands: tuple[CommandStat, ...] = ()
    slow_log: tuple[SlowLogEntry, ...] = ()
    latency: tuple[LatencyEvent, ...] = ()
    own_hits: int = 0
    own_misses: int = 0
    unavailable: frozenset[str] = frozenset()
    clock: float | None = None

    @property
    def keys(self) -> int:
        """Keys of all databases, as INFO counts them (keys that have expired but were not yet removed are included)."""
        return sum(database.keys for database in self.databases.values())

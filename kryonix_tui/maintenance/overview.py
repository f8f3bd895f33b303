"""What the write side must know of a server before and after: one look, through the purpose's own connections."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.model.operation import Target
from kryonix_tui.sources.redis import info
from kryonix_tui.sources.redis.translate import translated

SECTIONS = ("server", "memory", "persistence", "replication", "stats", "keyspace")


@dataclass(frozen=True, slots=True)
class Overview:
    """A server at one moment. `databases` is {number: keys}; bytes, milliseconds; counters since its start."""

    target: Target
    databases: Mapping[int, int] = field(default_factory=dict)
    used_memory: int = 0
    max_memory: int = 0
    policy: str = "noeviction"
    loading: bool = False
    save_ok: bool = True
    last_fork_ms: float = 0.0
    evicted: int = 0
    expired: int = 0
    time_ms: int = 0
    taken: float = field(default_factory=time.monotonic, compare=False)

    def now_ms(self) -> int:
        """Return what the server's clock says now, as far as ours can tell."""
        return self.time_ms + int((time.monotonic() - self.taken) * 1000)

    @property
    def keys(self) -> int:
        """Keys of all databases."""
        return sum(self.databases.values())


async def look(clients: PurposeClients) -> Overview:
    """Return what the server says of itself now.

    Raises:
        SourceError: it does not answer, or this user may not ask.
    """
    fields: dict[str, str] = {}
    for section in SECTIONS:
        fields |= info.parse_info(await clients.call(0, "INFO", section))
    seconds, microseconds = await clients.call(0, "TIME")
    with translated(clients.place):
        flavour, version = info.flavour_and_version(fields)
        return Overview(
            target=Target(
                place=clients.place,
                flavour=flavour,
                version=version,
                run_id=fields.get("run_id", ""),
                role=fields.get("role", ""),
            ),
            databases={db: size.keys for db, size in info.database_sizes(fields).items()},
            used_memory=info.integer(fields, "used_memory"),
            max_memory=info.integer(fields, "maxmemory"),
            policy=fields.get("maxmemory_policy", "noeviction"),
            loading=fields.get("loading") == "1",
            save_ok=fields.get("rdb_last_bgsave_status", "ok") == "ok",
            last_fork_ms=info.integer(fields, "latest_fork_usec") / 1000,
            evicted=info.integer(fields, "evicted_keys"),
            expired=info.integer(fields, "expired_keys"),
            time_ms=int(seconds) * 1000 + int(microseconds) // 1000,
        )

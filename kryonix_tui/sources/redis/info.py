"""The text of INFO -> values. A field that is missing or garbled takes its default; nothing in INFO can raise.

Field names: https://redis.io/docs/latest/commands/info/ (Valkey: https://valkey.io/commands/info/).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from kryonix_tui.model.server import (
    Clients,
    CommandStat,
    DatabaseSize,
    Memory,
    Persistence,
    Replication,
    Traffic,
)
from kryonix_tui.safetext import safe

MAX_COMMANDS: Final = 256
"""Commands kept, those that took most time; a hostile server could name any number."""

MAX_DATABASES: Final = 65_536


def parse_info(raw: bytes) -> dict[str, str]:
    """Return `field: value` lines as a mapping; anything else in the text is passed over."""
    fields = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and not name.startswith("#"):
            fields[name] = value
    return fields


def integer(fields: Mapping[str, str], name: str, default: int = 0) -> int:
    """Return a whole number, `default` where there is none."""
    try:
        return int(fields[name])
    except (KeyError, ValueError):
        return default


def decimal(fields: Mapping[str, str], name: str) -> float | None:
    """Return a finite number, None where there is none."""
    try:
        value = float(fields[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None


def flavour_and_version(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return which server this is (`redis`, `valkey`, ...) and its version; Valkey also tells a Redis version."""
    if "valkey_version" in fields:
        return "valkey", safe(fields["valkey_version"], 40)
    if "dragonfly_version" in fields:
        return "dragonfly", safe(fields["dragonfly_version"], 40)
    return safe(fields.get("server_name", "redis").lower(), 20), safe(fields.get("redis_version", "?"), 40)


def mode(fields: Mapping[str, str]) -> str:
    """Return `standalone`, `cluster` or `sentinel`."""
    return safe(fields.get("redis_mode") or fields.get("server_mode") or "standalone", 20)


def clock(fields: Mapping[str, str]) -> float | None:
    """Return the server's clock in epoch seconds; None where it does not tell."""
    micros = integer(fields, "server_time_usec")
    return micros / 1e6 if micros > 0 else None


def memory(fields: Mapping[str, str]) -> Memory:
    """Return the memory section."""
    return Memory(
        used=integer(fields, "used_memory"),
        peak=integer(fields, "used_memory_peak"),
        resident=integer(fields, "used_memory_rss"),
        limit=integer(fields, "maxmemory"),
        policy=safe(fields.get("maxmemory_policy", "noeviction"), 40),
        fragmentation=decimal(fields, "mem_fragmentation_ratio"),
    )


def persistence(fields: Mapping[str, str]) -> Persistence:
    """Return the persistence section."""
    aof = (fields.get("aof_last_bgrewrite_status", "ok"), fields.get("aof_last_write_status", "ok"))
    return Persistence(
        loading=fields.get("loading") == "1",
        last_save=integer(fields, "rdb_last_save_time"),
        changes_since_save=integer(fields, "rdb_changes_since_last_save"),
        save_ok=fields.get("rdb_last_bgsave_status", "ok") == "ok",
        save_running=fields.get("rdb_bgsave_in_progress") == "1",
        aof_enabled=fields.get("aof_enabled") == "1",
        aof_ok=aof == ("ok", "ok"),
    )


def replication(fields: Mapping[str, str]) -> Replication:
    """Return the replication section. The lag is told only where the primary's offset is known to the replica."""
    role = safe(fields.get("role", "unknown"), 20)
    if role != "slave":
        return Replication(role=role, replicas=integer(fields, "connected_slaves"))
    ahead, applied = (integer(fields, name, -1) for name in ("slave_read_repl_offset", "slave_repl_offset"))
    return Replication(
        role=role,
        replicas=integer(fields, "connected_slaves"),
        primary=safe(f"{fields.get('master_host', '?')}:{fields.get('master_port', '?')}", 120),
        link_up=fields.get("master_link_status") == "up",
        lag_bytes=max(0, ahead - applied) if ahead >= 0 and applied >= 0 else None,
    )


def clients(fields: Mapping[str, str]) -> Clients:
    """Return the clients section."""
    return Clients(
        connected=integer(fields, "connected_clients"),
        blocked=integer(fields, "blocked_clients"),
        limit=integer(fields, "maxclients"),
        rejected=integer(fields, "rejected_connections"),
    )


def traffic(fields: Mapping[str, str]) -> Traffic:
    """Return the stats section."""
    return Traffic(
        ops_per_second=integer(fields, "instantaneous_ops_per_sec"),
        input_kbps=decimal(fields, "instantaneous_input_kbps") or 0.0,
        output_kbps=decimal(fields, "instantaneous_output_kbps") or 0.0,
        commands=integer(fields, "total_commands_processed"),
        hits=integer(fields, "keyspace_hits"),
        misses=integer(fields, "keyspace_misses"),
        expired=integer(fields, "expired_keys"),
        evicted=integer(fields, "evicted_keys"),
    )


def database_sizes(fields: Mapping[str, str]) -> dict[int, DatabaseSize]:
    """Return the databases that INFO keyspace lists; those without keys are not among them."""
    found = {}
    for name, value in fields.items():
        if name.startswith("db") and name[2:].isdecimal() and int(name[2:]) < MAX_DATABASES:
            counts = _pairs(value)
            db = int(name[2:])
            found[db] = DatabaseSize(db, *(integer(counts, part) for part in ("keys", "expires", "avg_ttl")))
    return found


def used_cpu(fields: Mapping[str, str]) -> float | None:
    """Return the seconds of processor time that the server has used by itself, its children not among them."""
    user, system = decimal(fields, "used_cpu_user"), decimal(fields, "used_cpu_sys")
    return user + system if user is not None and system is not None else None


def command_stats(fields: Mapping[str, str]) -> tuple[CommandStat, ...]:
    """Return INFO commandstats, the command that took most time first."""
    found = []
    for name, value in fields.items():
        if name.startswith("cmdstat_"):
            parts = _pairs(value)
            figures = (integer(parts, part) for part in ("calls", "usec", "failed_calls", "rejected_calls"))
            found.append(CommandStat(safe(name.removeprefix("cmdstat_"), 40), *figures))
    found.sort(key=lambda stat: stat.microseconds, reverse=True)
    return tuple(found[:MAX_COMMANDS])


def _pairs(text: str) -> dict[str, str]:
    """Return `a=1,b=2` as a mapping."""
    return {name: value for name, _, value in (pair.partition("=") for pair in text.split(","))}

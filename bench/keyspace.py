"""A keyspace to measure on: many tenants over all 16 databases, written through `redis-cli --pipe`.

What the console reads are hashes with the fields that the platform writes; the rest are strings of a letter.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from typing import Final

SHAPES: Final = (
    # Database, share of all keys, name. The bulk of a platform is sessions and cache, the rest is small.
    (0, 0.35, "tenant:{t}:mobile:session:{i}"),
    (1, 0.25, "tenant:{t}:api:crm:r{i}"),
    (10, 0.15, "preload:tenant:{t}:{i}"),
    (11, 0.08, "ws:tenant:{t}:conn:{i}"),
    (5, 0.04, "sdk:dev:tenant:{t}:{i}"),
    (4, 0.04, "ai:pattern:tenant:{t}:{i}"),
    (12, 0.03, "tenant:{t}:cfg:{i}"),
    (13, 0.02, "tenant:{t}:app:{i}"),
    (14, 0.01, "tenant:{t}:cert:{i}"),
    (15, 0.01, "tenant:{t}:misc:{i}"),
    (2, 0.005, "tenant:{t}:job:{i}"),
    (3, 0.003, "metrics:tenant:{t}"),
    (6, 0.003, "creation:{t}:{i}"),
    (7, 0.003, "branding:tenant:{t}"),
    (8, 0.003, "tenant:{t}:lock:{i}"),
    (9, 0.003, "perf:tenant:{t}"),
)

HASHES: Final[Mapping[str, tuple[str, ...]]] = {
    "tenant:{t}:mobile:session:{i}": ("platform", "android"),
    "metrics:tenant:{t}": ("cache_hit_rate", "93.5", "avg_response_time", "120ms", "active_sessions", "35"),
    "branding:tenant:{t}": ("app_name", "App", "custom_domain", "app.example"),
    "perf:tenant:{t}": ("avg_response_time_ms", "110", "error_rate_percent", "0.2", "requests_per_second", "12"),
}
"""Fields and values of the names that are hashes."""

TENANTS: Final = 1000


def seed(url: str, keys: int, tenants: int = TENANTS) -> int:
    """Write about `keys` keys of `tenants` tenants; return how many they are."""
    feed = subprocess.Popen(["redis-cli", "-u", url, "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert feed.stdin is not None
    written = 0
    for db, share, shape in SHAPES:
        count = round(keys * share) if "{i}" in shape else min(round(keys * share), tenants)
        feed.stdin.write(_command("SELECT", str(db)))
        for block in _blocks(shape, count, tenants):
            feed.stdin.write(block)
        written += count
    feed.stdin.close()
    assert feed.wait() == 0
    return written


def _blocks(shape: str, count: int, tenants: int) -> Iterator[bytes]:
    verb, *value = ("HSET", *HASHES[shape]) if shape in HASHES else ("SET", "x")
    for start in range(0, count, 10_000):
        commands = (
            _command(verb, shape.format(t=f"tenant_{index % tenants}", i=index), *value)
            for index in range(start, min(count, start + 10_000))
        )
        yield b"".join(commands)


def _command(*words: str) -> bytes:
    parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return f"*{len(words)}\r\n{parts}".encode()

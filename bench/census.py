"""A whole attributed census at full speed, against `redis-cli --scan` over the same databases."""

from __future__ import annotations

import asyncio
import subprocess
import time

import redis

from bench.result import Result, against
from kryonix_tui.config.schema import CensusPace, Redis
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis import RedisSource
from tests.servers import RedisServer

TENANTS = 1000


def run(*, quick: bool) -> list[Result]:
    """Seed a server of its own and measure three rounds, taking turns."""
    keys = 200_000 if quick else 1_000_000
    with RedisServer() as server:
        seed(server.url, keys)
        ours: list[float] = []
        peer: list[float] = []
        for _round in range(3):
            peer.append(scan_all(server.url))
            ours.append(asyncio.run(census(server.url)))
    return [against(f"census of {keys:,} keys, attributed", ours, peer, "redis-cli --scan", "s", 0.6)]


def seed(url: str, keys: int) -> None:
    """Write sessions, cache entries and warm cache of many tenants into databases 0, 1 and 10."""
    shapes = ((0, "tenant:{t}:mobile:session:{i}"), (1, "tenant:{t}:api:crm:r{i}"), (10, "preload:tenant:{t}:{i}"))
    for db, shape in shapes:
        pipe = redis.Redis.from_url(url, db=db).pipeline(transaction=False)
        for index in range(keys // len(shapes)):
            pipe.set(shape.format(t=f"tenant_{index % TENANTS}", i=index), b"x")
            if index % 5000 == 4999:
                pipe.execute()
        pipe.execute()


def scan_all(url: str) -> float:
    """Return the seconds that redis-cli needs to list every key."""
    start = time.perf_counter()
    for db in range(16):
        subprocess.run(["redis-cli", "-u", f"{url}/{db}", "--scan"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


async def census(url: str) -> float:
    """Return the seconds of a census without pauses."""
    source = RedisSource(Redis(url=url, census=CensusPace(count=1000, pause=0)), KRYONIX)
    start = time.perf_counter()
    async for _census in source.census():
        pass
    taken = time.perf_counter() - start
    await source.close()
    return taken

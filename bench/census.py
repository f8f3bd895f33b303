"""The census at full speed against `redis-cli --scan` and `--bigkeys`; its memory and time as the keyspace grows."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

from bench.keyspace import seed
from bench.result import Result, against
from kryonix_tui.config.schema import Redis
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis import RedisSource
from tests.servers import RedisServer


def run(*, quick: bool) -> list[Result]:
    """Seed a server of its own and measure rounds that take turns. `BENCH_10M=1` also measures ten million keys."""
    sizes = [100_000, 300_000 if quick else 1_000_000]
    if os.environ.get("BENCH_10M", "") not in ("", "0"):
        sizes.append(10_000_000)
    results: list[Result] = []
    grown: list[tuple[int, float, float]] = []
    for keys in sizes:
        with RedisServer() as server:
            count = seed(server.url, keys)
            if keys == sizes[1]:
                results += _against_redis_cli(server.url, count, rounds=3)
            grown.append((count, *_apart(server.url)))
    (few, few_seconds, few_memory), *rest = grown
    for count, seconds, memory in rest:
        times = count / few
        results += [
            Result(f"census time, {count:,} keys", seconds, few_seconds * times, f"{few:,} x {times:.0f}", "s", 1.2),
            Result(f"census process, {count:,} keys", memory, few_memory, f"{few:,} keys", "MB", 1.2),
        ]
    return results


def _against_redis_cli(url: str, count: int, rounds: int) -> list[Result]:
    ours: list[float] = []
    scans: list[float] = []
    bigs: list[float] = []
    for _round in range(rounds):
        scans.append(cli_all(url, "--scan"))
        ours.append(asyncio.run(census(url)))
        bigs.append(cli_all(url, "--bigkeys"))
    name = f"census of {count:,} keys, attributed"
    return [
        against(name, ours, scans, "redis-cli --scan", "s", 0.6),
        against(name, ours, bigs, "redis-cli --bigkeys", "s", 0.6),
    ]


def cli_all(url: str, option: str) -> float:
    """Return the seconds that redis-cli needs to go through every key of 16 databases."""
    start = time.perf_counter()
    for db in range(16):
        subprocess.run(["redis-cli", "-u", f"{url}/{db}", option], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


async def census(url: str) -> float:
    """Return the seconds of a census without pauses."""
    source = RedisSource(Redis(url=url), KRYONIX)
    source.hurry()
    start = time.perf_counter()
    async for _census in source.census():
        pass
    taken = time.perf_counter() - start
    await source.close()
    return taken


_APART = """
import asyncio, re, sys
from pathlib import Path
from bench.census import census
# Not ru_maxrss: that begins with the size of the process that started this one.
print(asyncio.run(census(sys.argv[1])), int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def _apart(url: str) -> tuple[float, float]:
    """Return seconds and megabytes of a census in a process of its own."""
    told = subprocess.run([sys.executable, "-c", _APART, url], stdout=subprocess.PIPE, check=True, text=True).stdout
    seconds, megabytes = told.split()
    return float(seconds), float(megabytes)

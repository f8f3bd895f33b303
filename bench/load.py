"""What the server's other clients feel of the census, and what it costs the server by the server's own account.

Another client sends a PING every 2 ms from a process of its own and waits for each reply: while nothing else happens,
while the census rolls on within its default budget, and while somebody asks for `KEYS tenant:{t}:*` tenant by tenant,
as the design documents do. Server, census and client share the cores of one machine, so what the census takes of those
is felt as well: how much that is, a census of another server tells, which asks the one that is measured nothing. The four
take turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.keyspace import TENANTS, seed
from bench.result import Result
from kryonix_tui.config.schema import Redis
from tests.servers import RedisServer

SETTLE: Final = 4.0
"""Seconds until a census goes at its pace: it may spend something at once, and learns what a SCAN takes."""

CENSUS_COMMANDS: Final = ("cmdstat_scan", "cmdstat_memory|usage")

_PING = """
import socket, statistics, sys, time
port, seconds = int(sys.argv[1]), float(sys.argv[2])
server = socket.create_connection(("127.0.0.1", port))
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
times, end = [], time.perf_counter() + seconds
while (began := time.perf_counter()) < end:
    server.sendall(b"PING\\r\\n")
    server.recv(64)
    done = time.perf_counter()
    times.append(1000 * (done - began))
    time.sleep(max(0.0, began + 0.002 - done))
print(statistics.quantiles(times, n=100, method="inclusive")[98])
"""

_CENSUS = """
import asyncio, sys, time
from kryonix_tui.config.schema import Redis
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis import RedisSource

async def roll():
    source, passes = RedisSource(Redis(url=sys.argv[1]), KRYONIX), 0
    while True:
        async for census in source.census():
            print(time.monotonic(), passes + census.fraction, flush=True)
        passes += 1

asyncio.run(roll())
"""

_KEYS = """
import sys, redis
client = redis.Redis.from_url(sys.argv[1])
while True:
    for tenant in range(int(sys.argv[2])):
        client.keys(f"tenant:tenant_{tenant}:*")
"""


@dataclass(slots=True)
class _Measured:
    """What the rounds gave: p99 of a PING in ms; the server's processor time as a share of a core (0..1)."""

    idle: list[float] = field(default_factory=list)
    census: list[float] = field(default_factory=list)
    elsewhere: list[float] = field(default_factory=list)
    """The same while a census of another server runs on this machine."""
    keys: list[float] = field(default_factory=list)
    idle_cpu: list[float] = field(default_factory=list)
    census_cpu: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    """Share of a core that the commands of the census took, by commandstats."""
    passes: list[float] = field(default_factory=list)
    """Walks over all keys per second."""


def run(*, quick: bool) -> list[Result]:
    """Seed a server of its own and measure rounds that take turns."""
    keys, rounds, seconds = (300_000, 3, 6.0) if quick else (1_000_000, 5, 10.0)
    found = _Measured()
    with RedisServer() as server, RedisServer() as other:
        count = seed(server.url, keys)
        seed(other.url, keys)
        for _round in range(rounds):
            _idle(server, seconds, found)
            _census(server, seconds, found)
            with _running(_CENSUS, other.url):
                time.sleep(SETTLE)
                found.elsewhere.append(_ping(server, seconds))
            with _running(_KEYS, server.url, str(TENANTS)):
                found.keys.append(_ping(server, seconds))
    if not found.passes:
        print("load: not measured, this machine is overloaded: the census told of no progress in any round", flush=True)
        return []
    return _results(found, count)


def _results(found: _Measured, count: int) -> list[Result]:
    budget = Redis().budget
    idle, census, keys = (statistics.median(times) for times in (found.idle, found.census, found.keys))
    elsewhere = statistics.median(found.elsewhere)
    rate = count * statistics.median(found.passes)
    spent = 100 * statistics.median(found.spent)
    more = zip(found.census_cpu, found.idle_cpu, strict=True)
    cpu = 100 * statistics.median(busy - rest for busy, rest in more)
    unit = "% of a core"
    return [
        Result(f"p99 of a PING, census at {rate:,.0f} keys/s", census, idle, "idle", "ms", 1.5),
        Result("p99 of a PING, census in its budget", census, elsewhere, "census of another server", "ms", 1.5),
        Result("p99 of a PING, census in its budget", census, keys, "KEYS per tenant", "ms", 0.1),
        Result("the census by commandstats", spent, budget, "redis.budget", unit, 1.0),
        Result("the census by used_cpu, sockets and all", cpu, budget, "redis.budget", unit, 1.0),
    ]


def _idle(server: RedisServer, seconds: float, found: _Measured) -> None:
    used, began = _used_cpu(server), time.monotonic()
    found.idle.append(_ping(server, seconds))
    found.idle_cpu.append((_used_cpu(server) - used) / (time.monotonic() - began))


def _census(server: RedisServer, seconds: float, found: _Measured) -> None:
    with _running(_CENSUS, server.url) as census:
        time.sleep(SETTLE)
        used, spent, began = _used_cpu(server), _spent(server), time.monotonic()
        found.census.append(_ping(server, seconds))
        took = time.monotonic() - began
        found.census_cpu.append((_used_cpu(server) - used) / took)
        found.spent.append((_spent(server) - spent) / took)
    assert census.stdout is not None
    # The end may have cut the last line.
    found.passes += _pace(census.stdout.read().splitlines()[:-1], began)


def _pace(progress: list[str], began: float) -> list[float]:
    """Return the walks over all keys per second since `began`, from lines of a time and the walks until then.

    It is empty where fewer than two lines came: that much overload leaves nothing to say.
    """
    walked = [(float(at), float(passes)) for at, passes in map(str.split, progress)]
    points = [point for point in walked if point[0] >= began]
    if len(points) < 2:
        return []
    (first, before), (last, after) = points[0], points[-1]
    return [(after - before) / (last - first)]


def _ping(server: RedisServer, seconds: float) -> float:
    """Return the p99 in milliseconds of PINGs from a process of its own."""
    command = [sys.executable, "-c", _PING, str(server.port), str(seconds)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def _used_cpu(server: RedisServer) -> float:
    """Return the seconds of processor time that the server says it has used."""
    with server.client() as client:
        used = client.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _spent(server: RedisServer) -> float:
    """Return the seconds that commands of the census have taken, as the server counts them."""
    with server.client() as client:
        stats = client.info("commandstats")
    return sum(float(stats[name]["usec"]) for name in CENSUS_COMMANDS if name in stats) / 1e6


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a Python program beside; it is ended when the context is left. What it prints is little, and waits to be read."""
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
        assert process.poll() is None, "it ended while it was measured"
    finally:
        process.kill()
        process.wait()

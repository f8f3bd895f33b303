"""A full backup against `redis-cli --rdb` piped into zstd, and writing a tenant back against bare RESTORE pipelines.

The peer of the whole backup, which reads, checks and counts everything again, is the same pipe with `redis-check-rdb`
behind it. Bare pipelines have their payloads at hand; ours reads and checks the archive and judges every command.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import redis

from bench.keyspace import seed
from bench.result import Result, against
from kryonix_tui.config.schema import Backup, Config, Redis
from kryonix_tui.maintenance.backup.rdb import Record, from_payload, payload
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Progress, Scope
from tests.servers import RedisServer

TENANT = "tenant_7"
BATCH = 200
"""Keys of one pipeline, as many as ours writes at once."""


def run(*, quick: bool) -> list[Result]:
    """Seed a server of its own and measure, taking turns: keys of one byte, keys of documents, a tenant."""
    keys = 200_000 if quick else 1_000_000
    with RedisServer() as server, _state_folder() as folder:
        seed(server.url, keys)
        small = _rounds(server, folder)
        server.client().flushall()
        documents = _documents(server, keys // 4)
        large = _rounds(server, folder)
        tenant_ours, tenant_peer, count = _tenant(server, quick=quick)
    pipe = "redis-cli --rdb | zstd -3"
    return [
        _paired(f"full backup of {keys:,} keys, read again", small.bare, pipe, 1.3),
        _paired(f"full backup of {documents:,} keys of about 1 KB", large.bare, pipe, 1.3),
        _paired("of the first, until everything is streamed", small.streams, pipe, 1.3),
        _paired("of it, all, where the peer checks too", small.wholes, f"{pipe}, check-rdb", 1.3),
        against(f"a tenant's {count:,} keys written back", tenant_ours, tenant_peer, "RESTORE pipelines", "s", 3.0),
    ]


class _Rounds(NamedTuple):
    """Rounds of (ours, peer's), in seconds."""

    streams: list[tuple[float, float]]
    bare: list[tuple[float, float]]
    wholes: list[tuple[float, float]]


def _rounds(server: RedisServer, folder: Path) -> _Rounds:
    """Back up everything three times, by turns."""
    found = _Rounds([], [], [])
    _settle(server)
    for _round in range(3):
        stream_peer, whole_peer = _redis_cli(server.url, folder)
        _settle(server)
        stream, whole = asyncio.run(_full(server.url))
        _settle(server)
        found.streams.append((stream, stream_peer))
        found.bare.append((whole, stream_peer))
        found.wholes.append((whole, whole_peer))
    return found


def _documents(server: RedisServer, keys: int) -> int:
    """Write JSON documents of about 1 KB, half of it random, as sessions that expire; return how many."""
    chance = random.Random(keys)
    pipeline = server.client().pipeline(transaction=False)
    for number in range(keys):
        document = {f"field_{index}": chance.randbytes(16).hex() for index in range(20)}
        pipeline.set(f"tenant:tenant_{number % 1000}:mobile:session:{number}", json.dumps(document), ex=100_000)
        if number % 5000 == 0:
            pipeline.execute()
    pipeline.execute()
    return keys


def _paired(name: str, rounds: list[tuple[float, float]], peer: str, goal: float) -> Result:
    """Return the result of rounds of (ours, peer's)."""
    return against(name, [ours for ours, _peer in rounds], [other for _ours, other in rounds], peer, "s", goal)


@contextlib.contextmanager
def _state_folder() -> Iterator[Path]:
    """Let backups and plans lie in a folder that is removed."""
    before = os.environ.get("XDG_STATE_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ["XDG_STATE_HOME"]
            if before is not None:
                os.environ["XDG_STATE_HOME"] = before


def _settle(server: RedisServer) -> None:
    """Wait until no snapshot is being made."""
    while server.client().info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.01)


def _config(url: str) -> Config:
    return Config(role="operator", redis=Redis(url=url), backup=Backup(verify="quick"))


def _silent() -> Run:
    return Run(lambda _progress: None, lambda _line: None)


def _redis_cli(url: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of the peer's backup, and with reading it again."""
    packed, plain = folder / "peer.rdb.zst", folder / "peer.rdb"
    start = time.perf_counter()
    dump = subprocess.Popen(["redis-cli", "-u", url, "--rdb", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    subprocess.run(["zstd", "-3", "-q", "-f", "-o", packed], stdin=dump.stdout, check=True)
    assert dump.wait() == 0
    written = time.perf_counter() - start
    subprocess.run(["zstd", "-d", "-q", "-f", "-o", plain, packed], check=True)
    subprocess.run(["redis-check-rdb", plain], stdout=subprocess.DEVNULL, check=True)
    return written, time.perf_counter() - start


async def _full(url: str) -> tuple[float, float]:
    """Return the seconds of our backup from its plan until everything was streamed, and until it was verified."""
    maintenance = Maintenance(_config(url))
    streamed: list[float] = []
    start = time.perf_counter()

    def tell(progress: Progress) -> None:
        if progress.step != "streaming" and not streamed:
            streamed.append(time.perf_counter() - start)

    run = Run(tell, lambda _line: None)
    operation = await maintenance.backup(Scope())
    plan = await operation.plan()
    await operation.verify(plan, await operation.apply(plan, run), run)
    await operation.close()
    return streamed[0], time.perf_counter() - start


def _tenant(server: RedisServer, *, quick: bool) -> tuple[list[float], list[float], int]:
    """Return the seconds to write a tenant's keys, ours and the peer's, and how many they are."""
    count = 20_000 if quick else 100_000
    server.client().flushall()
    pipeline = server.client().pipeline(transaction=False)
    for number in range(count):
        pipeline.set(f"tenant:{TENANT}:mobile:session:{number}", f"session {number}", ex=100_000)
    pipeline.execute()
    records = _records(server)
    archive = asyncio.run(_archived(server.url))
    _settle(server)
    ours, peer = [], []
    for _round in range(3):
        server.client().flushall()
        peer.append(_pipelines(server, records))
        server.client().flushall()
        ours.append(asyncio.run(_written(server.url, archive)))
        assert server.client().dbsize() == count
    return ours, peer, count


def _records(server: RedisServer) -> list[Record]:
    client = server.client()
    keys = list(client.scan_iter(count=1000))
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.dump(key)
        pipeline.pexpiretime(key)
    replies = pipeline.execute()
    return [
        from_payload(0, key, dumped, expires_at_ms=expires)[0]
        for key, dumped, expires in zip(keys, replies[::2], replies[1::2], strict=True)
    ]


async def _archived(url: str) -> str:
    maintenance = Maintenance(_config(url))
    operation = await maintenance.backup(Scope())
    outcome = await operation.apply(await operation.plan(), _silent())
    await operation.close()
    return outcome.artefact


def _pipelines(server: RedisServer, records: list[Record]) -> float:
    """Return the seconds of RESTORE by redis-py over TCP, the payloads being at hand."""
    payloads = [(record, payload(record, 10)) for record in records]
    client = redis.Redis.from_url(server.url)
    start = time.perf_counter()
    for begin in range(0, len(payloads), BATCH):
        pipeline = client.pipeline(transaction=False)
        for record, value in payloads[begin : begin + BATCH]:
            pipeline.restore(record.key, record.expires_at_ms or 0, value, absttl=True)
        pipeline.execute()
    return time.perf_counter() - start


async def _written(url: str, archive: str) -> float:
    """Return the seconds of the writing part of our restore: read, check and cut the archive, RESTORE."""
    operation = Maintenance(_config(url)).restore(archive, Scope((TENANT,)))
    plan = await operation.plan()
    start = time.perf_counter()
    await operation.apply(plan, _silent())
    taken = time.perf_counter() - start
    await operation.close()
    return taken

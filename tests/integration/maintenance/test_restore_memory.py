"""The memory that a restore needs is told before it begins, and never too little: else a server evicts what it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kryonix_tui.errors import RefusedError
from kryonix_tui.maintenance.backup.rdb import from_payload
from kryonix_tui.maintenance.backup.restore.memory import needed
from tests.integration.maintenance.operators import back_up, planned
from tests.servers import FLAVOURS, RedisServer, Server

KEYS = 150


def stream(pipeline: Any, key: str) -> None:
    for number in range(100):
        pipeline.xadd(key, {"a": number})
    pipeline.xgroup_create(key, "group", 0)
    pipeline.xreadgroup("group", "consumer", {key: ">"})


KINDS: dict[str, Callable[[Any, str], object]] = {
    "text that compresses": lambda pipeline, key: pipeline.set(key, "a" * 20_000),
    "text that does not": lambda pipeline, key: pipeline.set(key, bytes(range(256)) * 65, ex=10_000),
    "small keys": lambda pipeline, key: [pipeline.set(f"{key}:{number}", "x", ex=10_000) for number in range(100)],
    "packed hashes": lambda pipeline, key: [
        pipeline.hset(f"{key}:{number}", mapping={f"f{field}": field for field in range(10)}) for number in range(40)
    ],
    "hashes": lambda pipeline, key: pipeline.hset(key, mapping={f"f{number}": number for number in range(600)}),
    "sets": lambda pipeline, key: pipeline.sadd(key, *range(600), "x"),
    "sorted sets": lambda pipeline, key: pipeline.zadd(key, {f"m{number}": number for number in range(600)}),
    "lists": lambda pipeline, key: pipeline.rpush(key, *(f"item {number}" for number in range(2000))),
    "lists of large items": lambda pipeline, key: pipeline.rpush(key, *["z" * 9000] * 10),
    "streams": stream,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_is_needed_is_not_less_than_what_a_server_takes(flavour: str, kind: str) -> None:
    with Server(flavour) as server, server.client() as client:
        before = client.info("memory")["used_memory"]
        pipeline = client.pipeline(transaction=False)
        for number in range(KEYS):
            KINDS[kind](pipeline, f"tenant:t1:{number}")
        pipeline.execute()
        taken = client.info("memory")["used_memory"] - before
        keys = list(client.scan_iter(count=1000))
        for key in keys:
            pipeline.dump(key)
        told = sum(
            needed(from_payload(0, key, dumped)[0]) for key, dumped in zip(keys, pipeline.execute(), strict=True)
        )
    assert taken <= told <= 6 * taken


async def test_what_a_server_has_is_not_evicted_for_values_that_were_compressed() -> None:
    with RedisServer() as origin, RedisServer(maxmemory="16mb", maxmemory_policy="allkeys-lru") as target:
        for number in range(200):
            origin.client().set(f"tenant:t1:{number}", "a" * 100_000)
        name = await back_up(origin)
        with pytest.raises(RefusedError, match="are needed") as refused:
            await planned(target, name)
        assert "throw keys away" in refused.value.hint

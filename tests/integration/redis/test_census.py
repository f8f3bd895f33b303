"""The census against real servers: exact, gentle, stoppable."""

from __future__ import annotations

import asyncio
import random
import string
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from kryonix_tui.config.schema import CensusPace
from kryonix_tui.errors import SourceError, UnreachableError
from kryonix_tui.model.kryonix_map import KRYONIX, PATTERNS
from tests.faults import proxied
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, seed


def fill(server: Server, keys: int) -> dict[int, list[bytes]]:
    """Write string keys of all patterns, with hostile names among them; return them by database."""
    dice = random.Random(7)
    written: dict[int, list[bytes]] = {}
    for number in range(keys):
        pattern = dice.choice(PATTERNS)
        db = pattern.db if pattern.db is not None else dice.randrange(16)
        fills = (
            f"t{dice.randrange(9)}".encode() if segment == b"{t}" else b"%d" % number for segment in pattern.segments
        )
        key = b":".join(
            fill if segment.startswith(b"{") else segment for segment, fill in zip(pattern.segments, fills, strict=True)
        )
        written.setdefault(db, []).append(
            key if dice.random() < 0.9 else dice.choice((b"\xff\x1b[2J%d", b"x:%d", b"%d")) % number
        )
    for db, names in written.items():
        with server.client(db) as client:
            pipeline = client.pipeline(transaction=False)
            for name in names:
                pipeline.set(name, "x")
            pipeline.execute()
        written[db] = list(dict.fromkeys(names))
    return written


async def test_every_key_is_counted_where_it_belongs(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    written = fill(redis_server, 5_000)
    census = await full_census(make_source(redis_server))
    assert {db: found.keys for db, found in census.databases.items()} == {db: len(keys) for db, keys in written.items()}
    for db, keys in written.items():
        expected = Counter(KRYONIX.attribute(db, key).kind for key in keys)
        assert census.databases[db].kinds == expected
    by_tenant = Counter(KRYONIX.attribute(db, key).tenant for db, keys in written.items() for key in keys)
    by_tenant.pop(None)
    assert {tenant: found.keys for tenant, found in census.tenants.items()} == by_tenant
    assert census.fraction == 1.0


async def test_an_empty_server_has_a_complete_census(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    census = await full_census(make_source(one_redis))
    assert (census.keys, census.tenants, census.queues) == (0, {}, ())


async def test_partial_results_grow_and_stay_below_one(
    one_redis: Server, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.census.PARTIAL_EVERY", 0.0)
    monkeypatch.setattr("kryonix_tui.sources.redis.census._PARTIAL_SHARE", 1.0)
    fill(one_redis, 3_000)
    seen = [(census.fraction, census.keys, census.complete) async for census in make_source(one_redis).census()]
    *partial, last = seen
    assert len(partial) > 3
    assert all(fraction < 1 and not complete for fraction, _, complete in partial)
    assert [keys for _, keys, _ in seen] == sorted(keys for _, keys, _ in seen)
    assert last == (1.0, last[1], True)


async def test_small_databases_are_complete_first(
    one_redis: Server, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.census.PARTIAL_EVERY", 0.0)
    monkeypatch.setattr("kryonix_tui.sources.redis.census._PARTIAL_SHARE", 1.0)
    seed(one_redis, [(0, f"SET k{number} x") for number in range(3_000)] + [(9, "SET perf:tenant:a x")])
    async with aclosing(make_source(one_redis).census()) as walk:
        first = await anext(walk)
    assert first.databases[9].keys == 1
    assert sum(found.keys for found in first.databases.values()) < 1_000


async def test_it_stops_at_once_when_it_is_cancelled(one_redis: Server, make_source: MakeSource) -> None:
    seed(one_redis, [(0, f"SET k{number} x") for number in range(2_000)])
    source = make_source(one_redis, census=CensusPace(count=10, pause=5))
    task = asyncio.create_task(anext(source.census()))
    while source.own_load().commands < 5:  # noqa: ASYNC110 - the counter is the event
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)
    # The source is as good as new.
    assert (await source.server()).keys == 2_000


async def test_a_connection_cut_in_the_middle_of_a_reply_is_an_error_and_the_next_pass_is_whole(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(one_redis, [(0, f"SET {string.ascii_letters}{number} x") for number in range(2_000)])
    async with proxied(one_redis.port) as proxy:
        source = make_source(url=f"redis://127.0.0.1:{proxy.port}")
        await source.server()
        proxy.cut_after = 9_000
        with pytest.raises(UnreachableError, match="closed the connection"):
            await full_census(source)
        proxy.cut_after = None
        assert (await full_census(source)).keys == 2_000


async def test_a_restart_in_the_middle_is_an_error_even_if_no_connection_was_seen_to_break(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.census.PARTIAL_EVERY", 0.0)
    with RedisServer() as server:
        lines = [(0, f"SET k{number} x") for number in range(1_000)]
        seed(server, lines)
        walk = make_source(server).census()
        await anext(walk)
        server.stop()
        server.start()
        seed(server, lines)
        with pytest.raises(SourceError):
            async for _census in walk:
                pass

"""Who costs what, on real servers: slow commands of tenants, a log that overflows, a restart."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.analysis.slow_time import SlowWindow
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Thresholds
from kryonix_tui.errors import SourceError
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.neighbours import SlowTime
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading
from kryonix_tui.sources.redis import RedisSource
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, seed


@contextmanager
def everything_is_slow(server: Server, db: int = 0) -> Iterator[Any]:
    """Yield a client whose commands all go into the slow log; what comes before and after does not."""
    with server.client() as behind, server.client(db) as slow:
        slow.ping()
        behind.config_set("slowlog-log-slower-than", 0)
        yield slow
        behind.config_set("slowlog-log-slower-than", 1_000_000)


def _forget(server: Server) -> None:
    """Empty the slow log: other tests have been here."""
    with server.client() as behind:
        behind.slowlog_reset()


async def _read(source: RedisSource, window: SlowWindow) -> SlowTime:
    facts = await source.server()
    found = window.read(facts, now().wall)
    assert found is not None
    return found


async def test_slow_commands_are_laid_at_the_doors_of_tenants(redis_server: Server, make_source: MakeSource) -> None:
    _forget(redis_server)
    with everything_is_slow(redis_server, 2) as slow:
        for _turn in range(3):
            slow.lpush("queue:tenant:alfa:whatsapp", "job")
        slow.get("tenant:beta:api:crm:clients")
        slow.keys("tenant:*")
    found = await _read(make_source(redis_server), SlowWindow())
    assert found.by_tenant["alfa"].calls == 3
    assert set(found.by_tenant["alfa"].modules) == {"whatsapp"}
    assert set(found.by_tenant["beta"].modules) == {"crm"}
    assert "KEYS" in found.by_tenant[None].modules
    shares = [found.share(name) for name in found.by_tenant]
    assert sum(share for share in shares if share is not None) == pytest.approx(100)
    assert found.lost == 0


async def test_reading_again_counts_nothing_twice(one_redis: Server, make_source: MakeSource) -> None:
    _forget(one_redis)
    source, window = make_source(one_redis), SlowWindow()
    with everything_is_slow(one_redis) as slow:
        slow.get("tenant:alfa:api:crm:a")
    first = await _read(source, window)
    with everything_is_slow(one_redis) as slow:
        slow.get("tenant:alfa:api:crm:a")
    second = await _read(source, window)
    assert (first.by_tenant["alfa"].calls, second.by_tenant["alfa"].calls) == (1, 2)


async def test_a_log_that_overflows_between_two_readings_is_said_to_be_a_part(make_source: MakeSource) -> None:
    with RedisServer(slowlog_max_len=10) as server:
        source, window = make_source(server), SlowWindow()
        assert not (await _read(source, window)).lost
        with everything_is_slow(server) as slow:
            slow.get("tenant:alfa:api:crm:a")
        await _read(source, window)
        with everything_is_slow(server) as slow:
            for _turn in range(50):
                slow.get("tenant:beta:api:crm:a")
        found = await _read(source, window)
    assert found.by_tenant["alfa"].calls == 1
    # CONFIG SET is slow as well.
    assert found.by_tenant["beta"].calls + found.lost >= 50
    assert found.lost >= 40


async def test_a_log_that_overflowed_before_we_came_is_said_to_be_a_part(make_source: MakeSource) -> None:
    with RedisServer(slowlog_max_len=10) as server:
        with everything_is_slow(server) as slow:
            for _turn in range(50):
                slow.get("tenant:beta:api:crm:a")
        found = await _read(make_source(server), SlowWindow())
    assert found.cut
    assert found.total.calls == 10


async def test_after_a_restart_the_numbers_begin_again(make_source: MakeSource) -> None:
    with RedisServer() as server:
        source, window = make_source(server), SlowWindow()
        with everything_is_slow(server) as slow:
            for _turn in range(5):
                slow.get("tenant:alfa:api:crm:a")
        await _read(source, window)
        server.stop()
        server.start()
        with everything_is_slow(server) as slow:
            slow.get("tenant:beta:api:crm:a")
        # One call is one attempt: the first may still meet the old connection.
        with contextlib.suppress(SourceError):
            await source.server()
        found = await _read(source, window)
    assert (found.by_tenant["alfa"].calls, found.by_tenant["beta"].calls, found.lost) == (5, 1, 0)


async def test_memory_is_explained_by_what_was_sampled(
    one_redis: Server, make_source: MakeSource, full_census: Callable[[RedisSource], Any]
) -> None:
    seed(one_redis, [(1, f"SET tenant:t{n % 20}:api:crm:{n} {'x' * 2000}") for n in range(2000)])
    seed(one_redis, [(4, f"SET stray{n} {'x' * 500}") for n in range(500)])
    source = make_source(one_redis)
    facts, census = await source.server(), await full_census(source)
    at = now()
    platform = Assembler(KRYONIX, Thresholds()).assemble(
        Snapshot(sources={}, server=Reading(facts, at), census=Reading(census, at))
    )
    known = {database.db: database.bytes for database in platform.databases}
    with one_redis.client(1) as cache, one_redis.client(4) as strays:
        truth = {
            1: sum(cache.memory_usage(key) for key in cache.scan_iter()),
            4: sum(strays.memory_usage(key) for key in strays.scan_iter()),
        }
    assert {db: known[db] for db in truth} == {db: pytest.approx(size, rel=0.03) for db, size in truth.items()}
    assert platform.bytes is not None
    assert 0.5 < platform.bytes / facts.memory.used < 1

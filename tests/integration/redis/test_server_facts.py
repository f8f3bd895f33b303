"""What a server says of itself, on both flavours and in its less usual shapes."""

from __future__ import annotations

import contextlib

from kryonix_tui.errors import SourceError
from kryonix_tui.model.keyspace import DatabaseSpec, KeyspaceMap
from kryonix_tui.model.kryonix_map import KRYONIX
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, free_port, seed


async def test_facts_of_a_living_server(redis_server: Server, make_source: MakeSource) -> None:
    seed(
        redis_server,
        [(0, "SET a 1"), (0, "SET b 1 EX 100"), (7, "HSET config:tenant:x language pt"), (0, "GET a"), (0, "GET no")],
    )
    facts = await make_source(redis_server).server()
    assert facts.flavour == redis_server.flavour
    assert facts.version[0].isdigit()
    assert facts.mode == "standalone"
    assert len(facts.run_id) == 40
    assert facts.database_count == 16
    assert set(facts.databases) == set(range(16))
    assert (facts.databases[0].keys, facts.databases[0].expires, facts.databases[7].keys) == (2, 1, 1)
    assert facts.keys == 3
    assert facts.memory.used > 0
    assert facts.memory.policy == "noeviction"
    assert facts.replication.role == "master"
    assert facts.clients.limit > 0
    assert (facts.traffic.hits, facts.traffic.misses) == (1, 1)
    assert {"set", "get"} <= {stat.name for stat in facts.commands}
    assert facts.round_trip_ms > 0
    assert facts.unavailable == frozenset()


async def test_the_slow_log_names_command_key_and_tenant_but_no_value(
    redis_server: Server, make_source: MakeSource
) -> None:
    with redis_server.client() as behind:
        behind.config_set("slowlog-log-slower-than", 0)
        behind.set("tenant:a:x", "hunter2")
        behind.config_set("slowlog-log-slower-than", 10_000)
    facts = await make_source(redis_server).server()
    entry = next(entry for entry in facts.slow_log if entry.command.startswith("SET"))
    assert (entry.command, entry.tenant) == ("SET tenant:a:x … 1 more", "a")
    assert "hunter2" not in repr(facts)


async def test_fewer_databases_than_the_map_names(make_source: MakeSource) -> None:
    for count in (1, 5, 15):
        with RedisServer(databases=count) as server:
            facts = await make_source(server).server()
            assert facts.database_count == count
            assert set(facts.databases) == set(range(count))


async def test_databases_beyond_the_map_are_shown_where_they_hold_keys(make_source: MakeSource) -> None:
    small_map = KeyspaceMap((DatabaseSpec(0, "one"), DatabaseSpec(1, "two")), KRYONIX.patterns)
    with RedisServer(databases=40) as server:
        seed(server, [(33, "SET a 1")])
        facts = await make_source(server, small_map).server()
    assert facts.database_count == 2
    assert set(facts.databases) == {0, 1, 33}


async def test_databases_are_probed_once_per_run_of_the_server(make_source: MakeSource) -> None:
    with RedisServer(databases=3) as server:
        source = make_source(server)
        await source.server()
        first = source.own_load().commands
        await source.server()
        second = source.own_load().commands - first
        await source.server()
        assert source.own_load().commands - first - second == second
        server.stop()
        server._options["databases"] = 9
        server.start()
        # One call is one attempt: the first may still meet the old connection.
        with contextlib.suppress(SourceError):
            await source.server()
        assert (await source.server()).database_count == 9


async def test_a_cluster_is_recognised(make_source: MakeSource) -> None:
    with RedisServer(cluster_enabled="yes", cluster_port=free_port()) as server:
        facts = await make_source(server).server()
    assert (facts.mode, facts.database_count) == ("cluster", 1)


async def test_a_replica_tells_of_its_primary(one_redis: Server, make_source: MakeSource) -> None:
    with RedisServer(replicaof=f"127.0.0.1 {one_redis.port}") as replica:
        facts = await make_source(replica).server()
    assert facts.replication.role == "slave"
    assert facts.replication.primary == f"127.0.0.1:{one_redis.port}"

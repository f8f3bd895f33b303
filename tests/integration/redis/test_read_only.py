"""Nothing that writes leaves the process, whichever way redis-py offers it; the server's own counters say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kryonix_tui.config import schema
from kryonix_tui.errors import ReadOnlyViolationError
from kryonix_tui.sources.redis.address import primary_address
from kryonix_tui.sources.redis.clients import open_client
from kryonix_tui.sources.redis.guard import ALLOWED
from kryonix_tui.sources.redis.own_traffic import OwnTraffic
from tests.integration.redis.conftest import MakeSource
from tests.servers import Server, seed

WAYS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "set": lambda client: client.set("a", 1),
    "pipeline": lambda client: client.pipeline(transaction=False).get("a").set("a", 1).execute(),
    "read, then write in a pipeline": lambda client: (
        client.pipeline(transaction=False).hmget("a", "b").set("a", 1).execute()
    ),
    "multi": lambda client: client.pipeline().set("a", 1).execute(),
    "eval": lambda client: client.eval("return redis.call('SET', 'a', 1)", 0),
    "script": lambda client: client.register_script("return 1")(),
    "lock": lambda client: client.lock("l").acquire(blocking=False),
    "publish": lambda client: client.publish("c", "x"),
    "subscribe": lambda client: client.pubsub().subscribe("c"),
    "config set": lambda client: client.config_set("hz", 11),
    "config get": lambda client: client.config_get("requirepass"),
    "lower case bytes": lambda client: client.execute_command(b"fLuShAlL"),
    "one text": lambda client: client.execute_command("CLIENT KILL", "TYPE", "normal"),
    "slowlog reset": lambda client: client.slowlog_reset(),
    "bgsave": lambda client: client.bgsave(),
    "json": lambda client: client.json().set("a", "$", {}),
    "shutdown": lambda client: client.shutdown(),
    "watch": lambda client: client.pipeline().watch("a"),
    "keys": lambda client: client.keys("*"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_no_way_of_the_client_gets_past_the_guard(
    one_redis: Server, way: Callable[[Any], Awaitable[object]]
) -> None:
    settings = schema.Redis(url=one_redis.url)
    client = open_client(primary_address(settings), settings, OwnTraffic())
    try:
        with pytest.raises(ReadOnlyViolationError):
            await way(client)
    finally:
        await client.aclose()
    sent = command_names(one_redis)
    assert sent <= {"hello", "client|setname", "ping"}, sent


async def test_packed_bytes_of_unknown_origin_are_not_sent(one_redis: Server) -> None:
    settings = schema.Redis(url=one_redis.url)
    client = open_client(primary_address(settings), settings, OwnTraffic())
    connection = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py's
    try:
        with pytest.raises(ReadOnlyViolationError):
            await connection.send_packed_command([b"*1\r\n$8\r\nFLUSHALL\r\n"])
    finally:
        await client.connection_pool.release(connection)
        await client.aclose()


async def test_a_whole_run_sends_nothing_but_the_list(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(redis_server, [(0, "HSET tenant:a:mobile:session:1 platform ios"), (3, "HSET metrics:tenant:a other x")])
    with redis_server.client() as behind:
        before = {db: redis_server.client(db).dbsize() for db in range(4)}
        behind.config_resetstat()
    source = make_source(redis_server)
    await source.server()
    census = await full_census(source)
    await source.tenant_facts(census, ["a"])
    await source.system_queues(census)
    await source.server()
    sent = command_names(redis_server) - {"config|resetstat"}
    assert sent <= {name.decode().replace(" ", "|").lower() for name in ALLOWED}
    assert {"scan", "hmget", "hlen", "info"} <= sent
    assert {db: redis_server.client(db).dbsize() for db in range(4)} == before


async def test_own_commands_are_counted(one_redis: Server, make_source: MakeSource) -> None:
    source = make_source(one_redis)
    await source.server()
    counted = source.own_load()
    with one_redis.client() as behind:
        stats = behind.info("commandstats")
    on_server = sum(figures["calls"] for name, figures in stats.items() if name != "cmdstat_config|resetstat")
    # The server has also counted the handshake of the client that asks.
    assert on_server - 2 <= counted.commands <= on_server
    assert counted.commands_per_second == pytest.approx(counted.commands / 10)


async def test_a_pipeline_is_one_way_there_and_back(one_redis: Server, make_source: MakeSource) -> None:
    clients = make_source(one_redis)._primary
    await clients.call(0, "PING")
    before, commands = clients.traffic.trips, clients.traffic.commands
    await clients.batch(0, [("PING",)] * 20)
    assert (clients.traffic.trips - before, clients.traffic.commands - commands) == (1, 20)


def command_names(server: Server) -> set[str]:
    """Return the commands that reached the server since the counters were reset, without those of this question."""
    with server.client(protocol=2) as behind:
        names = {name.removeprefix("cmdstat_") for name in behind.info("commandstats")}
    return names - {"config|resetstat", "slowlog|reset", "flushall"}

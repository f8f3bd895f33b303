"""Facts of tenants from real hashes and lists; the console's own lookups are counted as the server counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kryonix_tui.config.schema import Credential, Credentials
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.sources.redis import lookups
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, seed

SEED = [
    (
        3,
        "HSET metrics:tenant:a cache_hit_rate 87.5 api_calls_today 5000 avg_response_time 145ms business_sector clinic",
    ),
    (9, "HSET perf:tenant:a cache_hit_rate 89.2% p95_response_time 48 error_rate_percent 0.2"),
    (5, "HSET sdk:tenant:a tenant_name Clinica rate_limit 10000/hour api_key sk_secret business_sector other"),
    (2, "LPUSH queue:tenant:a:whatsapp 1 2 3"),
    (2, "LPUSH queue:tenant:a:crm 1"),
    (2, "LPUSH queue:system:auto_client_creation 1 2"),
    (9, "LPUSH perf:timescale_queue:tenant:a 1 2"),
    (0, "HSET tenant:a:mobile:session:1 platform android"),
    (0, "HSET tenant:a:mobile:session:2 platform IOS"),
    (0, "HSET tenant:a:mobile:session:3 push_token x"),
]


async def test_facts_of_a_tenant(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(redis_server, SEED)
    source = make_source(redis_server)
    census = await full_census(source)
    (facts,) = await source.tenant_facts(census, ["a"])
    assert facts.hit_rates == {"metrics": 87.5, "perf": 89.2}
    assert facts.numbers == {"api_calls_today": 5000, "response_time": 145, "p95_response_time": 48, "error_rate": 0.2}
    assert facts.texts == {"sector": "clinic", "name": "Clinica", "rate_limit": "10000/hour"}
    assert facts.queues == {"whatsapp": 3, "crm": 1, "timescale": 2}
    assert (facts.platforms, facts.platforms_sampled) == ({"android": 1, "ios": 1}, 2)
    assert facts.malformed == 0
    assert "sk_secret" not in repr(facts)
    assert (await source.system_queues(census)).queues == {"auto_client_creation": 2}


async def test_how_far_a_creation_is_and_never_its_password(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(
        redis_server,
        [
            (
                6,
                "HSET creation:tenant:new status analyzing progress 35% estimated_completion 2min phone +5511 sector a",
            ),
            (6, "HSET config:auto_setup:new temp_password hunter2-first current_step database next_step whatsapp"),
        ],
    )
    source = make_source(redis_server)
    (facts,) = await source.tenant_facts(await full_census(source), ["new"])
    assert facts.numbers == {"creation_progress": 35}
    assert facts.texts == {
        "creation_status": "analyzing",
        "creation_estimate": "2min",
        "sector": "a",
        "creation_step": "database",
        "creation_next_step": "whatsapp",
    }
    assert "hunter2" not in repr(facts)
    assert "+5511" not in repr(facts)


async def test_what_is_malformed_is_unknown_and_counted(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    with redis_server.client(3) as client:
        client.hset(
            "metrics:tenant:a", mapping={"cache_hit_rate": "abc", "avg_response_time": "-1", "business_sector": b"\xff"}
        )
    seed(redis_server, [(9, "SET perf:tenant:a text"), (2, "SET queue:tenant:a:crm text")])
    seed(redis_server, [(0, "SET tenant:a:mobile:session:1 text")])
    source = make_source(redis_server)
    (facts,) = await source.tenant_facts(await full_census(source), ["a"])
    assert (facts.numbers, facts.texts, facts.hit_rates, facts.queues, facts.platforms) == ({}, {}, {}, {}, {})
    assert facts.malformed == 6


async def test_own_hits_and_misses_are_what_the_server_counts(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(
        redis_server,
        [*SEED, (3, "HSET metrics:tenant:b unrelated x"), (9, "SET perf:tenant:b text"), (5, "HSET sdk:tenant:c x y")],
    )
    source = make_source(redis_server)
    census = await full_census(source)
    # Gone since the census: a hash, a queue, a session.
    seed(redis_server, [(5, "DEL sdk:tenant:a"), (2, "DEL queue:tenant:a:crm"), (0, "DEL tenant:a:mobile:session:1")])
    with redis_server.client() as behind:
        behind.config_resetstat()
    before = source.own_load()
    for _ in range(3):
        await source.tenant_facts(census, ["a", "b", "c", "unseen"])
        await source.system_queues(census)
    facts = await source.server()
    assert (facts.traffic.hits, facts.traffic.misses) == (
        facts.own_hits - before.hits,
        facts.own_misses - before.misses,
    )
    assert facts.own_misses > 0


async def test_only_keys_that_the_census_saw_are_touched(one_redis: Server, make_source: MakeSource) -> None:
    seed(one_redis, SEED)
    source = make_source(one_redis)
    census = Census(tenants={"a": TenantCensus("a", {(3, "metrics"): 1})}, complete=True)
    (facts,) = await source.tenant_facts(census, ["a"])
    assert facts.hit_rates == {"metrics": 87.5}
    assert source.own_load().hits == 1


async def test_thousands_of_tenants_are_read_in_bounded_pipelines(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(one_redis, [(3, f"HSET metrics:tenant:t{number} cache_hit_rate {number % 100}") for number in range(1_050)])
    source = make_source(one_redis)
    census = await full_census(source)
    facts = await source.tenant_facts(census, [f"t{number}" for number in range(1_050)])
    assert [found.hit_rates["metrics"] for found in facts] == [number % 100 for number in range(1_050)]


async def test_a_field_of_extreme_size_is_malformed_and_left_alone(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.connection.MAX_REPLY_BYTES", 1_000_000)
    seed(one_redis, [(3, f"HSET metrics:tenant:t{number} cache_hit_rate 50") for number in range(20)])
    with one_redis.client(3) as client:
        client.hset("metrics:tenant:t3", "cache_hit_rate", b"9" * 5_000_000)
        client.hset("metrics:tenant:t4", "cache_hit_rate", b"9" * (lookups.FIELD_LIMIT + 1))
    source = make_source(one_redis)
    census = await full_census(source)
    names = [f"t{number}" for number in range(20)]
    for _ in range(2):
        facts = {found.tenant: found for found in await source.tenant_facts(census, names)}
        assert {name: (found.hit_rates.get("metrics"), found.malformed) for name, found in facts.items()} == {
            name: (None, 1) if name in ("t3", "t4") else (50, 0) for name in names
        }
    before = source.own_load().hits
    await source.tenant_facts(census, names)
    assert source.own_load().hits - before == 18


async def test_facts_come_from_the_replica_and_server_facts_from_the_primary(
    make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    with RedisServer() as primary, RedisServer(replicaof=f"127.0.0.1 {primary.port}") as replica:
        seed(primary, SEED)
        with primary.client() as behind:
            assert behind.wait(1, 10_000) == 1
        source = make_source(primary, replica_url=replica.url)
        census = await full_census(source)
        (facts,) = await source.tenant_facts(census, ["a"])
        server = await source.server()
        with replica.client() as behind:
            stats = behind.info("stats")
    assert facts.hit_rates["metrics"] == 87.5
    assert server.replication.role == "master"
    assert (server.own_hits, server.own_misses) == (0, 0)
    assert source.own_load().hits == stats["keyspace_hits"]


async def test_the_sessions_of_a_sample_are_read_once(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(redis_server, [(0, "HSET tenant:a:mobile:session:1 platform ios")])
    source = make_source(redis_server)
    census = await full_census(source)
    (first,) = await source.tenant_facts(census, ["a"])
    lookups = source.own_load().hits
    (second,) = await source.tenant_facts(census, ["a"])
    assert first.platforms == second.platforms == {"ios": 1}
    assert source.own_load().hits == lookups > 0


async def test_the_oldest_item_of_a_queue_says_since_when_it_waits_and_is_not_kept(
    redis_server: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    moment = '"enqueued_at":"2025-01-27T10:30:00Z"'
    seed(
        redis_server,
        [
            (2, f'LPUSH queue:tenant:a:crm {{"number":"+5500000000000",{moment}}} {{"enqueued_at":1738000000}}'),
            (2, "LPUSH queue:tenant:a:mail nonsense"),
            (9, 'LPUSH perf:timescale_queue:tenant:a {"timestamp":1737973800000}'),
            (2, "LPUSH queue:tenant:b:crm {}"),
        ],
    )
    source = make_source(redis_server)
    found = await source.tenant_facts(await full_census(source), ["a", "b"])
    assert [facts.oldest for facts in found] == [{"crm": 1737973800.0, "timescale": 1737973800.0}, {}]
    assert found[0].queues == {"crm": 2, "mail": 1, "timescale": 1}
    assert [facts.malformed for facts in found] == [0, 0]
    assert "+55" not in repr(found)


async def test_an_item_of_extreme_size_leaves_the_depth_known_and_is_not_asked_for_again(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.connection.MAX_REPLY_BYTES", 1_000_000)
    with one_redis.client(2) as client:
        client.lpush("queue:tenant:a:huge", b"x" * 5_000_000)
        client.lpush("queue:tenant:a:large", b"x" * (lookups.FIELD_LIMIT + 1))
        client.lpush("queue:tenant:a:small", b'{"enqueued_at": 1737973800}')
    source = make_source(one_redis)
    census = await full_census(source)
    for _ in range(2):
        (facts,) = await source.tenant_facts(census, ["a"])
        assert facts.queues == {"huge": 1, "large": 1, "small": 1}
        assert facts.oldest == {"small": 1737973800.0}
    with one_redis.client() as behind:
        behind.config_resetstat()
        await source.tenant_facts(census, ["a"])
        assert behind.info("commandstats")["cmdstat_lindex"]["calls"] == 1


async def test_a_user_of_before_that_has_no_lindex_loses_the_ages_alone(
    make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    with RedisServer() as server:
        seed(server, [(2, 'LPUSH queue:tenant:a:crm {"enqueued_at":1737973800}')])
        seed(server, [(0, "ACL SETUSER old on >pw ~* +@read +@connection +info -lindex")])
        source = make_source(server, credentials=Credentials(monitor=Credential(username="old", password="pw")))
        census = await full_census(source)
        for _ in range(3):
            (facts,) = await source.tenant_facts(census, ["a"])
            assert (facts.queues, facts.oldest) == ({"crm": 1}, {})
        with server.client(protocol=2) as behind:
            [denial] = [entry for entry in behind.acl_log() if entry["object"] == "lindex"]
            assert int(denial["count"]) == 1

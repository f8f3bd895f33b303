"""The running platform: what stands in it, and that it lives."""

from __future__ import annotations

import stat
from collections import Counter
from contextlib import closing

import psutil
import pytest
import redis

from kryonix_tui.demo import platform as platform_module
from kryonix_tui.demo.platform import DemoPlatform, Ports
from kryonix_tui.errors import KryonixError
from kryonix_tui.model.keyspace import OTHER
from kryonix_tui.model.kryonix_map import KRYONIX, PATTERNS
from tests.servers import Server


def client(platform: DemoPlatform, db: int) -> redis.Redis:
    return redis.Redis.from_url(platform.redis_url, db=db, decode_responses=True)


def keys(platform: DemoPlatform) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    for db in range(16):
        with closing(redis.Redis.from_url(platform.redis_url, db=db)) as server:
            found += [(db, bytes(key)) for key in server.scan_iter(count=1000)]
    return found


def test_the_documented_figures_stand(demo: DemoPlatform) -> None:
    with closing(client(demo, 3)) as live, closing(client(demo, 9)) as perf, closing(client(demo, 5)) as sdk:
        tenants = ("cliente_exemplo", "clinica_saude", "imobiliaria_xyz")
        rates = [float(str(live.hget(f"metrics:tenant:{tenant}", "cache_hit_rate"))) for tenant in tenants]
        # Exact at the start; after a minute they move by less than half a point.
        assert rates == pytest.approx([87.5, 92.1, 89.3], abs=0.45)
        assert float(str(perf.hget("perf:tenant:cliente_exemplo", "cache_hit_rate"))) == pytest.approx(89.2, abs=0.45)
        assert sdk.hget("sdk:tenant:clinica_saude", "tenant_name") == "Clínica Saúde & Vida"
        assert sdk.hget("sdk:tenant:clinica_saude", "rate_limit") == "15000/hour"


def test_every_kind_appears_and_few_keys_belong_to_nobody(demo: DemoPlatform) -> None:
    attributed = [KRYONIX.attribute(db, key) for db, key in keys(demo)]
    kinds = Counter(found.kind for found in attributed)
    assert set(kinds) == {pattern.kind for pattern in PATTERNS} | {OTHER}
    unattributed = sum(found.kind == OTHER and found.tenant is None for found in attributed)
    assert 0 < unattributed < 0.01 * len(attributed)
    assert sum(found.kind == OTHER and found.tenant is not None for found in attributed) == 3


def test_there_are_about_as_many_keys_and_tenants_as_asked(demo: DemoPlatform) -> None:
    found = keys(demo)
    assert len(found) == pytest.approx(4000, rel=0.05)
    tenants = {KRYONIX.attribute(db, key).tenant for db, key in found} - {None}
    assert len(tenants) == 15


def test_types_are_as_the_map_says(demo: DemoPlatform) -> None:
    for db in range(16):
        here = [key for key_db, key in keys(demo) if key_db == db][:200]
        with closing(client(demo, db)) as server:
            for key in here:
                pattern = KRYONIX.attribute(db, key).pattern
                if pattern and pattern.type != "any":
                    assert server.type(key) in {pattern.type, "none"}, key


def test_tenants_that_are_being_created_have_nothing_else(demo: DemoPlatform) -> None:
    found = [(db, KRYONIX.attribute(db, key)) for db, key in keys(demo)]
    creating = {seen.tenant for _, seen in found if seen.kind == "creation"}
    assert creating == {"nova_clinica_123", "nova_escola_vagalume"}
    assert {db for db, seen in found if seen.tenant in creating} == {6}


def test_one_tenant_writes_what_is_no_number(demo: DemoPlatform) -> None:
    with closing(client(demo, 3)) as server:
        rates = [server.hget(key, "cache_hit_rate") for key in server.scan_iter("metrics:tenant:*")]
    assert rates.count("abc") == 1


def test_the_platform_lives(demo: DemoPlatform) -> None:
    awaited = {
        "__keyevent@0__:hset",
        "__keyevent@2__:lpush",
        "__keyevent@2__:rpop",
        "__keyevent@3__:hset",
        "__keyevent@9__:hset",
        "__keyevent@11__:del",
    }
    with closing(client(demo, 15)) as server:
        server.config_set("notify-keyspace-events", "KEA")
        with closing(server.pubsub()) as events:  # type: ignore[no-untyped-call]  # redis-py's
            events.psubscribe("__keyevent@*__:*")
            while awaited:
                message = events.get_message(timeout=20)
                assert message, f"never seen: {awaited}"
                awaited.discard(message["channel"])
        server.config_set("notify-keyspace-events", "")


def test_only_the_user_reaches_it(demo: DemoPlatform) -> None:
    assert demo.folder
    assert stat.S_IMODE(demo.folder.stat().st_mode) == 0o700
    addresses = {
        connection.laddr.ip
        for pid in demo.pids.values()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_a_server_that_took_the_port_is_never_written_to(monkeypatch: pytest.MonkeyPatch, one_redis: Server) -> None:
    offered = [Ports(one_redis.port, 0, 0, 0, 0), platform_module.free_ports()]
    monkeypatch.setattr(platform_module, "free_ports", lambda: offered.pop(0))
    with DemoPlatform(tenants=5, keys=300, metrics=False) as platform:
        assert platform.redis_url != one_redis.url
    with closing(one_redis.client()) as server:
        assert server.info("keyspace") == {}


def test_a_taken_port_is_tried_again(monkeypatch: pytest.MonkeyPatch, demo: DemoPlatform) -> None:
    taken = int(demo.redis_url.rpartition(":")[2])
    offered = [Ports(taken, 0, 0, 0, 0), platform_module.free_ports()]
    monkeypatch.setattr(platform_module, "free_ports", lambda: offered.pop(0))
    with DemoPlatform(tenants=5, keys=300, metrics=False) as second:
        assert second.redis_url != demo.redis_url
    assert not offered


def test_ports_that_are_always_taken_are_an_error(monkeypatch: pytest.MonkeyPatch, demo: DemoPlatform) -> None:
    taken = int(demo.redis_url.rpartition(":")[2])
    monkeypatch.setattr(platform_module, "free_ports", lambda: Ports(taken, 0, 0, 0, 0))
    platform = DemoPlatform(tenants=5, keys=300, metrics=False)
    with pytest.raises(KryonixError, match="ports") as caught:
        platform.start()
    assert caught.value.hint
    assert not platform.pids


def test_without_the_metrics_programs_notes_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with DemoPlatform(tenants=5, keys=300) as platform:
        assert (platform.prometheus_url, platform.alertmanager_url) == ("", "")
        assert ["apt install" in note for note in platform.notes] == [True, True]

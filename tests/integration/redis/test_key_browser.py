"""Single keys of a real server: found page by page, looked into within bounds, counted as our own, never written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import ReadOnlyViolationError, RefusedError, UnreachableError
from kryonix_tui.model.keys import FoundKey, Ground, KeyValue
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.permissions import MONITOR_COMMANDS
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.redis import browser
from kryonix_tui.sources.redis.browser import ACCESS, KeyBrowser
from kryonix_tui.sources.redis.guard import checked
from kryonix_tui.sources.redis.own_traffic import OwnTraffic
from kryonix_tui.view import keys
from kryonix_tui.view.cells import plain
from tests.servers import Server

HOSTILE = "a[x]*?\\"


@pytest.fixture
async def browsing(redis_server: Server) -> AsyncIterator[KeyBrowser]:
    found = KeyBrowser(Redis(url=redis_server.url), KRYONIX, traffic=OwnTraffic())
    yield found
    await found.close()


async def every(found: KeyBrowser, ground: Ground) -> set[bytes]:
    keys_found: set[bytes] = set()
    cursor: int | None = 0
    while cursor is not None:
        page = await found.page(ground, cursor)
        keys_found.update(entry.key for entry in page.keys)
        cursor = page.cursor
    return keys_found


async def value(found: KeyBrowser, key: str, db: int = 0) -> KeyValue:
    return await found.value(FoundKey(db, key.encode(), "kind", None))


async def test_only_the_keys_of_that_tenant_and_kind(redis_server: Server, browsing: KeyBrowser) -> None:
    with redis_server.client() as client:
        for tenant in ("a", "ab", HOSTILE, "x"):
            client.hset(f"tenant:{tenant}:mobile:session:1", "platform", "ios")
        client.set("other:a:x", 1)
        client.set("tenant:a:strange", 1)
    assert await every(browsing, Ground(0, "a", "mobile_session")) == {b"tenant:a:mobile:session:1"}
    assert await every(browsing, Ground(0, "a")) == {b"tenant:a:mobile:session:1", b"tenant:a:strange"}
    assert await every(browsing, Ground(0, HOSTILE)) == {f"tenant:{HOSTILE}:mobile:session:1".encode()}
    assert len(await every(browsing, Ground(0))) == 6
    assert await every(browsing, Ground(1)) == set()


async def test_a_page_is_bounded_and_the_next_one_goes_on(
    redis_server: Server, browsing: KeyBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "STEP", 50)
    monkeypatch.setattr(browser, "STEPS", 3)
    with redis_server.client() as client:
        client.mset({f"tenant:{number % 10}:thing:{number}": 1 for number in range(2000)})
    page = await browsing.page(Ground(0, "3"))
    assert len(page.keys) < 60
    assert page.cursor is not None
    assert (page.walked, page.size) == (150, 2000)
    assert len(await every(browsing, Ground(0, "3"))) == 200


async def test_the_beginning_of_each_type(redis_server: Server, browsing: KeyBrowser) -> None:
    with redis_server.client() as client:
        client.set("string", "x" * 10_000, ex=60)
        client.hset("hash", mapping={f"f{number}": "v" for number in range(1000)})
        client.rpush("list", *range(1000))
        client.sadd("set", *range(1000))
        client.zadd("zset", {f"m{number}": number for number in range(1000)})
        for _entry in range(100):
            client.xadd("stream", {"phone": "+5511999990000"})
    for name, length in {"hash": 1000, "list": 1000, "set": 1000, "zset": 1000, "stream": 100}.items():
        read = await value(browsing, name)
        assert (read.type, read.length, read.ttl_ms) == (name, length, None)
        assert 0 < len(read.parts) <= browser.PARTS
        assert read.bytes
    text = await value(browsing, "string")
    assert (text.type, text.length, text.parts[0].cut) == ("string", 10_000, True)
    assert len(text.parts[0].value) == browser.PART_BYTES
    assert text.ttl_ms is not None
    assert 0 < text.ttl_ms <= 60_000
    assert (await value(browsing, "gone")).type == ""


async def test_huge_parts_are_not_read(redis_server: Server, browsing: KeyBrowser) -> None:
    with redis_server.client() as client:
        client.rpush("list", *("x" * 3_000_000 for _item in range(3)))
        client.hset("hash", "field", "x" * 8_000_000)
    for name in ("list", "hash"):
        read = await value(browsing, name)
        assert (read.parts, bool(read.refused)) == ((), True)


async def test_lookups_are_counted_as_ours_and_nothing_is_written(redis_server: Server, browsing: KeyBrowser) -> None:
    with redis_server.client() as client:
        client.hset("hash", "a", "b")
        client.config_resetstat()
    await every(browsing, Ground(0))
    await value(browsing, "hash")
    await value(browsing, "gone")
    with redis_server.client() as client:
        stats = client.info("stats")
        sent = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}
    ours = browsing._clients.traffic
    assert (ours.hits, ours.misses) == (stats["keyspace_hits"], stats["keyspace_misses"])
    assert sent <= {name.decode().lower().replace(" ", "|") for name in ACCESS.commands} | {"info", "config|resetstat"}


def test_what_it_may_send_is_what_a_monitoring_user_may() -> None:
    granted = {name.replace("|", " ").upper().encode() for name in MONITOR_COMMANDS}
    assert granted >= ACCESS.commands
    for command in (("SET", "a", "b"), ("HGETALL", "a"), ("KEYS", "*"), ("DEL", "a")):
        with pytest.raises(ReadOnlyViolationError):
            checked(command, ACCESS)


async def test_a_limited_console_sees_no_other_tenants_keys(redis_server: Server) -> None:
    with redis_server.client() as client:
        client.mset({"tenant:mine:x": 1, "tenant:theirs:x": 1, "nobody": 1})
    limited = KeyBrowser(Redis(url=redis_server.url), KRYONIX, Visible(("mine",)))
    assert await every(limited, Ground(0, "mine")) == {b"tenant:mine:x"}
    for ground in (Ground(0, "theirs"), Ground(0)):
        with pytest.raises(RefusedError):
            await limited.page(ground)
    with pytest.raises(RefusedError):
        await limited.value(FoundKey(0, b"tenant:theirs:x", "other", "theirs"))
    await limited.close()


async def test_nobody_answers() -> None:
    nowhere = KeyBrowser(Redis(url="redis://127.0.0.1:1"), KRYONIX)
    with pytest.raises(UnreachableError):
        await nowhere.page(Ground(0))
    await nowhere.close()


async def test_secrets_and_peoples_data_are_masked(redis_server: Server, browsing: KeyBrowser) -> None:
    secrets = ("letmein", "+5511999990000", "ana@example.org")
    with redis_server.client() as client:
        client.hset(
            "sdk:tenant:a",
            mapping={"api_key": "letmein", "phone": secrets[1], "app_config": '{"token": "letmein", "lang": "pt"}'},
        )
        client.rpush("queue:tenant:a:whatsapp", '{"to": "+5511999990000", "text": "ana@example.org"}', "letmein")
        client.set("verify:phone:+5511999990000", "letmein")
        client.set("link", "redis://user:letmein@host/0")
        client.zadd("scores", {"ana@example.org": 1})
        client.xadd("events", {"to": secrets[1], "token": "letmein"})
    shown = []
    for page_key in await every(browsing, Ground(0)):
        found = FoundKey(0, page_key, "kind", None)
        shown += [plain(line) for line in keys.lines(found, await browsing.value(found))]
    text = "\n".join(shown)
    assert not [secret for secret in secrets if secret in text]
    for visible in ('"lang": "pt"', "to:", "api_key", "events"):
        assert visible in text

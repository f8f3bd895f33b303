"""Each kind of trouble becomes the error that names it, with what to do; the source recovers by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest
import redis

from kryonix_tui.config.schema import Credential, Credentials
from kryonix_tui.errors import (
    AuthenticationError,
    ConfigError,
    DeadlineError,
    ReplyError,
    SourceError,
    UnreachableError,
)
from kryonix_tui.model.census import Census, TenantCensus
from tests.faults import in_time, listening, proxied, speaking
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, free_port, seed

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>no</html>"
HELLO = b"%1\r\n+proto\r\n:3\r\n"


@pytest.mark.parametrize(
    ("replies", "kind", "words"),
    [
        ((HTTP,), ReplyError, "does not speak"),
        ((b"\x15\x03\x01\x00\x02\x02\x46",), ReplyError, "does not speak"),
        ((b"-LOADING Redis is loading the dataset in memory\r\n",), UnreachableError, "is loading"),
        (
            (b"-NOAUTH HELLO must be called with the client already authenticated\r\n",),
            AuthenticationError,
            "asks for a password",
        ),
        ((b"-WRONGPASS invalid username-password pair\r\n",), AuthenticationError, "did not accept"),
        ((b"-DENIED Redis is running in protected mode because ...\r\n",), AuthenticationError, "protected mode"),
        ((b"-ERR max number of clients reached\r\n",), UnreachableError, "no room"),
        ((HELLO, b"+OK\r\n", b"-MASTERDOWN Link with MASTER is down\r\n"), UnreachableError, "lost its primary"),
        (
            (HELLO, b"+OK\r\n", b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
            ReplyError,
            "out of memory",
        ),
        (
            (HELLO, b"+OK\r\n", b"-READONLY You can't write against a read only replica.\r\n"),
            ReplyError,
            "read-only replica",
        ),
        ((HELLO, b"+OK\r\n", b"-MISCONF Redis is configured to save RDB snapshots\r\n"), ReplyError, "cannot save"),
        ((HELLO, b"+OK\r\n", b"-BUSY Redis is busy running a script.\r\n"), DeadlineError, "busy"),
        ((HELLO, b"+OK\r\n", b"-CLUSTERDOWN The cluster is down\r\n"), UnreachableError, "cluster"),
        ((HELLO, b"+OK\r\n", b"-ERR \x1b[2J what\r\n"), ReplyError, r"␛\[2J what"),
        ((HELLO, b"+OK\r\n", b"$5\r\nab"), DeadlineError, "did not answer in time"),
        (
            (HELLO, b"+OK\r\n", b"+PONG\r\n", b"+PONG\r\n", b"+PONG\r\n", b"+PONG\r\n", b":1\r\n:2\r\n:3\r\n:4\r\n"),
            ReplyError,
            "INFO",
        ),
    ],
)
async def test_what_a_server_may_say(
    make_source: MakeSource, replies: tuple[bytes, ...], kind: type[SourceError], words: str
) -> None:
    # Four PINGs, and then INFO together with its three extras, all of which get the last reply.
    async with speaking(*replies, *replies[-1:] * 3, replies[-1] * 4) as port:
        with pytest.raises(kind, match=words) as caught:
            await make_source(url=f"redis://127.0.0.1:{port}", timeout=0.3 if kind is DeadlineError else 60.0).server()
    assert "\x1b" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("redis://127.0.0.1:{free}", UnreachableError, "nobody listens"),
        ("redis://no-such-host.invalid:1", UnreachableError, "is unknown"),
        ("unix:///nowhere/redis.sock", UnreachableError, "nobody listens"),
        ("rediss://127.0.0.1:{plain}", DeadlineError, "no connection"),
    ],
)
async def test_where_nobody_answers_as_expected(
    one_redis: Server, make_source: MakeSource, url: str, kind: type[SourceError], words: str
) -> None:
    patience = 1.0 if kind is DeadlineError else 60.0
    source = make_source(url=url.format(free=free_port(), plain=one_redis.port), connect_timeout=patience)
    with pytest.raises(kind, match=words) as caught:
        await source.server()
    assert caught.value.hint


async def test_a_server_that_answers_tls_with_something_else(make_source: MakeSource) -> None:
    async with speaking(b"-ERR Protocol error\r\n") as port:
        with pytest.raises(UnreachableError, match="does not answer in TLS"):
            await make_source(url=f"rediss://127.0.0.1:{port}").server()


async def test_a_server_that_cannot_save_is_still_shown(make_source: MakeSource) -> None:
    with RedisServer(save="3600 1") as server:
        # A folder in place of the file that the server wants to write.
        (server.folder / "dump.rdb").mkdir()
        with server.client() as behind:
            behind.set("a", 1)
            behind.bgsave()
            while behind.info("persistence")["rdb_last_bgsave_status"] == "ok":  # noqa: ASYNC110 - only INFO tells
                await asyncio.sleep(0.01)
            with pytest.raises(redis.ResponseError, match="MISCONF"):
                behind.ping()
        facts = await make_source(server).server()
    assert (facts.persistence.save_ok, facts.database_count) == (False, 16)


async def test_replies_that_drip_do_not_outlast_the_deadline(make_source: MakeSource) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(HELLO)
        await reader.read(65536)
        writer.write(b"+OK\r\n")
        while True:
            await asyncio.sleep(0.15)
            writer.write(b"+PONG\r\n")

    async with listening(drip) as port:
        source = make_source(url=f"redis://127.0.0.1:{port}", timeout=0.2, connect_timeout=0.2)
        # All replies would take ten times as long.
        async with asyncio.timeout(60):
            with pytest.raises(SourceError):
                await source._primary.batch(0, [("PING",)] * 4000)


async def test_an_error_among_replies_holds_nothing_else(one_redis: Server, make_source: MakeSource) -> None:
    with one_redis.client() as client:
        client.set("no_hash", "x")
    source = make_source(one_redis)
    (refused,) = await source._primary.batch(0, [("HMGET", "no_hash", "field")])
    assert isinstance(refused, redis.ResponseError)
    assert refused.__traceback__ is None
    assert refused.__context__ is None


async def test_a_stalled_server_is_given_up_in_time_and_taken_back(one_redis: Server, make_source: MakeSource) -> None:
    async with proxied(one_redis.port) as proxy:
        source = make_source(url=f"redis://127.0.0.1:{proxy.port}", timeout=0.2)
        await in_time(source.server)
        proxy.stalled = True
        async with asyncio.timeout(60):
            with pytest.raises(DeadlineError):
                await source.server()
        proxy.stalled = False
        assert (await in_time(source.server)).flavour == "redis"


async def test_garbled_replies_never_raise_anything_foreign(
    one_redis: Server, make_source: MakeSource, full_census: Callable[..., Any]
) -> None:
    seed(one_redis, [(0, "HSET tenant:a:mobile:session:1 platform ios"), (3, "HSET metrics:tenant:a cache_hit_rate 5")])
    for old, new in (
        (b"0", b"x"),
        (b"$", b"*"),
        (b":", b"%"),
        (b"\r\n", b"\n"),
        (b"_", b"\xff"),
        (b"*", b":"),
        (b"1", b"-"),
    ):
        async with proxied(one_redis.port) as proxy:
            source = make_source(url=f"redis://127.0.0.1:{proxy.port}", timeout=0.2)
            proxy.garble = lambda data, old=old, new=new: data.replace(old, new)
            for attempt in (source.server(), full_census(source)):
                with contextlib.suppress(SourceError):
                    await attempt


async def test_a_reply_without_end_is_cut_off(make_source: MakeSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kryonix_tui.sources.redis.connection.MAX_REPLY_BYTES", 1_000_000)
    endless = b"$900000000\r\n" + b"x" * 2_000_000
    async with speaking(HELLO, b"+OK\r\n", endless) as port:
        with pytest.raises(ReplyError, match="larger than"):
            await make_source(url=f"redis://127.0.0.1:{port}").server()


async def test_a_server_without_hello_is_spoken_to_in_resp2(one_redis: Server, make_source: MakeSource) -> None:
    def refuse_hello(data: bytes) -> bytes:
        if data.startswith(b"%"):
            return b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
        return data

    async with proxied(one_redis.port) as proxy:
        proxy.garble = refuse_hello
        facts = await make_source(url=f"redis://127.0.0.1:{proxy.port}").server()
    assert facts.database_count == 16


async def test_a_server_that_comes_back_is_used_again(make_source: MakeSource) -> None:
    with RedisServer() as server:
        source = make_source(server)
        first = await source.server()
        server.stop()
        with pytest.raises(UnreachableError):
            await source.server()
        server.start()
        assert (await source.server()).run_id != first.run_id


async def test_a_secret_that_went_missing_is_named(make_source: MakeSource) -> None:
    credentials = Credentials(monitor=Credential(username="kx", password="file:/nowhere/password"))
    source = make_source(credentials=credentials)
    census = Census(tenants={"a": TenantCensus("a", {(3, "metrics"): 1, (9, "perf"): 1})}, complete=True)
    for attempt in (source.server(), source.tenant_facts(census, ["a"])):
        with pytest.raises(ConfigError, match=r"redis\.credentials\.monitor\.password"):
            await attempt


async def test_a_full_server_says_so(make_source: MakeSource) -> None:
    with RedisServer(maxclients=1) as server, server.client() as holder:
        holder.ping()
        with pytest.raises(UnreachableError, match="no room"):
            await make_source(server).server()

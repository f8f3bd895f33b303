"""Connections of the write side on real servers: whose credential, which commands, nothing twice, the right database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from redis.exceptions import ResponseError

from kryonix_tui.config.schema import Credential, Credentials, Redis
from kryonix_tui.errors import AuthenticationError, NotPermittedError, ReadOnlyViolationError, SourceError
from kryonix_tui.maintenance.connections import PurposeClients, purpose_address
from kryonix_tui.maintenance.permissions import grant_line, missing_permissions
from kryonix_tui.maintenance.purposes import COMMANDS, LOCK, grant
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import acl_line
from tests.acl import run_line
from tests.faults import Proxy, proxied
from tests.servers import FLAVOURS, Server, running

Make = Callable[..., PurposeClients]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Make clients; they are closed at the end of the test."""
    made: list[PurposeClients] = []

    def one(purpose: Purpose, **settings: Any) -> PurposeClients:
        made.append(PurposeClients(Redis(**settings), purpose))
        return made[-1]

    yield one
    for clients in made:
        await clients.close()


@pytest.fixture(params=FLAVOURS, scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with a user for each purpose, and `monitor-like` users that lack something."""
    for one in running(request.param):
        with one.client() as admin:
            for purpose in Purpose:
                run_line(admin, acl_line(purpose.value, grant(purpose, KRYONIX)))
                run_line(admin, acl_line(f"{purpose.value}-asking", grant(purpose, KRYONIX)) + " +acl|dryrun")
            run_line(admin, acl_line("lacking", grant(Purpose.MAINTAIN, KRYONIX)) + " -unlink -lrem -rpush")
            run_line(
                admin, acl_line("lacking-asking", grant(Purpose.MAINTAIN, KRYONIX)) + " -unlink -rpush +acl|dryrun"
            )
            run_line(admin, acl_line("stepless", grant(Purpose.MAINTAIN, KRYONIX)) + " clearselectors")
            run_line(admin, acl_line("narrow", grant(Purpose.MAINTAIN, KRYONIX)) + " resetkeys ~tenant:*")
        yield one


def login(purpose: Purpose, username: str | None = None, password: str = "PASSWORD") -> dict[str, Any]:
    credential = Credential(username=username or purpose.value, password=password)
    return {"credentials": Credentials(**{purpose.value: credential})}


async def test_each_purpose_logs_in_as_its_own_user(server: Server, make: Make) -> None:
    for purpose in Purpose:
        clients = make(purpose, url=server.url, **login(purpose))
        assert await clients.call(0, "ACL WHOAMI") == purpose.value.encode()
        assert clients.notices == ()


async def test_without_a_credential_the_monitors_is_used_and_said(server: Server, make: Make) -> None:
    monitor = Credential(username="monitor", password="PASSWORD")
    clients = make(Purpose.MAINTAIN, url=server.url, credentials=Credentials(monitor=monitor))
    assert await clients.call(0, "ACL WHOAMI") == b"monitor"
    assert "redis.credentials.maintain is not set" in clients.notices[0]
    in_url = make(Purpose.RESTORE, url=server.url.replace("//", "//backup:PASSWORD@"))
    assert await in_url.call(0, "ACL WHOAMI") == b"backup"
    assert in_url.notices


async def test_only_a_backup_goes_to_the_replica() -> None:
    settings = Redis(url="redis://primary:1", replica_url="redis://replica:2")
    places = {purpose: str(await purpose_address(settings, purpose)) for purpose in Purpose}
    assert places.pop(Purpose.BACKUP) == "replica:2"
    assert set(places.values()) == {"primary:1"}


async def test_errors_name_the_purposes_credential(server: Server, make: Make) -> None:
    wrong = make(Purpose.RESTORE, url=server.url, **login(Purpose.RESTORE, password="hunter2"))
    with pytest.raises(AuthenticationError) as caught:
        await wrong.call(0, "PING")
    assert "redis.credentials.restore" in caught.value.hint
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("purpose", "command"),
    [
        (Purpose.BACKUP, ("DUMP", "tenant:a:x")),
        (Purpose.RESTORE, ("RESTORE", "tenant:a:x", 0, b"x")),
        (Purpose.MAINTAIN, ("UNLINK", "tenant:a:x")),
        (Purpose.TUNE, ("CONFIG SET", "maxmemory", "1")),
    ],
)
async def test_a_missing_permission_ends_with_4_and_names_the_purposes_own_user(
    server: Server, make: Make, purpose: Purpose, command: tuple[Any, ...]
) -> None:
    lacking = make(purpose, url=server.url, **login(purpose, "monitor"))
    with pytest.raises(NotPermittedError, match=f"purpose {purpose.value} may not") as caught:
        await lacking.call(0, *command)
    assert caught.value.exit_code == 4
    for words in ("provision --only acl", f"redis.credentials.{purpose.value}", f"kx_{purpose.value}"):
        assert words in caught.value.hint
    assert "kx_mon" not in caught.value.hint


async def test_what_is_not_on_the_list_never_reaches_the_server(one_redis: Server, make: Make) -> None:
    clients = make(Purpose.MAINTAIN, url=one_redis.url)
    await clients.call(0, "PING")
    with one_redis.client(protocol=2) as behind:
        behind.config_resetstat()
        refused: tuple[tuple[Any, ...], ...] = (("FLUSHALL",), ("RESTORE", "k", 0, b"x"), ("EVAL", "return 1", 0))
        for command in refused:
            with pytest.raises(ReadOnlyViolationError):
                await clients.call(0, *command)
        with pytest.raises(ReadOnlyViolationError):
            await clients.batch(0, [("RPUSH", "queue:tenant:a:x", "1"), ("FLUSHDB",)])
        assert set(behind.info("commandstats")) <= {"cmdstat_config|resetstat", "cmdstat_client|setname"}
        assert behind.dbsize() == 0


async def test_every_database_has_its_own_connection(redis_server: Server, make: Make) -> None:
    clients = make(Purpose.MAINTAIN, url=redis_server.url)
    for db in range(16):
        await clients.batch(db, [("RPUSH", "queue:tenant:a:x", str(db))])
    with redis_server.client() as behind:
        behind.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    for db in range(16):
        try:
            found = await clients.call(db, "LRANGE", "queue:tenant:a:x", 0, -1)
        except SourceError:
            found = await clients.call(db, "LRANGE", "queue:tenant:a:x", 0, -1)
        assert found == [str(db).encode()]


async def heal(proxy: Proxy) -> None:
    """Let the link work again as soon as it was cut: whoever tried once more would succeed."""
    while proxy.cut_after is not None and proxy.cut_after > 0:  # noqa: ASYNC110 - the proxy tells nobody
        await asyncio.sleep(0)
    proxy.cut_after = None


async def test_a_batch_that_is_cut_is_an_error_and_is_never_sent_again(one_redis: Server, make: Make) -> None:
    async with proxied(one_redis.port) as proxy:
        clients = make(Purpose.MAINTAIN, url=f"redis://127.0.0.1:{proxy.port}")
        await clients.call(0, "PING")
        proxy.cut_after = 500
        healing = asyncio.create_task(heal(proxy))
        with pytest.raises(SourceError):
            await clients.batch(0, [("RPUSH", "queue:tenant:a:x", "1")] * 2000)
        await healing
        assert 0 < await clients.call(0, "LLEN", "queue:tenant:a:x") <= 2000
        assert proxy.seen.count(b"RPUSH") <= 2000


async def test_what_cannot_be_done_in_one_step_is_not_done_at_all(server: Server, make: Make) -> None:
    clients = make(Purpose.MAINTAIN, url=server.url, **login(Purpose.MAINTAIN, "stepless"))
    key, push = b"queue:tenant:a:x", ("RPUSH", b"queue:tenant:a:x", "1")
    with pytest.raises(NotPermittedError):
        await clients.together(0, [push])
    with pytest.raises(NotPermittedError):
        await clients.if_unchanged(0, [key], [("LLEN", key)], lambda _replies: [push])
    assert await clients.call(0, "LLEN", key) == 0


async def test_nothing_is_watched_any_more_afterwards(server: Server, make: Make) -> None:
    """One connection goes from one to the next, whether there was something to do, or not, or it went wrong."""
    clients = make(Purpose.MAINTAIN, url=server.url, **login(Purpose.MAINTAIN))
    key, found = b"queue:tenant:a:watched", ("LLEN", b"queue:tenant:a:watched")

    def wrong(_replies: list[Any]) -> list[tuple[Any, ...]]:
        raise SourceError("wrong")

    assert await clients.if_unchanged(0, [key], [found], lambda _replies: []) == []
    with pytest.raises(SourceError, match="wrong"):
        await clients.if_unchanged(0, [key], [found], wrong)
    await clients.call(0, "RPUSH", key, "1")
    assert await clients.together(0, [("RPUSH", key, "2"), ("UNLINK", key)]) == [2, 1]


async def test_large_values_come_through(one_redis: Server, make: Make) -> None:
    with one_redis.client() as behind:
        behind.set("tenant:a:big", os.urandom(20_000_000))
        dumped = await make(Purpose.RESTORE, url=one_redis.url).call(0, "DUMP", "tenant:a:big")
    assert len(dumped) > 20_000_000


@pytest.mark.parametrize("asking", ["", "-asking"])
async def test_nothing_is_missing_with_the_generated_lines(server: Server, make: Make, asking: str) -> None:
    with server.client(protocol=2) as behind:
        for purpose in (Purpose.BACKUP, Purpose.RESTORE, Purpose.MAINTAIN, Purpose.TUNE):
            clients = make(purpose, url=server.url, **login(purpose, purpose.value + asking))
            before = behind.info("persistence")["rdb_changes_since_last_save"]
            assert await missing_permissions(clients, KRYONIX) == ()
            assert behind.info("persistence")["rdb_changes_since_last_save"] == before
        assert behind.dbsize() == 0


async def test_what_is_missing_is_found_and_can_be_granted(server: Server, make: Make) -> None:
    def clients(user: str) -> PurposeClients:
        return make(Purpose.MAINTAIN, url=server.url, **login(Purpose.MAINTAIN, user))

    assert await missing_permissions(clients("lacking-asking"), KRYONIX) == ("unlink", "rpush")
    # A push cannot be tried without doing it.
    assert await missing_permissions(clients("lacking"), KRYONIX) == ("unlink", "lrem")
    assert "unlink" in await missing_permissions(clients("narrow"), KRYONIX)
    everything = {*COMMANDS[Purpose.MAINTAIN], *LOCK.commands}
    assert (
        {"pexpireat", "unlink", "set", "lmove"}
        <= set(await missing_permissions(clients("backup"), KRYONIX))
        <= everything
    )
    with server.client() as admin:
        run_line(admin, grant_line(Purpose.MAINTAIN, "lacking", KRYONIX))
        run_line(admin, grant_line(Purpose.MAINTAIN, "lacking", KRYONIX))
    assert await missing_permissions(clients("lacking"), KRYONIX) == ()


async def test_probing_touches_no_key_that_exists(server: Server, make: Make) -> None:
    existing = [key for key in KRYONIX.example_keys("tenant-of-nobody") if b"tenant-of-nobody" not in key]
    assert existing
    # This user may not ask, so every command is tried.
    with server.client() as admin:
        for key in existing:
            admin.set(key, "kept")
        clients = make(Purpose.MAINTAIN, url=server.url, **login(Purpose.MAINTAIN))
        assert await missing_permissions(clients, KRYONIX) == ()
        assert [admin.get(key) for key in existing] == [b"kept"] * len(existing)
        assert [admin.ttl(key) for key in existing] == [-1] * len(existing)
        admin.flushall()


async def test_error_replies_of_a_batch_are_values(one_redis: Server, make: Make) -> None:
    clients = make(Purpose.MAINTAIN, url=one_redis.url)
    with one_redis.client() as behind:
        behind.set("tenant:a:x", "1")
    replies = await clients.batch(0, [("LLEN", "tenant:a:x"), ("LLEN", "tenant:a:y")])
    assert isinstance(replies[0], ResponseError)
    assert replies[1] == 0

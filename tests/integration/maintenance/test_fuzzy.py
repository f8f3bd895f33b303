"""Backups key by key, from servers that refuse replication."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from kryonix_tui.config.schema import Credential, Credentials, Redis
from kryonix_tui.errors import AuthenticationError, UnreachableError
from kryonix_tui.maintenance.backup.fuzzy import FuzzyReader
from kryonix_tui.maintenance.backup.rdb import RdbWriter, Record
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.model.operation import Purpose
from tests.integration.maintenance.platform import LIBRARY, contents, expected, seed_everything
from tests.servers import FLAVOURS, RedisServer, Server

VERSIONS = {"redis": 10, "valkey": 80}
NO_SYNC: dict[str, Any] = {"rename-command SYNC": '""', "rename-command PSYNC": '""'}


Clients = Callable[..., PurposeClients]


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """Make clients of the backup's purpose for a server; they are closed at the end."""
    made: list[PurposeClients] = []

    def make(server: Server, **settings: Any) -> PurposeClients:
        made.append(PurposeClients(Redis(url=server.url, **settings), Purpose.BACKUP))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def everything(reader: FuzzyReader) -> list[Record]:
    return [record async for record in reader.records()]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_everything_is_read_and_loads_elsewhere(flavour: str, clients: Clients) -> None:
    with Server(flavour, **NO_SYNC) as server:
        seed_everything(server)
        there = contents(server)
        reader = FuzzyReader(clients(server))
        records = await everything(reader)
        assert {(record.db, record.key): expected(record, VERSIONS[flavour]) for record in records} == there
        assert (reader.version, reader.keys, reader.vanished) == (VERSIONS[flavour], len(there), 0)
        assert await reader.functions() == [LIBRARY]
    other = Server(flavour)
    with (other.folder / "dump.rdb").open("wb") as file:
        writer = RdbWriter(file, VERSIONS[flavour])
        for record in records:
            writer.write(record)
        writer.close()
    with other:
        found = contents(other)
        assert {place: content.expires_at_ms for place, content in found.items()} == {
            place: content.expires_at_ms for place, content in there.items()
        }


async def test_only_what_is_wanted_is_asked_for(one_redis: Server, clients: Clients) -> None:
    one_redis.client().mset({f"tenant:t{n}:x": "1" for n in range(1, 12)})
    one_redis.client().config_resetstat()
    reader = FuzzyReader(clients(one_redis), lambda _db, key: key.startswith(b"tenant:t1:"))
    assert [record.key for record in await everything(reader)] == [b"tenant:t1:x"]
    assert one_redis.client().info("commandstats")["cmdstat_dump"]["calls"] == 1


async def test_a_key_that_vanishes_is_counted_and_none_comes_twice(one_redis: Server, clients: Clients) -> None:
    one_redis.client().mset({f"key:{n}": "1" for n in range(3000)})
    reader = FuzzyReader(clients(one_redis))
    seen: list[bytes] = []
    async for record in reader.records():
        if not seen:
            # The table shrinks under the cursor, which makes SCAN return keys again.
            one_redis.client().unlink(*(f"key:{n}" for n in range(2900)))
        seen.append(record.key)
    assert len(seen) == len(set(seen))
    assert {b"key:%d" % n for n in range(2900, 3000)} <= set(seen)
    assert reader.vanished > 0


async def test_an_empty_server_has_no_format(one_redis: Server, clients: Clients) -> None:
    reader = FuzzyReader(clients(one_redis))
    assert await everything(reader) == []
    assert reader.version is None


async def test_a_server_that_is_restarted_meanwhile_is_an_error(clients: Clients) -> None:
    with RedisServer() as server:
        server.client().mset({f"key:{n}": "1" for n in range(2000)})
        server.client().save()
        records = FuzzyReader(clients(server)).records()
        await anext(records)
        server.stop()
        with pytest.raises(UnreachableError):
            [record async for record in records]
        server.start()
        records = FuzzyReader(clients(server)).records()
        await anext(records)
        server.stop()
        server.start()
        with pytest.raises(UnreachableError):
            [record async for record in records]


async def test_a_user_that_may_not_dump_is_refused(clients: Clients) -> None:
    with RedisServer() as server:
        server.client().set("key", "1")
        rules = "on >secret ~* -@all +info +scan +ping +hello +select"
        server.client().execute_command("ACL SETUSER", "poor", *rules.split())  # type: ignore[no-untyped-call]  # redis-py's
        poor = Credentials(backup=Credential(username="poor", password="secret"))
        with pytest.raises(AuthenticationError):
            await everything(FuzzyReader(clients(server, credentials=poor)))

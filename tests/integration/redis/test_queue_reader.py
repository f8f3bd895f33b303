"""Looking at waiting items on real servers: nothing is taken, nothing is unbounded, nothing of others is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import ReadOnlyViolationError, RefusedError
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.redis.queue_reader import ITEM_BYTES, PAGE, QueueReader
from tests.servers import Server

QUEUE = QueueKey(2, b"queue:tenant:alfa:crm", "crm", "alfa")


@pytest.fixture
def jobs(one_redis: Server) -> Server:
    one_redis.client().flushall()
    return one_redis


@pytest.fixture
async def reader(one_redis: Server) -> AsyncIterator[QueueReader]:
    found = QueueReader(Redis(url=one_redis.url))
    yield found
    await found.close()


async def test_pages_follow_each_other_from_the_oldest_on(jobs: Server, reader: QueueReader) -> None:
    jobs.client(2).lpush(QUEUE.key, *(b'{"created_at": %d}' % (1_700_000_000 + n) for n in range(130)))
    start: int | None = 0
    places: list[int] = []
    since: list[float] = []
    while start is not None:
        page = await reader.items(QUEUE, start)
        assert page.depth == 130
        assert len(page.items) <= PAGE
        places += [item.place for item in page.items]
        since += [item.since or 0 for item in page.items]
        start = page.next
    assert places == list(range(130))
    assert all(older < newer for older, newer in pairwise(since))
    assert jobs.client(2).llen(QUEUE.key) == 130


async def test_large_items_are_cut_and_too_large_ones_left_out(jobs: Server, reader: QueueReader) -> None:
    client = jobs.client(2)
    client.lpush(QUEUE.key, b"small", b"x" * 10_000_000, b"\xff\x00", b"y" * 20_000_000, b"behind")
    page = await reader.items(QUEUE)
    assert [(item.size, item.cut) for item in page.items[:2]] == [(5, False), (10_000_000, True)]
    assert len(page.items[1].content) == ITEM_BYTES
    page = await reader.items(QUEUE, 2)
    assert page.items[0].content == b"\xff\x00"
    assert "too large" in page.refused
    assert (await reader.items(QUEUE, 4)).items[0].content == b"behind"


@pytest.mark.parametrize("command", ["SET", "SADD"])
async def test_what_is_no_list_is_told(jobs: Server, reader: QueueReader, command: str) -> None:
    assert (await reader.items(QUEUE)).type == ""
    jobs.client(2).execute_command(command, QUEUE.key, "x")  # type: ignore[no-untyped-call]  # redis-py's
    page = await reader.items(QUEUE)
    assert (page.depth, page.items) == (0, ())
    assert "no list" in page.refused


async def test_queues_of_others_are_not_looked_at(jobs: Server) -> None:
    limited = QueueReader(Redis(url=jobs.url), Visible(("beta",)))
    for queue in (QUEUE, QueueKey(2, b"queue:system:auto_client_creation", "auto_client_creation", None)):
        with pytest.raises(RefusedError):
            await limited.items(queue)
    await limited.close()


async def test_it_cannot_take_anything(jobs: Server, reader: QueueReader) -> None:
    await reader.items(QUEUE)
    for command in ("RPOP", "LPOP", "LMOVE", "LREM", "DEL", "LTRIM"):
        with pytest.raises(ReadOnlyViolationError):
            await reader._clients.call(2, command, QUEUE.key)

"""Queues over hours, in virtual time, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest
from redis import Redis

from kryonix_tui.demo.cast import Part, cast
from kryonix_tui.demo.queues import STUCK_AT_MOST, STUCK_AT_START, Queues
from kryonix_tui.demo.writer import Writer
from tests.servers import Server


@pytest.fixture
def queues(one_redis: Server) -> Iterator[tuple[Queues, Writer]]:
    with closing(Writer(str(one_redis.socket))) as writer:
        made = Queues(cast(15, 2000, 7), writer, Random(5))
        for write in made.seed():
            writer.send(write)
        writer.flush()
        yield made, writer


def depths(server: Redis) -> dict[str, int]:
    return {str(key): int(server.llen(key)) for key in server.scan_iter()}


def test_one_queue_only_grows_and_the_others_drain(queues: tuple[Queues, Writer], one_redis: Server) -> None:
    playing, writer = queues
    [stuck] = [queue for queue in playing.all if queue.served == 0]
    assert stuck.profile.part is Part.STUCK_QUEUE
    with closing(one_redis.client(2, decode_responses=True)) as server:
        assert depths(server)[stuck.key] == STUCK_AT_START
        for step in range(400):
            playing.play(step * 20.0, 20.0)
            writer.flush()
        after = depths(server)
    assert STUCK_AT_START + 1000 < after.pop(stuck.key) <= STUCK_AT_MOST
    assert all(depth < 200 for depth in after.values())


def test_queues_that_others_emptied_are_counted_again(queues: tuple[Queues, Writer], one_redis: Server) -> None:
    playing, _writer = queues
    with closing(one_redis.client(2)) as server:
        server.flushdb()
    playing.play(0.0, 0.001)
    assert max(queue.depth for queue in playing.all) <= 90

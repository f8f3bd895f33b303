"""The demo has noisy neighbours: one takes most of the slow time, another one has a large key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from kryonix_tui.analysis.slow_time import SlowWindow
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Redis
from kryonix_tui.demo import server as demo_server
from kryonix_tui.demo.cast import Part, cast
from kryonix_tui.demo.queues import Queues
from kryonix_tui.demo.reports import Reports
from kryonix_tui.demo.writer import Writer
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis import RedisSource
from kryonix_tui.sources.redis.key_sizes import BIG_KEY_BYTES
from tests.servers import Server


@pytest.fixture
def writer(one_redis: Server) -> Iterator[Writer]:
    with closing(Writer(str(one_redis.socket))) as made:
        yield made


async def test_somebody_is_slow_and_somebody_is_large(writer: Writer, one_redis: Server) -> None:
    profiles = cast(15, 4000, 7)
    [stuck] = [profile.tenant for profile in profiles if profile.part is Part.STUCK_QUEUE]
    queues = Queues(profiles, writer, Random(5))
    reports = Reports(profiles, queues.all, writer)
    for write in [*queues.seed(), *reports.seed()]:
        writer.send(write)
    writer.flush()
    [slow] = [line for line in _configuration() if line.startswith("slowlog-log-slower-than")]
    with closing(one_redis.client()) as behind:
        behind.config_set(*slow.split())
    for _second in range(20):
        reports.play(1.0)
    writer.flush()
    assert not writer.refused
    source = RedisSource(Redis(url=one_redis.url, budget=100.0), KRYONIX)
    try:
        found = SlowWindow().read(await source.server(), now().wall)
        *_partial, counted = [census async for census in source.census()]
    finally:
        await source.close()
    assert found is not None
    # On a busy machine commands of others may be slow as well.
    assert found.by_tenant[stuck].calls >= 5
    [big] = [key for key in counted.big_keys if key.bytes > 10 * BIG_KEY_BYTES]
    assert (big.kind, big.tenant) == ("api_cache", next(p.tenant for p in profiles if p.part is Part.STEADY))


def _configuration() -> list[str]:

    return demo_server.configuration(1, Path(), 1000).splitlines()

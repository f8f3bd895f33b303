"""A source for a server, closed at the end of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from kryonix_tui.config.schema import Redis
from kryonix_tui.model.census import Census
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis import RedisSource
from tests.servers import Server

MakeSource = Callable[..., RedisSource]
FAST = 100.0


@pytest.fixture
async def make_source() -> AsyncIterator[MakeSource]:
    """Make sources by settings, or for a server; they are closed at the end of the test."""
    made: list[RedisSource] = []

    def make(server: Server | None = None, keyspace: KeyspaceMap = KRYONIX, **settings: Any) -> RedisSource:
        if server is not None and "socket" not in settings:
            settings.setdefault("url", server.url)
        settings.setdefault("budget", FAST)
        made.append(RedisSource(Redis(**settings), keyspace))
        return made[-1]

    yield make
    for source in made:
        await source.close()


@pytest.fixture
def full_census() -> Callable[[RedisSource], Any]:
    """Walk over everything and return the last result."""

    async def walk(source: RedisSource) -> Census:
        last = Census()
        async for census in source.census():
            last = census
        assert last.complete
        return last

    return walk

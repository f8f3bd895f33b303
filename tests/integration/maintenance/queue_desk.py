"""An operator at the queues of a platform, and the jobs database behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import redis

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.queues.item_file import batch_at, contents
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.operation import Outcome, Plan, Progress
from tests.integration.maintenance.operators import carried_out, configured
from tests.servers import Server

CRM = b"queue:tenant:alfa:crm"


class Desk:
    """An operator's console on a server, and the jobs database behind it."""

    def __init__(self, server: Server, **changes: Any) -> None:
        self.config: Config = msgspec.structs.replace(configured(server), **changes)
        self.maintenance = Maintenance(self.config)
        self.work = self.maintenance.queues
        self.jobs: redis.Redis = server.client(2)

    def queue(self, text: str = "alfa/crm") -> QueueKey:
        return self.work.named(text)

    def push(self, *items: bytes | str, key: bytes = CRM) -> None:
        self.jobs.lpush(key, *items)

    def waiting(self, key: bytes = CRM) -> list[bytes]:
        """What waits, the oldest first."""
        found: list[bytes] = self.jobs.lrange(key, 0, -1)  # type: ignore[assignment]  # a synchronous client
        return found[::-1]

    async def do(self, operation: Any, between: Callable[[Progress], None] | None = None) -> tuple[Plan, Outcome]:
        return await carried_out(self.maintenance, operation, between)

    @property
    def held(self) -> list[bytes]:
        found: list[bytes] = self.jobs.keys("*kryonix:held:*")  # type: ignore[assignment]  # as above
        return found


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [b'{"number": %d, "module": "%s"}' % (n, b"crm" if n % 3 else b"mail") for n in range(start, start + count)]


def saved_in(path: str | Path) -> list[bytes]:
    """All items of a file, the oldest first."""
    found = contents(Path(path))
    assert found.ended
    numbers = range(1, found.batches + 1)
    order = reversed(numbers) if found.heading.newest_first else numbers
    return [item for number in order for item in batch_at(Path(path), found, number).items]

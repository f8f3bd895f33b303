"""`optimize run --all` over very many tenants: the share of the server that looking and writing take, against the budget."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import redis

from bench.result import Result
from kryonix_tui.config.schema import Config, Redis
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from tests.servers import RedisServer

T = TypeVar("T")

KEYS = 20
"""Cached keys of a tenant, and as many sessions."""

SCHEDULED = 900.0
"""Seconds between two runs by default: one must be over long before the next."""


def run(*, quick: bool) -> list[Result]:
    """Seed a server of its own, run once with the default limits, and undo it."""
    tenants = 2_000 if quick else 10_000
    before = os.environ.get("XDG_STATE_HOME")
    with RedisServer() as server, tempfile.TemporaryDirectory() as folder:
        seed(server, tenants)
        os.environ["XDG_STATE_HOME"] = folder
        try:
            return asyncio.run(_measured(server, tenants))
        finally:
            os.environ.pop("XDG_STATE_HOME")
            if before is not None:
                os.environ["XDG_STATE_HOME"] = before


def seed(server: RedisServer, tenants: int) -> None:
    """Put tenants there of whom most have a hit rate that is too low."""
    for db, shape in ((1, "tenant:t{t}:api:crm:{n}"), (0, "tenant:t{t}:mobile:session:{n}")):
        pipeline = server.client(db).pipeline(transaction=False)
        for tenant in range(tenants):
            for number in range(KEYS):
                pipeline.set(shape.format(t=tenant, n=number), "x", ex=600 + number)
            if tenant % 500 == 0:
                pipeline.execute()
        pipeline.execute()
    pipeline = server.client(3).pipeline(transaction=False)
    for tenant in range(tenants):
        pipeline.hset(f"metrics:tenant:t{tenant}", mapping={"cache_hit_rate": 60 + tenant % 40, "api_calls_today": 10})
    pipeline.execute()


async def _measured(server: RedisServer, tenants: int) -> list[Result]:
    config = Config(role="operator", redis=Redis(url=server.url))
    maintenance, client, run = Maintenance(config), server.client(), Run()
    operation = maintenance.optimizing.apply(None, automatic=True)
    look, looked, plan = await _costs(client, lambda: maintenance.door.plan(operation))
    write, wrote, _outcome = await _costs(client, lambda: maintenance.door.run(operation, plan, run))
    await operation.close()
    name, budget = f"optimize run, {tenants:,} tenants", config.redis.budget
    keys = f"{plan.counts['keys']:,} keys"
    return [
        Result(f"{name}: looking", 100 * look, budget, "budget", "%", 1.0),
        Result(f"{name}: writing {keys}", 100 * write, budget, "budget", "%", 1.0),
        Result(f"{name}: time", looked + wrote, SCHEDULED, "until the next", "s", 0.2),
    ]


async def _costs(client: redis.Redis, work: Callable[[], Awaitable[T]]) -> tuple[float, float, T]:
    """Return the share of a core that the server spent meanwhile (all of its process), the seconds, and the result."""
    began, before = time.monotonic(), _spent(client)
    result = await work()
    seconds = time.monotonic() - began
    return (_spent(client) - before) / seconds, seconds, result


def _spent(client: redis.Redis) -> float:
    cpu = client.info("cpu")
    return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])

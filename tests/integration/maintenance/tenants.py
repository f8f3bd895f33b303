"""Purges and suspensions through the door, on servers that hold neighbours with names of every kind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Outcome, Plan, Progress
from kryonix_tui.safetext import identity, raw_bytes
from tests.integration.maintenance.operators import carried_out, configured, meaning
from tests.integration.maintenance.platform import Place
from tests.servers import Server

HOSTILE = (
    b"t1", b"t10", b"t11", b"1", b"t", b"T1", b"t1 ", b"*", b"t*", b"t?", b"[t1]", b"t[0-9]", b"a\\b", b"\xff\xfe",
    b"t1\n", "clínica".encode(), b"{t}", b"-", b"^1", b"tenant", b"queue", b"kryonix",
)  # fmt: skip
"""Ids of tenants: some are globs or begin like others, some are no text, or words of the map."""


def settle(server: Server, tenants: Iterable[bytes], keys: int = 1) -> None:
    """Give each tenant a key of every pattern of the map, `keys` of those that end in an id, and one beyond the map.

    And some that belong to nobody, or to the platform.
    """
    ids = list(tenants)
    for db in range(16):
        with contextlib.closing(server.client(db)) as client:
            pipeline = client.pipeline(transaction=False)
            for pattern in KRYONIX.patterns:
                if pattern.db != db or pattern.kind == "console":
                    continue
                for tenant in ids if pattern.has_tenant else [b""]:
                    for number in range(keys):
                        words = [
                            tenant if word == b"{t}" else b"%d" % number if word.startswith(b"{") else word
                            for word in pattern.segments
                        ]
                        pipeline.execute_command(*_write(pattern.type, b":".join(words), tenant))  # type: ignore[no-untyped-call]  # redis-py's
            for tenant in ids:
                pipeline.set(b"extra:tenant:" + tenant + b":" + b"%d" % db, tenant, ex=5000)
                pipeline.set(b"loose:" + tenant, b"of nobody")
            pipeline.set("nobody", "x")
            pipeline.execute()


def _write(type_: str, key: bytes, value: bytes) -> tuple[object, ...]:
    return {
        "hash": ("HSET", key, "field", value, "platform", "ios"),
        "string": ("SET", key, value, "EX", 4000),
        "list": ("RPUSH", key, value, "item"),
        "set": ("SADD", key, value),
        "zset": ("ZADD", key, 1, value),
    }[type_]


def owned(server: Server, tenant: bytes) -> set[Place]:
    """Return the keys of a tenant."""
    return {place for place in meaning(server) if KRYONIX.attribute(*place).tenant == identity(tenant)}


async def purged(
    server: Server,
    tenant: str | bytes,
    *,
    config: Config | None = None,
    between: Callable[[Progress], None] | None = None,
    to: str = "",
) -> tuple[Plan, Outcome]:
    """Purge, as an operator does."""
    maintenance = Maintenance(config or configured(server))
    return await carried_out(maintenance, maintenance.purge(_id(tenant), to=to), between)


async def suspended(
    server: Server,
    tenant: str | bytes,
    *,
    config: Config | None = None,
    between: Callable[[Progress], None] | None = None,
) -> tuple[Plan, Outcome]:
    """End the sessions of a tenant, as an operator does."""
    maintenance = Maintenance(config or configured(server))
    return await carried_out(maintenance, maintenance.suspend(_id(tenant)), between)


def _id(tenant: str | bytes) -> str:
    return identity(tenant) if isinstance(tenant, bytes) else tenant


def once(step: str, act: Callable[[], None]) -> Callable[[Progress], None]:
    """Return what calls `act` the first time that an operation tells of this step."""
    done: list[bool] = []

    def between(progress: Progress) -> None:
        if progress.step == step and not done:
            done.append(True)
            act()

    return between


def when_removed(act: Callable[[], None]) -> Callable[[Progress], None]:
    """Return what calls `act` after the last batch of a removal."""

    def between(progress: Progress) -> None:
        if progress.step == "removing" and progress.done == progress.total:
            act()

    return between


def belongs(places: Iterable[Place], tenant: bytes) -> bool:
    """Tell whether all of these keys name the tenant."""
    return all(raw_bytes(identity(tenant)) in key.split(b":") for _db, key in places)

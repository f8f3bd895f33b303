"""An operator at work on real servers: backups and restores through the door, and what a server holds besides ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kryonix_tui.config.schema import Backup, Config, Redis
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.rdb import Record, from_payload
from kryonix_tui.maintenance.backup.restore.operation import Policy
from kryonix_tui.maintenance.backup.restore.values import digest
from kryonix_tui.maintenance.door import Operation, Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Outcome, Plan, Progress, Scope
from tests.integration.maintenance.platform import Content, Place, contents
from tests.servers import Server

WHOLE = Scope()


@dataclass
class Watched:
    """What an operation told. `between` is called at every progress, before the next batch."""

    between: Callable[[Progress], None] = lambda _progress: None
    lines: list[str] = field(default_factory=list)

    def run(self) -> Run:
        """Return the run to give to the door."""
        return Run(self.between, self.lines.append)


def configured(server: Server, *, redis: dict[str, Any] | None = None, **backup: Any) -> Config:
    """Return the configuration of an operator."""
    return Config(
        role="operator",
        redis=Redis(**{"url": server.url, **(redis or {})}),
        backup=Backup(**({"verify": "quick"} | backup)),
    )


async def carried_out(
    maintenance: Maintenance, operation: Operation, between: Callable[[Progress], None] | None = None
) -> tuple[Plan, Outcome]:
    """Plan, confirm, carry out, close."""
    watched = Watched(between) if between else Watched()
    try:
        plan = await maintenance.door.plan(operation)
        outcome = await maintenance.door.run(operation, plan, watched.run(), confirmation=plan.confirmation)
    finally:
        await operation.close()
    return plan, outcome


async def back_up(server: Server, scope: Scope = WHOLE, **settings: Any) -> ArchiveName:
    """Back up into the state folder of the test."""
    maintenance = Maintenance(configured(server, **settings))
    _plan, outcome = await carried_out(maintenance, await maintenance.backup(scope))
    name = ArchiveName.parse(outcome.artefact)
    assert name is not None
    return name


async def bring_back(
    server: Server,
    archive: ArchiveName | str,
    scope: Scope = WHOLE,
    policy: Policy = Policy.FAIL,
    *,
    config: Config | None = None,
    between: Callable[[Progress], None] | None = None,
    **options: Any,
) -> tuple[Plan, Outcome]:
    """Restore from the state folder of the test (or a path)."""
    maintenance = Maintenance(config or configured(server))
    operation = maintenance.restore(str(archive), scope, policy=policy, **options)
    return await carried_out(maintenance, operation, between)


async def planned(server: Server, archive: ArchiveName | str, scope: Scope = WHOLE, **options: Any) -> Plan:
    """Return the plan of a restore."""
    operation = Maintenance(options.pop("config", None) or configured(server)).restore(str(archive), scope, **options)
    try:
        return await operation.plan()
    finally:
        await operation.close()


def meaning(server: Server) -> dict[Place, tuple[bytes, int]]:
    """Return everything that the server holds, each value as what clients see of it, besides the console's own keys."""
    return {
        place: (digest(record.type, record.value), content.expires_at_ms)
        for place, content in contents(server).items()
        if not place[1].startswith(b"kryonix:")
        for record in [_record(place, content)]
    }


def _record(place: Place, content: Content) -> Record:
    return from_payload(*place, content.dumped)[0]


def fill_tenants(server: Server, tenants: int = 5, keys: int = 40) -> None:
    """Put keys of tenants `t1`, `t2`, ... into some databases, and some of nobody."""
    for db, shape in ((0, "tenant:{t}:mobile:session:{n}"), (1, "tenant:{t}:api:crm:{n}"), (5, "other:tenant:{t}:{n}")):
        with contextlib.closing(server.client(db)) as client:
            pipeline = client.pipeline(transaction=False)
            for tenant in range(1, tenants + 1):
                for number in range(keys):
                    pipeline.set(shape.format(t=f"t{tenant}", n=number), f"value {number} of t{tenant}")
            pipeline.set("nobody", "x")
            pipeline.execute()


def with_redis(config: Config, **changes: Any) -> Config:
    """Return `config` with other settings of Redis."""
    return msgspec.structs.replace(config, redis=msgspec.structs.replace(config.redis, **changes))

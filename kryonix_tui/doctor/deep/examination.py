"""The deep examination, part after part: each one's failure is its own result, and what a part finds is a finding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from kryonix_tui.clock import now
from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.schema import Config
from kryonix_tui.doctor.check import Check, Level, attempted
from kryonix_tui.doctor.deep import isolation, server, users
from kryonix_tui.doctor.deep.ports import AuditPort
from kryonix_tui.i18n import _
from kryonix_tui.model.isolation import KeyAudit
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Progress
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.visible import Visible

Tell = Callable[[Progress], None]
"""Hears how far it is."""


async def examine(config: Config, facts: ServerFacts | None, audit: AuditPort, tell: Tell) -> AsyncIterator[Check]:
    """Yield all deep checks. `facts` are those of the server, None where they could not be read."""
    keyspace, visible = keyspace_map(config.keyspace), Visible(config.tenants)
    tell(Progress(0, None, "", _("latency")))
    yield await _single("latency.series", _latency(config, audit))
    yield await _single("databases.usable", _databases(keyspace, audit))
    if facts is not None:
        for check in server.loss_checks(facts, now()):
            yield check
    tell(Progress(0, None, "", _("users")))
    for check in await _several("users.checks", _users(config, keyspace, visible)):
        yield check
    for check in await _several("isolation.keys", _isolation(keyspace, visible, audit, tell)):
        yield check


async def _single(name: str, work: Awaitable[Check]) -> Check:
    return await attempted(name, work)


async def _several(name: str, work: Awaitable[list[Check]]) -> list[Check]:
    found = await attempted(name, work)
    return [found] if isinstance(found, Check) else found


async def _latency(config: Config, audit: AuditPort) -> Check:
    return server.latency_check(await audit.round_trips(), config.thresholds.latency)


async def _databases(keyspace: KeyspaceMap, audit: AuditPort) -> Check:
    expected = [spec.db for spec in keyspace.databases]
    return server.database_check(await audit.unusable(expected), expected)


async def _users(config: Config, keyspace: KeyspaceMap, visible: Visible) -> list[Check]:
    if visible.limited:
        text = _("Users are not examined by a console that sees some tenants only")
        return [Check("users.checks", Level.OK, text)]
    from kryonix_tui.maintenance.breadth import breadths

    return list(users.user_checks(await breadths(config, keyspace)))


async def _isolation(keyspace: KeyspaceMap, visible: Visible, audit: AuditPort, tell: Tell) -> list[Check]:
    found = await _walked(audit, tell)
    # Ten thousand ids are compared here: the server's connections are looked after meanwhile.
    checks = await asyncio.to_thread(lambda: list(isolation.key_checks(found, keyspace, visible)))
    tell(Progress(0, None, "", _("SDK keys and sessions")))
    kinds = {pattern.kind for pattern in keyspace.with_facts() if "subdomain" in pattern.facts}
    tenants = [name for name, counted in found.census.tenants.items() if any(counted.kind(kind) for kind in kinds)]
    compared = await attempted("isolation.sdk_keys", audit.sdk(tenants, visible.sees))
    return [*checks, *([compared] if isinstance(compared, Check) else isolation.sdk_checks(compared))]


async def _walked(audit: AuditPort, tell: Tell) -> KeyAudit:
    """Walk over all keys, and return what was found at the end."""
    found: KeyAudit | None = None
    async with aclosing(audit.keys()) as walking:
        async for found in walking:
            keys = found.census.keys
            tell(Progress(found.census.fraction * keys, keys, _("keys"), _("walking")))
    assert found is not None  # noqa: S101 - a walk that ends has a result
    return found

"""All checks, side by side: what is slow or broken in one place holds up nothing elsewhere."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from kryonix_tui.clock import now
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import HttpServer, Redis
from kryonix_tui.doctor import report
from kryonix_tui.doctor.check import Check, Level, attempted, worst
from kryonix_tui.doctor.configuration import configuration_checks
from kryonix_tui.doctor.deep.ports import AuditPort, Silence, Teller
from kryonix_tui.doctor.demo import demo_checks
from kryonix_tui.doctor.metrics import alertmanager_checks, not_configured, prometheus_checks
from kryonix_tui.doctor.redis_server import server_checks
from kryonix_tui.doctor.redis_user import password_is_given, user_checks
from kryonix_tui.doctor.terminal import terminal_checks, terminal_size
from kryonix_tui.monitor.monitor import Sources

DEEP_AREAS: Final = frozenset({"databases", "latency", "persistence", "memory", "users", "isolation"})
"""The areas of the deep examination: what is not ok there is a finding, also where plain checks would only warn."""

FINE: Final = 0
FAILED: Final = 1
REDIS_UNREACHABLE: Final = 3

_ROUNDS: Final = 4
"""Attempts, one after the other, that a reading of Redis is given; an HTTP reading needs half as many."""


async def run(
    loaded: Loaded,
    sources: Sources,
    *,
    json_output: bool,
    audit: AuditPort | None = None,
    teller: Teller | None = None,
) -> int:
    """Check everything, print the report to stdout, close the connections, and return the exit code.

    With `audit`, the server is examined deeply as well; `teller` hears how far that is.

    0: nothing failed; 1: something did, or the deep examination found something; 3: Redis could not be read.
    """
    teller = teller or Silence()
    try:
        checks = await examine(loaded, sources)
        if audit is not None and exit_code(checks) != REDIS_UNREACHABLE:
            checks += await _deeply(loaded, sources, audit, teller)
    finally:
        await sources.close()
        if audit is not None:
            await audit.close()
        teller.end()
    columns = shutil.get_terminal_size((80, 24)).columns
    sys.stdout.write(report.as_json(checks) if json_output else report.as_text(checks, columns))
    return exit_code(checks)


async def examine(loaded: Loaded, sources: Sources) -> list[Check]:
    """Return all checks, area by area. Whatever goes wrong in one of them is its own result."""
    parts: dict[str, Awaitable[Iterable[Check]]] = {
        "configuration.file": _at_once(lambda: configuration_checks(loaded)),
        "redis.checks": _redis(loaded, sources),
        "prometheus.checks": _prometheus(loaded.config.prometheus, sources),
        "alertmanager.checks": _alertmanager(loaded.config.alertmanager, sources),
        "terminal.size": _at_once(lambda: terminal_checks(os.environ, terminal_size())),
        "demo.server": _at_once(demo_checks),
    }
    results = await asyncio.gather(*(attempted(name, part) for name, part in parts.items()))
    return [check for result in results for check in ([result] if isinstance(result, Check) else result)]


def exit_code(checks: Iterable[Check]) -> int:
    """Return the exit code that a report calls for."""
    found = list(checks)
    deep = [check for check in found if check.area in DEEP_AREAS and check.level is not Level.OK]
    if any(check.name == "redis.server" and check.level is Level.FAIL for check in found):
        return REDIS_UNREACHABLE
    return FAILED if deep or worst(found) is Level.FAIL else FINE


async def _deeply(loaded: Loaded, sources: Sources, audit: AuditPort, teller: Teller) -> list[Check]:
    from kryonix_tui.doctor import deep

    facts = await attempted("redis.server", sources.redis.server(), _patience(loaded.config.redis))
    known = None if isinstance(facts, Check) else facts
    return [check async for check in deep.examine(loaded.config, known, audit, teller.tell)]


async def _at_once(checks: Callable[[], Iterable[Check]]) -> Iterable[Check]:
    """Collect checks that ask no server."""
    return list(checks())


async def _redis(loaded: Loaded, sources: Sources) -> list[Check]:
    config = loaded.config
    facts = await attempted("redis.server", sources.redis.server(), _patience(config.redis))
    if isinstance(facts, Check):
        return [facts]
    found = list(server_checks(facts, config, now()))
    permissions = await attempted("redis.permissions", sources.redis.permissions(), _patience(config.redis))
    if isinstance(permissions, Check):
        return [*found, permissions]
    with_password = password_is_given(config.redis)
    return [*found, *user_checks(permissions, facts.unavailable, with_password=with_password)]


async def _prometheus(settings: HttpServer, sources: Sources) -> Iterable[Check]:
    if sources.metrics is None:
        return [not_configured("prometheus", "Prometheus")]
    facts = await attempted("prometheus.server", sources.metrics.fetch(), _patience(settings))
    return [facts] if isinstance(facts, Check) else list(prometheus_checks(facts, settings, now().wall))


async def _alertmanager(settings: HttpServer, sources: Sources) -> Iterable[Check]:
    if sources.alerts is None:
        return [not_configured("alertmanager", "Alertmanager")]
    facts = await attempted("alertmanager.server", sources.alerts.fetch(), _patience(settings))
    return [facts] if isinstance(facts, Check) else list(alertmanager_checks(facts, settings))


def _patience(settings: Redis | HttpServer) -> float:
    """Return the seconds after which a source is given up as a whole; each of its requests has its own timeout."""
    connecting = settings.connect_timeout if isinstance(settings, Redis) else 0.0
    return _ROUNDS * (connecting + settings.timeout)

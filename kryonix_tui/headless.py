"""`kryonix status`: one reading of everything, as text or JSON. The same monitor and the same views as the TUI."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeVar

from kryonix_tui.analysis.update import Update
from kryonix_tui.errors import SourceError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Health, Platform
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.safetext import safe
from kryonix_tui.view import alerts, databases, neighbours, overview, sources, status, tenants
from kryonix_tui.view.cells import Line, plain
from kryonix_tui.view.columns import Column, fit, sort_items
from kryonix_tui.view.tenant import aligned

T = TypeVar("T")

CENSUS_SECONDS: Final = 10.0
"""A census that would take longer is cut short, and its figures are estimates."""

PIPE_COLUMNS: Final = 220
"""Width of the lists where there is no terminal to ask."""

FINDINGS: Final = 1

FailOn = Literal["warning", "critical"]


async def collect(monitor: Monitor, *, wait_census: bool) -> Update:
    """Read everything once and close the connections.

    Raises:
        SourceError: Redis could not be read; the other sources are not required.
    """
    try:
        update = await monitor.collect(None if wait_census else CENSUS_SECONDS)
    finally:
        await monitor.close()
    for name in (SourceName.REDIS, SourceName.CENSUS, SourceName.TENANTS):
        state = update.snapshot.sources[name]
        if state.condition is Condition.FAILING and state.trouble is not None:
            trouble = state.trouble
            raise SourceError(trouble.message, hint=trouble.hint, title=f"Redis: {_(trouble.title)}")
    return update


async def collect_alerts(monitor: Monitor) -> Update:
    """Read everything once, see what the console's own checks find in it, and close the connections.

    Raises:
        SourceError: Alertmanager did not answer; or Redis did not, and there is no Alertmanager.
    """
    try:
        await monitor.collect(CENSUS_SECONDS)
        update = monitor.judged()
    finally:
        await monitor.close()
    states = update.snapshot.sources
    alone = states[SourceName.ALERTMANAGER].condition is Condition.NOT_CONFIGURED
    needed = states[SourceName.REDIS if alone else SourceName.ALERTMANAGER]
    if needed.trouble is not None:
        trouble = needed.trouble
        raise SourceError(
            trouble.message, hint=trouble.hint, title=f"Redis: {_(trouble.title)}" if alone else _(trouble.title)
        )
    return update


def missing_alerts(update: Update) -> Iterator[str]:
    """Yield what is missing in a list of alerts as some source did not answer."""
    lost = {
        SourceName.REDIS: _("what the console finds in Redis is missing"),
        SourceName.CENSUS: _("what the console finds in Redis is missing"),
        SourceName.TENANTS: _("what the console finds about tenants is missing"),
        SourceName.PROMETHEUS: _("what only Prometheus holds is missing"),
    }
    for name, text in lost.items():
        trouble = update.snapshot.sources[name].trouble
        if trouble is not None:
            yield f"{_(trouble.title)}: {trouble.message}; {text}"


def report(update: Update, *, json_output: bool, tenant: str | None, fail_on: FailOn | None) -> int:
    """Print what was read, and return the exit code.

    Raises:
        UsageError: there is no tenant of that name.
    """
    identity = None
    if tenant is not None:
        identity = status.find_tenant(update.platform, tenant)
        if identity is None:
            raise UsageError(
                _("there is no tenant {name}").format(name=safe(tenant)),
                hint=_("`kryonix status` lists them all."),
                title=_("Unknown tenant"),
            )
    document = status.encode(status.status(update, identity)) + "\n" if json_output else text(update, identity)
    sys.stdout.write(document)
    return FINDINGS if fail_on and has_findings(update.platform, fail_on, identity) else 0


def has_findings(platform: Platform, level: FailOn, tenant: str | None = None) -> bool:
    """Tell whether anything is as bad as `level`: the server, a tenant, a firing alert; or the one tenant asked about."""
    worst = Health(level).rank
    if tenant is not None:
        return platform.tenants[tenant].health.rank <= worst
    # Alerts may concern no tenant, or one without keys.
    alarming = list(Severity)[: worst + 1]
    return (
        platform.health.rank <= worst
        or any(found.health.rank <= worst for found in platform.tenants.values())
        or any(alert.state is AlertState.FIRING and alert.severity in alarming for alert in platform.alerts)
    )


def text(update: Update, tenant: str | None = None) -> str:
    """Return everything as text for people, as wide as the terminal; into a pipe, as wide as names and reasons need."""
    width = shutil.get_terminal_size((PIPE_COLUMNS, 24)).columns
    return "\n".join(line.rstrip() for line in _lines(update, tenant, width)) + "\n"


def _lines(update: Update, tenant: str | None, width: int) -> Iterator[str]:
    now = update.snapshot.taken_at
    platform = update.platform
    if update.snapshot.limited_to:
        only = safe(", ".join(update.snapshot.limited_to), 120)
        yield _("Limited to the tenants {tenants}: all sums are theirs.").format(tenants=only)
        yield ""
    if tenant is None:
        for tile in overview.tiles(update, now):
            yield f"{tile.title:<12} {tile.figure.text:<12} {tile.remark.text}"
        yield from _plain(overview.server_lines(update))
        yield from _plain(neighbours.summary(update))
        yield ""
        yield from table(_without_trends(databases.columns(update)), platform.databases, width)
        yield ""
    columns = _without_trends(tenants.columns(update))
    by_name = sorted(platform.tenants.values(), key=lambda found: found.tenant)
    chosen = [found for found in by_name if tenant in (None, found.tenant)]
    yield from table(columns, sort_items(chosen, columns[0], reverse=True), width)
    if tenant is not None:
        yield from _plain(aligned(neighbours.tenant_rows(platform.tenants[tenant], update)))
    about = [alert for alert in platform.alerts if tenant in (None, alert.tenant)]
    if about:
        yield ""
        yield from table(alerts.columns(update), about, width)
    yield ""
    yield plain(sources.summary(update, now, ages=True))
    yield from _plain(sources.troubles(update, now, limit=len(SourceName)))
    if not platform.complete:
        yield _("The census is not complete: keys and sessions are estimates (--wait-census waits for it).")


def _without_trends(columns: Iterable[Column[T]]) -> list[Column[T]]:
    """One reading has no past."""
    return [column for column in columns if column.name != "trend"]


def table(columns: Sequence[Column[T]], items: Iterable[T], width: int) -> Iterator[str]:
    """Yield a list as lines of text: a title line, then a line per item."""
    placed = fit(columns, width)
    yield " ".join(_pad(_(place.column.title), place.width, right=place.column.numeric) for place in placed)
    for item in items:
        yield " ".join(_pad(place.column.cell(item).text, place.width, right=place.column.numeric) for place in placed)


def _pad(content: str, width: int, *, right: bool) -> str:
    cut = content if len(content) <= width else content[: width - 1] + "…"
    return cut.rjust(width) if right else cut.ljust(width)


def _plain(lines: Iterable[Line]) -> Iterator[str]:
    return (plain(line) for line in lines)

"""The platform's figures that panels name, and how a panel about the platform is written.

- `stat`, `gauge`: `tenants`, `troubled`, `sessions`, `hit_rate`, `queue_depth`, `alerts`, `keys`, `memory`,
  `memory_share`, `ops`, `latency`, `server_hit_ratio`;
- `table`: `databases`, `queues` (the fullest ones);
- `timeseries`: `hit_rate`, `queue_depth`, `sessions`, `ops`, `latency`, `memory`, `server_hit_ratio`;
- `feed`: `attention` (tenants that need it), `alerts`, `findings` (what is wrong with the server).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from heapq import nlargest
from typing import Final

from kryonix_tui.analysis.history import PLATFORM_FIGURES
from kryonix_tui.analysis.series import Track
from kryonix_tui.analysis.update import Update
from kryonix_tui.config.screen import Kind, Panel
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.safetext import safe
from kryonix_tui.view import figures, formats, overview
from kryonix_tui.view.alerts import severity_cell, state_cell
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line

_ROWS = 40
"""Lines of a feed or table: more than a panel shows."""

Figure = Callable[[Update], float | None]


def panel_lines(panel: Panel, update: Update, width: int = 40) -> list[Line]:
    """Return the content of a panel that shows a figure of Redis. One that does not exist says so in its place."""
    if panel.kind in ("stat", "gauge"):
        figure = _STATS.get(panel.redis)
        return _no_such(panel, _STATS) if figure is None else _value(panel, figure(update), width)
    if panel.kind == "feed":
        feed = _FEEDS.get(panel.redis)
        return _no_such(panel, _FEEDS) if feed is None else feed(update)
    table = _TABLES.get(panel.redis)
    return _no_such(panel, _TABLES) if table is None else table(update)


def figure_names(kind: Kind) -> Collection[str]:
    """Return the figures that panels of a kind can show."""
    if kind == "timeseries":
        return PLATFORM_FIGURES
    if kind in ("stat", "gauge"):
        return list(_STATS)
    return list(_FEEDS) if kind == "feed" else list(_TABLES)


def series(panel: Panel, update: Update) -> Track | None:
    """Return the figure of a timeseries panel over time; None where there is no such figure."""
    return update.history.platform[panel.redis] if panel.redis in PLATFORM_FIGURES else None


def _value(panel: Panel, value: float | None, width: int) -> list[Line]:
    if panel.kind == "gauge":
        return figures.gauge(panel, value, width)
    return [line(UNKNOWN if value is None else figures.figure(value, panel.unit or "count", panel.thresholds))]


def _no_such(panel: Panel, known: Iterable[str]) -> list[Line]:
    text = _("no figure {name}; there are {known}").format(name=safe(panel.redis, 40), known=", ".join(known))
    return [line(Cell(f"▲ {text}", Tone.WARNING))]


def _of_server(read: Callable[[ServerFacts], float | None]) -> Figure:
    def figure(update: Update) -> float | None:
        reading = update.snapshot.server
        return read(reading.value) if reading is not None else None

    return figure


def _counted(read: Figure) -> Figure:
    """Return a figure that only a census knows."""
    return lambda update: read(update) if update.snapshot.census is not None else None


def _read(read: Figure) -> Figure:
    """Return a figure that only the tenants' facts know."""
    return lambda update: read(update) if update.snapshot.facts else None


def _firing(update: Update) -> float | None:
    if update.snapshot.alerts is None and update.snapshot.metrics is None:
        return None
    alerts = update.platform.alerts
    return sum(alert.state is AlertState.FIRING and alert.severity is not Severity.NONE for alert in alerts)


_STATS: Final[dict[str, Figure]] = {
    "tenants": _counted(lambda update: update.platform.totals.tenants),
    "troubled": _read(lambda update: update.platform.totals.critical + update.platform.totals.warning),
    "sessions": _counted(lambda update: update.platform.totals.sessions),
    "hit_rate": lambda update: update.platform.totals.hit_rate,
    "queue_depth": _read(lambda update: update.platform.totals.queue_depth),
    "alerts": _firing,
    "keys": lambda update: update.platform.keys,
    "memory": _of_server(lambda server: server.memory.used),
    "memory_share": _of_server(
        lambda server: 100 * server.memory.used / server.memory.limit if server.memory.limit else None
    ),
    "ops": _of_server(lambda server: server.traffic.ops_per_second),
    "latency": _of_server(lambda server: server.round_trip_ms),
    "server_hit_ratio": lambda update: update.platform.totals.server_hit_ratio,
}


def _databases(update: Update) -> list[Line]:
    known = [database for database in update.platform.databases if database.keys]
    return [
        line(
            Cell(f"{database.db:>2} {safe(_(database.name), 24):<24}  ", Tone.MUTED),
            formats.full_count(database.keys),
        )
        for database in known
    ] or [line(UNKNOWN)]


def _queues(update: Update) -> list[Line]:
    queues = (
        (depth, tenant.tenant, module)
        for tenant in update.platform.tenants.values()
        for module, depth in tenant.queues.items()
        if depth
    )
    return [
        line(Cell(f"{safe(f'{tenant}/{module}', 32):<32}  ", Tone.MUTED), formats.full_count(depth))
        for depth, tenant, module in nlargest(_ROWS, queues)
    ] or [line(Cell(_("nothing waits"), Tone.MUTED) if update.snapshot.facts else UNKNOWN)]


def _attention(update: Update) -> list[Line]:
    lines = [overview.attention_line(tenant, update) for tenant in overview.attention(update)[:_ROWS]]
    return lines or [line(Cell(f"● {_('all tenants are well')}", Tone.OK) if update.snapshot.facts else UNKNOWN)]


def _alerts(update: Update) -> list[Line]:
    return [
        line(
            severity_cell(alert),
            " ",
            Cell(alert.name, Tone.STRONG),
            " ",
            safe(alert.tenant or "", 40),
            " ",
            state_cell(alert),
            "  ",
            alert.summary,
        )
        for alert in update.platform.alerts[:_ROWS]
    ] or [line(Cell(_("no alerts"), Tone.MUTED))]


_TABLES: Final[dict[str, Callable[[Update], list[Line]]]] = {"databases": _databases, "queues": _queues}
_FEEDS: Final[dict[str, Callable[[Update], list[Line]]]] = {
    "attention": _attention,
    "alerts": _alerts,
    "findings": lambda update: overview.server_lines(update) or [line(Cell(f"● {_('all well')}", Tone.OK))],
}

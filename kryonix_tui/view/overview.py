"""The overview: totals as tiles, the databases as a strip, and who needs attention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Concern, Health, Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats, sentences, sources
from kryonix_tui.view.cells import SEVERITY_GLYPH, SEVERITY_TONE, UNKNOWN, Cell, Line, Tone, health_cell, line
from kryonix_tui.view.sparkline import block, dots

TREND_WIDTH = 10


@dataclass(frozen=True, slots=True)
class ChartOf:
    """A chart of one of the platform's figures; `low` and `high` are fixed ends of its scale, `source` says it."""

    figure: str
    title: str
    source: SourceName
    low: float | None = None
    high: float | None = None


CHARTS: Final = (
    ChartOf("hit_rate", N_("Hit rate, mean of tenants, %"), SourceName.TENANTS, high=100),
    ChartOf("queue_depth", N_("Items in all queues"), SourceName.TENANTS, low=0),
    ChartOf("sessions", N_("Sessions"), SourceName.CENSUS),
    ChartOf("ops", N_("Ops/s"), SourceName.REDIS, low=0),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the platform: what it is, the figure, a remark, and how old it is.

    `brief` is the remark where there is no room for all of it; empty: it is cut.
    """

    name: str
    title: str
    figure: Cell
    remark: Cell
    age: Cell
    brief: str = ""

    def lines(self, width: int = 40) -> list[Line]:
        """Return the tile as three lines of `width` cells."""
        brief = bool(self.brief) and len(self.remark.text) > width
        return [
            line(Cell(self.title, Tone.MUTED), "  ", self._age_in(width - len(self.title) - 2)),
            line(self.figure),
            line(Cell(self.brief, self.remark.tone) if brief else self.remark),
        ]

    def brief_line(self, width: int) -> Line:
        """Return title, figure and age as one line of `width` cells."""
        title, figure = f"{self.title:<10}", self.figure
        return line(Cell(title, Tone.MUTED), figure, " ", self._age_in(width - len(title) - len(figure.text) - 1))

    def _age_in(self, room: int) -> Cell:
        """Return the age, or where there is no room for it that it is old: a number that is cut is another one."""
        return self.age if len(self.age.text) <= room else Cell(self.age.text.split()[0], self.age.tone)


def tiles(update: Update, now: Instant) -> list[Tile]:
    """Return the totals of the platform, the most asked-for first."""
    platform, totals = update.platform, update.platform.totals
    censused, known = update.snapshot.census is not None, bool(update.snapshot.facts)
    about = "" if platform.complete else "~"
    worst = Tone.CRITICAL if totals.critical else Tone.WARNING if totals.warning else Tone.OK
    attention = _("{critical} critical, {warning} warning").format(critical=totals.critical, warning=totals.warning)
    ages = {name: sources.tile_age(update, name, now) for name in SourceName}
    by_kind = _sessions_by_kind(update) if censused else []
    return [
        Tile(
            "tenants",
            _("Tenants"),
            _number(totals.tenants if censused else None, about),
            Cell(attention if totals.critical or totals.warning else _("all well"), worst) if known else UNKNOWN,
            ages[SourceName.CENSUS],
            f"✖ {totals.critical}  ▲ {totals.warning}" if known and (totals.critical or totals.warning) else "",
        ),
        Tile(
            "sessions",
            _("Sessions"),
            _number(totals.sessions if censused else None, about),
            Cell(" ".join(by_kind), Tone.MUTED),
            ages[SourceName.CENSUS],
            " ".join(by_kind[:2]),
        ),
        Tile(
            "hit_rate",
            _("Hit rate"),
            _figure(formats.percent(totals.hit_rate)),
            Cell(
                _("mean; server {percent}").format(percent=formats.percent(totals.server_hit_ratio)),
                Tone.MUTED,
            ),
            ages[SourceName.TENANTS],
            _("server {percent}").format(percent=formats.percent(totals.server_hit_ratio)),
        ),
        Tile(
            "queues",
            _("Queued"),
            _number(totals.queue_depth if known else None),
            _fullest_queue(update),
            ages[SourceName.TENANTS],
        ),
        _alert_tile(update, ages[SourceName.ALERTMANAGER], ages[SourceName.PROMETHEUS]),
        *_server_tiles(update, ages[SourceName.REDIS]),
    ]


def _sessions_by_kind(update: Update) -> list[str]:
    sessions = update.platform.totals.sessions_by_kind
    kinds = (("mob", sessions.mobile), ("sdk", sessions.sdk), ("ws", sessions.websocket))
    return [f"{name} {formats.count(count)}" for name, count in kinds]


def _server_tiles(update: Update, age: Cell) -> list[Tile]:
    reading, history = update.snapshot.server, update.history.platform
    server = reading.value if reading else None

    def trend(name: str, low: float | None = 0) -> Cell:
        return Cell(dots(history[name].last(2 * TREND_WIDTH), TREND_WIDTH, low=low), Tone.ACCENT)

    if server is None:
        names = (("memory", _("Memory")), ("ops", _("Ops/s")), ("latency", _("Latency")))
        return [Tile(name, title, UNKNOWN, Cell(""), age) for name, title in names]
    memory = server.memory
    limit = _("of {limit}").format(limit=formats.size(memory.limit)) if memory.limit else _("no limit")
    levels = {finding.concern: finding.level for finding in update.platform.findings}
    return [
        Tile(
            "memory",
            _("Memory"),
            _figure(formats.size(memory.used), levels.get(Concern.SERVER_MEMORY)),
            Cell(f"{limit}, {memory.policy}", Tone.MUTED),
            age,
            limit,
        ),
        Tile("ops", _("Ops/s"), _number(server.traffic.ops_per_second), trend("ops"), age),
        Tile(
            "latency",
            _("Latency"),
            _figure(formats.milliseconds(server.round_trip_ms), levels.get(Concern.SERVER_LATENCY)),
            trend("latency"),
            age,
        ),
    ]


def _alert_tile(update: Update, alertmanager: Cell, prometheus: Cell) -> Tile:
    states = Counter(alert.state for alert in update.platform.alerts)
    # Alerts without a severity are dead-man's switches and the like: they say that alerting works, not that it should.
    firing: Counter[Severity] = Counter(
        alert.severity
        for alert in update.platform.alerts
        if alert.state is AlertState.FIRING and alert.severity is not Severity.NONE
    )
    configured = update.snapshot.alerts is not None or update.snapshot.metrics is not None
    absent = update.snapshot.sources[SourceName.ALERTMANAGER].condition is Condition.NOT_CONFIGURED
    of_prometheus = absent or (update.snapshot.alerts is None and update.snapshot.metrics is not None)
    worst = min(firing, key=lambda severity: severity.rank, default=None)
    tone = SEVERITY_TONE[worst] if worst else Tone.OK
    parts = [f"{SEVERITY_GLYPH[severity]} {firing[severity]}" for severity in Severity if firing[severity]]
    brief = "  ".join(parts)
    held = states[AlertState.SILENCED] + states[AlertState.INHIBITED]
    for count, text in ((states[AlertState.PENDING], _("{count} pending")), (held, _("{count} held back"))):
        if count:
            parts.append(text.format(count=count))
    return Tile(
        "alerts",
        _("Alerts"),
        Cell(str(firing.total()), tone) if configured else UNKNOWN,
        Cell("  ".join(parts), tone if firing else Tone.MUTED),
        prometheus if of_prometheus else alertmanager,
        brief,
    )


def _fullest_queue(update: Update) -> Cell:
    fullest = update.platform.totals.fullest_queue
    if fullest is None:
        return Cell(_("nothing waits") if update.snapshot.facts else "", Tone.MUTED)
    depth, module, name = fullest
    # The figure first: a name may be cut.
    return Cell(f"{formats.count(depth)} {safe(name, 24)}/{safe(module, 16)}", Tone.MUTED)


def _number(value: float | None, prefix: str = "") -> Cell:
    return UNKNOWN if value is None else _figure(prefix + formats.count(value))


def _figure(text: str, level: Health | None = None) -> Cell:
    tone = {Health.CRITICAL: Tone.CRITICAL, Health.WARNING: Tone.WARNING}.get(level or Health.OK, Tone.STRONG)
    return UNKNOWN if text == formats.DASH else Cell(text, tone)


def database_strip(update: Update, width: int) -> list[Line]:
    """Return the databases as cells: number, fill against the fullest, keys, trend; as many to a line as fit.

    `!` behind a figure says that some of its keys fit no pattern and name no tenant.
    """
    databases = update.platform.databases
    most = max((database.keys or 0 for database in databases), default=0)
    cell_width = 16 if width >= 128 else 10
    cells: list[Line] = []
    for database in databases:
        series = update.history.database_keys.get(database.db)
        trend = dots(series.last(8), 4) if series and cell_width == 16 else ""
        keys = formats.count(database.keys) if database.exists else formats.DASH
        keys += "!" if database.unattributed else ""
        odd = Tone.WARNING if database.unattributed else Tone.PLAIN
        cells.append(
            line(
                Cell(f"{database.db:>2} ", Tone.MUTED),
                Cell(block(database.keys or 0, most), Tone.ACCENT),
                Cell(f" {keys:<5}", odd if database.keys else Tone.MUTED),
                Cell(f"{trend:<{cell_width - 10}}", Tone.ACCENT),
            )
        )
    per_line = max(1, width // cell_width)
    return [
        tuple(cell for group in cells[start : start + per_line] for cell in group)
        for start in range(0, len(cells), per_line)
    ]


def attention(update: Update) -> list[Tenant]:
    """Return the tenants that are not ok: the worst first, of these the longest in trouble, then the most troubled."""

    def urgency(tenant: Tenant) -> tuple[int, float, int, str]:
        since = min((finding.since.steady for finding in tenant.findings), default=0.0)
        return tenant.health.rank, since, -len(tenant.findings), tenant.tenant

    return sorted(update.platform.troubled, key=urgency)


def attention_line(tenant: Tenant, update: Update) -> Line:
    """Return a tenant that needs attention with its worst reason."""
    more = f" +{len(tenant.findings) - 1}" if len(tenant.findings) > 1 else ""
    why = sentences.reason(tenant.findings[0], update.platform.at) if tenant.findings else ""
    return line(health_cell(tenant.health), " ", Cell(safe(tenant.tenant, 40), Tone.STRONG), "  ", why + more)


def server_lines(update: Update) -> list[Line]:
    """Return what is wrong with the server itself, a line each."""
    return [
        line(health_cell(finding.level), " ", sentences.reason(finding, update.platform.at))
        for finding in update.platform.findings
    ]

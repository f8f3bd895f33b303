"""One tenant: the figures that panels name, and how a panel is written.

Figures by the kind of panel that can show them:

- `stat`, `gauge`: `hit_rate`, `sessions`, `mobile_share`, `queue_depth`, `keys`, `alerts`, and every numeric fact
  (`model.facts.FACTS`);
- `table`: `witnesses`, `session_kinds`, `platforms`, `queues`, `databases`, `kinds`, `costs` (what the tenant costs the
  others), `memory`, and `facts:NAME,NAME,...`;
- `timeseries`: `hit_rate`, `queue_depth`, `sessions`;
- `feed`: `findings`, `alerts`, `big_keys`, `expiry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.history import TENANT_FIGURES
from kryonix_tui.analysis.series import Track
from kryonix_tui.analysis.update import Update
from kryonix_tui.config.screen import Kind, Panel
from kryonix_tui.config.screen import Unit as PanelUnit
from kryonix_tui.i18n import _
from kryonix_tui.model.facts import FACTS, Unit
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import creation, databases, figures, formats, neighbours, sentences
from kryonix_tui.view.alerts import severity_cell, state_cell
from kryonix_tui.view.cells import HEALTH_TONE, UNKNOWN, Cell, Line, Tone, health_cell, line
from kryonix_tui.view.tenants import full_keys

Rows = list[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Subject:
    """The tenant that a panel is about, and everything around it."""

    tenant: Tenant
    update: Update


def heading(subject: Subject, most: int = 4) -> list[Line]:
    """Return who this is and how it is: name, sector, tier, subscription, state; then reasons, a line each, up to `most`."""
    tenant, now = subject.tenant, subject.update.platform.at
    titled = [
        tenant.text(name) for name in ("name", "sector", "tier", "subscription", "subdomain") if tenant.text(name)
    ]
    state = Cell(f"  {_('being created')}", Tone.INFO) if tenant.creating else Cell("")
    head = line(
        health_cell(tenant.health),
        " ",
        Cell(safe(tenant.tenant), Tone.STRONG),
        state,
        Cell("  " + " · ".join(titled), Tone.MUTED),
    )
    reasons = [
        line("  ", Cell(sentences.reason(finding, now), HEALTH_TONE[finding.level]))
        for finding in tenant.findings[:most]
    ]
    if len(tenant.findings) > most:
        reasons.append(line(Cell("  " + _("and {count} more").format(count=len(tenant.findings) - most), Tone.MUTED)))
    return [head, *creation.lines(tenant), *reasons]


def panel_lines(panel: Panel, subject: Subject, width: int = 40) -> list[Line]:
    """Return the content of a panel that shows a figure of Redis. One that does not exist says so in its place."""
    if panel.kind == "stat":
        return _stat(panel, subject.tenant)
    if panel.kind == "gauge":
        return _gauge(panel, subject.tenant, width)
    if panel.kind == "feed":
        feed = _FEEDS.get(panel.redis)
        return feed(subject) if feed else _no_such(panel, _FEEDS)
    if panel.redis.startswith("facts:"):
        return aligned(_fact_rows(panel.redis.removeprefix("facts:").split(","), subject.tenant))
    table = _TABLES.get(panel.redis)
    return aligned(table(subject)) if table else _no_such(panel, _TABLES)


FACT_NAMES: Final = tuple(FACTS)
"""Facts that a table may name: `facts:NAME,NAME`."""


def figure_names(kind: Kind) -> Collection[str]:
    """Return the figures that panels of a kind can show."""
    if kind == "timeseries":
        return TENANT_FIGURES
    if kind in ("stat", "gauge"):
        return [*_STATS, *FACTS]
    return list(_FEEDS) if kind == "feed" else list(_TABLES)


def series(panel: Panel, subject: Subject) -> Track | None:
    """Return the figure of a timeseries panel over time; None where there is no such figure."""
    if panel.redis not in TENANT_FIGURES:
        return None
    return subject.update.history.tenant(subject.tenant.tenant, panel.redis)


def stat_value(name: str, tenant: Tenant) -> float | None:
    """Return the value of a stat figure, None where it is unknown."""
    figure = _STATS.get(name)
    return figure(tenant) if figure else tenant.number(name)


def _stat(panel: Panel, tenant: Tenant) -> list[Line]:
    if panel.redis not in _STATS and panel.redis not in FACTS:
        return _no_such(panel, [*_STATS, *FACTS])
    value = stat_value(panel.redis, tenant)
    if value is None:
        return [line(UNKNOWN)]
    shown = figures.figure(value, panel.unit or "count", panel.thresholds)
    lines = [line(Cell(full_keys(tenant), shown.tone) if panel.redis == "keys" else shown)]
    if panel.redis == "hit_rate" and tenant.hit_rate is not None:
        differs = f" ▲ {_('witnesses disagree')}" if tenant.hit_rate.disagree else ""
        lines.append(line(Cell(tenant.hit_rate.chosen.source, Tone.MUTED), Cell(differs, Tone.WARNING)))
    return lines


def _gauge(panel: Panel, tenant: Tenant, width: int) -> list[Line]:
    if panel.redis not in _STATS and panel.redis not in FACTS:
        return _no_such(panel, [*_STATS, *FACTS])
    return figures.gauge(panel, stat_value(panel.redis, tenant), width)


_STATS: dict[str, Callable[[Tenant], float | None]] = {
    "hit_rate": lambda t: t.hit_rate.chosen.value if t.hit_rate else None,
    "sessions": lambda t: t.sessions.total,
    "mobile_share": lambda t: t.sessions.mobile_share,
    "queue_depth": lambda t: t.queue_depth if t.facts else None,
    "keys": lambda t: t.keys,
    "alerts": lambda t: t.firing,
}


def _witnesses(subject: Subject) -> Rows:
    rate, now = subject.tenant.hit_rate, subject.update.platform.at
    if rate is None:
        return []
    return [
        (witness.source, Cell(f"{formats.percent(witness.value)}  {formats.age(witness.at.age(now))}", tone))
        for witness, tone in [(rate.chosen, Tone.STRONG), *((other, Tone.PLAIN) for other in rate.others)]
    ]


def _session_kinds(subject: Subject) -> Rows:
    sessions = subject.tenant.sessions
    figures = ((_("mobile"), sessions.mobile), ("SDK", sessions.sdk), ("WebSocket", sessions.websocket))
    return [(name, Cell(formats.full_count(count))) for name, count in figures]


def _platforms(subject: Subject) -> Rows:
    sessions = subject.tenant.sessions
    rows: Rows = [(safe(name, 16), Cell(str(count))) for name, count in sessions.platforms.items()]
    return [*rows, (_("sample"), Cell(str(sessions.sampled), Tone.MUTED))] if rows else []


def _queues(subject: Subject) -> Rows:
    ranked = sorted(subject.tenant.queues.items(), key=lambda queue: -queue[1])
    return [(safe(module, 24), Cell(formats.full_count(depth) + _oldest(module, subject))) for module, depth in ranked]


def _oldest(module: str, subject: Subject) -> str:
    """Return for how long the oldest item of a queue waits, where it says so itself."""
    facts = subject.tenant.facts
    since = facts.oldest.get(module) if facts else None
    if since is None:
        return ""
    return "  " + _("oldest {age}").format(age=formats.duration(max(0.0, subject.update.platform.at.wall - since)))


def _databases(subject: Subject) -> Rows:
    names = {database.db: database.name for database in subject.update.platform.databases}
    tenant = subject.tenant
    rows: Rows = [(_("all"), Cell(full_keys(tenant), Tone.STRONG))] if tenant.keys_by_db else []
    if tenant.bytes is not None:
        rows.append((_("memory"), Cell(f"~{formats.size(tenant.bytes)}", Tone.STRONG)))
    return rows + [
        (f"{db:>2} {safe(names.get(db, ''), 20)}", Cell(formats.full_count(count)))
        for db, count in sorted(tenant.keys_by_db.items())
    ]


def _kinds(subject: Subject) -> Rows:
    ranked = sorted(subject.tenant.kinds.items(), key=lambda kind: -kind[1])
    return [(f"{db:>2} {safe(kind, 24)}", Cell(formats.full_count(count))) for (db, kind), count in ranked]


_FACT_UNITS: Final[dict[Unit, PanelUnit]] = {
    Unit.PERCENT: "percent",
    Unit.COUNT: "count",
    Unit.MILLISECONDS: "ms",
    Unit.PER_SECOND: "per_second",
}


def _fact_rows(names: Iterable[str], tenant: Tenant) -> Rows:
    return [(_(name.strip().replace("_", " ")), _fact_cell(name.strip(), tenant)) for name in names]


def _fact_cell(name: str, tenant: Tenant) -> Cell:
    unit = FACTS.get(name)
    if unit is None:
        return Cell(_("no such fact"), Tone.WARNING)
    if unit is Unit.TEXT:
        return Cell(tenant.text(name)) if tenant.text(name) else UNKNOWN
    value = tenant.number(name)
    return UNKNOWN if value is None else Cell(figures.in_unit(value, _FACT_UNITS[unit]))


def _findings(subject: Subject) -> list[Line]:
    now = subject.update.platform.at
    lines = [
        line(health_cell(finding.level), " ", sentences.reason(finding, now)) for finding in subject.tenant.findings
    ]
    return lines or [line(Cell(f"● {_('all well')}", Tone.OK))]


def _alerts(subject: Subject) -> list[Line]:
    lines = [
        line(severity_cell(alert), " ", Cell(alert.name, Tone.STRONG), " ", state_cell(alert), "  ", alert.summary)
        for alert in subject.tenant.alerts
    ]
    return lines or [line(Cell(_("no alerts"), Tone.MUTED))]


def _expiry(subject: Subject) -> list[Line]:
    """What INFO says of the databases where the tenant has keys, by the most of them; of the tenant alone nothing is known."""
    ranked = sorted(subject.tenant.keys_by_db, key=lambda db: -subject.tenant.keys_by_db[db])[:4]
    known = {database.db: database for database in subject.update.platform.databases if database.keys}
    found = [
        line(Cell(f"{db:>2} {safe(_(known[db].name), 24)}: ", Tone.MUTED), databases.expiry(known[db]))
        for db in ranked
        if db in known
    ]
    return [*found, line(Cell(databases.ttl_note(), Tone.MUTED))]


_TABLES: dict[str, Callable[[Subject], Rows]] = {
    "witnesses": _witnesses,
    "session_kinds": _session_kinds,
    "platforms": _platforms,
    "queues": _queues,
    "databases": _databases,
    "kinds": _kinds,
    "costs": lambda subject: neighbours.tenant_rows(subject.tenant, subject.update),
    "memory": lambda subject: neighbours.memory_rows(subject.tenant, subject.update),
}
_FEEDS: dict[str, Callable[[Subject], list[Line]]] = {
    "findings": _findings,
    "alerts": _alerts,
    "big_keys": lambda subject: neighbours.big_key_lines(subject.tenant, subject.update),
    "expiry": _expiry,
}


def aligned(rows: Rows) -> list[Line]:
    """Return named values with their names in one column."""
    if not rows:
        return [line(UNKNOWN)]
    width = max(len(name) for name, _value in rows)
    return [line(Cell(f"{name:<{width}}  ", Tone.MUTED), value) for name, value in rows]


def _no_such(panel: Panel, known: Iterable[str]) -> list[Line]:
    text = _("no figure {name}; there are {known}").format(name=safe(panel.redis, 40), known=", ".join(known))
    return [line(Cell(f"▲ {text}", Tone.WARNING))]

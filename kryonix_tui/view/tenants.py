"""The tenant matrix: one row per tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import N_
from kryonix_tui.model.tenant import Health, Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import creation, formats, sentences
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, health_cell, line
from kryonix_tui.view.columns import Column
from kryonix_tui.view.sparkline import block, dots

TREND_WIDTH = 8
WITNESS_MARK = {"prometheus": "P", "redis:metrics": "m", "redis:perf": "p"}
"""One letter says whose figure a hit rate is; `!` follows where the witnesses disagree."""


def name_cell(tenant: Tenant) -> Cell:
    """Return the tenant's id, printable."""
    return Cell(safe(tenant.tenant, 64), Tone.MUTED if tenant.creating else Tone.STRONG)


def hit_rate_cell(tenant: Tenant) -> Cell:
    """Return the hit rate, its witness' mark, and `!` where witnesses disagree."""
    rate = tenant.hit_rate
    if rate is None:
        return UNKNOWN
    mark = WITNESS_MARK.get(rate.chosen.source, "?")
    level = next((f.level for f in tenant.findings if f.concern == "hit_rate"), Health.OK)
    tone = {Health.CRITICAL: Tone.CRITICAL, Health.WARNING: Tone.WARNING}.get(level, Tone.PLAIN)
    return Cell(f"{formats.bare_percent(rate.chosen.value)}{mark}{'!' if rate.disagree else ' '}", tone)


def queue_cell(tenant: Tenant) -> Cell:
    """Return the number of waiting items."""
    if tenant.facts is None:
        return UNKNOWN
    level = next((f.level for f in tenant.findings if f.concern == "queue_depth"), Health.OK)
    tone = {Health.CRITICAL: Tone.CRITICAL, Health.WARNING: Tone.WARNING}.get(level, Tone.PLAIN)
    return Cell(formats.count(tenant.queue_depth), tone if tenant.queue_depth else Tone.MUTED)


def alerts_cell(tenant: Tenant) -> Cell:
    """Return the number of firing alerts."""
    return Cell(str(tenant.firing), Tone.CRITICAL) if tenant.firing else Cell("·", Tone.MUTED)


def strip_cell(tenant: Tenant, databases: Sequence[int]) -> Cell:
    """Return one character per database: how many of the tenant's keys live there, against its fullest database.

    Where it has none stands a dot: without it, nobody could count blanks.
    """
    most = max(tenant.keys_by_db.values(), default=0)
    strip = "".join(block(tenant.keys_by_db.get(db, 0), most) for db in databases)
    return Cell(strip.replace(" ", "·"), Tone.ACCENT)


def ruler(databases: Sequence[int]) -> str:
    """Return what stands over the strip: every fourth database's number over its character, `0   4   8   12`."""
    text = ""
    for index in range(0, len(databases), 4):
        text += str(databases[index])[:4].ljust(min(4, len(databases) - index))
    return text


def keys_cell(tenant: Tenant) -> Cell:
    """Return the number of keys, as an estimate where they were not counted."""
    return Cell(f"~{formats.count(tenant.keys)}" if tenant.keys_margin else formats.count(tenant.keys))


def full_keys(tenant: Tenant) -> str:
    """Return the number of keys with every digit, and how far it may be off (19 times out of 20): `~12,345 ± 67`."""
    exact = formats.full_count(tenant.keys)
    return f"~{exact} ± {formats.full_count(tenant.keys_margin)}" if tenant.keys_margin else exact


def bytes_cell(tenant: Tenant) -> Cell:
    """Return the estimated memory of the tenant's keys."""
    return UNKNOWN if tenant.bytes is None else Cell(f"~{formats.short_size(tenant.bytes)}")


def why_cell(tenant: Tenant, update: Update) -> Cell:
    """Return the worst finding as a sentence; for tenants that are ok, their name and sector."""
    if tenant.findings:
        worst = tenant.findings[0]
        more = f" +{len(tenant.findings) - 1}" if len(tenant.findings) > 1 else ""
        tone = Tone.CRITICAL if worst.level is Health.CRITICAL else Tone.WARNING
        return Cell(sentences.reason(worst, update.platform.at) + more, tone)
    if creation.under_way(tenant):
        return Cell(creation.short(tenant), Tone.INFO)
    return Cell(tenant.text("name"), Tone.MUTED)


def reasons(tenant: Tenant, update: Update, most: int = 2) -> list[Line]:
    """Return who a tenant is and its worst findings, a line each: for where the matrix has no room for them."""
    name = tenant.text("name")
    head = line(Cell(safe(tenant.tenant, 64), Tone.STRONG), Cell(f"  {name}" if name else "", Tone.MUTED))
    found = [
        line(health_cell(finding.level), " ", sentences.reason(finding, update.platform.at))
        for finding in tenant.findings[:most]
    ]
    return [head, *found]


def columns(update: Update) -> tuple[Column[Tenant], ...]:
    """Return the matrix' columns, drawn from `update`."""
    numbers = [database.db for database in update.platform.databases]
    history = update.history

    def trend(tenant: Tenant) -> Cell:
        depths = history.tenant(tenant.tenant, "queue_depth").last(2 * TREND_WIDTH)
        return Cell(dots(depths, TREND_WIDTH, low=0) if depths else "", Tone.ACCENT)

    return (
        Column(
            "health",
            N_("St"),
            2,
            lambda t: health_cell(t.health),
            lambda t: -t.health.rank,
            falling=True,
            word=lambda t: t.health.value,
            words=tuple(Health),
            frozen=True,
        ),
        Column("tenant", N_("Tenant"), 20, name_cell, lambda t: t.tenant, most=32, frozen=True),
        Column("hit", N_("Hit %"), 6, hit_rate_cell, _hit, numeric=True, unit="percent"),
        _figure("sessions", N_("Sess"), 5, _sessions, lambda t: t.sessions.total, rank=2),
        _figure("mobile", N_("Mob%"), 4, _mobile, lambda t: t.sessions.mobile_share, rank=6, unit="percent"),
        _figure("queue", N_("Queue"), 5, queue_cell, _queue, rank=1),
        Column("trend", N_("Trend"), TREND_WIDTH, trend, lambda _t: None, rank=7),
        _figure("keys", N_("Keys"), 5, keys_cell, lambda t: t.keys, rank=4),
        _figure("bytes", N_("Bytes"), 6, bytes_cell, lambda t: t.bytes, rank=6, unit="bytes"),
        _figure("alerts", N_("Al"), 2, alerts_cell, lambda t: t.firing, rank=1),
        Column(
            "databases",
            N_("Databases"),
            max(9, len(numbers)),
            lambda t: strip_cell(t, numbers),
            lambda t: len(t.keys_by_db),
            falling=True,
            rank=5,
            heading=ruler(numbers),
        ),
        _figure("ms", N_("ms"), 5, _response, lambda t: t.number("response_time"), rank=8, unit="ms"),
        Column("sector", N_("Sector"), 12, _sector, lambda t: t.text("sector") or None, rank=9),
        Column("tier", N_("Tier"), 8, _tier, lambda t: t.text("tier") or None, rank=10),
        Column(
            "state",
            N_("State"),
            8,
            lambda t: Cell(creation.state(t)),
            creation.state,
            words=("active", "creating"),
            shown=False,
        ),
        Column("why", N_("Why"), 16, lambda t: why_cell(t, update), _why, grows=True, rank=3),
    )


def _figure(
    name: str,
    title: str,
    width: int,
    cell: Callable[[Tenant], Cell],
    value: Callable[[Tenant], float | None],
    *,
    rank: int,
    unit: str = "",
) -> Column[Tenant]:
    """Return a column of figures: first sorted with the largest on top."""
    return Column(name, title, width, cell, value, numeric=True, falling=True, rank=rank, unit=unit)


def _hit(tenant: Tenant) -> float | None:
    return tenant.hit_rate.chosen.value if tenant.hit_rate else None


def _sessions(tenant: Tenant) -> Cell:
    return Cell(formats.count(tenant.sessions.total), Tone.PLAIN if tenant.sessions.total else Tone.MUTED)


def _mobile(tenant: Tenant) -> Cell:
    share = tenant.sessions.mobile_share
    return UNKNOWN if share is None else Cell(f"{share:.0f}")


def _queue(tenant: Tenant) -> float | None:
    return tenant.queue_depth if tenant.facts else None


def _response(tenant: Tenant) -> Cell:
    value = tenant.number("response_time")
    return UNKNOWN if value is None else Cell(formats.count(value))


def _sector(tenant: Tenant) -> Cell:
    return Cell(tenant.text("sector"), Tone.MUTED)


def _tier(tenant: Tenant) -> Cell:
    return Cell(tenant.text("tier"), Tone.MUTED)


def _why(tenant: Tenant) -> float:
    return -len(tenant.findings)

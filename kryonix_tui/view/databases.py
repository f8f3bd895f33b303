"""The 16 databases: one row each, and one of them taken apart by kind and tenant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.tenant import Database
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Tone
from kryonix_tui.view.columns import Column
from kryonix_tui.view.sparkline import block, dots

TREND_WIDTH = 8


def figure(value: float | None) -> Cell:
    """Return a count; nothing is muted, unknown is a dash."""
    if value is None:
        return UNKNOWN
    return Cell(formats.count(value), Tone.PLAIN if value else Tone.MUTED)


def unattributed_cell(database: Database) -> Cell:
    """Return the number of keys that fit no pattern and name no tenant."""
    if not database.unattributed:
        return figure(database.unattributed)
    return Cell(formats.count(database.unattributed), Tone.WARNING)


def name_cell(database: Database) -> Cell:
    """Return the database's name; one that the server does not offer says so."""
    if not database.exists:
        return Cell(_("{name} (does not exist here)").format(name=safe(database.name)), Tone.MUTED)
    return Cell(safe(database.name, 40), Tone.STRONG)


def columns(update: Update) -> tuple[Column[Database], ...]:
    """Return the columns of the list of databases."""

    def trend(database: Database) -> Cell:
        series = update.history.database_keys.get(database.db)
        return Cell(dots(series.last(2 * TREND_WIDTH), TREND_WIDTH) if series else "", Tone.ACCENT)

    return (
        Column("db", N_("Db"), 2, lambda d: Cell(str(d.db), Tone.ACCENT), lambda d: d.db, numeric=True),
        Column("name", N_("Database"), 20, name_cell, lambda d: d.name),
        Column("keys", N_("Keys"), 5, lambda d: figure(d.keys), lambda d: d.keys, numeric=True, falling=True),
        Column("trend", N_("Trend"), TREND_WIDTH, trend, lambda _d: None, rank=5),
        Column(
            "tenant_keys",
            N_("Tenants'"),
            8,
            lambda d: figure(d.tenant_keys),
            lambda d: d.tenant_keys,
            numeric=True,
            falling=True,
            rank=1,
        ),
        Column(
            "unattributed",
            N_("Unattr."),
            7,
            unattributed_cell,
            lambda d: d.unattributed,
            numeric=True,
            falling=True,
            rank=1,
        ),
        Column(
            "expires",
            N_("Expire"),
            6,
            lambda d: figure(d.expires),
            lambda d: d.expires,
            numeric=True,
            falling=True,
            rank=2,
        ),
        Column("ttl", N_("Avg TTL"), 9, _ttl, lambda d: d.average_ttl_ms, numeric=True, falling=True, rank=4),
        Column("kinds", N_("Kinds"), 20, _kinds, lambda d: len(d.kinds), grows=True, falling=True, rank=3),
    )


def _ttl(database: Database) -> Cell:
    if not database.average_ttl_ms:
        return UNKNOWN
    return Cell(formats.duration(database.average_ttl_ms / 1000))


def _kinds(database: Database) -> Cell:
    ranked = sorted(database.kinds.items(), key=lambda kind: -kind[1])
    return Cell("  ".join(f"{safe(kind, 24)} {formats.count(count)}" for kind, count in ranked), Tone.MUTED)


@dataclass(frozen=True, slots=True)
class KindRow:
    """One tenant's keys in a database, by kind; `tenant` is None for the keys of no tenant."""

    tenant: str | None
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All keys of the row."""
        return sum(self.counts.values())


def kind_rows(update: Update, db: int) -> list[KindRow]:
    """Return a row per tenant with keys in `db`, the largest first; keys of no tenant stand in the first row."""
    rows: list[KindRow] = []
    owned: Counter[str] = Counter()
    for name, tenant in update.platform.tenants.items():
        counts = {kind: count for (place, kind), count in tenant.kinds.items() if place == db}
        if counts:
            owned.update(counts)
            rows.append(KindRow(name, counts))
    rows.sort(key=lambda row: -row.total)
    database = next((found for found in update.platform.databases if found.db == db), None)
    rest = {
        kind: count - owned[kind] for kind, count in (database.kinds.items() if database else ()) if count > owned[kind]
    }
    return [KindRow(None, rest), *rows] if rest else rows


def kind_columns(update: Update, db: int) -> tuple[Column[KindRow], ...]:
    """Return a column for each kind in `db`, between the tenant and the total."""
    database = next((found for found in update.platform.databases if found.db == db), None)
    kinds = sorted(database.kinds, key=lambda kind: -database.kinds[kind]) if database else []

    def share(row: KindRow) -> Cell:
        total = sum(database.kinds.values()) if database else 0
        return Cell(block(row.total, total) + f" {100 * row.total / total:.0f} %" if total else "", Tone.ACCENT)

    return (
        Column("tenant", N_("Tenant"), 20, _row_name, lambda row: row.tenant or "", most=36),
        Column("total", N_("Keys"), 6, lambda r: figure(r.total), lambda r: r.total, numeric=True, falling=True),
        Column("share", N_("Share"), 7, share, lambda row: row.total, falling=True, rank=1),
        *(_kind_column(kind, rank) for rank, kind in enumerate(kinds, start=2)),
    )


def _kind_column(kind: str, rank: int) -> Column[KindRow]:
    def value(row: KindRow) -> float:
        return row.counts.get(kind, 0)

    title = safe(kind, 20)
    return Column(
        kind, title, max(5, len(title)), lambda row: figure(value(row)), value, numeric=True, falling=True, rank=rank
    )


def _row_name(row: KindRow) -> Cell:
    return Cell(_("no tenant"), Tone.MUTED) if row.tenant is None else Cell(safe(row.tenant, 64), Tone.STRONG)

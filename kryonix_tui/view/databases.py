"""The 16 databases: one row each, and one of them taken apart by kind and tenant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.tenant import Database
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line
from kryonix_tui.view.columns import Column
from kryonix_tui.view.sparkline import block, dots

TREND_WIDTH = 8


def figure(value: float | None, *, about: bool = False) -> Cell:
    """Return a count; nothing is muted, unknown is a dash, and what is only `about` right has a `~`."""
    if value is None:
        return UNKNOWN
    return Cell(f"{'~' if about else ''}{formats.count(value)}", Tone.PLAIN if value else Tone.MUTED)


def unattributed_cell(database: Database) -> Cell:
    """Return the number of keys that fit no pattern and name no tenant."""
    about = bool(database.margin)
    if not database.unattributed:
        return figure(database.unattributed, about=about)
    return Cell(figure(database.unattributed, about=about).text, Tone.WARNING)


def name_cell(database: Database) -> Cell:
    """Return the database's name; one that the server does not offer says so."""
    if not database.exists:
        return Cell(_("{name} (does not exist here)").format(name=safe(database.name)), Tone.MUTED)
    return Cell(safe(_(database.name), 40), Tone.STRONG)


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
            lambda d: figure(d.tenant_keys, about=bool(d.margin)),
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
        Column("bytes", N_("Bytes"), 6, _bytes, lambda d: d.bytes, numeric=True, falling=True, rank=3, unit="bytes"),
        Column("ttl", N_("Avg TTL"), 9, _ttl, lambda d: d.average_ttl_ms, numeric=True, falling=True, rank=4),
        Column("kinds", N_("Kinds"), 20, _kinds, lambda d: len(d.kinds), grows=True, falling=True, rank=3),
    )


def _bytes(database: Database) -> Cell:
    return UNKNOWN if database.bytes is None else Cell(f"~{formats.short_size(database.bytes)}")


def passing(update: Update) -> tuple[Cell, ...]:
    """Return how far the pass of the census has come that is under way; nothing between two."""
    progress = update.snapshot.census_progress
    if progress is None or progress >= 1:
        return ()
    return (Cell(f"  {_('pass')} ", Tone.MUTED), Cell(f"{100 * progress:.0f} %", Tone.INFO))


def details(database: Database) -> Line:
    """Return what is known of one database's figures: their error, memory, expiry, and what nobody knows of the latter."""
    cells = []
    if database.margin and database.tenant_keys is not None:
        estimate = _("tenants' keys ~{count} ± {margin} ({part} walked)").format(
            count=formats.full_count(database.tenant_keys),
            margin=formats.full_count(database.margin),
            part=formats.percent(100 * database.fraction, 0),
        )
        cells.append(Cell(f" {estimate} ", Tone.INFO))
    if database.bytes is not None:
        cells.append(Cell(f" {_('memory')} ~{formats.size(database.bytes)} ", Tone.PLAIN))
    if database.keys:
        cells.append(Cell(f" {expiry(database)} "))
    return line(*cells, Cell(f" {ttl_note()}", Tone.MUTED))


def expiry(database: Database) -> str:
    """Return which share of the keys expires, and after how long on average, as INFO tells."""
    share = 100 * (database.expires or 0) / database.keys if database.keys else None
    text = _("{share} expire").format(share=formats.percent(share, 0))
    if not database.average_ttl_ms:
        return text
    return _("{what}, in {duration} on average").format(what=text, duration=_ttl(database).text)


def ttl_note() -> str:
    """Return why there is no TTL by tenant, and what has it."""
    return _("TTLs by tenant are not read live (it would count as hits): `kryonix analyse ARCHIVE` has them")


def _ttl(database: Database) -> Cell:
    if not database.average_ttl_ms:
        return UNKNOWN
    return Cell(formats.duration(database.average_ttl_ms / 1000))


def _kinds(database: Database) -> Cell:
    ranked = sorted(database.kinds.items(), key=lambda kind: -kind[1])
    return Cell("  ".join(f"{safe(kind, 24)} {formats.count(count)}" for kind, count in ranked), Tone.MUTED)


@dataclass(frozen=True, slots=True)
class KindRow:
    """One tenant's keys in a database, by kind; `tenant` is None for the keys of no tenant. `about`: estimated."""

    tenant: str | None
    counts: dict[str, int]
    about: bool = False

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
            rows.append(KindRow(name, counts, bool(tenant.keys_margin)))
    rows.sort(key=lambda row: -row.total)
    database = next((found for found in update.platform.databases if found.db == db), None)
    rest = {
        kind: count - owned[kind] for kind, count in (database.kinds.items() if database else ()) if count > owned[kind]
    }
    about = bool(database and database.margin)
    return [KindRow(None, rest, about), *rows] if rest else rows


def kind_columns(update: Update, db: int) -> tuple[Column[KindRow], ...]:
    """Return a column for each kind in `db`, between the tenant and the total."""
    database = next((found for found in update.platform.databases if found.db == db), None)
    kinds = sorted(database.kinds, key=lambda kind: -database.kinds[kind]) if database else []

    def share(row: KindRow) -> Cell:
        total = sum(database.kinds.values()) if database else 0
        return Cell(block(row.total, total) + f" {100 * row.total / total:.0f} %" if total else "", Tone.ACCENT)

    return (
        Column("tenant", N_("Tenant"), 20, _row_name, lambda row: row.tenant or "", most=36),
        Column("total", N_("Keys"), 6, _total, lambda r: r.total, numeric=True, falling=True),
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


def _total(row: KindRow) -> Cell:
    return figure(row.total, about=row.about)


def _row_name(row: KindRow) -> Cell:
    return Cell(_("no tenant"), Tone.MUTED) if row.tenant is None else Cell(safe(row.tenant, 64), Tone.STRONG)

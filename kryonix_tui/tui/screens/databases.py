"""Databases: all of them, and the one under the cursor taken apart by tenant and kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.source import SourceName
from kryonix_tui.model.tenant import Database
from kryonix_tui.safetext import safe
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import databases, sources
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.columns import Column
from kryonix_tui.view.databases import KindRow


class DatabasesView(ListView[Database]):
    """A row per database; below, kinds by tenant. Where there is no room for both, Enter changes between them."""

    name_of_command = "databases"
    hints = ("open", "sort", "keys")
    first_sort = ("db", False)

    def body(self) -> Iterable[Widget]:
        """The list and, below it, what is in the database under the cursor."""
        yield from super().body()
        yield Lines(id="inside-title")
        yield Table[KindRow](lambda row: row.tenant or "", id="inside")

    def columns(self, update: Update) -> Sequence[Column[Database]]:
        """Return the list's columns."""
        return databases.columns(update)

    def listed(self, update: Update) -> Iterable[Database]:
        """Return all databases."""
        return update.platform.databases

    def key(self, item: Database) -> str:
        """A database is its number."""
        return str(item.db)

    def draw(self, update: Update, now: Instant) -> None:
        """Show the list, and the inside of the chosen database."""
        super().draw(update, now)
        self._draw_inside(update)

    def remark(self) -> Sequence[Cell]:
        """Say what the figures mean, and how old they are: sizes by INFO, the rest by the census."""
        update, now = self.console.shown, self.console.moment()
        ages = (
            Cell(f"  {_('sizes')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.REDIS, now),
            Cell(f"  {_('census')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.CENSUS, now),
        )
        return (
            Cell(f" {_('databases')}", Tone.MUTED),
            *ages,
            *databases.passing(update),
            Cell(f"  {_('unattributed: no pattern, no tenant')}", Tone.MUTED),
        )

    @property
    def inside(self) -> Table[KindRow]:
        """The table of kinds by tenant."""
        return self.query_one("#inside", Table)

    def _draw_inside(self, update: Update) -> None:
        database = self.table.current
        if database is None:
            return
        rows = databases.kind_rows(update, database.db)
        title = line(
            Cell(f" {database.db} ", Tone.ACCENT),
            Cell(safe(database.name), Tone.STRONG),
            Cell(f"  {safe(_(database.purpose))}  ", Tone.MUTED),
            Cell(
                ngettext("{count} tenant", "{count} tenants", sum(row.tenant is not None for row in rows)).format(
                    count=sum(row.tenant is not None for row in rows)
                ),
                Tone.MUTED,
            ),
        )
        self.query_one("#inside-title", Lines).show([title, databases.details(database)])
        self.inside.say_when_empty(
            _("no keys") if update.snapshot.census is not None else _("the census has not been here yet")
        )
        self.inside.show(databases.kind_columns(update, database.db), rows)

    def open_database(self, number: str) -> None:
        """Put the cursor on a database and go inside."""
        if self.table.move_to(number):
            self._go_inside()
        else:
            self.notify(_("there is no database {number}").format(number=safe(number, 20)), markup=False)

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another database: show its inside."""
        if event.table is self.table:
            event.stop()
            self._draw_inside(self.console.shown)

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter on a database goes inside; on a tenant, opens it."""
        event.stop()
        if event.table is self.table:
            self._go_inside()
        elif event.key:
            self.console.navigation.open_tenant(event.key)

    def _go_inside(self) -> None:
        self.add_class("-inside")
        self.inside.focus()

    def escape(self) -> bool:
        """Leave the inside first."""
        if self.has_class("-inside"):
            self.remove_class("-inside")
            self.table.focus()
            return True
        return super().escape()

    def at_hand(self) -> tuple[str | None, int | None]:
        """Return the database under the cursor, and inside of it the tenant."""
        database, row = self.table.current, self.inside.current
        tenant = row.tenant if self.inside.has_focus and row is not None else None
        return tenant, database.db if database is not None else None

    def command_tenant_open(self) -> None:
        """Open the tenant under the inner cursor."""
        row = self.inside.current
        if self.inside.has_focus and row is not None and row.tenant is not None:
            self.console.navigation.open_tenant(row.tenant)
        else:
            super().command_tenant_open()

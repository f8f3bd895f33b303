"""Maintenance: what is under way, the backups there are, and what was done. Only for operators.

Everything of `kryonix_tui.maintenance` is imported when the screen is first shown: a viewer's console never loads it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual import work
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.operation import Scope
from kryonix_tui.tui.job_lines import idle, short
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view.cells import Cell, Tone, line

if TYPE_CHECKING:
    from kryonix_tui.maintenance.audit import Entry as AuditEntry
    from kryonix_tui.maintenance.backup.catalogue import Entry

AUDIT_LINES = 100
JOBS = 5
"""Jobs of this console that are shown."""

LEVELS = (
    ("quick", N_("sizes, structure and signature; no data is read")),
    ("data", N_("all data is read and counted")),
    ("drill", N_("and a server that is thrown away loads it")),
)
"""How thoroughly an archive can be verified."""


class MaintenanceView(View):
    """Jobs above, backups in the middle, the audit log below."""

    name_of_command = "maintenance"
    hints = ("backup", "restore", "verify", "analyse", "prune", "optimize", "tune", "log", "stop")

    def __init__(self) -> None:
        super().__init__()
        self._archives: Sequence[Entry] = ()
        self._audit: Sequence[AuditEntry] = ()
        self._remark = ""

    def body(self) -> Iterable[Widget]:
        """Jobs, archives, audit."""
        yield Lines(wrap=True, id="jobs", classes="titled")
        yield Lines(id="archives-remark")
        yield Table[Any](lambda entry: str(entry.name), id="archives", classes="titled")
        yield Table[Any](lambda entry: str(entry.number), id="audit", classes="titled")

    def on_mount(self) -> None:
        """Name the boxes and read what lies in store."""
        self.query_one("#jobs").border_title = _("Under way")
        self.query_one("#archives").border_title = _("Backups")
        self.query_one("#audit").border_title = _("Audit log")
        super().on_mount()

    def on_screen_resume(self) -> None:
        """Look again: another process may have made a backup."""
        super().on_screen_resume()
        self.look()

    def look(self) -> None:
        """Read catalogue and audit log, away from the screen."""
        self._look()

    @work(exclusive=True)
    async def _look(self) -> None:
        try:
            self._archives, self._audit = await asyncio.to_thread(self._read)
            self._remark = ""
        except KryonixError as error:
            self._remark = f"{_(error.title)}: {error.message}"
        self.redraw()

    def _read(self) -> tuple[Sequence[Entry], Sequence[AuditEntry]]:
        maintenance = self.console.work.maintenance()
        entries = list(maintenance.audited())[-AUDIT_LINES:]
        return maintenance.archives(), entries[::-1]

    def draw(self, update: Update, now: Instant) -> None:
        """Show everything as it is now."""
        del update, now
        from kryonix_tui.maintenance.audit_columns import columns as audit_columns
        from kryonix_tui.maintenance.backup.columns import columns

        jobs = self.query_one("#jobs", Lines)
        # The newest first: what it says must not be below those that have ended long ago.
        recent = self.console.work.jobs.all[: -JOBS - 1 : -1]
        jobs.show([part for job in recent for part in short(job)] or [idle()])
        remark = self.query_one("#archives-remark", Lines)
        remark.display = bool(self._remark)
        remark.show([line(Cell(f"✖ {self._remark}", Tone.CRITICAL))])
        archives = self.query_one("#archives", Table)
        archives.say_when_empty(_("no backup yet: {key} makes one").format(key=self.console.key_of("backup")))
        archives.show(columns(time.time()), self._archives)
        audit = self.query_one("#audit", Table)
        audit.say_when_empty(_("nothing was changed with this console"))
        audit.show(audit_columns(), self._audit)

    @property
    def chosen(self) -> Entry | None:
        """The archive under the cursor."""
        entry: Entry | None = self.query_one("#archives", Table).current
        return entry

    def command_backup(self, tenant: str = "") -> None:
        """Back up the whole server, or the tenant that is named."""
        self.console.archiving.back_up(Scope((tenant,)) if tenant else Scope())

    def why_not_restore(self) -> str:
        """An archive must be chosen."""
        return "" if self.chosen else _("there is no backup to restore")

    def command_restore(self, tenant: str = "") -> None:
        """Restore the archive under the cursor, or what is then chosen of it; a tenant that is named is proposed."""
        if self.chosen is not None:
            self.console.archiving.ask_restore(self.chosen, tenant)

    def command_optimize(self, what: str = "") -> None:
        """Look at all tenants, undo the last optimisation, or show what was done."""
        self.console.optimizing.choose(what)

    def why_not_verify(self) -> str:
        """An archive must be chosen."""
        return "" if self.chosen else _("there is no backup to verify")

    def command_verify(self, level: str = "") -> None:
        """Verify the archive under the cursor, at a level that is named or chosen."""
        entry = self.chosen
        if entry is None:
            return
        choices = [(name, f"{name:<6} {_(text)}") for name, text in LEVELS]
        if level in dict(LEVELS):
            self.console.archiving.verify(entry, level)
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self.console.archiving.verify(entry, name)

        self.app.push_screen(Menu(_("How thoroughly"), choices, "data"), chosen)

    def command_tune(self, profile: str = "") -> None:
        """Compare the server's settings with a profile."""
        self.console.tuning.choose(profile)

    def why_not_analyse(self) -> str:
        """An archive must be chosen."""
        return "" if self.chosen else _("there is no backup to look into")

    def command_analyse(self) -> None:
        """Count what is in the archive under the cursor."""
        if self.chosen is not None:
            self.console.archiving.analyse(self.chosen)

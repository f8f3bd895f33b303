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
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Scope
from kryonix_tui.tui.jobs import Job, Phase
from kryonix_tui.tui.screens.confirm import Ask
from kryonix_tui.tui.screens.menu import Menu
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import plans
from kryonix_tui.view.cells import Cell, Line, Tone, line

if TYPE_CHECKING:
    from kryonix_tui.maintenance.audit import Entry as AuditEntry
    from kryonix_tui.maintenance.backup.catalogue import Entry

AUDIT_LINES = 100
LOG_LINES = 4


class MaintenanceView(View):
    """Jobs above, backups in the middle, the audit log below."""

    name_of_command = "maintenance"
    hints = ("backup", "restore", "verify", "stop")

    def __init__(self) -> None:
        super().__init__()
        self._archives: Sequence[Entry] = ()
        self._audit: Sequence[AuditEntry] = ()
        self._remark = ""

    def body(self) -> Iterable[Widget]:
        """Jobs, archives, audit."""
        yield Lines(id="jobs", classes="titled")
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
            self._remark = f"{error.title}: {error.message}"
        self.redraw()

    def _read(self) -> tuple[Sequence[Entry], Sequence[AuditEntry]]:
        maintenance = self.console.maintenance()
        entries = list(maintenance.audit.entries())[-AUDIT_LINES:]
        return maintenance.archives(), entries[::-1]

    def draw(self, update: Update, now: Instant) -> None:
        """Show everything as it is now."""
        del update, now
        from kryonix_tui.maintenance.audit_columns import columns as audit_columns
        from kryonix_tui.maintenance.backup.columns import columns

        jobs = self.query_one("#jobs", Lines)
        jobs.show([part for job in self.console.jobs.all[-5:] for part in job_lines(job)] or [_idle()])
        remark = self.query_one("#archives-remark", Lines)
        remark.display = bool(self._remark)
        remark.show([line(Cell(f"✖ {self._remark}", Tone.CRITICAL))])
        archives = self.query_one("#archives", Table)
        archives.say_when_empty(_("no backup yet: b makes one"))
        archives.show(columns(time.time()), self._archives)
        audit = self.query_one("#audit", Table)
        audit.say_when_empty(_("nothing was changed with this console"))
        audit.show(audit_columns(), self._audit)

    def chosen(self) -> str | None:
        """Return the name of the archive under the cursor."""
        entry = self.query_one("#archives", Table).current
        return str(entry.name) if entry is not None else None

    def command_backup(self, tenant: str = "") -> None:
        """Back up the whole server, or the tenant that is named."""
        self.console.back_up(Scope((tenant,)) if tenant else Scope())

    def why_not_restore(self) -> str:
        """An archive must be chosen."""
        return "" if self.chosen() else _("there is no backup to restore")

    def command_restore(self) -> None:
        """Restore the archive under the cursor, after a choice of what to do where a key exists."""
        name = self.chosen()
        if name is None:
            return

        def chosen(policy: str | None) -> None:
            if policy is not None:
                self.console.restore(name, policy)

        choices = [
            ("fail", _("fail      refuse everything where a key exists")),
            ("skip", _("skip      leave keys that exist")),
            ("replace", _("replace   overwrite them; what they were is saved first")),
        ]
        self.app.push_screen(Menu(_("Where a key exists already"), choices), chosen)

    def why_not_verify(self) -> str:
        """An archive must be chosen."""
        return "" if self.chosen() else _("there is no backup to verify")

    def command_verify(self) -> None:
        """Read the archive under the cursor, all of it."""
        name = self.chosen()
        if name is not None:
            self.notify(_("reading {name}").format(name=name), markup=False)
            self.run_worker(self._verify(name))

    async def _verify(self, name: str) -> None:
        try:
            findings = await asyncio.to_thread(self._findings, name)
        except KryonixError as error:
            findings = [error.message]
        if findings:
            self.notify("; ".join(findings), title=name, severity="error", timeout=30, markup=False)
        else:
            self.notify(_("{name} is what was written").format(name=name), markup=False)

    def _findings(self, name: str) -> list[str]:
        from kryonix_tui.maintenance.backup.verification import Level, verify

        maintenance = self.console.maintenance()
        destination, parsed = maintenance.located(name)
        report = verify(destination, parsed, Level.DATA, config=maintenance.config, keyspace=maintenance.keyspace)
        return report.findings

    def why_not_stop(self) -> str:
        """Something must run."""
        return "" if self.console.jobs.running else _("nothing runs")

    def command_stop(self) -> None:
        """Stop what runs, after a question."""
        running = self.console.jobs.running
        names = ", ".join(job.title for job in running)

        def stop(yes: bool | None) -> None:  # noqa: FBT001 - Textual's form
            for job in running if yes else ():
                if job.run is not None:
                    job.run.cancel()

        self.app.push_screen(Ask(_("Stop {names} before the next batch?").format(names=names)), stop)


def job_lines(job: Job) -> list[Line]:
    """Return what there is to say about a job: its name, how far it is, how it ended, its last words."""
    head = Cell(f"{job.title}  ", Tone.STRONG)
    if job.phase is Phase.PLANNING:
        return [line(head, Cell(_("looking ..."), Tone.MUTED))]
    if job.phase is Phase.ASKING:
        return [line(head, Cell(_("waits for a confirmation"), Tone.WARNING))]
    if job.phase is Phase.RUNNING:
        said = [line(Cell(f"  {text}", Tone.MUTED)) for text in list(job.lines)[-LOG_LINES:]]
        return [line(head, *plans.progress_line(job.progress, job.seconds)), *said]
    if job.outcome is not None:
        first, *rest = plans.outcome_lines(job.outcome)
        return [line(head, *first), *rest[:LOG_LINES]]
    hint = [line(Cell(f"  {job.hint}", Tone.MUTED))] if job.hint else []
    return [line(head, Cell(f"✖ {job.trouble}", Tone.CRITICAL)), *hint]


def _idle() -> Line:
    return line(Cell(_("nothing runs"), Tone.MUTED))

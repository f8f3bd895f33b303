"""The part of the console that changes things: jobs, their confirmation, and the question before leaving them.

Nothing of `kryonix_tui.maintenance` is imported before an operator asks for it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import work
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen
from textual.widgets import Input

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Outcome, Result, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import COMMANDS, Command
from kryonix_tui.tui.jobs import Job, JobChanged, Jobs, Look, Make, Page, Phase
from kryonix_tui.tui.keyed import KeyedApp
from kryonix_tui.tui.widgets.toned import cut
from kryonix_tui.view.cells import Cell, Tone

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
    from kryonix_tui.maintenance.backup.catalogue import Entry
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.census import Census
    from kryonix_tui.tui.screens.restore_form import Wish

BUSY: Final = 0.3
"""Seconds until a question that came at a bad moment is tried again."""

BADGE: Final = 28
"""Terminal cells for the name of a job on every screen."""


class WorkingApp(KeyedApp):
    """An app with jobs. `config` says whether there may be any."""

    _maintenance: Maintenance | None = None
    _leaving = False

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs(self.maintenance, self.post_message)

    @property
    def operator(self) -> bool:
        """Whether this console may change anything. The credentials are the real boundary."""
        return self.config.role == "operator" and not self.config.read_only

    @property
    def offered(self) -> tuple[Command, ...]:
        """The commands of this role; the others do not exist."""
        return tuple(command for command in COMMANDS if self.operator or not command.operator)

    def maintenance(self) -> Maintenance:
        """Return the door to the outside world, made at its first use."""
        if self._maintenance is None:
            from kryonix_tui.maintenance.service import Maintenance

            self._maintenance = Maintenance(self.config)
        return self._maintenance

    def known_census(self) -> Census | None:
        """Return a complete census, where the console has one. A subclass knows."""
        return None

    def back_up(self, scope: Scope) -> None:
        """Begin a backup of a scope."""
        census = self.known_census()

        async def make(maintenance: Maintenance) -> Operation:
            return await maintenance.backup(scope, census=census)

        names = ", ".join(safe(tenant, 40) for tenant in scope.tenants) or _("the whole server")
        self._start(_("Backup of {names}").format(names=names), make)

    def restore(self, archive: ArchiveName, wish: Wish) -> None:
        """Begin a restore of an archive, or of the part of it that is wished for."""

        async def make(maintenance: Maintenance) -> Operation:
            from kryonix_tui.maintenance.backup.restore.operation import Policy

            return maintenance.restore(archive, wish.scope, policy=Policy(wish.policy))

        parts = [safe(tenant, 40) for tenant in wish.scope.tenants]
        parts += [_("database {number}").format(number=number) for number in wish.scope.databases]
        self._start(_("Restore of {names}").format(names=", ".join(parts) or _("a whole backup")), make)

    @work(exclusive=True, group="restoring")
    async def ask_restore(self, entry: Entry, tenant: str = "") -> None:
        """Ask what of an archive is to be restored, a tenant being proposed, and begin."""
        from kryonix_tui.tui import archive_pages
        from kryonix_tui.tui.screens.restore_form import RestoreForm

        heading = _("Restore from {archive}").format(archive=archive_pages.title(entry))
        wish = await self.push_screen_wait(RestoreForm(heading, archive_pages.inside(entry), tenant))
        if wish is not None:
            self.restore(entry.name, wish)

    @work(exclusive=True, group="restoring")
    async def ask_restore_of(self, tenant: str) -> None:
        """Ask from which archive that holds a tenant it is to be restored, and go on with that."""
        from kryonix_tui.maintenance.backup.holdings import holding
        from kryonix_tui.tui import archive_pages
        from kryonix_tui.tui.screens.menu import Menu

        name = safe(tenant, 40)
        try:
            found = holding(await asyncio.to_thread(self.maintenance().archives), tenant)
        except KryonixError as error:
            self.notify(error.message, title=_(error.title), severity="error", timeout=20, markup=False)
            return
        if not found:
            text = _("no backup holds {tenant}; {key} makes one").format(tenant=name, key=self.key_of("backup"))
            self.notify(text, severity="warning", markup=False)
            return
        now = time.time()
        choices = [(str(entry.name), archive_pages.holding_line(entry, tenant, now)) for entry in found]
        heading = _("Restore {tenant} from").format(tenant=name)
        chosen = await self.push_screen_wait(Menu(heading, choices))
        for entry in found:
            if str(entry.name) == chosen:
                self.ask_restore(entry, tenant)

    def verify(self, entry: Entry, level: str) -> None:
        """Begin to verify an archive."""

        def look(maintenance: Maintenance, run: Run) -> tuple[Outcome, Page]:
            from kryonix_tui.tui import archive_pages

            return archive_pages.verified(maintenance, entry.name, level, run)

        self._examine(_("Check of {archive}"), entry, look)

    def analyse(self, entry: Entry) -> None:
        """Begin to count what is in an archive."""

        def look(maintenance: Maintenance, run: Run) -> tuple[Outcome, Page]:
            from kryonix_tui.tui import archive_pages

            return archive_pages.analysed(maintenance, entry.name, run)

        self._examine(_("Contents of {archive}"), entry, look)

    def _examine(self, title: str, entry: Entry, look: Look) -> None:
        from kryonix_tui.tui import archive_pages

        self.jobs.look(title.format(archive=archive_pages.title(entry)), look)

    def command_prune(self) -> None:
        """Find out which backups are old enough to go, and delete them if that is confirmed."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.prune()

        self._start(_("Removal of old backups"), make)

    def _start(self, title: str, make: Make) -> None:
        self.jobs.start(title, make)
        self.notify(_("{title}: looking ...").format(title=title), timeout=3, markup=False)

    def on_job_changed(self, event: JobChanged) -> None:
        """Ask for a confirmation, or say how a job ended."""
        from kryonix_tui.tui.screens.maintenance import MaintenanceView

        job, front = event.job, self.screen
        if isinstance(front, MaintenanceView):
            front.look()
        if job.phase is Phase.ASKING:
            self._ask(job)
        elif job.phase is Phase.ENDED:
            self.job_ended(job)
            if job.page is not None and isinstance(front, MaintenanceView):
                # Whoever still looks at the backups waits for it; elsewhere it would be in the way.
                self._show(job)
            else:
                self._say_end(job)
            if self._leaving and not self.jobs.running:
                self.exit(0)

    def job_ended(self, job: Job) -> None:
        """Do what else follows from the end of a job. A subclass knows."""

    def _ask(self, job: Job) -> None:
        """Show the plan: once nobody is typing or answering something else, whose keys would be taken for an answer."""
        if job.phase is not Phase.ASKING or job.plan is None:
            return
        if isinstance(self.screen, ModalScreen) or isinstance(self.focused, Input):
            self.set_timer(BUSY, partial(self._ask, job))
            return
        from kryonix_tui.tui.screens.confirm import Confirm

        # Nothing may lie over the question.
        self.clear_notifications()
        self.push_screen(Confirm(job.plan), job.say)

    def _say_end(self, job: Job) -> None:
        if job.outcome is None:
            self.notify(job.trouble, title=job.title, severity="error", timeout=20, markup=False)
        elif job.outcome.result is not Result.REFUSED:
            done = job.outcome.result is Result.DONE
            text = "\n".join((job.outcome.summary, *job.outcome.notices))
            severity: SeverityLevel = "information" if done else "warning"
            self.notify(text, title=job.title, severity=severity, timeout=10, markup=False)

    def why_not_log(self) -> str:
        """There must have been something."""
        return "" if self.jobs.all else _("nothing was done yet")

    def command_log(self) -> None:
        """Show all that a job has said: the newest one, or one that is chosen."""
        from kryonix_tui.tui.screens.menu import Menu

        jobs = self.jobs.all[::-1]
        choices = [(str(number), job.title) for number, job in enumerate(jobs)]
        if len(jobs) == 1:
            self._show(jobs[0])
        else:
            self.push_screen(Menu(_("What was done"), choices), lambda at: self._show(jobs[int(at)]) if at else None)

    def _show(self, job: Job) -> None:
        from kryonix_tui.tui.job_lines import whole
        from kryonix_tui.tui.screens.page import Reader

        self.push_screen(Reader(job.title, lambda width: whole(job, width)))

    def why_not_stop(self) -> str:
        """Something must run."""
        return "" if self.jobs.running else _("nothing runs")

    def command_stop(self) -> None:
        """Stop what runs, after a question."""
        from kryonix_tui.tui.screens.confirm import Ask

        running = self.jobs.running
        names = ", ".join(job.title for job in running)

        def stop(yes: bool | None) -> None:  # noqa: FBT001 - Textual's form
            for job in running if yes else ():
                job.stop()

        self.push_screen(Ask(_("Stop {names} before the next batch?").format(names=names)), stop)

    def job_badge(self, *, short: bool) -> list[Cell]:
        """Return what is under way in a few characters, for every screen."""
        working = [job for job in self.jobs.running if job.phase is Phase.RUNNING]
        waiting = [job for job in self.jobs.running if job.phase is Phase.ASKING]
        cells = [Cell(f" ? {waiting[0].title} ", Tone.WARNING)] if waiting and not short else []
        if not working:
            return cells
        fraction = working[0].progress.fraction if working[0].progress else None
        share = f" {100 * fraction:.0f} %" if fraction is not None else ""
        name = "" if short else f" {cut(working[0].title, BADGE).rstrip()}"
        return [*cells, Cell(f" ⚙{name}{share} ", Tone.INFO)]

    def leave(self) -> None:
        """End the console; where jobs run, ask first, stop them between two batches, and wait until they have ended."""
        running = self.jobs.running
        if not running:
            self.exit(0)
            return
        from kryonix_tui.tui.screens.confirm import Ask

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - Textual's form
            if not yes:
                return
            if self._leaving or not self.jobs.running:
                self.exit(0)
                return
            self._leaving = True
            self.notify(_("stopping before the next batch, then leaving"), timeout=60, markup=False)
            for job in self.jobs.running:
                job.stop()

        names = ", ".join(job.title for job in running)
        question = _("{names} is not finished. Stop it and leave?")
        if self._leaving:
            question = _("{names} has not stopped yet. Leave all the same?")
        self.push_screen(Ask(question.format(names=names)), answered)

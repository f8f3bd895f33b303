"""What all features share that change something: jobs, their confirmation, and the question before leaving them.

Nothing of `kryonix_tui.maintenance` is imported before an operator asks for it.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.notifications import SeverityLevel
from textual.screen import ModalScreen
from textual.widgets import Input

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Result
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.jobs import Job, JobChanged, Jobs, Make, Phase
from kryonix_tui.tui.widgets.toned import cut
from kryonix_tui.view.cells import Cell, Tone

if TYPE_CHECKING:
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.tui.app import ConsoleApp

BUSY: Final = 0.3
"""Seconds until a question that came at a bad moment is tried again."""

BADGE: Final = 28
"""Terminal cells for the name of a job on every screen."""


class Work:
    """The jobs of a console: it begins them, asks before they change anything, shows them, and waits for them at the end."""

    def __init__(self, console: ConsoleApp) -> None:
        self.console = console
        self.jobs = Jobs(self.maintenance, console.post_message)
        self._maintenance: Maintenance | None = None
        self._changes: dict[str, SourceName] = {}
        self._leaving = False

    def maintenance(self) -> Maintenance:
        """Return the door to the outside world, made at its first use."""
        if self._maintenance is None:
            from kryonix_tui.maintenance.service import Maintenance

            self._maintenance = Maintenance(self.console.config)
        return self._maintenance

    def read_after(self, subject: str, source: SourceName) -> None:
        """Have a source read again soon after an operation on a `subject` has ended: what it shows may be another thing now."""
        self._changes[subject] = source

    def start(self, title: str, make: Make) -> None:
        """Begin a job, and say so."""
        self.jobs.start(title, make)
        self.console.notify(_("{title}: looking ...").format(title=title), timeout=3, markup=False)

    def complain(self, error: KryonixError) -> None:
        """Say what went wrong before there was a job, and what helps."""
        text = f"{error.message}\n{error.hint}".rstrip()
        self.console.notify(text, title=_(error.title), severity="error", timeout=20, markup=False)

    def follow(self, event: JobChanged) -> None:
        """Ask for a confirmation, or say how a job ended, each once: what is overtaken has a message of its own."""
        from kryonix_tui.tui.screens.maintenance import MaintenanceView

        front, job = self.console.screen, event.job
        if isinstance(front, MaintenanceView):
            front.look()
        if event.phase is not job.phase:
            return
        if job.phase is Phase.ASKING:
            self._ask(job)
        elif job.phase is Phase.ENDED:
            self._read_again(job)
            if job.page is not None and isinstance(front, MaintenanceView):
                # Whoever still looks at the backups waits for it; elsewhere it would be in the way.
                self._show(job)
            else:
                self._say_end(job)
            if self._leaving and not self.jobs.running:
                self.console.exit(0)

    def _read_again(self, job: Job) -> None:
        monitor, source = self.console.monitor, self._changes.get(job.subject)
        if monitor is not None and source is not None:
            monitor.refresh(source)

    def _ask(self, job: Job) -> None:
        """Show the plan: once nobody is typing or answering something else, whose keys would be taken for an answer."""
        if job.phase is not Phase.ASKING or job.plan is None or job.stopped:
            return
        if self._occupied:
            self.console.set_timer(BUSY, partial(self._ask, job))
            return
        from kryonix_tui.tui.screens.confirm import Confirm

        # Nothing may lie over the question.
        self.console.clear_notifications()
        self.console.push_screen(Confirm(job.plan), job.say)

    @property
    def _occupied(self) -> bool:
        return isinstance(self.console.screen, ModalScreen) or isinstance(self.console.focused, Input)

    async def unoccupied(self) -> None:
        """Wait until nobody types or answers anything: keys would be taken by what comes over it."""
        while self._occupied:  # noqa: ASYNC110 - nothing tells when a prompt is closed
            await asyncio.sleep(BUSY)

    def _say_end(self, job: Job) -> None:
        if job.outcome is None:
            self.console.notify(job.trouble, title=job.title, severity="error", timeout=20, markup=False)
        elif job.outcome.result is not Result.REFUSED:
            done = job.outcome.result is Result.DONE
            text = "\n".join((job.outcome.summary, *job.outcome.notices))
            severity: SeverityLevel = "information" if done else "warning"
            self.console.notify(text, title=job.title, severity=severity, timeout=10, markup=False)

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
            self.console.push_screen(
                Menu(_("What was done"), choices), lambda at: self._show(jobs[int(at)]) if at else None
            )

    def _show(self, job: Job) -> None:
        from kryonix_tui.tui.job_lines import whole
        from kryonix_tui.tui.screens.page import Reader

        self.console.push_screen(Reader(job.title, lambda width: whole(job, width)))

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

        self.console.push_screen(Ask(_("Stop {names} before the next batch?").format(names=names)), stop)

    def badge(self, *, short: bool) -> list[Cell]:
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

    def command_quit(self) -> None:
        """End the console; where jobs run, ask first, stop them between two batches, and wait until they have ended."""
        running = self.jobs.running
        if not running:
            self.console.exit(0)
            return
        from kryonix_tui.tui.screens.confirm import Ask

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - Textual's form
            if not yes:
                return
            if self._leaving or not self.jobs.running:
                self.console.exit(0)
                return
            self._leaving = True
            self.console.notify(_("stopping before the next batch, then leaving"), timeout=60, markup=False)
            for job in self.jobs.running:
                job.stop()

        names = ", ".join(job.title for job in running)
        question = _("{names} is not finished. Stop it and leave?")
        if self._leaving:
            question = _("{names} has not stopped yet. Leave all the same?")
        self.console.push_screen(Ask(question.format(names=names)), answered)

"""The part of the console that changes things: jobs, their confirmation, and the question before leaving them.

Nothing of `kryonix_tui.maintenance` is imported before an operator asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from kryonix_tui.config.schema import Config
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Outcome, Result, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import COMMANDS, Command
from kryonix_tui.tui.jobs import Job, JobChanged, Jobs, Make, Phase
from kryonix_tui.view.cells import Cell, Tone

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.census import Census


class WorkingApp(App[int]):
    """An app with jobs. `config` says whether there may be any."""

    config: Config
    _maintenance: Maintenance | None = None

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

    def restore(self, archive: str, policy: str) -> None:
        """Begin a restore of an archive: all of its scope."""

        async def make(maintenance: Maintenance) -> Operation:
            from kryonix_tui.maintenance.backup.restore.operation import Policy

            return maintenance.restore(archive, Scope(), policy=Policy(policy))

        self._start(_("Restore of {name}").format(name=safe(archive, 60)), make)

    def _start(self, title: str, make: Make) -> None:
        self.jobs.start(title, make)
        self.notify(_("{title}: looking ...").format(title=title), timeout=3, markup=False)

    def on_job_changed(self, event: JobChanged) -> None:
        """Ask for a confirmation, or say how a job ended."""
        job = event.job
        if job.phase is Phase.ASKING and job.plan is not None:
            from kryonix_tui.tui.screens.confirm import Confirm

            # Nothing may lie over the question.
            self.clear_notifications()
            self.push_screen(Confirm(job.plan), job.answer.set_result)
        elif job.phase is Phase.ENDED:
            self._say_end(job)
        from kryonix_tui.tui.screens.maintenance import MaintenanceView

        if isinstance(self.screen, MaintenanceView):
            self.screen.look()

    def _say_end(self, job: Job) -> None:
        if job.outcome is None:
            self.notify(job.trouble, title=job.title, severity="error", timeout=20, markup=False)
        elif job.outcome.result is not Result.REFUSED:
            done = job.outcome.result is Result.DONE
            self.notify(
                _text(job.outcome),
                title=job.title,
                severity="information" if done else "warning",
                timeout=10,
                markup=False,
            )

    def job_badge(self) -> list[Cell]:
        """Return what is under way in a few characters, for every screen."""
        running = [job for job in self.jobs.running if job.phase is Phase.RUNNING]
        if not running:
            return []
        fraction = running[0].progress.fraction if running[0].progress else None
        share = f" {100 * fraction:.0f} %" if fraction is not None else ""
        return [Cell(f" ⚙ {running[0].title}{share} ", Tone.INFO)]

    def leave(self) -> None:
        """End the console; where jobs run, ask first, and stop them between two batches."""
        running = self.jobs.running
        if not running:
            self.exit(0)
            return
        from kryonix_tui.tui.screens.confirm import Ask

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - Textual's form
            if yes:
                for job in running:
                    if job.run is not None:
                        job.run.cancel()
                self.exit(0)

        names = ", ".join(job.title for job in running)
        self.push_screen(Ask(_("{names} is not finished. Stop it and leave?").format(names=names)), answered)


def _text(outcome: Outcome) -> str:
    return "\n".join((outcome.summary, *outcome.notices))

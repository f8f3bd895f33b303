"""Operations that run while the operator looks at other screens.

Each has a thread with an event loop of its own: compressing and comparing must not hold up a key press. Between thread
and screen there are only messages (out) and an answer (in).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from kryonix_tui.errors import KryonixError, StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Outcome, Plan, Progress, Result
from kryonix_tui.view.cells import Line

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance

log = logging.getLogger(__name__)

LOG_LINES = 200


Page = Callable[[int], Sequence[Line]]
"""What there is to read about something, as lines for a width in terminal cells."""


class Phase(StrEnum):
    """Where a job is: looking, waiting for a yes, at work, over."""

    PLANNING = "planning"
    ASKING = "asking"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Job:
    """One operation on its way. Written by its thread, read by the screens.

    `page` is what there is to read in the end, where that is more than an outcome. `stopped`: it was told to stop.
    """

    title: str
    phase: Phase = Phase.PLANNING
    plan: Plan | None = None
    run: Run | None = None
    progress: Progress | None = None
    outcome: Outcome | None = None
    trouble: str = ""
    hint: str = ""
    page: Page | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    step_began: float = field(default_factory=time.monotonic)
    stopped: bool = False
    _answer: Future[str | None] = field(default_factory=Future)
    _planning: Callable[[], object] | None = None
    """Ends the planning; None before and after it."""

    @property
    def subject(self) -> str:
        """What its operation is about (`queues`, `tenant`), as the audit log calls it; empty before there is a plan."""
        return self.plan.action.partition(".")[0] if self.plan is not None else ""

    @property
    def step_seconds(self) -> float:
        """How long the present step has run: a rate over the whole job would count the steps before it."""
        return (self.ended or time.monotonic()) - self.step_began

    def say(self, answer: str | None) -> None:
        """Answer the question; the first answer counts, None is a no."""
        if not self._answer.done():
            self._answer.set_result(answer)

    def stop(self) -> None:
        """End it where it is: while it looks at once, while it asks with a no, at work before the next batch."""
        self.stopped = True
        if self.run is not None:
            self.run.cancel()
        elif self.phase is Phase.ASKING:
            self.say(None)
        elif self.phase is Phase.PLANNING and self._planning is not None:
            # It may have come to its end at this very moment.
            with contextlib.suppress(RuntimeError):
                self._planning()

    def tell(self, progress: Progress) -> None:
        """Remember how far it is."""
        if self.progress is None or progress.step != self.progress.step:
            self.step_began = time.monotonic()
        # Screens look at it when they redraw: a message for each batch would be too many.
        self.progress = progress


class JobChanged(Message):
    """A job has come to a `phase`. It may be further by the time this is heard."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job, self.phase = job, job.phase


Make = Callable[["Maintenance"], Awaitable["Operation"]]
"""Makes the operation, inside the job's own event loop."""


Look = Callable[["Maintenance", "Run"], tuple[Outcome, Page]]
"""Reads something and changes nothing: no plan, no question. It may take long and be stopped."""


class Jobs:
    """All jobs of this run of the console. `maintenance` is made when the first job needs it."""

    def __init__(self, maintenance: Callable[[], Maintenance], tell: Callable[[JobChanged], object]) -> None:
        self._maintenance = maintenance
        self._tell = tell
        self.all: list[Job] = []

    @property
    def running(self) -> list[Job]:
        """The jobs that are not over."""
        return [job for job in self.all if job.phase is not Phase.ENDED]

    def start(self, title: str, make: Make) -> Job:
        """Begin an operation: it plans, asks through a message, and goes on with what is said to the job."""
        return self._begin(title, lambda job: asyncio.run(self._whole(job, make)))

    def look(self, title: str, look: Look) -> Job:
        """Begin to read something."""
        return self._begin(title, lambda job: self._read(job, look))

    def _begin(self, title: str, work: Callable[[Job], None]) -> Job:
        job = Job(title)
        self.all.append(job)
        Thread(target=self._work, args=(job, work), name=f"job {len(self.all)}", daemon=True).start()
        return job

    def _work(self, job: Job, work: Callable[[Job], None]) -> None:
        try:
            work(job)
        except StoppedError as error:
            job.outcome = Outcome(Result.STOPPED, error.message, notices=(error.hint,) if error.hint else ())
        except KryonixError as error:
            job.trouble, job.hint = f"{_(error.title)}: {error.message}", error.hint
        except asyncio.CancelledError:
            job.outcome = Outcome(Result.STOPPED, _("stopped while it looked; nothing was changed"))
        except Exception as error:
            # A defect in an operation must not end the console; the audit log has what was done.
            log.exception("a job failed unexpectedly")
            job.trouble = f"{_('Internal error')}: {type(error).__name__}"
        job.phase, job.ended = Phase.ENDED, time.monotonic()
        self._tell(JobChanged(job))

    def _read(self, job: Job, look: Look) -> None:
        from kryonix_tui.maintenance.door import Run

        run = job.run = Run(job.tell, job.lines.append)
        self._enter(job, Phase.RUNNING)
        try:
            job.outcome, job.page = look(self._maintenance(), run)
        except KryonixError:
            # A library between us and the file may say in its own words that reading was broken off.
            if not run.cancelled:
                raise
            job.outcome = Outcome(Result.STOPPED, _("stopped; nothing is known about the rest"))

    async def _whole(self, job: Job, make: Make) -> None:
        from kryonix_tui.maintenance.door import Run

        maintenance = self._maintenance()
        maintenance.door.admit()
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - this is one
        job._planning = lambda: loop.call_soon_threadsafe(task.cancel)  # noqa: SLF001 - of this module
        if job.stopped:
            raise asyncio.CancelledError
        operation = await make(maintenance)
        try:
            plan = job.plan = await maintenance.door.plan(operation, Run(job.tell, job.lines.append))
            job._planning = None  # noqa: SLF001 - as above
            self._enter(job, Phase.ASKING)
            confirmation = await asyncio.wrap_future(job._answer)  # noqa: SLF001 - as above
            if confirmation is None:
                job.outcome = Outcome(Result.REFUSED, _("not confirmed"))
                return
            run = job.run = Run(job.tell, job.lines.append)
            job.progress = None
            job.started = job.step_began = time.monotonic()
            self._enter(job, Phase.RUNNING)
            job.outcome = await maintenance.door.run(operation, plan, run, confirmation=confirmation)
        finally:
            await operation.close()

    def _enter(self, job: Job, phase: Phase) -> None:
        job.phase = phase
        if job.stopped:
            # Whoever said so was too early for this phase, and too late for the one before.
            job.stop()
        self._tell(JobChanged(job))

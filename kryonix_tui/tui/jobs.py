"""Operations that run while the operator looks at other screens.

Each has a thread with an event loop of its own: compressing and comparing must not hold up a key press. Between thread
and screen there are only messages (out) and an answer (in).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Outcome, Plan, Progress, Result

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance

log = logging.getLogger(__name__)

LOG_LINES = 200


class Phase(StrEnum):
    """Where a job is: looking, waiting for a yes, at work, over."""

    PLANNING = "planning"
    ASKING = "asking"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Job:
    """One operation on its way. Written by its thread, read by the screens."""

    title: str
    phase: Phase = Phase.PLANNING
    plan: Plan | None = None
    run: Run | None = None
    progress: Progress | None = None
    outcome: Outcome | None = None
    trouble: str = ""
    hint: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    answer: Future[str | None] = field(default_factory=Future)

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        return (self.ended or time.monotonic()) - self.started


class JobChanged(Message):
    """Something about a job is other than before."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


Make = Callable[["Maintenance"], Awaitable["Operation"]]
"""Makes the operation, inside the job's own event loop."""


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
        """Begin a job: it plans, asks through a message, and goes on with `job.answer`."""
        job = Job(title)
        self.all.append(job)
        Thread(target=self._work, args=(job, make), name=f"job {len(self.all)}", daemon=True).start()
        return job

    def _work(self, job: Job, make: Make) -> None:
        try:
            asyncio.run(self._whole(job, make))
        except KryonixError as error:
            job.trouble, job.hint = f"{error.title}: {error.message}", error.hint
        except Exception as error:
            # A defect in an operation must not end the console; the audit log has what was done.
            log.exception("a job failed unexpectedly")
            job.trouble = f"{_('Internal error')}: {type(error).__name__}"
        job.phase, job.ended = Phase.ENDED, time.monotonic()
        self._tell(JobChanged(job))

    async def _whole(self, job: Job, make: Make) -> None:
        from kryonix_tui.maintenance.door import Run

        maintenance = self._maintenance()
        maintenance.door.admit()
        operation = await make(maintenance)
        try:
            plan = job.plan = await maintenance.door.plan(operation)
            self._enter(job, Phase.ASKING)
            confirmation = await asyncio.wrap_future(job.answer)
            if confirmation is None:
                job.outcome = Outcome(Result.REFUSED, _("not confirmed"))
                return
            run = job.run = Run(lambda progress: self._progressed(job, progress), job.lines.append)
            job.started = time.monotonic()
            self._enter(job, Phase.RUNNING)
            job.outcome = await maintenance.door.run(operation, plan, run, confirmation=confirmation)
        finally:
            await operation.close()

    def _enter(self, job: Job, phase: Phase) -> None:
        job.phase = phase
        self._tell(JobChanged(job))

    @staticmethod
    def _progressed(job: Job, progress: Progress) -> None:
        # Screens look at it when they redraw: a message for each batch would be too many.
        job.progress = progress

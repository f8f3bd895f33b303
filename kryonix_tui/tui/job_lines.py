"""What there is to say about a job: in a few lines among others, or all of it on a page."""

from __future__ import annotations

from kryonix_tui.i18n import _
from kryonix_tui.tui.jobs import Job, Phase
from kryonix_tui.view import plans
from kryonix_tui.view.cells import Cell, Line, Tone, line

LAST_WORDS = 4


def idle() -> Line:
    """Return what to say where there is no job."""
    return line(Cell(_("nothing runs"), Tone.MUTED))


def short(job: Job) -> list[Line]:
    """Return a job's name, how far it is, how it ended, its last words."""
    first, *rest = _state(job)
    said = _said(job)[-LAST_WORDS:] if job.phase is Phase.RUNNING else []
    return [line(Cell(f"{job.title}  ", Tone.STRONG), *first), *rest[:LAST_WORDS], *said]


def whole(job: Job, width: int) -> list[Line]:
    """Return everything about a job: how it stands, what was found, what it said, and the plan."""
    found = list(job.page(width)) if job.page is not None else _state(job)
    parts = [found, _said(job), plans.brief_radius(job.plan) if job.plan is not None else []]
    return [row for part in parts if part for row in (*part, line())]


def _said(job: Job) -> list[Line]:
    return [line(Cell(f"  {text}", Tone.MUTED)) for text in list(job.lines)]


def _state(job: Job) -> list[Line]:
    if job.phase is Phase.PLANNING:
        if job.progress is None:
            return [line(Cell(_("looking ..."), Tone.MUTED))]
        return [plans.progress_line(job.progress, job.step_seconds)]
    if job.phase is Phase.ASKING:
        return [line(Cell(_("waits for a confirmation"), Tone.WARNING))]
    if job.phase is Phase.RUNNING:
        return [plans.progress_line(job.progress, job.step_seconds)]
    if job.outcome is not None:
        return plans.outcome_lines(job.outcome)
    hint = [line(Cell(f"  {job.hint}", Tone.MUTED))] if job.hint else []
    return [line(Cell(f"✖ {job.trouble}", Tone.CRITICAL)), *hint]

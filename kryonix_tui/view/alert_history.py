"""The last 24 hours of an alert as a line of blocks, from Prometheus where it knows the alert, else from our own memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kryonix_tui.analysis.alert_memory import SLOT, SLOTS
from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import CONSOLE, Alert, AlertState
from kryonix_tui.model.promql import quoted
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.safetext import raw_bytes
from kryonix_tui.view.cells import Cell, Line, Tone, line

DAY: Final = SLOT * SLOTS
WIDTH: Final = 48
"""Blocks in the line: half an hour each."""

_GLYPHS: Final = {2: ("█", Tone.CRITICAL), 1: ("▄", Tone.MUTED), 0: ("·", Tone.MUTED), None: (" ", Tone.MUTED)}


def question(alert: Alert) -> Question | None:
    """Return what Prometheus is asked for the past of an alert; None where it cannot know it.

    `ALERTS` has a sample at each evaluation; `max_over_time` over a step loses none that was shorter than it.
    """
    if alert.source == CONSOLE or not alert.name:
        return None
    labels = [f"alertname={quoted(alert.name)}"]
    if alert.tenant is not None:
        try:
            labels.append(f"tenant_id={quoted(raw_bytes(alert.tenant).decode())}")
        except UnicodeDecodeError:
            return None
    if "severity" in alert.labels:
        labels.append(f"severity={quoted(alert.labels['severity'])}")
    window = f"[{SLOT:g}s]"
    selector = ",".join(labels)
    firing = f'max(max_over_time(ALERTS{{{selector},alertstate="firing"}}{window})) * 2'
    pending = f'max(max_over_time(ALERTS{{{selector},alertstate="pending"}}{window}))'
    return Question(f"{firing} or {pending}", DAY - SLOT, SLOT)


def lines(alert: Alert, update: Update) -> list[Line]:
    """Return the past of an alert: a line of blocks for each who remembers it."""
    now = update.platform.at.wall
    asked = question(alert)
    answered = update.snapshot.answers.get(asked) if asked is not None else None
    found: list[Line] = []
    if answered is not None and answered.reading is not None:
        marks = _marks(answered.reading.value, now)
        # The span that was asked for ended at a whole step; what came since is what the alert is now.
        asked_until = int(answered.reading.at.wall // SLOT)
        present = 2 if alert.state is AlertState.FIRING else 1
        for slot in range(max(asked_until, int(alert.starts_at // SLOT)), int(now // SLOT) + 1):
            place = slot - int(now // SLOT) + SLOTS - 1
            if place >= 0:
                marks[place] = max(marks[place] or 0, present)
        found.append(_blocks(marks, "prometheus"))
    found.append(_blocks(update.history.alerts.day(alert, now), _("this console")))
    legend = _("24 h: {firing} firing {quiet} quiet {none} none")
    texts = {"firing": _GLYPHS[2][0], "quiet": _GLYPHS[1][0], "none": _GLYPHS[0][0]}
    return [line(Cell(legend.format(**texts), Tone.MUTED)), *found]


def _marks(answer: Answer, now: float) -> list[int | None]:
    """Return a mark for each slot; Prometheus gives no point where the alert was not."""
    last = int(now // SLOT)
    marks: list[int | None] = [0] * SLOTS
    for series in answer.series:
        for at, value in series.points:
            # The point at the end of a window tells of the time before it.
            place = int((at - 1) // SLOT) - last + SLOTS - 1
            if 0 <= place < SLOTS:
                marks[place] = max(marks[place] or 0, int(value))
    return marks


def _blocks(marks: Sequence[int | None], who: str) -> Line:
    per = len(marks) // WIDTH
    cells = []
    for start in range(0, len(marks), per):
        known = [mark for mark in marks[start : start + per] if mark is not None]
        glyph, tone = _GLYPHS[min(2, max(known))] if known else _GLYPHS[None]
        cells.append(Cell(glyph, tone))
    return (*cells, Cell(f" {who}", Tone.MUTED))

"""The questions of the panels on screen: who is asked when, and what is known of each.

Each question has its own pace: that of its points, but not faster than Prometheus is read. Several are asked at once. Who
was slow or failed gets one of a few places from then on, so that the others find theirs free. Nobody asks for a panel
that is out of sight.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from kryonix_tui.clock import now
from kryonix_tui.errors import KryonixError
from kryonix_tui.model.question import Answer, Answered, Answers, Question
from kryonix_tui.model.source import Reading, Trouble

IN_VIEW_LIMIT = 60
"""Questions of one screen that are asked; each panel has one or a few."""
KEPT = 40
"""Answers that are kept of panels that went out of sight: coming back shows them at once."""
AT_ONCE, SLOW_AT_ONCE = 6, 2
"""Questions under way at a time, and how many of them may be slow ones."""
SLOW = 1.0
"""Seconds from which on an answer is slow."""
LONGEST_PAUSE = 60.0
"""Seconds after which a question that fails is asked again at the latest, however often it failed."""

Ask = Callable[[Question], Awaitable[Answer]]


@dataclass(slots=True)
class _State:
    """What is known of a question, when it is asked next (by the monotonic clock), and how it went so far."""

    answered: Answered
    due: float = -math.inf
    failures: int = 0
    slow: bool = False


class Questions:
    """Asks what is on screen, again and again, and hands on what is known whenever that changes."""

    def __init__(self, ask: Ask, publish: Callable[[Answers], None], interval: float) -> None:
        """`interval` is the time in seconds between two readings of Prometheus."""
        self._ask = ask
        self._publish = publish
        self._interval = interval
        self._states: dict[Question, _State] = {}
        self._wanted: dict[Question, None] = {}
        self._under_way: dict[Question, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._slow_places = asyncio.Semaphore(SLOW_AT_ONCE)

    def look_at(self, questions: Iterable[Question]) -> None:
        """Say what is on screen. What was asked for panels that went out of sight is given up."""
        wanted = dict.fromkeys(islice(questions, IN_VIEW_LIMIT))
        if wanted.keys() == self._wanted.keys():
            return
        self._wanted = wanted
        for question in wanted:
            known = self._states.pop(question) if question in self._states else _State(Answered(self._every(question)))
            # At the end of the order: what was looked at last is forgotten last.
            self._states[question] = known
        for question, task in self._under_way.items():
            if question not in wanted:
                task.cancel()
        unwanted = [question for question in self._states if question not in wanted]
        for question in unwanted[: max(0, len(unwanted) - KEPT)]:
            del self._states[question]
        self._changed.set()

    def refresh(self) -> None:
        """Ask everything on screen now."""
        for question in self._wanted:
            self._states[question].due = -math.inf
        self._changed.set()

    async def run(self) -> None:
        """Ask for ever, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                for question in self._wanted:
                    if question not in self._under_way and self._states[question].due <= time.monotonic():
                        self._under_way[question] = tasks.create_task(self._attempt(question))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._changed.wait()

    def _pause(self) -> float | None:
        due = [self._states[question].due for question in self._wanted if question not in self._under_way]
        return max(0.0, min(due) - time.monotonic()) if due and math.isfinite(min(due)) else None

    async def _attempt(self, question: Question) -> None:
        state = self._states[question]
        try:
            if state.slow:
                async with self._slow_places, self._places:
                    await self._asked(question, state)
            else:
                async with self._places:
                    await self._asked(question, state)
        finally:
            del self._under_way[question]
            self._changed.set()

    async def _asked(self, question: Question, state: _State) -> None:
        began = now()
        try:
            answer = await self._ask(question)
        except KryonixError as error:
            state.failures += 1
            trouble = Trouble(error.title, error.message, error.hint)
            state.answered = replace(state.answered, trouble=trouble)
            pause = min(LONGEST_PAUSE, max(self._interval, state.answered.every) * 2 ** min(state.failures - 1, 6))
        else:
            at = now()
            state.failures = 0
            state.answered = replace(state.answered, reading=Reading(answer, at, began.age(at)), trouble=None)
            pause = state.answered.every or math.inf
        state.slow = began.age(now()) > SLOW
        state.due = time.monotonic() + pause
        self._publish({known: kept.answered for known, kept in self._states.items()})

    def _every(self, question: Question) -> float:
        """Return the pace of a question: a new point, but not faster than Prometheus is read; the past stays as it is."""
        return 0.0 if question.until is not None else max(self._interval, question.step)

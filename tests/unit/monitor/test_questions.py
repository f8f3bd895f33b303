"""Questions of panels: who is asked when, beside whom, and what stays known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from kryonix_tui.errors import DeadlineError
from kryonix_tui.model.question import Answer, Answered, Answers, LabelledSeries, Question
from kryonix_tui.model.source import Reading
from kryonix_tui.monitor import questions as module
from kryonix_tui.monitor.questions import AT_ONCE, KEPT, SLOW_AT_ONCE, Questions
from tests.unit.builders import NOW, ago
from tests.unit.monitor.fakes import NEVER, OFTEN, PATIENCE, World


@dataclass
class Store:
    """Answers each question with how often it was asked; holds those of `held`, refuses those of `broken`."""

    asked: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most: int = 0
    known: Answers = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, question: Question) -> Answer:
        name = question.expression
        self.asked.append(name)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.changed.set()
        try:
            if name in self.held:
                await self.gate.wait()
            if name in self.broken:
                raise DeadlineError("too slow")
        except asyncio.CancelledError:
            self.cancelled.append(name)
            self.changed.set()
            raise
        finally:
            self.at_once -= 1
        return Answer((LabelledSeries({}, ((0.0, self.asked.count(name)),)),))

    def publish(self, answers: Answers) -> None:
        self.known = answers
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    def answered(self, name: str) -> bool:
        return self.value(name) is not None

    def value(self, name: str) -> float | None:
        answered = next((known for asked, known in self.known.items() if asked.expression == name), None)
        return answered.reading.value.series[0].newest if answered and answered.reading else None


@asynccontextmanager
async def asking(store: Store, interval: float = NEVER) -> AsyncIterator[Questions]:
    questions = Questions(store.ask, store.publish, interval)
    task = asyncio.create_task(questions.run())
    try:
        yield questions
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_each_is_asked_at_its_own_pace_and_not_faster_than_the_source() -> None:
    store = Store()
    async with asking(store, OFTEN) as questions:
        questions.look_at(
            [Question("fast", 60, OFTEN), Question("slow", 60, NEVER), Question("past", 60, 1, until=9.0)]
        )
        await store.until(lambda: store.asked.count("fast") >= 4)
        assert store.asked.count("slow") == 1
        assert store.asked.count("past") == 1, "the past stays as it is"


async def test_only_what_is_on_screen_is_asked_and_the_same_once() -> None:
    store = Store()
    async with asking(store, OFTEN) as questions:
        questions.look_at([Question("a"), Question("a"), Question("b")])
        await store.until(lambda: store.value("a") is not None and store.value("b") is not None)
        questions.look_at([Question("c")])
        await store.until(lambda: store.value("c") is not None)
        before = store.asked.count("a")
        await store.until(lambda: store.asked.count("c") >= 4)
        assert store.asked.count("a") == before
        assert store.value("a") is not None, "coming back shows it at once"


async def test_what_goes_out_of_sight_is_given_up() -> None:
    store = Store(held={"long"})
    async with asking(store) as questions:
        questions.look_at([Question("long")])
        await store.until(lambda: store.asked == ["long"])
        questions.look_at([Question("other")])
        await store.until(lambda: store.cancelled == ["long"] and store.value("other") is not None)
        store.held.clear()
        questions.look_at([Question("long")])
        await store.until(lambda: store.value("long") is not None)


async def test_a_slow_one_delays_only_itself() -> None:
    store = Store(held={"slow"})
    async with asking(store) as questions:
        questions.look_at([Question("slow"), *(Question(f"q{n}") for n in range(20))])
        await store.until(lambda: all(store.value(f"q{n}") is not None for n in range(20)))
        assert store.value("slow") is None
        assert store.most <= AT_ONCE


async def test_those_that_were_slow_leave_room_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW", 0.0)
    slow = [f"slow{n}" for n in range(10)]
    store = Store()
    async with asking(store) as questions:
        questions.look_at(Question(name) for name in slow)
        await store.until(lambda: all(store.value(name) is not None for name in slow))
        monkeypatch.setattr(module, "SLOW", NEVER)
        store.held, store.asked = set(slow), []
        questions.look_at([*(Question(name) for name in slow), Question("new")])
        questions.refresh()
        await store.until(lambda: store.value("new") is not None)
        assert len([name for name in store.asked if name in slow]) <= SLOW_AT_ONCE


async def test_an_error_is_kept_beside_the_last_answer_and_goes_away() -> None:
    store = Store()
    async with asking(store, OFTEN) as questions:
        question = Question("a")
        questions.look_at([question])
        await store.until(lambda: store.value("a") is not None)
        store.broken = {"a"}
        await store.until(lambda: store.known[question].trouble is not None)
        trouble = store.known[question].trouble
        assert trouble is not None
        assert (trouble.title, trouble.message) == ("Timed out", "too slow")
        assert store.value("a") is not None
        store.broken.clear()
        await store.until(lambda: store.known[question].trouble is None)


async def test_what_fails_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE", 8 * NEVER)
    store, question, pauses = Store(broken={"bad"}), Question("bad"), list[float]()
    async with asking(store) as questions:
        questions.look_at([question])
        for failures in range(1, 8):
            await store.until(lambda failures=failures: questions._states[question].failures == failures)  # type: ignore[misc]
            pauses.append(questions._states[question].due - time.monotonic())
            questions.refresh()
    assert pauses == pytest.approx([NEVER, 2 * NEVER, 4 * NEVER, *[8 * NEVER] * 4], abs=NEVER / 10)


async def test_a_refresh_asks_again_at_once() -> None:
    store = Store()
    async with asking(store) as questions:
        questions.look_at([Question("a"), Question("b", 60, 1, until=9.0)])
        await store.until(lambda: store.value("a") == 1 and store.value("b") == 1)
        questions.refresh()
        await store.until(lambda: store.value("a") == 2)


async def test_what_is_kept_is_bounded() -> None:
    store = Store()
    async with asking(store) as questions:
        for number in range(KEPT + 20):
            questions.look_at([Question(f"q{number}")])
            await store.until(partial(store.answered, f"q{number}"))
        assert len(store.known) <= KEPT + 1
        assert store.value("q0") is None
        assert store.value(f"q{KEPT + 18}") is not None


def test_an_answer_is_stale_after_two_intervals() -> None:
    reading = Reading(Answer(), NOW)
    assert not Answered(10.0, reading).stale(ago(-19))
    assert Answered(10.0, reading).stale(ago(-21))
    assert not Answered(0.0, reading).stale(ago(-10_000)), "the past does not age"


async def test_the_monitor_hands_answers_on_with_its_updates() -> None:
    async with World().running() as watched:
        question = Question('up{tenant_id="x"}')
        watched.monitor.ask([question])
        update = await watched.until(lambda update: question in update.snapshot.answers)
        reading = update.snapshot.answers[question].reading
        assert reading is not None
        assert reading.value.series[0].labels == {"asked": 'up{tenant_id="x"}'}


async def test_without_prometheus_nobody_is_asked() -> None:
    world = World(metrics=None)
    async with world.running() as watched:
        watched.monitor.ask([Question("up")])
        update = await watched.until(lambda update: update.snapshot.server is not None)
        assert update.snapshot.answers == {}

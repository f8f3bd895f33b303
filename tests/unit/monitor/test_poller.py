"""One source's loop: when it reads, how it fails, how it comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from kryonix_tui.clock import now
from kryonix_tui.errors import UnreachableError
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.monitor.poller import LONGEST_BACKOFF, Poller, backoff
from tests.unit.monitor.fakes import NEVER, OFTEN, PATIENCE, Answers

REFUSED = UnreachableError("127.0.0.1:1 refused the connection", hint="Is it running?")


class _Told:
    """Every state that a poller published."""

    def __init__(self) -> None:
        self.states: list[SourceState] = []

    def __call__(self, state: SourceState) -> None:
        self.states.append(state)


def _poller(
    attempt: Callable[[], Awaitable[None]], interval: float = OFTEN, deadline: float | None = PATIENCE
) -> tuple[Poller, _Told]:
    told = _Told()
    return Poller(SourceName.REDIS, interval, attempt, told, deadline), told


async def _run_until(poller: Poller, happened: Awaitable[None]) -> None:
    task = asyncio.create_task(poller.run())
    await happened
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_readings_never_overlap() -> None:
    answers = Answers[None](None)
    answers.open.clear()
    poller, _told = _poller(answers)
    task = asyncio.create_task(poller.run())
    await answers.times(1)
    for _ in range(3):
        poller.nudge()
        await asyncio.sleep(0)
    answers.open.set()
    await answers.times(10)
    task.cancel()
    assert answers.most_at_once == 1


async def test_a_nudge_ends_the_wait() -> None:
    answers = Answers[None](None)
    poller, _told = _poller(answers, interval=NEVER)

    async def nudged() -> None:
        await answers.times(1)
        poller.nudge()
        await answers.times(2)

    await _run_until(poller, nudged())
    assert answers.asked == 2


async def test_a_nudge_during_a_reading_asks_for_another() -> None:
    answers = Answers[None](None)
    answers.open.clear()
    poller, _told = _poller(answers, interval=NEVER)

    async def nudged() -> None:
        await answers.times(1)
        poller.nudge()
        answers.open.set()
        await answers.times(2)

    await _run_until(poller, nudged())


async def test_a_failure_is_told_with_what_to_do_and_counted() -> None:
    answers = Answers[None](None)
    answers.error = REFUSED
    poller, told = _poller(answers)
    assert not await poller.once()
    assert not await poller.once()
    state = told.states[-1]
    assert (state.condition, state.failures, state.last_good) == (Condition.FAILING, 2, None)
    assert state.trouble is not None
    assert (state.trouble.title, state.trouble.message, state.trouble.hint) == (
        "Unreachable",
        "127.0.0.1:1 refused the connection",
        "Is it running?",
    )


async def test_a_source_recovers_and_forgets_its_failures() -> None:
    answers = Answers[None](None)
    answers.error = REFUSED
    poller, told = _poller(answers)
    await poller.once()
    answers.error = None
    assert await poller.once()
    state = told.states[-1]
    assert (state.condition, state.failures, state.trouble) == (Condition.OK, 0, None)
    assert state.age(now()) is not None


async def test_a_failure_keeps_the_time_of_the_last_good_reading() -> None:
    answers = Answers[None](None)
    poller, told = _poller(answers)
    await poller.once()
    good = told.states[-1].last_good
    answers.error = REFUSED
    await poller.once()
    assert told.states[-1].last_good == good is not None


async def test_the_same_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    answers = Answers[None](None)
    answers.error = REFUSED
    poller, _told = _poller(answers)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await poller.once()
    assert [record.getMessage() for record in caplog.records] == [
        "redis: Unreachable: 127.0.0.1:1 refused the connection"
    ]


async def test_a_defect_is_an_internal_error_and_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    answers = Answers[None](None)
    answers.error = ZeroDivisionError("division by \x1b[31mzero")
    poller, told = _poller(answers)
    with caplog.at_level(logging.ERROR):
        assert not await poller.once()
    trouble = told.states[-1].trouble
    assert trouble is not None
    assert (trouble.title, trouble.message) == ("Internal error", "ZeroDivisionError")
    assert caplog.records[0].exc_info is not None


async def test_an_attempt_that_never_ends_is_given_up() -> None:
    answers = Answers[None](None)
    answers.open.clear()
    poller, told = _poller(answers, deadline=0.01)
    assert not await poller.once()
    trouble = told.states[-1].trouble
    assert trouble is not None
    assert trouble.title == "Timed out"
    assert answers.at_once == 0


async def test_a_stray_timeout_is_no_deadline() -> None:
    answers = Answers[None](None)
    answers.error = TimeoutError()
    poller, told = _poller(answers, deadline=None)
    await poller.once()
    trouble = told.states[-1].trouble
    assert trouble is not None
    assert trouble.title == "Internal error"


async def test_a_cancelled_attempt_is_no_failure() -> None:
    answers = Answers[None](None)
    answers.open.clear()
    poller, told = _poller(answers)
    task = asyncio.create_task(poller.once())
    await answers.times(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.states == []


async def test_the_interval_of_the_state_holds_what_a_reading_takes() -> None:
    answers = Answers[None](None)
    answers.open.clear()
    poller, told = _poller(answers, interval=NEVER)
    task = asyncio.create_task(poller.once())
    await answers.times(1)
    await asyncio.sleep(0.02)  # the reading itself is what lasts
    answers.open.set()
    await task
    assert told.states[-1].interval >= NEVER + 0.02


@pytest.mark.parametrize("interval", [0.005, 2.0, 60.0])
def test_backoff_grows_and_is_bounded(interval: float) -> None:
    assert backoff(interval, 0) == interval
    longest = max(interval, LONGEST_BACKOFF)
    ceilings = [min(longest, interval * 2.0**power) for power in range(16)]
    for failures, ceiling in enumerate(ceilings, start=1):
        delays = [backoff(interval, failures) for _ in range(50)]
        assert all(0.8 * ceiling <= delay <= 1.2 * ceiling for delay in delays)
        assert len(set(delays)) > 1  # jittered
    assert backoff(interval, 10**9) <= 1.2 * longest


async def test_a_dead_source_is_asked_less_and_less(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, int]] = []
    answers = Answers[None](None)
    answers.error = REFUSED

    def noted(interval: float, failures: int) -> float:
        asked.append((interval, failures))
        return 0.0

    monkeypatch.setattr("kryonix_tui.monitor.poller.backoff", noted)
    poller, _told = _poller(answers, interval=7.0)
    await _run_until(poller, answers.times(4))
    assert asked[:3] == [(7.0, 1), (7.0, 2), (7.0, 3)]

"""The past before the console ran: asked for once, kept beside what the console sees itself."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.past import SPANS, TENANTS_KEPT
from kryonix_tui.clock import Instant, now
from kryonix_tui.errors import UnreachableError
from kryonix_tui.model.question import Answer, LabelledSeries, Question
from kryonix_tui.monitor import backfill as module
from kryonix_tui.monitor.backfill import TENANTS_AT_ONCE, Backfill
from tests.unit.builders import SESSION, census, facts, server, snapshot, update
from tests.unit.monitor.fakes import PATIENCE


@dataclass
class Prometheus:
    """Knows a hit rate of 50 of everybody, one point every step."""

    asked: list[Question] = field(default_factory=list)
    broken: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        self.answered.set()
        if self.broken:
            raise UnreachableError("nobody there")
        at = now().wall // question.step * question.step
        count = int(question.span / question.step)
        points = tuple((at - back * question.step, 50.0) for back in range(count, -1, -1))
        if "tenant_id" not in question.expression:
            return Answer((LabelledSeries({"figure": "hit_rate"}, points), LabelledSeries({"figure": "odd"}, points)))
        labels = {"__name__": "tenant:cache_hit_rate", "tenant_id": "acme"}
        return Answer((LabelledSeries(labels, points), LabelledSeries({"tenant_id": "acme"}, points)))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.answered.clear()
                await self.answered.wait()
                await asyncio.sleep(0)


@asynccontextmanager
async def filling(prometheus: Prometheus, history: History) -> AsyncIterator[Backfill]:
    backfill = Backfill(prometheus.ask, history)
    task = asyncio.create_task(backfill.run())
    try:
        yield backfill
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def recorded(history: History, at: Instant, rate: float) -> None:
    """Let the console see the platform."""
    shown = update(
        snapshot(server=server(), census=census({"acme": {SESSION: 3}}), facts=[facts(hit_rates={"metrics": rate})])
    )
    history.record(replace(shown.platform, at=at), {"hit_rate": rate})


def values(history: History, tenant: str | None, span: float) -> list[float]:
    track = history.platform["hit_rate"] if tenant is None else history.tenant(tenant, "hit_rate")
    at = now().steady
    return [value for _at, value in track.between(at - span, at + 60, 1000)]


async def test_the_platform_and_the_tenants_on_screen_get_a_past() -> None:
    prometheus, history = Prometheus(), History()
    recorded(history, now(), 90.0)
    async with filling(prometheus, history) as backfill:
        backfill.look_at(["acme"])
        await asyncio.sleep(0)
        assert prometheus.asked == [], "Prometheus has not answered yet"
        before = history.platform["hit_rate"].version
        backfill.ready()
        await prometheus.until(lambda: history.tenant("acme", "hit_rate").told_until is not None)
        assert history.platform["hit_rate"].version > before, "charts are drawn anew"
    assert [(question.span, question.step) for question in prometheus.asked] == [*SPANS, *SPANS]
    for tenant in (None, "acme"):
        *past, newest = values(history, tenant, 3500)
        assert newest == pytest.approx(90.0)
        assert set(past) == {50.0}
        assert len(past) >= 3500 // 15 - 20
        assert len(values(history, tenant, 86_000)) > 3600 // 15 + 250
    assert history.told_until == pytest.approx(now().steady, abs=300)
    assert history.platform["ops"].told_until is None, "nobody told of it"


async def test_each_is_asked_once() -> None:
    prometheus, history = Prometheus(), History()
    recorded(history, now(), 90.0)
    async with filling(prometheus, history) as backfill:
        backfill.ready()
        for _round in range(5):
            backfill.look_at(["acme"])
            await prometheus.until(lambda: len(prometheus.asked) >= 4)
        assert len(prometheus.asked) == 4
        backfill.look_at(["acme", "new"])
        await prometheus.until(lambda: len(prometheus.asked) == 6)
        assert 'tenant_id="new"' in prometheus.asked[-1].expression


async def test_nobody_who_does_not_look_asks() -> None:
    prometheus = Prometheus()
    async with filling(prometheus, History()) as backfill:
        backfill.ready()
        for _turn in range(5):
            await asyncio.sleep(0)
        assert prometheus.asked == []


async def test_of_many_tenants_the_first_are_enough() -> None:
    prometheus, history = Prometheus(), History()
    async with filling(prometheus, history) as backfill:
        backfill.ready()
        backfill.look_at(f"t{number}" for number in range(1000))
        await prometheus.until(lambda: len(prometheus.asked) >= 4)
        named = prometheus.asked[-1].expression.partition('tenant_id=~"')[2]
        assert named.count("|") == TENANTS_AT_ONCE - 1


async def test_what_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    prometheus, history = Prometheus(broken=True), History()
    recorded(history, now(), 90.0)
    async with filling(prometheus, history) as backfill:
        backfill.ready()
        backfill.look_at(["acme"])
        await prometheus.until(lambda: len(prometheus.asked) >= 3)
        assert history.told_until is None
        prometheus.broken = False
        await prometheus.until(lambda: history.tenant("acme", "hit_rate").told_until is not None)


def test_the_past_of_tenants_is_bounded_and_the_platforms_stays() -> None:
    history = History()
    recorded(history, now(), 90.0)
    at = now().steady
    told = {"hit_rate": {15.0: [(at - 100, 50.0), (at - 85, 50.0)]}}
    history.fill(None, told)
    history.fill("acme", told)
    assert history.tenant("acme", "hit_rate").told_until is not None
    for number in range(TENANTS_KEPT):
        history.fill(f"t{number}", told)
    assert history.tenant("acme", "hit_rate").told_until is None
    assert history.told_until is not None


def test_what_the_console_saw_counts_more_and_gaps_stay_gaps() -> None:
    history = History()
    # What is thinned lies on a grid of time.
    at = Instant(1_700_000_000.0, 10_000.0)
    for back in (40, 38, 36):
        recorded(history, Instant(at.wall - back, at.steady - back), 90.0)
    history.fill(None, {"hit_rate": {15.0: [(at.steady - back, 50.0) for back in (300, 285, 100, 85, 35, 20, 5)]}})
    found = history.platform["hit_rate"].between(at.steady - 400, at.steady, 100)
    assert [value for _at, value in found if math.isfinite(value)] == [50.0, 50.0, 50.0, 50.0, 90.0, 90.0, 90.0]
    assert sum(math.isnan(value) for _at, value in found) == 2

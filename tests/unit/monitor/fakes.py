"""The outside world as the monitor sees it: ports whose answers, delays and failures a test decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import now
from kryonix_tui.config.schema import Intervals
from kryonix_tui.model.alert import AlertFacts
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.metrics import MetricsFacts
from kryonix_tui.model.permissions import RedisPermissions
from kryonix_tui.model.question import Answer, LabelledSeries, Question
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.monitor.monitor import Monitor, Sources
from tests.unit.builders import LIMITS, METRICS, census, facts, server

PATIENCE = 60.0
"""Seconds after which a test no longer believes that something will happen."""

NEVER = 3600.0
OFTEN = 0.005

T = TypeVar("T")


def counted(*names: str, complete: bool = True, fraction: float = 1.0) -> Census:
    """Return a census that saw these tenants, with a key each."""
    return census({name: {METRICS: 1} for name in names}, complete=complete, fraction=fraction)


class Answers(Generic[T]):
    """What a port says to one question: `value`, or `error` where there is one; not before `open` is set."""

    def __init__(self, value: T) -> None:
        self.value = value
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self._each = asyncio.Condition()

    async def __call__(self) -> T:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            async with self._each:
                self._each.notify_all()
            await self.open.wait()
            if self.error is not None:
                raise self.error
            return self.value
        finally:
            self.at_once -= 1

    async def times(self, count: int) -> None:
        """Wait until the question was asked so often."""
        async with asyncio.timeout(PATIENCE), self._each:
            await self._each.wait_for(lambda: self.asked >= count)


@dataclass
class FakeRedis:
    """A server whose census takes `steps`, each after a turn of `turns` where a test holds it."""

    server_answers: Answers[ServerFacts] = field(default_factory=lambda: Answers(server()))
    census_answers: Answers[None] = field(default_factory=lambda: Answers(None))
    facts_answers: Answers[None] = field(default_factory=lambda: Answers(None))
    steps: list[Census | Exception] = field(default_factory=lambda: [counted("acme")])
    turns: asyncio.Queue[None] | None = None
    rounds: list[list[str]] = field(default_factory=list)
    closed: int = 0
    hurried: int = 0

    async def server(self) -> ServerFacts:
        return await self.server_answers()

    async def census(self) -> AsyncGenerator[Census]:
        await self.census_answers()
        for step in list(self.steps):
            if self.turns is not None:
                await self.turns.get()
            if isinstance(step, Exception):
                raise step
            yield step

    async def tenant_facts(self, census: Census, tenants: Iterable[str]) -> list[TenantFacts]:
        wanted = list(tenants)
        assert set(wanted) <= set(census.tenants)
        self.rounds.append(wanted)
        await self.facts_answers()
        return [facts(name) for name in wanted]

    async def system_queues(self, census: Census) -> TenantFacts:
        return TenantFacts("", now(), queues={"auto_client_creation": 2})

    def hurry(self) -> None:
        self.hurried += 1

    async def permissions(self) -> RedisPermissions:
        return RedisPermissions("default")

    def own_load(self) -> OwnLoad:
        return OwnLoad(commands=self.server_answers.asked)

    async def close(self) -> None:
        self.closed += 1

    def step(self) -> None:
        """Let the census take one step."""
        assert self.turns is not None
        self.turns.put_nowait(None)


@dataclass
class FakePort(Generic[T]):
    """A Prometheus or an Alertmanager."""

    answers: Answers[T]
    closed: int = 0

    async def fetch(self) -> T:
        return await self.answers()

    async def ask(self, question: Question) -> Answer:
        return Answer((LabelledSeries({"asked": question.expression}, ((0.0, 1.0),)),))

    async def close(self) -> None:
        self.closed += 1


@dataclass
class World:
    """All ports, and how often each is read; a test changes what it is about."""

    redis: FakeRedis = field(default_factory=FakeRedis)
    metrics: FakePort[MetricsFacts] | None = field(default_factory=lambda: FakePort(Answers(MetricsFacts())))
    alerts: FakePort[AlertFacts] | None = field(default_factory=lambda: FakePort(Answers(AlertFacts())))
    pace: dict[str, float] = field(default_factory=dict)

    def monitor(self) -> Monitor:
        """Return a monitor of this world; sources whose pace is not given are read once."""
        names = ("redis", "census", "tenants", "prometheus", "alertmanager")
        intervals = Intervals(**{name: self.pace.get(name, NEVER) for name in names})
        return Monitor(Sources(self.redis, self.metrics, self.alerts), KRYONIX, intervals, LIMITS)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Watched]:
        """Run a monitor as long as the context lasts."""
        watched = Watched(self.monitor())
        task = asyncio.create_task(watched.monitor.run())
        try:
            yield watched
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class Watched:
    """A monitor with everything that it told."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.updates: list[Update] = []
        self._told = asyncio.Event()
        monitor.listen(self._listen)

    async def until(self, holds: Callable[[Update], bool]) -> Update:
        """Wait for an update, from now on or the newest, of which `holds` is true."""
        async with asyncio.timeout(PATIENCE):
            while not (self.updates and holds(self.updates[-1])):
                self._told.clear()
                await self._told.wait()
        return self.updates[-1]

    def _listen(self, update: Update) -> None:
        self.updates.append(update)
        self._told.set()

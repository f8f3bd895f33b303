"""The monitor: reads all sources, each at its own pace, and keeps the newest of everything.

    source -> Poller -> snapshot -> Assembler -> Update -> whoever listens (TUI, headless)

Putting together and keeping what was read takes a thread, one snapshot at a time, so that keys are answered meanwhile
however many tenants there are. Listeners are called on the event loop with one `Update` at a time: at rest with
every reading of the server, and what else arrives in between with that; while somebody waits, every `QUIET` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant, now
from kryonix_tui.config.alerts import Checks
from kryonix_tui.config.schema import Intervals, Thresholds
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keys import KeysPort
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.ports import AlertsPort, MetricsPort, RedisPort
from kryonix_tui.model.question import Answers, Question
from kryonix_tui.model.queues import QueuesPort
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.monitor.backfill import Backfill
from kryonix_tui.monitor.garbage import Garbage
from kryonix_tui.monitor.poller import Poller, no_answer
from kryonix_tui.monitor.questions import Questions
from kryonix_tui.monitor.recording import Recorder
from kryonix_tui.monitor.turn import next_turn

QUIET = 0.1
"""Seconds between two updates: sources that answer together are shown together."""

BEAT = 1.25
"""Seconds for which what arrives waits for the next reading of the server while nobody waits for an answer. It is longer
than a second, so that a server that is read every second sets the pace alone."""

EAGER = 3.0
"""Seconds for which answers are waited for after the start, and after somebody asked for something to be read."""

QUIET_SHARE = 0.1
"""Putting an update together may take this share of the time: with very many tenants they come less often, but not so
rarely that what was read meanwhile looks stale."""

BASELINE_SECONDS = 60.0
"""Window over which the server's hit ratio is taken: few lookups in a short one would make it jump."""

IN_VIEW_LIMIT = 200
ROTATION_STEPS = 12
"""Rounds in which every tenant that nobody looks at has been read once."""
ROTATION_LEAST = 100
"""Tenants read per round at least."""

_NOT_CONFIGURED = {SourceName.PROMETHEUS, SourceName.ALERTMANAGER}


@dataclass(frozen=True, slots=True)
class Sources:
    """The ports that a monitor reads. None: not configured. `visible` says of which tenants they tell.

    `keys` is for looking into single keys, `queues` at waiting items; the monitor reads nothing there.
    """

    redis: RedisPort
    metrics: MetricsPort | None = None
    alerts: AlertsPort | None = None
    visible: Visible = EVERYBODY
    keys: KeysPort | None = None
    queues: QueuesPort | None = None

    async def close(self) -> None:
        """Close all connections."""
        ports = (self.redis, self.metrics, self.alerts, self.keys, self.queues)
        await asyncio.gather(*(port.close() for port in ports if port is not None), return_exceptions=True)


Listener = Callable[[Update], None]


class Monitor:
    """Reads the sources and tells its listeners."""

    def __init__(
        self,
        sources: Sources,
        keyspace: KeyspaceMap,
        intervals: Intervals,
        limits: Thresholds,
        checks: Checks | None = None,
    ) -> None:
        self._sources = sources
        self._assembler = Assembler(keyspace, limits, checks)
        self._history = History(intervals.redis)
        self._recorder = Recorder(self._history)
        self._longest_rest = intervals.redis
        self._listeners: list[Listener] = []
        self._changed = asyncio.Event()
        self._garbage = Garbage()
        self._urgent = asyncio.Event()
        self._asked_at = time.monotonic()
        self._first_census = asyncio.Event()
        self._in_view: tuple[str, ...] = ()
        self._rotation = 0
        self._turn = 1.0
        self._recent: deque[Reading[ServerFacts]] = deque()
        metrics = sources.metrics
        attempts = {
            SourceName.REDIS: (intervals.redis, self._read_server, 30.0),
            SourceName.CENSUS: (intervals.census, self._read_census, None),
            SourceName.TENANTS: (intervals.tenants, self._read_tenants, 60.0),
            SourceName.PROMETHEUS: (intervals.prometheus, self._read_metrics, 60.0),
            SourceName.ALERTMANAGER: (intervals.alertmanager, self._read_alerts, 60.0),
        }
        absent = {name for name in _NOT_CONFIGURED if self._port_of(name) is None}
        self._pollers = {
            name: Poller(name, interval, attempt, self._source_changed, deadline)
            for name, (interval, attempt, deadline) in attempts.items()
            if name not in absent
        }
        states = {
            name: self._pollers[name].state if name in self._pollers else SourceState(name, Condition.NOT_CONFIGURED, 1)
            for name in SourceName
        }
        self._snapshot = Snapshot(sources=states, limited_to=sources.visible.patterns)
        self._questions = Questions(metrics.ask, self._answered, intervals.prometheus) if metrics else None
        self._backfill = Backfill(metrics.ask, self._history) if metrics else None
        self.update = self._digest(self._snapshot)

    @property
    def keys(self) -> KeysPort | None:
        """What looks into single keys, on the connections of this monitor; None: nothing does."""
        return self._sources.keys

    @property
    def queues(self) -> QueuesPort | None:
        """What looks at waiting items, on the connections of this monitor; None: nothing does."""
        return self._sources.queues

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every update from now on."""
        self._listeners.append(listener)

    def look_at(self, tenants: Iterable[str]) -> None:
        """Say which tenants are on screen: their facts are read at every round, before the others."""
        in_view = tuple(islice(tenants, IN_VIEW_LIMIT))
        if self._backfill is not None:
            self._backfill.look_at(in_view)
        new = set(in_view).difference(self._in_view, self._snapshot.facts)
        self._in_view = in_view
        # A source that fails keeps its backoff, however often somebody scrolls.
        if new and self._snapshot.sources[SourceName.TENANTS].condition is not Condition.FAILING:
            self._pollers[SourceName.TENANTS].nudge()
            self._expect()

    def ask(self, questions: Iterable[Question]) -> None:
        """Say what the panels on screen ask Prometheus: the answers come with the updates."""
        if self._questions is not None:
            self._questions.look_at(questions)

    def hurry_census(self) -> None:
        """Walk over all keys at full speed, once: the pass under way, or one that begins now."""
        self._sources.redis.hurry()
        self._pollers[SourceName.CENSUS].nudge()

    def refresh(self, name: SourceName | None = None) -> None:
        """Read one source, or all, now instead of when it is due."""
        for known, poller in self._pollers.items():
            if name in (None, known):
                poller.nudge()
        if self._questions is not None and name in (None, SourceName.PROMETHEUS):
            self._questions.refresh()
        self._expect()

    async def run(self) -> None:
        """Read for ever, until cancelled; then close the connections."""
        self._expect()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell())
                if self._questions is not None:
                    tasks.create_task(self._questions.run())
                if self._backfill is not None:
                    tasks.create_task(self._backfill.run())
                for name, poller in self._pollers.items():
                    if name is not SourceName.TENANTS:
                        tasks.create_task(poller.run())
                # Whose facts to read is known when the census has seen the first keys.
                await self._first_census.wait()
                await self._pollers[SourceName.TENANTS].run()
        finally:
            self._garbage.leave()
            await self.close()

    async def collect(self, census_seconds: float | None) -> Update:
        """Read every source once. The census may take `census_seconds` (None: as long as it needs) and is partial then."""
        first = [name for name in self._pollers if name not in (SourceName.CENSUS, SourceName.TENANTS)]
        await asyncio.gather(*(self._pollers[name].once() for name in first))
        if self._snapshot.server is not None:
            await self._collect_census(census_seconds)
        if self._snapshot.census is not None:
            self._in_view = tuple(self._snapshot.census.value.tenants)
            await self._pollers[SourceName.TENANTS].once()
        self._snapshot = replace(self._snapshot, taken_at=now(), own_load=self._sources.redis.own_load())
        self.update = self._digest(self._snapshot)
        return self.update

    def judged(self) -> Update:
        """Return what was collected, with what the console's own checks found in it: an update has those of the one before."""
        self.update = self._digest(self._snapshot)
        return self.update

    async def close(self) -> None:
        """Close all connections."""
        await self._sources.close()

    async def _collect_census(self, seconds: float | None) -> None:
        poller = self._pollers[SourceName.CENSUS]
        try:
            async with asyncio.timeout(seconds):
                await poller.once()
        except TimeoutError:
            # A partial census is what was asked for here: estimates, and `complete` says so. Nothing at all is a failure.
            cut = replace(poller.state, condition=Condition.OK, last_good=now())
            if self._snapshot.census is None:
                cut = replace(poller.state, condition=Condition.FAILING, trouble=no_answer(seconds or 0))
            self._source_changed(cut)

    def _port_of(self, name: SourceName) -> MetricsPort | AlertsPort | None:
        return self._sources.metrics if name is SourceName.PROMETHEUS else self._sources.alerts

    async def _read_server(self) -> None:
        started = now()
        facts = await self._sources.redis.server()
        reading = _reading(facts, started)
        self._publish(previous_server=self._snapshot.server, baseline_server=self._baseline(reading), server=reading)
        self._urgent.set()

    def _baseline(self, reading: Reading[ServerFacts]) -> Reading[ServerFacts]:
        """Keep `reading` and return the oldest of the last minute."""
        self._recent.append(reading)
        while self._recent[0].at.age(reading.at) > BASELINE_SECONDS:
            self._recent.popleft()
        return self._recent[0]

    async def _read_census(self) -> None:
        started = now()
        try:
            async with aclosing(self._sources.redis.census()) as passing:
                async for census in passing:
                    self._census_arrived(census, started)
        finally:
            self._publish(census_progress=None)

    def _census_arrived(self, census: Census, started: Instant) -> None:
        self._publish(census=_reading(census, started), census_progress=census.fraction)
        if not census.finished:
            self._pollers[SourceName.CENSUS].progressed()
        elif self._first_census.is_set():
            self._pollers[SourceName.TENANTS].nudge()
        if census.tenants or census.finished:
            self._first_census.set()

    async def _read_tenants(self) -> None:
        census = self._snapshot.census.value if self._snapshot.census else None
        if census is None:
            return
        wanted = self._next_tenants(census)
        read = await self._sources.redis.tenant_facts(census, wanted)
        queues = await self._sources.redis.system_queues(census)
        facts: dict[str, TenantFacts] = {
            name: known for name, known in self._snapshot.facts.items() if name in census.tenants or not census.complete
        }
        facts.update((found.tenant, found) for found in read)
        self._publish(facts=facts, system_queues=queues.queues, platform_queues=queues)

    def _next_tenants(self, census: Census) -> list[str]:
        """Return the tenants to read now: those in view, then a slice of all the others."""
        known = list(census.tenants)
        self._turn = next_turn(self._turn, self._sources.redis.own_load())
        share = max(ROTATION_LEAST, int(self._turn * len(known) / ROTATION_STEPS) + 1)
        start = self._rotation % len(known) if known else 0
        turn = (known + known)[start : start + min(share, len(known))]
        self._rotation = start + share
        return list(dict.fromkeys([*(name for name in self._in_view if name in census.tenants), *turn]))

    async def _read_metrics(self) -> None:
        if self._sources.metrics is not None:
            started = now()
            self._publish(metrics=_reading(await self._sources.metrics.fetch(), started))
            if self._backfill is not None:
                self._backfill.ready()

    def _answered(self, answers: Answers) -> None:
        self._publish(answers=answers)
        self._urgent.set()

    async def _read_alerts(self) -> None:
        if self._sources.alerts is not None:
            started = now()
            self._publish(alerts=_reading(await self._sources.alerts.fetch(), started))

    def _source_changed(self, state: SourceState) -> None:
        before = self._snapshot.sources[state.name]
        if state.condition is not before.condition:
            self._urgent.set()
        if state.name is SourceName.REDIS and before.condition is Condition.FAILING and state.condition is Condition.OK:
            # The server is back: what failed with it need not wait for the end of its own pause.
            for name in (SourceName.CENSUS, SourceName.TENANTS):
                if self._snapshot.sources[name].condition is Condition.FAILING:
                    self._pollers[name].nudge()
        self._publish(sources={**self._snapshot.sources, state.name: state})

    def _publish(self, **changes: object) -> None:
        self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]  # fields of Snapshot by name
        self._changed.set()

    async def _tell(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._urgent.clear()
            self._snapshot = replace(self._snapshot, taken_at=now(), own_load=self._sources.redis.own_load())
            began = time.monotonic()
            self.update = await asyncio.to_thread(self._digest, self._snapshot)
            took = time.monotonic() - began
            # Before anybody is told: what they begin then (drawings) has cycles, and must not be set aside with the rest.
            self._garbage.settle(len(self.update.platform.roster))
            for listener in self._listeners:
                listener(self.update)
            # Whoever has just opened the console gets the first figures of tenants without a pause.
            if self.update.snapshot.facts or began - self._asked_at > EAGER:
                await asyncio.sleep(max(QUIET, min(took / QUIET_SHARE, self._longest_rest)))
                await self._beat()

    def _expect(self) -> None:
        """Somebody waits for an answer: no beat until it is there."""
        self._asked_at = time.monotonic()
        self._urgent.set()

    async def _beat(self) -> None:
        """Wait for what is to be told at once: a reading of the server, a source that fails or is back, an answer."""
        if time.monotonic() - self._asked_at < EAGER:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT):
                await self._urgent.wait()

    def _digest(self, snapshot: Snapshot) -> Update:
        """Return what `snapshot` amounts to, and keep it. Runs in a thread, one at a time."""
        update = Update(snapshot, self._assembler.assemble(snapshot), self._history)
        self._recorder.enter(update)
        self._history.alerts.enter(update.platform.alerts, snapshot.taken_at.wall)
        return update


T = TypeVar("T")


def _reading(value: T, started: Instant) -> Reading[T]:
    at = now()
    return Reading(value, at, started.age(at))

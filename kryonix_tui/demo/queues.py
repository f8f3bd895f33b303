"""Work queues fill and drain; one has no consumer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from kryonix_tui.demo.cast import Part, Profile
from kryonix_tui.demo.documented.tenants import CLIENTE, CLINICA
from kryonix_tui.demo.records import compact, now_iso, queue_item
from kryonix_tui.demo.rhythm import day_load, poisson
from kryonix_tui.demo.writer import Write, Writer

STUCK_AT_START: Final = 1150
STUCK_AT_MOST: Final = 5000
"""Items of the queue without a consumer; at the limit its producers give up."""

QUEUES_PER_TURN: Final = 1000

_TIMESCALE: Final = "timescale"
_RECOUNT_EVERY: Final = 10
_CAMPAIGN_EVERY: Final = 1600.0
"""Mean seconds until somebody sends a newsletter, per queue."""
_DOCUMENTED: Final = {
    CLIENTE: ("whatsapp", _TIMESCALE),
    CLINICA: ("notifications", _TIMESCALE),
    "imobiliaria_xyz": ("email",),
}


@dataclass(slots=True)
class Queue:
    """One list: where it is, items that arrive and are served per second, and how many wait as far as we know."""

    db: int
    key: str
    profile: Profile
    module: str
    arrivals: float
    served: float
    depth: int = 0

    def item(self, rng: Random, age: float = 0.0) -> str:
        """Return a new job for it."""
        if self.module != _TIMESCALE:
            return queue_item(self.profile, self.module, rng, age)
        point = {"metric_type": "cache_performance", "tenant_id": self.profile.tenant, "timestamp": now_iso(age)}
        return compact(point)


class Queues:
    """All queues of all tenants."""

    def __init__(self, profiles: Sequence[Profile], writer: Writer, rng: Random) -> None:
        self.all = [queue for profile in profiles for queue in _queues_of(profile)]
        self._writer = writer
        self._rng = rng
        self._played = 0

    def seed(self) -> Iterator[Write]:
        """Yield what waits at the start; the documented queues are seeded as documented."""
        for queue in self.all:
            if queue.profile.part is Part.DOCUMENTED:
                queue.depth = 1
                continue
            stuck = queue.served == 0.0
            waiting = STUCK_AT_START if stuck else self._rng.choice((0, 1, 2, 3, 5, 8, 13))
            queue.depth = waiting
            for position in range(waiting):
                age = (waiting - position) / queue.arrivals if stuck else 0.0
                yield queue.db, ("LPUSH", queue.key, queue.item(self._rng, age))

    def play(self, elapsed: float, seconds: float) -> None:
        """Let `seconds` pass. Where there are very many queues, they take turns, and more happens at each."""
        turns = -(-len(self.all) // QUEUES_PER_TURN)
        if self._played % (_RECOUNT_EVERY * turns) == 0:
            self._recount()
        turn = self._played % turns * QUEUES_PER_TURN
        self._played += 1
        for queue in self.all[turn : turn + QUEUES_PER_TURN]:
            self._pass(queue, elapsed, seconds * turns)

    def _pass(self, queue: Queue, elapsed: float, seconds: float) -> None:
        arriving = poisson(self._rng, queue.arrivals * day_load(queue.profile, elapsed) * seconds)
        if queue.served and self._rng.random() < seconds / _CAMPAIGN_EVERY:
            arriving += self._rng.randrange(15, 90)
        if arriving and queue.depth + arriving <= STUCK_AT_MOST:
            items = [queue.item(self._rng) for _ in range(arriving)]
            self._writer.send((queue.db, ("LPUSH", queue.key, *items)))
            queue.depth += arriving
        leaving = min(queue.depth, poisson(self._rng, queue.served * seconds))
        if leaving:
            self._writer.send((queue.db, ("RPOP", queue.key, leaving)))
            queue.depth -= leaving

    def _recount(self) -> None:
        """Ask the server how long the lists are: others may have taken from them."""
        for db in {queue.db for queue in self.all}:
            self._writer.replies(db)
            here = [queue for queue in self.all if queue.db == db]
            with self._writer.client(db).pipeline(transaction=False) as pipeline:
                for queue in here:
                    pipeline.llen(queue.key)
                for queue, depth in zip(here, pipeline.execute(raise_on_error=False), strict=True):
                    queue.depth = depth if isinstance(depth, int) else 0


def _queues_of(profile: Profile) -> Iterator[Queue]:
    tenant = profile.tenant
    modules = _DOCUMENTED.get(tenant) or (*profile.sector.queues, *(() if profile.lean else (_TIMESCALE,)))
    for position, module in enumerate(modules):
        stuck = profile.part is Part.STUCK_QUEUE and position == 0
        arrivals = 0.5 if stuck else min(1.0, 0.02 + 0.01 * profile.requests_per_second / (1 + position))
        served = 0.0 if stuck else arrivals * 1.25 + 0.4
        if module == _TIMESCALE:
            yield Queue(9, f"perf:timescale_queue:tenant:{tenant}", profile, module, 0.2, 0.3)
        else:
            yield Queue(2, f"queue:tenant:{tenant}:{module}", profile, module, arrivals, served)

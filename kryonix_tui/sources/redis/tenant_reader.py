"""Facts of tenants: named fields of their hashes, lengths and ages of their queues, platforms of a sample of their sessions.

Only keys that the census saw are touched. A sample of sessions is read once: each census brings another one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypedDict

from kryonix_tui.clock import Instant, now
from kryonix_tui.model.census import Census, QueueKey, TenantCensus
from kryonix_tui.model.facts import HIT_RATE, TenantFacts, parse_fact
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.waiting import waiting_since
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.lookups import Answer, Lookup, Lookups, in_turns

PLATFORM_FIELD: Final = "platform"
PLATFORMS_SHOWN: Final = 6
OTHER_PLATFORMS: Final = "other"
_PLATFORM_LIMIT: Final = 20
_TURN: Final = 50
"""Tenants that are planned or taken in before something else has its turn."""

_MOST_OLDEST: Final = 20
"""Queues of one tenant of which the oldest item is read."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is read for one tenant."""

    tenant: str
    hashes: Sequence[tuple[KeyPattern, Lookup]] = ()
    queues: Sequence[tuple[QueueKey, Lookup]] = ()
    oldest: Sequence[tuple[QueueKey, Lookup]] = ()
    sessions: Sequence[Lookup] = ()
    platforms: Counter[str] | None = None
    """Known from the same sample already, so that its sessions are not read again."""

    @property
    def lookups(self) -> list[Lookup]:
        """All of it."""
        return [lookup for _, lookup in (*self.hashes, *self.queues, *self.oldest)] + [*self.sessions]


class TenantReader:
    """Reads `TenantFacts` from one server."""

    def __init__(self, clients: Clients, keyspace: KeyspaceMap) -> None:
        self._lookups = Lookups(clients)
        self._hashes = keyspace.with_facts()
        self._indexed: tuple[Census, Mapping[str | None, Sequence[QueueKey]]] = (Census(), {})
        self._sampled: dict[str, tuple[int, Counter[str]]] = {}

    async def facts(self, census: Census, tenants: Iterable[str]) -> list[TenantFacts]:
        """Return the facts of each of `tenants`, in their order; a tenant that the census did not see has none.

        Raises:
            SourceError: the server does not answer, or refuses all.
        """
        queues = self._queues(census)
        plans = [
            self._plan(census, tenant, queues.get(tenant, ()))
            async for tenant in in_turns(dict.fromkeys(tenants), _TURN)
        ]
        answers = await self._lookups.read(lookup for plan in plans for lookup in plan.lookups)
        read_at = now()
        found: list[TenantFacts] = []
        async for plan in in_turns(plans, _TURN):
            assembly = _Assembly(plan, answers)
            found.append(assembly.facts(read_at))
            if plan.sessions:
                self._sampled[plan.tenant] = (_told_apart(census.tenants[plan.tenant]), assembly.platforms)
        return found

    async def system_queues(self, census: Census) -> TenantFacts:
        """Return what is known of the queues that belong to no tenant.

        Raises:
            SourceError: the server does not answer, or refuses all.
        """
        plan = _Plan("", **_queue_lookups(self._queues(census).get(None, ())))
        answers = await self._lookups.read(plan.lookups)
        return _Assembly(plan, answers).facts(now())

    def _plan(self, census: Census, tenant: str, queues: Sequence[QueueKey]) -> _Plan:
        seen = census.tenants.get(tenant)
        if seen is None:
            return _Plan(tenant)
        sample, platforms = self._sampled.get(tenant, (0, None))
        known = platforms is not None and sample == _told_apart(seen)
        return _Plan(
            tenant,
            platforms=platforms if known else None,
            hashes=[
                (pattern, Lookup(pattern.db, pattern.key_for(tenant), tuple(pattern.facts.values())))
                for pattern in self._hashes
                if pattern.db is not None and seen.counts.get((pattern.db, pattern.kind))
            ],
            **_queue_lookups(queues),
            sessions=[]
            if known
            else [Lookup(db, key, (PLATFORM_FIELD,)) for db, keys in seen.session_sample.items() for key in keys],
        )

    def _queues(self, census: Census) -> Mapping[str | None, Sequence[QueueKey]]:
        """Return the queues of a census by tenant; made once per census."""
        if self._indexed[0] is not census:
            index: dict[str | None, list[QueueKey]] = defaultdict(list)
            for queue in census.queues:
                index[queue.tenant].append(queue)
            for gone in self._sampled.keys() - census.tenants.keys():
                del self._sampled[gone]
            self._indexed = (census, index)
        return self._indexed[1]


def _told_apart(seen: TenantCensus) -> int:
    """Return what differs where the sample of sessions does; the keys themselves are megabytes."""
    return hash(tuple(seen.session_sample.items()))


class _QueueLookups(TypedDict):
    queues: Sequence[tuple[QueueKey, Lookup]]
    oldest: Sequence[tuple[QueueKey, Lookup]]


def _queue_lookups(queues: Sequence[QueueKey]) -> _QueueLookups:
    """Return how long queues are to be read, and of the first few the oldest item."""
    return {
        "queues": [(queue, Lookup(queue.db, queue.key)) for queue in queues],
        "oldest": [(queue, Lookup(queue.db, queue.key, oldest=True)) for queue in queues[:_MOST_OLDEST]],
    }


@dataclass(slots=True)
class _Assembly:
    """Puts the answers of one tenant together."""

    plan: _Plan
    answers: Mapping[Lookup, Answer]
    malformed: int = 0
    numbers: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    hit_rates: dict[str, float] = field(default_factory=dict)
    platforms: Counter[str] = field(default_factory=Counter)

    def facts(self, read_at: Instant) -> TenantFacts:
        for pattern, lookup in self.plan.hashes:
            self._read_hash(pattern, lookup)
        queues = self._queues()
        self.platforms = self._platforms() if self.plan.platforms is None else self.plan.platforms
        return TenantFacts(
            tenant=self.plan.tenant,
            read_at=read_at,
            numbers=self.numbers,
            texts=self.texts,
            hit_rates=self.hit_rates,
            queues=queues,
            oldest=self._oldest(read_at.wall),
            tails=self._tails(),
            platforms=dict(self.platforms),
            platforms_sampled=self.platforms.total(),
            malformed=self.malformed,
        )

    def _read_hash(self, pattern: KeyPattern, lookup: Lookup) -> None:
        for name, raw in zip(pattern.facts, self._values(lookup), strict=False):
            if raw is None:
                continue
            value = parse_fact(name, raw)
            if value is None:
                self.malformed += 1
            elif isinstance(value, str):
                self.texts.setdefault(name, value)
            elif name == HIT_RATE:
                self.hit_rates[pattern.kind] = value
            else:
                self.numbers.setdefault(name, value)

    def _queues(self) -> dict[str, int]:
        lengths: Counter[str] = Counter()
        for queue, lookup in self.plan.queues:
            answer = self.answers.get(lookup)
            if isinstance(answer, int):
                lengths[queue.module] += answer
            elif lookup in self.answers:
                self.malformed += 1
        return dict(lengths)

    def _oldest(self, now: float) -> dict[str, float]:
        found: dict[str, float] = {}
        for queue, lookup in self.plan.oldest:
            answer = self.answers.get(lookup)
            item = answer[0] if isinstance(answer, list) else None
            since = waiting_since(item, now) if item is not None else None
            if since is not None:
                found[queue.module] = min(since, found.get(queue.module, since))
        return found

    def _tails(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for queue, lookup in self.plan.oldest:
            answer = self.answers.get(lookup)
            if isinstance(answer, list) and answer[0] is not None:
                found[queue.module] = hash((found.get(queue.module), answer[0]))
        return found

    def _platforms(self) -> Counter[str]:
        """Count the platforms of the sampled sessions; the rare ones beyond the first few are `other`."""
        found: Counter[str] = Counter()
        for lookup in self.plan.sessions:
            for raw in self._values(lookup):
                if raw is None:
                    continue
                try:
                    found[safe(raw.decode("utf-8").strip().lower(), _PLATFORM_LIMIT)] += 1
                except UnicodeDecodeError:
                    self.malformed += 1
        shown = Counter(dict(found.most_common(PLATFORMS_SHOWN)))
        rest = found.total() - shown.total()
        if rest:
            shown[OTHER_PLATFORMS] += rest
        return shown

    def _values(self, lookup: Lookup) -> Sequence[bytes | None]:
        """Return the values of a hash; one that cannot be read counts as malformed."""
        answer = self.answers.get(lookup, [])
        if isinstance(answer, list):
            return answer
        self.malformed += 1
        return ()

"""How fast queues fill and empty, from their depths and the moments that their oldest items carry.

Redis counts neither pushes nor pops of a list. What is known between two looks, `dt` seconds apart:

- the depth changed by `n2 - n1`: arrivals less departures, always;
- items leave in the order in which they came. So the moment `T` of the oldest item says that whatever came before `T` has
  left. All `n1` items of the first look came between `T1` and then; those of them that came before `T2` have left since.
  Counted as if they had come evenly, that is `n1 * (T2 - T1) / (t1 - T1)`; where `T2` is after the first look, all `n1`
  have left, and some that came since: as many as came per second after `T2` (`n2 / (t2 - T2)`), for `T2 - t1` seconds;
- an oldest item that is the same as before, in a queue that is no shorter: nothing has left. (One that is equal to it
  in every byte, moment included, counts as the same.)

Without such moments the depth gives lower bounds alone. A queue that is empty at every look may be a busy one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from kryonix_tui.clock import Instant
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.queues import Certainty, Consumer, QueueList, QueueState, Rate
from kryonix_tui.model.snapshot import Snapshot

SPAN: Final = 30.0
"""Seconds over which rates are told at least, and up to twice that: jobs come in bursts."""
RECENT: Final = 16
"""Looks whose depths are kept."""
KEPT: Final = 600.0
"""Seconds for which a queue that is empty, and so is no key any more, is still listed."""
STALLED: Final = 60.0
"""Seconds without a departure after which a queue counts as stalled."""


@dataclass(frozen=True, slots=True)
class Look:
    """A queue at one moment: its depth, since when its oldest item waits, and a fingerprint of that item."""

    at: Instant
    depth: int
    oldest: float | None = None
    tail: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """What two looks tell, in items per second."""

    net: float
    arriving: Rate | None = None
    leaving: Rate | None = None


def flow(before: Look, after: Look, *, shrank: bool = False) -> Flow | None:
    """Return what two looks at one queue tell; None where no time has passed.

    `shrank`: something was seen to leave in between. Where the oldest item is still the same then, others are taken first,
    and moments tell nothing.
    """
    seconds = before.at.age(after.at)
    if seconds <= 0:
        return None
    net = (after.depth - before.depth) / seconds
    left = None
    if not same_tail(before, after):
        left = _left(before, after)
    elif not shrank:
        return Flow(net, Rate(net, Certainty.KNOWN), Rate(0.0, Certainty.KNOWN))
    if left is not None:
        # No more can have left than came, and no fewer than are missing.
        leaving = max(left / seconds, -net, 0.0)
        return Flow(net, Rate(leaving + net, Certainty.ABOUT), Rate(leaving, Certainty.ABOUT))
    if net > 0:
        return Flow(net, Rate(net, Certainty.LEAST))
    return Flow(net, None, Rate(-net, Certainty.LEAST) if net < 0 else None)


def same_tail(before: Look, after: Look) -> bool:
    """Tell whether surely nothing has left: something waits, its oldest item is the same and says since when it waits."""
    return (
        0 < before.depth <= after.depth
        and before.tail is not None
        and before.tail == after.tail
        and before.oldest is not None
    )


def taken(before: Look, after: Look) -> bool:
    """Tell whether something has surely left."""
    if after.depth < before.depth:
        return True
    return before.tail is not None and after.tail is not None and before.tail != after.tail


def _left(before: Look, after: Look) -> float | None:
    """Return about how many items have left, by the moments of the oldest ones; None where they do not say."""
    first, second = before.oldest, after.oldest
    if first is None or second is None or second < first or not before.depth:
        return None
    if second <= before.at.wall:
        span = before.at.wall - first
        return before.depth * (second - first) / span if span > 0 else None
    waited = after.at.wall - second
    if waited <= 0:
        return None
    return before.depth + after.depth / waited * (second - before.at.wall)


@dataclass(slots=True)
class _Watched:
    """A queue since it is looked at: two earlier looks to compare with, the last one, since when nothing leaves, and when
    there last was anything in it.
    """

    base: Look
    next: Look
    last: Look
    quiet_since: Instant
    seen: Instant
    recent: tuple[int, ...]

    def look(self, now: Look, span: float) -> None:
        """Take another look. Where the oldest item cannot be read, nobody knows whether anything has left."""
        if now.depth:
            self.seen = now.at
        if not now.depth or now.tail is None or taken(self.last, now):
            self.quiet_since = now.at
        self.last = now
        self.recent = (*self.recent[1 - RECENT :], now.depth)
        if self.next.at.age(now.at) >= span:
            self.base, self.next = self.next, now


class QueueLedger:
    """All queues of all tenants, and the platform's own. `seconds`: without a departure for so long, nobody takes anything.

    Rates are over `span` seconds at least.
    """

    def __init__(self, seconds: float, span: float = SPAN) -> None:
        self._seconds = seconds
        self._span = span
        self._watched: dict[str, dict[str, _Watched]] = {}
        self._read: dict[str, TenantFacts] = {}
        self._states: dict[str, QueueState] = {}
        self._consumers: Counter[Consumer] = Counter()
        self._told = QueueList()
        self._changed = False

    def take(self, snapshot: Snapshot) -> None:
        """Take all that a snapshot knows."""
        for name, facts in snapshot.facts.items():
            self.read(name, facts)
        self.read(None, snapshot.platform_queues)

    def read(self, tenant: str | None, facts: TenantFacts | None) -> None:
        """Take what is known of the queues of a tenant (None: of the platform); no facts: it is gone."""
        name = tenant or ""
        if facts is not None and self._read.get(name) is facts:
            return
        before = self._watched.pop(name, {})
        now: dict[str, _Watched] = {}
        if facts is None:
            self._read.pop(name, None)
        else:
            self._read[name] = facts
            # Redis has no empty lists: a queue that is not there is one in which nothing waits.
            for module in [*facts.queues, *(before.keys() - facts.queues.keys())]:
                depth = facts.queues.get(module, 0)
                look = Look(facts.read_at, depth, facts.oldest.get(module), facts.tails.get(module))
                watched = before.get(module)
                if watched is None:
                    watched = _Watched(look, look, look, look.at, look.at, (look.depth,))
                else:
                    watched.look(look, self._span)
                if module not in facts.queues and watched.seen.age(look.at) >= KEPT:
                    continue
                now[module] = watched
                self._keep(self._state(tenant, module, watched))
        if now:
            self._watched[name] = now
        for gone in before.keys() - now.keys():
            self._consumers[self._states.pop(f"{name}/{gone}").consumer] -= 1
        self._changed |= bool(now or before)

    def queues(self) -> QueueList:
        """Return all queues as they are known now. It does not change any more."""
        if self._changed:
            states = dict(self._states)
            same = self._told.states.keys() == states.keys()
            self._told = QueueList(states, self._told.roster if same else tuple(states), dict(self._consumers))
            self._changed = False
        return self._told

    def _keep(self, state: QueueState) -> None:
        before = self._states.get(state.key)
        if before is not None:
            self._consumers[before.consumer] -= 1
        self._consumers[state.consumer] += 1
        self._states[state.key] = state

    def _state(self, tenant: str | None, module: str, watched: _Watched) -> QueueState:
        last = watched.last
        long_enough = watched.base.at.age(last.at) >= self._span
        shrank = watched.quiet_since.steady > watched.base.at.steady
        found = flow(watched.base, last, shrank=shrank) if long_enough else None
        quiet = watched.quiet_since.age(last.at) if last.depth else 0.0
        return QueueState(
            tenant,
            module,
            last.depth,
            last.at,
            last.oldest,
            found.net if found else None,
            found.arriving if found else None,
            found.leaving if found else None,
            quiet,
            self._consumer(last, quiet, found),
            watched.recent,
        )

    def _consumer(self, last: Look, quiet: float, found: Flow | None) -> Consumer:
        if not last.depth:
            return Consumer.IDLE
        waits = last.at.wall - last.oldest if last.oldest is not None else 0.0
        if quiet >= self._seconds or (quiet >= STALLED and waits >= self._seconds):
            return Consumer.NONE
        if quiet >= STALLED:
            return Consumer.STALLED
        leaving = found.leaving if found is not None else None
        return Consumer.WORKING if leaving is not None and leaving.value > 0 else Consumer.UNKNOWN

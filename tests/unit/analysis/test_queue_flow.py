"""Rates of queues against queues whose every push and pop is known."""

from __future__ import annotations

import random
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.queue_flow import KEPT, SPAN, Flow, Look, QueueLedger, flow
from kryonix_tui.clock import Instant
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.queues import Certainty, Consumer, QueueState, Rate

START = 1_750_000_000.0


def at(seconds: float) -> Instant:
    return Instant(START + seconds, 100.0 + seconds)


def look(seconds: float, depth: int, oldest: float | None = None, tail: int | None = None) -> Look:
    """A look after so many seconds; `oldest` in seconds, too."""
    return Look(at(seconds), depth, None if oldest is None else START + oldest, tail)


class Simulated:
    """A queue with producers and consumers of known speed."""

    def __init__(self, arrivals: float, departures: float, waiting: int, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._rates = (arrivals, departures)
        self.now = 0.0
        self.popped = self.pushed = 0
        spread = waiting / arrivals if arrivals else float(waiting)
        self.items = deque(-spread * (1 - n / waiting) for n in range(waiting)) if waiting else deque[float]()

    def run(self, seconds: float) -> None:
        arrivals, departures = self._rates
        end = self.now + seconds
        while True:
            self.now += self._chance.expovariate(arrivals + departures)
            if self.now >= end:
                self.now = end
                return
            if self._chance.random() < arrivals / (arrivals + departures):
                self.items.append(self.now)
                self.pushed += 1
            elif self.items:
                self.items.popleft()
                self.popped += 1

    def look(self) -> Look:
        oldest = self.items[0] if self.items else None
        return look(self.now, len(self.items), oldest, hash(oldest) if oldest is not None else None)


@pytest.mark.parametrize(
    ("arrivals", "departures", "waiting"), [(20, 20, 400), (50, 5, 100), (5, 30, 3000), (40, 42, 20), (30, 60, 5)]
)
def test_rates_are_those_of_the_queue(arrivals: float, departures: float, waiting: int) -> None:
    queue = Simulated(arrivals, departures, waiting)
    before = queue.look()
    queue.pushed = queue.popped = 0
    queue.run(60)
    found = flow(before, queue.look())
    assert found is not None
    assert found.net * 60 == pytest.approx(len(queue.items) - before.depth)
    if queue.items and found.leaving is not None and found.leaving.certainty is Certainty.ABOUT:
        assert found.leaving.value * 60 == pytest.approx(queue.popped, rel=0.25)
        assert found.arriving is not None
        assert found.arriving.value - found.leaving.value == pytest.approx(found.net)
    else:
        # Nothing waited at the end: a lower bound.
        assert found.leaving is not None
        assert found.leaving.value * 60 <= queue.popped


@given(
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.floats(-5000, 60),
    st.floats(-5000, 60),
    st.integers(0, 1),
    st.integers(0, 1),
)
def test_rates_always_add_up_and_are_never_negative(
    first: int, second: int, oldest: float, later: float, tail: int, next_tail: int
) -> None:
    found = flow(look(0, first, min(oldest, 0), tail), look(40, second, min(later, 40), next_tail))
    assert found is not None
    for rate in (found.arriving, found.leaving):
        assert rate is None or rate.value >= 0
    if found.arriving is not None and found.leaving is not None:
        assert found.arriving.value - found.leaving.value == pytest.approx(found.net, abs=1e-6)


def test_the_same_oldest_item_means_that_nothing_left() -> None:
    found = flow(look(0, 10, -100, 7), look(40, 30, -100, 7))
    assert found is not None
    assert (found.arriving, found.leaving) == (Rate(0.5, Certainty.KNOWN), Rate(0.0, Certainty.KNOWN))


def test_where_others_are_taken_first_the_oldest_item_tells_nothing() -> None:
    found = flow(look(0, 10, -100, 7), look(40, 30, -100, 7), shrank=True)
    assert found == Flow(0.5, Rate(0.5, Certainty.LEAST), None)
    ledger = QueueLedger(300)
    for seconds, depth in ((0, 10), (20, 40), (40, 20), (60, 50)):
        ledger.read("alfa", facts(seconds, crm=depth))
    state = states(ledger)["alfa/crm"]
    assert state.leaving is None
    assert state.quiet == 20


def test_without_moments_there_are_lower_bounds() -> None:
    known = [flow(look(0, 50), look(10, depth)) for depth in (70, 40, 50)]
    assert known == [
        Flow(2.0, Rate(2.0, Certainty.LEAST), None),
        Flow(-1.0, None, Rate(1.0, Certainty.LEAST)),
        Flow(0.0, None, None),
    ]


def test_two_looks_at_the_same_moment_tell_nothing() -> None:
    assert flow(look(0, 50), look(0, 70)) is None


def facts(seconds: float, tail: int | None = 1, oldest: float | None = -10.0, **queues: int) -> TenantFacts:
    return TenantFacts(
        "alfa",
        at(seconds),
        queues=queues,
        oldest=dict.fromkeys(queues, START + oldest) if oldest is not None else {},
        tails=dict.fromkeys(queues, tail) if tail is not None else {},
    )


def states(ledger: QueueLedger) -> dict[str, QueueState]:
    return dict(ledger.queues().states)


def test_a_queue_from_which_nobody_takes_is_stalled_then_without_a_consumer() -> None:
    ledger = QueueLedger(300)
    seen = []
    for seconds in range(0, 420, 20):
        ledger.read("alfa", facts(seconds, crm=10 + seconds))
        seen.append(states(ledger)["alfa/crm"].consumer)
    assert seen[0] is Consumer.UNKNOWN
    assert seen[3] is Consumer.STALLED
    assert seen[-1] is Consumer.NONE
    ledger.read("alfa", facts(440, tail=2, crm=400))
    assert states(ledger)["alfa/crm"].quiet == 0


def test_an_item_that_waits_for_long_needs_no_long_watch() -> None:
    ledger = QueueLedger(300)
    for seconds in (0, 40, 80):
        ledger.read("alfa", facts(seconds, oldest=-4000.0, crm=10))
    assert states(ledger)["alfa/crm"].consumer is Consumer.NONE


def test_a_queue_that_is_served_says_when_it_will_be_empty() -> None:
    ledger = QueueLedger(300)
    for turn in range(5):
        ledger.read("alfa", facts(20 * turn, tail=turn, oldest=-100 + 40 * turn, crm=200 - 20 * turn))
    state = states(ledger)["alfa/crm"]
    assert state.consumer is Consumer.WORKING
    assert state.net == pytest.approx(-1.0)
    assert state.seconds_to_empty == pytest.approx(120)


def test_an_empty_queue_is_idle_and_one_that_cannot_be_read_unknown() -> None:
    ledger = QueueLedger(300)
    for seconds in range(0, 400, 20):
        ledger.read("alfa", facts(seconds, tail=None, oldest=None, crm=0, mail=7))
    assert states(ledger)["alfa/crm"].consumer is Consumer.IDLE
    assert states(ledger)["alfa/mail"].consumer is Consumer.UNKNOWN


def test_rates_wait_for_enough_time() -> None:
    ledger = QueueLedger(300)
    ledger.read("alfa", facts(0, crm=10))
    ledger.read("alfa", facts(SPAN / 2, crm=40))
    assert states(ledger)["alfa/crm"].net is None


def test_what_is_gone_is_not_listed_and_the_roster_stays_while_nothing_comes_or_goes() -> None:
    ledger = QueueLedger(300)
    ledger.read("alfa", facts(0, crm=1, mail=1))
    ledger.read(None, facts(0, auto_client_creation=2))
    first = ledger.queues()
    assert set(first.states) == {"alfa/crm", "alfa/mail", "/auto_client_creation"}
    ledger.read("alfa", facts(5, crm=2, mail=2))
    assert ledger.queues().roster is first.roster
    ledger.read("alfa", facts(KEPT - 1, crm=2))
    assert states(ledger)["alfa/mail"].consumer is Consumer.IDLE
    ledger.read("alfa", facts(KEPT + 10, crm=2))
    assert set(ledger.queues().states) == {"alfa/crm", "/auto_client_creation"}
    ledger.read("alfa", None)
    assert set(ledger.queues().states) == {"/auto_client_creation"}
    assert set(first.states) == {"alfa/crm", "alfa/mail", "/auto_client_creation"}


def test_a_queue_that_is_empty_now_and_then_keeps_its_past() -> None:
    ledger = QueueLedger(300)
    for turn in range(6):
        queues = {"crm": 4} if turn % 2 else {}
        ledger.read("alfa", facts(20 * turn, tail=turn, oldest=20 * turn - 2, **queues))
    state = states(ledger)["alfa/crm"]
    assert state.net is not None
    assert state.recent == (4, 0, 4, 0, 4)


def test_the_same_facts_are_taken_once() -> None:
    ledger = QueueLedger(300)
    same = facts(0, crm=1)
    ledger.read("alfa", same)
    told = ledger.queues()
    ledger.read("alfa", same)
    assert ledger.queues() is told

"""What the console remembers of the last day of an alert."""

from __future__ import annotations

from dataclasses import replace

from kryonix_tui.analysis import alert_memory
from kryonix_tui.analysis.alert_memory import SLOT, SLOTS, AlertMemory
from kryonix_tui.model.alert import AlertState
from tests.unit.builders import alert

BEGAN = 1_700_000_000 // SLOT * SLOT
ONE = alert("QueueBacklog", tenant="acme")
WAITING = replace(ONE, state=AlertState.PENDING)


def test_a_mark_for_each_quarter_of_an_hour_the_worst_of_it() -> None:
    memory = AlertMemory()
    for minute, told in ((0, [WAITING]), (5, [ONE]), (10, [WAITING]), (15, []), (30, [WAITING]), (45, [])):
        memory.enter(told, BEGAN + 60 * minute)
    assert memory.day(ONE, BEGAN + 46 * 60)[-5:] == [None, 2, 0, 1, 0]


def test_what_was_before_the_first_look_is_not_known_and_a_day_is_kept() -> None:
    memory = AlertMemory()
    assert memory.day(ONE, BEGAN) == [None] * SLOTS
    memory.enter([ONE], BEGAN)
    for slot in range(1, SLOTS):
        memory.enter([], BEGAN + slot * SLOT)
    day = memory.day(ONE, BEGAN + (SLOTS - 1) * SLOT)
    assert (day[0], set(day[1:]), len(day)) == (2, {0}, SLOTS)
    memory.enter([], BEGAN + SLOTS * SLOT)
    assert not memory._marks


def test_it_is_the_same_alert_whoever_says_so_and_another_of_another_tenant() -> None:
    memory = AlertMemory()
    memory.enter([replace(ONE, source="prometheus", fingerprint="x")], BEGAN)
    assert memory.day(ONE, BEGAN)[-1] == 2
    assert memory.day(replace(ONE, tenant="beta"), BEGAN)[-1] == 0


def test_it_is_bounded() -> None:
    assert alert_memory.MOST <= 10_000
    memory = AlertMemory()
    memory.enter((alert(f"a{number}") for number in range(alert_memory.MOST + 500)), BEGAN)
    assert len(memory._marks) == alert_memory.MOST

"""With many tenants what is alive is set aside from the collector of cycles; with few nothing is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from kryonix_tui.monitor import garbage
from kryonix_tui.monitor.garbage import PILE, WORTH, Garbage


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_few_tenants_are_left_to_the_collector() -> None:
    before = gc.get_freeze_count(), gc.get_threshold()
    Garbage().settle(WORTH - 1)
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


def test_with_many_nothing_is_looked_at_as_a_whole_in_between() -> None:
    gc.set_threshold(50, 2, 2)
    kept = Garbage()
    kept.settle(WORTH)
    gc.collect()  # nothing but what was set aside is old now: whatever is added is much beside it
    whole = gc.get_stats()[2]["collections"]
    pile = [[number] for number in range(20_000)]
    assert gc.get_stats()[2]["collections"] == whole
    kept.leave()
    pile += [[number] for number in range(20_000)]
    assert gc.get_stats()[2]["collections"] > whole


def test_what_piles_up_is_set_aside_before_it_is_much() -> None:
    gc.set_threshold(50, 2, 2)
    kept = Garbage()
    kept.settle(WORTH)
    frozen = gc.get_freeze_count()
    few = [[number] for number in range(50)]
    kept.settle(WORTH)
    assert gc.get_freeze_count() <= frozen, "others may die meanwhile"
    # Several times as many as it takes: threads of other tests free objects meanwhile, which counts against them.
    many = [[number] for number in range(50 * 3 * 3 * PILE * 5)]
    kept.settle(WORTH)
    assert gc.get_freeze_count() > frozen + len(many) // 2
    del few


def test_many_are_set_aside_and_now_and_then_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "SETTLE_SECONDS", 0.0)
    kept, found = Garbage(), []
    kept.settle(WORTH)
    assert gc.get_freeze_count() > 1000

    class Cycle:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            found.append(self)

    Cycle()
    gc.freeze()
    kept.settle(WORTH)
    assert found == []
    monkeypatch.setattr(garbage, "SWEEP_SECONDS", 0.0)
    kept.settle(WORTH)
    assert len(found) == 1

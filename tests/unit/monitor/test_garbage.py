"""With many tenants what is alive is set aside from the collector of cycles; with few nothing is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from kryonix_tui.monitor import garbage
from kryonix_tui.monitor.garbage import WORTH, Garbage


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Leave the collector as it was."""
    yield
    gc.unfreeze()


def test_few_tenants_are_left_to_the_collector() -> None:
    before = gc.get_freeze_count()
    Garbage().settle(WORTH - 1)
    assert gc.get_freeze_count() == before


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

"""Growth per minute: of keys between the ends of passes, of queues between readings."""

from __future__ import annotations

from kryonix_tui.analysis.growth import KeyGrowth, QueueGrowth
from kryonix_tui.clock import Instant
from kryonix_tui.model.census import Census
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import Tenant
from tests.unit.builders import METRICS, STEADY, WALL, census, facts


def _at(seconds: float) -> Instant:
    return Instant(WALL + seconds, STEADY + seconds)


def _counted(seconds: float, *, complete: bool = True, fraction: float = 1.0, **keys: int) -> Reading[Census]:
    found = census({name: {METRICS: count} for name, count in keys.items()}, complete=complete, fraction=fraction)
    return Reading(found, _at(seconds))


def test_keys_per_minute_between_the_ends_of_two_passes() -> None:
    growth = KeyGrowth()
    growth.read(_counted(0, a=100, b=50, gone=7), "run")
    assert not growth.per_minute
    assert growth.read(_counted(300, a=600, b=50, c=10), "run")
    assert growth.seconds == 300
    assert growth.per_minute == {"a": 100.0, "c": 2.0}
    assert growth.fastest == ["a", "c"]


def test_shrinking_is_told_but_not_ranked() -> None:
    growth = KeyGrowth()
    growth.read(_counted(0, a=100), "run")
    growth.read(_counted(60, a=40), "run")
    assert (growth.per_minute, growth.fastest) == ({"a": -60.0}, [])


def test_figures_within_a_pass_are_not_growth() -> None:
    growth = KeyGrowth()
    growth.read(_counted(0, a=100), "run")
    growth.read(_counted(60, a=200), "run")
    assert not growth.read(_counted(70, a=5000, fraction=0.4), "run")
    assert not growth.read(_counted(80, a=900, complete=False, fraction=0.4), "run")
    assert growth.per_minute == {"a": 100.0}
    growth.read(_counted(180, a=200), "run")
    assert (growth.per_minute, growth.seconds) == ({}, 120)


def test_the_same_pass_ends_once() -> None:
    growth = KeyGrowth()
    ended = _counted(0, a=1)
    assert growth.read(ended, "run")
    assert not growth.read(ended, "run")
    assert growth.seconds is None


def test_another_run_of_the_server_is_not_compared() -> None:
    growth = KeyGrowth()
    growth.read(_counted(0, a=100), "run")
    growth.read(_counted(60, a=200), "run")
    growth.read(_counted(120, a=1), "other")
    assert (growth.per_minute, growth.seconds, growth.fastest) == ({}, None, [])


def _with_queue(seconds: float, depth: int) -> Tenant:
    return Tenant("a", queues={"whatsapp": depth}, facts=facts("a", _at(seconds)))


def test_queues_grow_over_half_a_minute_at_least() -> None:
    growth = QueueGrowth()
    growth.read("a", _with_queue(0, 10))
    growth.read("a", _with_queue(5, 500))
    assert growth.rates() == {}
    growth.read("a", _with_queue(30, 40))
    assert growth.rates() == {"a": 60.0}
    growth.read("a", _with_queue(45, 40))
    assert growth.rates() == {"a": 40.0}, "over up to twice that time"
    growth.read("a", _with_queue(60, 40))
    growth.read("a", _with_queue(90, 40))
    assert growth.rates() == {"a": 0.0}
    assert growth.fastest == []


def test_rates_that_were_told_do_not_change() -> None:
    growth = QueueGrowth()
    growth.read("a", _with_queue(0, 0))
    growth.read("a", _with_queue(60, 60))
    told = growth.rates()
    assert growth.fastest == ["a"]
    growth.read("a", None)
    assert told == {"a": 60.0}
    assert growth.rates() == {}

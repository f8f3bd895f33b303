"""The console's own cost against its budget, and what a pass at full speed would cost."""

from __future__ import annotations

from kryonix_tui.model.server import DatabaseSize
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.view.cells import Tone, plain
from kryonix_tui.view.own_cost import badge, full_census, pairs
from tests.unit.builders import server, snapshot, update


def _pairs(own: OwnLoad) -> dict[str, str]:
    return {name: cell.text for name, cell in pairs(update(snapshot(own_load=own)))}


def _badge(own: OwnLoad) -> str:
    return plain(badge(update(snapshot(own_load=own)))).strip()


def test_server_time_against_the_budget() -> None:
    found = _pairs(OwnLoad(share=0.0123, budget=0.05))
    assert (found["server time"], found["budget"]) == ("1.2 % of a core", "5 %")
    assert _pairs(OwnLoad(share=0.0004, budget=0.05))["server time"] == "0.04 % of a core"
    assert _pairs(OwnLoad(budget=0.05))["server time"] == "–"


def test_with_a_replica_the_budget_is_spent_there() -> None:
    found = _pairs(OwnLoad(share=0.001, replica_share=0.2, budget=0.5))
    assert found["server time"] == "0.10 % of a core"
    assert found["replica's time"] == "20.0 % of a core"
    assert found["budget"] == "50 %"


def test_a_census_that_is_held_back_or_hurried_says_so() -> None:
    assert "census" not in _pairs(OwnLoad())
    assert _pairs(OwnLoad(held_back=4.0))["census"] == "▲ held back 4 x: answers come late"
    assert _pairs(OwnLoad(hurried=True, held_back=4.0))["census"] == "at full speed"


def test_over_budget_is_seen_on_every_screen_unless_it_was_asked_for() -> None:
    assert _badge(OwnLoad(share=0.06, budget=0.05)) == "", "the census fills its budget: around it is no excess"
    over = OwnLoad(share=0.10, budget=0.05)
    assert _badge(over) == "▲ own load 10.0 % > 5 %"
    assert dict(pairs(update(snapshot(own_load=over))))["server time"].tone is Tone.WARNING
    assert _badge(OwnLoad(share=0.9, budget=0.05, hurried=True)) == "census at full speed"
    assert _badge(OwnLoad(replica_share=0.9, budget=0.5)) == "▲ own load 90.0 % > 50 %"


def test_a_pass_at_full_speed_says_what_it_costs() -> None:
    facts = server(databases={0: DatabaseSize(0, 3_000_000)})
    measured = full_census(update(snapshot(server=facts, own_load=OwnLoad(seconds_per_key=2e-6))))
    assert "all 3,000,000 keys" in measured
    assert "6.0 s of the server's time (as measured here)" in measured
    usual = full_census(update(snapshot(server=facts, own_load=OwnLoad(replica_share=0.1))))
    assert "3.0 s of the replica's time (at a usual 1 µs per key)" in usual

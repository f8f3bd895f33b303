"""Who has series of their own: the worst and the busiest, and none that comes and goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.exporter.membership import REVIEW, STAY, Membership
from kryonix_tui.model.tenant import Health, Sessions, Tenant


def tenants(busy: dict[str, int], *, critical: str = "") -> dict[str, Tenant]:
    return {
        name: Tenant(
            name, sessions=Sessions(mobile=sessions), health=Health.CRITICAL if name == critical else Health.OK
        )
        for name, sessions in busy.items()
    }


RANKED = {f"t{number:02}": 100 - number for number in range(40)}
"""The first is the busiest."""


def test_all_are_members_where_there_is_room() -> None:
    assert Membership(40).members(tenants(RANKED), 0) == sorted(RANKED)


def test_the_busiest_are_members_and_who_is_in_trouble_comes_first() -> None:
    chosen = Membership(8).members(tenants(RANKED, critical="t39"), 0)
    assert chosen == ["t00", "t01", "t02", "t03", "t04", "t05", "t06", "t39"]


def test_changing_places_at_the_edge_changes_nothing() -> None:
    membership = Membership(8)
    before = membership.members(tenants(RANKED), 0)
    swapped = RANKED | {"t07": RANKED["t08"], "t08": RANKED["t07"]}
    for minute in range(1, 120):
        busy = swapped if minute % 2 else RANKED
        assert membership.members(tenants(busy), minute * REVIEW) == before


def test_a_newcomer_that_belongs_well_inside_gets_a_place_at_the_next_review() -> None:
    membership = Membership(8)
    before = membership.members(tenants(RANKED), 0)
    risen = RANKED | {"t20": 1000}
    assert membership.members(tenants(risen), REVIEW / 2) == before
    assert membership.members(tenants(risen), REVIEW) == ["t00", "t01", "t02", "t03", "t04", "t05", "t06", "t20"]


def test_who_has_become_quiet_leaves_after_a_while() -> None:
    membership = Membership(8)
    membership.members(tenants(RANKED), 0)
    quiet = RANKED | {"t05": 0}
    assert "t05" in membership.members(tenants(quiet), STAY - 1)
    assert "t05" not in membership.members(tenants(quiet), STAY + REVIEW)


def test_the_place_of_who_is_gone_is_filled_at_once() -> None:
    membership = Membership(8)
    membership.members(tenants(RANKED), 0)
    left = {name: sessions for name, sessions in RANKED.items() if name != "t03"}
    assert membership.members(tenants(left), 0.1) == ["t00", "t01", "t02", "t04", "t05", "t06", "t07", "t08"]


@given(st.lists(st.dictionaries(st.sampled_from(sorted(RANKED)), st.integers(0, 50)), max_size=8), st.integers(1, 12))
def test_there_are_never_more_members_than_places_nor_fewer_than_can_be(
    turns: list[dict[str, int]], places: int
) -> None:
    membership = Membership(places)
    for number, busy in enumerate(turns):
        members = membership.members(tenants(busy), number * 100.0)
        assert len(members) == len(set(members)) == min(places, len(busy))
        assert set(members) <= set(busy)

"""Whatever keys there are: what is removed is the tenant's by the map, and all that is the tenant's is found."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import DriftError
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.maintenance.tenants import conditions
from kryonix_tui.maintenance.tenants.removal import Removal
from kryonix_tui.maintenance.tenants.walk import Found, walk
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Target
from kryonix_tui.safetext import identity, raw_bytes
from tests.unit.maintenance.operations import a_plan

SEGMENTS = st.one_of(
    st.sampled_from(
        [b"tenant", b"t1", b"t10", b"t", b"*", b"queue", b"mobile", b"session", b"kryonix", b"metrics", b""]
    ),
    st.binary(max_size=4),
)
KEYS = st.lists(SEGMENTS, min_size=1, max_size=6).map(b":".join)
TENANTS = st.one_of(st.sampled_from([b"t1", b"t10", b"t", b"*"]), st.binary(min_size=1, max_size=4)).map(identity)


class Keys:
    """Stands for the connections to a server that holds these keys, as {db: names}; answers SCAN twice for some."""

    place = "a server"

    def __init__(self, held: dict[int, set[bytes]]) -> None:
        self.held = held
        self.removed: list[tuple[int, bytes]] = []

    async def call(self, db: int, *words: Any) -> Any:
        if words[0] == "SCAN":
            names = sorted(self.held[db])
            # A walk may meet a key twice, and the server lets more pass than a pattern ought to.
            return (b"0", names + names[:2]) if words[1] else (b"7", names[:3])
        assert words[0] == "UNLINK"
        self.removed += [(db, name) for name in words[1:]]
        return len(words) - 1

    @property
    def clients(self) -> PurposeClients:
        return cast("PurposeClients", self)


@given(
    held=st.dictionaries(st.integers(0, 15), st.sets(KEYS, max_size=12), max_size=4),
    tenant=TENANTS,
    foreign=st.sets(KEYS, max_size=4),
)
async def test_found_and_removed_is_what_the_map_says(
    held: dict[int, set[bytes]], tenant: str, foreign: set[bytes]
) -> None:
    server = Keys(held)
    seen = Overview(Target("a server"), {db: len(names) for db, names in held.items()})
    found = await walk(server.clients, KRYONIX, seen, tenant)
    mine = {(db, key) for db, names in held.items() for key in names if _owner(db, key) == tenant}
    assert {(db, key) for (db, _kind), names in found.keys.items() for key in names} == mine
    assert found.total == sum(found.parts.values()) == len(mine)
    assert not any(_owner(db, key) in (None, tenant) for db, key in found.neighbours)
    assert all(_owner(db, key) is None and raw_bytes(tenant) in key.split(b":") for db, key in found.mentions)
    # Even where somebody put other names among them, they are not removed.
    found.keys[0, "other"] = found.keys.get((0, "other"), set()) | foreign
    await Removal(server.clients, KRYONIX, tenant).take(found.keys, Run())
    assert set(server.removed) == mine | {(0, key) for key in foreign if _owner(0, key) == tenant}


def _owner(db: int, key: bytes) -> str | None:
    return KRYONIX.attribute(db, key).tenant


def test_gone_is_what_was_there_before() -> None:
    before, after = Found("t1"), Found("t1")
    for number in range(3):
        before.take(0, b"tenant:t10:mobile:session:%d" % number, "mobile_session", "t10")
    after.take(0, b"tenant:t10:mobile:session:1", "mobile_session", "t10")
    after.take(0, b"tenant:t10:mobile:session:9", "mobile_session", "t10")
    assert dict(after.gone_since(before)) == {"t10": 2}


@given(TENANTS)
def test_the_rules_for_keys_beyond_the_map_cover_them(tenant: str) -> None:
    rules = conditions._rules(tenant)
    for key in (b"x:tenant:" + raw_bytes(tenant), b"tenant:" + raw_bytes(tenant) + b":y"):
        text = key.decode("latin-1")
        assert any(fnmatchcase(text, rule[1:]) for rule in rules)
    assert not any(" " in rule for rule in rules)
    assert not any(fnmatchcase(f"x:tenant:{'z' * 9}", rule[1:]) for rule in rules)


def test_parts_of_the_keys_may_move_by_the_tolerance_of_all() -> None:
    plan = a_plan(counts={"keys": 100, "0/session": 4, "1/cache": 96})

    def check(**counts: int) -> None:
        fresh = a_plan(counts={name.replace("_", "/"): count for name, count in counts.items()})
        plans.check(plan, fresh, tolerance=0.05, now=plan.made_at)

    check(**{"keys": 103, "0/session": 8, "1/cache": 95, "5/sdk": 2})
    with pytest.raises(DriftError, match="keys was 100, is 106"):
        check(**{"keys": 106, "0/session": 8, "1/cache": 98})
    live = a_plan(counts={"sessions": 4, "0/session": 4})
    plans.check(live, a_plan(counts={"sessions": 99, "5/sdk": 99}), tolerance=0.05, now=plan.made_at)
    with pytest.raises(DriftError, match="0/session was 4, is 10"):
        check(**{"keys": 100, "0/session": 10, "1/cache": 91})

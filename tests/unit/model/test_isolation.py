"""A map that knows its patterns in every database: what is out of place, and what never is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.isolation import MISPLACED, EverywhereMap
from kryonix_tui.model.keyspace import OTHER, KeyPattern, KeyspaceMap
from kryonix_tui.model.kryonix_map import KRYONIX

EVERYWHERE = EverywhereMap(KRYONIX.databases, KRYONIX.patterns)


def test_a_key_in_a_strange_database_keeps_its_kind_and_its_tenant() -> None:
    found = EVERYWHERE.attribute(3, b"queue:tenant:alfa:crm")
    assert (found.kind, found.tenant) == (f"{MISPLACED}queue", "alfa")
    assert EVERYWHERE.attribute(0, b"template:onboarding:medicina").kind == f"{MISPLACED}template"
    assert EVERYWHERE.attribute(9, b"metrics:tenant:alfa").tenant == "alfa"


def test_what_is_at_home_in_several_databases_or_everywhere_is_not_out_of_place() -> None:
    for db in (12, 13, 14, 15):
        assert EVERYWHERE.attribute(db, b"system:database_info:3").kind == "infrastructure"
    assert EVERYWHERE.attribute(5, b"kryonix:lock:x").kind == "console"
    assert EVERYWHERE.attribute(5, b"strange").kind == OTHER


def test_a_database_with_a_pattern_of_its_own_for_it_is_right_however_general_that_is() -> None:
    patterns = (KeyPattern(0, "tenant:{t}:{anything}", "loose"), KeyPattern(1, "tenant:{t}:api:{x}", "api"))
    everywhere = EverywhereMap((), patterns)
    assert everywhere.attribute(0, b"tenant:a:api:1").kind == "loose"
    assert everywhere.attribute(2, b"tenant:a:api:1").kind == f"{MISPLACED}api"


SEGMENTS = st.sampled_from([b"tenant", b"queue", b"metrics", b"sdk", b"session", b"alfa", b"api", b"x", b"", b"system"])


@given(db=st.integers(0, 16), segments=st.lists(SEGMENTS, min_size=1, max_size=6))
def test_it_never_contradicts_the_map(db: int, segments: list[bytes]) -> None:
    key = b":".join(segments)
    own, everywhere = KRYONIX.attribute(db, key), EVERYWHERE.attribute(db, key)
    if own.kind != OTHER:
        assert everywhere == own
    else:
        assert everywhere.kind == OTHER or everywhere.kind.startswith(MISPLACED)
    # What a walk attributes by prefix is what each key is.
    found = EVERYWHERE.of_prefix(db, b":".join(segments[:-1])) if len(segments) > 1 else None
    assert found is None or found.kind == everywhere.kind


def test_a_map_without_databases_has_nothing_out_of_place() -> None:
    flat = EverywhereMap((), (KeyPattern(None, "a:{t}:{x}", "a"),))
    assert KeyspaceMap((), flat.patterns).attribute(3, b"a:b:c") == flat.attribute(3, b"a:b:c")

"""Who is seen: ids and globs, the same by us and by Prometheus."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.operation import Scope
from kryonix_tui.model.visible import EVERYBODY, Visible


@pytest.mark.parametrize(
    ("pattern", "seen", "hidden"),
    [
        ("acme", ["acme"], ["acme2", "xacme", "Acme", "", "acme\n"]),
        ("acme*", ["acme", "acme2", "acme\n\x1b"], ["xacme", "acm"]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc"]),
        ("a.c|d", ["a.c|d"], ["abc", "d", "a.c"]),
        ('x"} or vector(1) #', ['x"} or vector(1) #'], ["x"]),
        ("clínica[1]", ["clínica[1]"], ["clínica1"]),
        ("*", ["a", "\udcff"], []),
    ],
)
def test_patterns(pattern: str, seen: list[str], hidden: list[str]) -> None:
    visible = Visible((pattern,))
    assert visible.limited
    assert all(visible.sees(tenant) for tenant in seen)
    assert not any(visible.sees(tenant) for tenant in hidden)
    assert not visible.sees(None)


def test_without_patterns_all_are_seen() -> None:
    known = {"a": 1}
    assert EVERYBODY.sees("a")
    assert EVERYBODY.sees(None)
    assert EVERYBODY.of(known) is known
    assert EVERYBODY.covers(Scope())


def test_several_patterns() -> None:
    visible = Visible(("a*", "b"))
    assert visible.of({"a1": 1, "b": 2, "b2": 3}) == {"a1": 1, "b": 2}


@pytest.mark.parametrize(
    ("tenants", "covered"), [((), False), (("a",), True), (("a", "b"), False), (("b",), False), (("a", "a2"), True)]
)
def test_a_scope_is_covered_where_all_of_it_is_seen(tenants: tuple[str, ...], *, covered: bool) -> None:
    assert Visible(("a*",)).covers(Scope(tenants, (3,))) is covered


@given(st.lists(st.text(alphabet="ab.*?|()", min_size=1), min_size=1, max_size=3), st.text(alphabet="ab.*?|()"))
def test_the_expression_means_the_same(patterns: list[str], tenant: str) -> None:
    visible = Visible(tuple(patterns))
    assert (re.fullmatch(visible.expression, tenant) is not None) is visible.sees(tenant)

"""Every selector of a query gets the matcher, or the query is not sent."""

from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import ReplyError
from kryonix_tui.model.promql import quoted
from kryonix_tui.model.visible import EVERYBODY, Visible
from kryonix_tui.sources.prometheus.limiting import limited, tenants_named

ONLY = Visible(("a*", "b"))
OURS = 'tenant_id=~"a.*|b"'


@pytest.mark.parametrize(
    ("expression", "sent"),
    [
        ("up", f"up{{{OURS}}}"),
        ('up{job="x"}', f'up{{job="x",{OURS}}}'),
        ('up{tenant_id="c"}', f'up{{tenant_id="c",{OURS}}}'),
        ('up{tenant_id!~"a.*|b"}', f'up{{tenant_id!~"a.*|b",{OURS}}}'),
        ('{__name__=~"tenant:.+"}', f'{{__name__=~"tenant:.+",{OURS}}}'),
        ("rate(x[5m] offset 1m)", f"rate(x{{{OURS}}}[5m] offset 1m)"),
        ("x @ end()", f"x{{{OURS}}} @ end()"),
        ("max_over_time(rate(x[5m])[1h:1m])", f"max_over_time(rate(x{{{OURS}}}[5m])[1h:1m])"),
        ("sum by (job) (x) or y", f"sum by (job) (x{{{OURS}}}) or y{{{OURS}}}"),
        ("topk(scalar(x), -y)", f"topk(scalar(x{{{OURS}}}), -y{{{OURS}}})"),
        ("quantile(scalar(x), y)", f"quantile(scalar(x{{{OURS}}}), y{{{OURS}}})"),
        ("absent(x) > bool 1", f"absent(x{{{OURS}}}) > bool 1"),
        ('x{a="q\\"} or vector(1) #"}', f'x{{a="q\\"}} or vector(1) #",{OURS}}}'),
        ('x{a=~"\\\\d+\\\\."}', f'x{{a=~"\\\\d+\\\\.",{OURS}}}'),
        ("vector(1)", "vector(1)"),
    ],
)
def test_each_selector_is_limited(expression: str, sent: str) -> None:
    assert " ".join(limited(expression, ONLY).split()) == sent


@pytest.mark.parametrize(
    "expression",
    [
        "up{",
        "",
        "info(up)",
        "sum(up) + on() group_left() info(up)",
        'x{a="b" or c="d"}',
        "x smoothed",
        "x; y",
        "up\x00",
    ],
)
def test_what_is_not_understood_is_not_sent(expression: str) -> None:
    with pytest.raises(ReplyError, match="not sent"):
        limited(expression, ONLY)


@pytest.mark.parametrize(
    "monster", ["+".join(["up"] * 900), "abs(" * 900 + "up" + ")" * 900, "(" * 100_000, "-" * 20_000]
)
def test_a_monster_is_not_given_to_the_parser(monster: str) -> None:
    """It would take minutes, or end the process."""
    with pytest.raises(ReplyError):
        limited(monster, Visible(("a",)))
    assert tenants_named(monster) is None


def test_names_as_long_as_they_may_be_are_no_monster() -> None:
    tenant = "ü-(" * 170
    query = " + ".join([f"x{{tenant_id={quoted(tenant)}}}"] * 40)
    assert tenants_named(query) == frozenset({tenant})


def test_without_limits_a_query_stays_as_it_is() -> None:
    assert limited("up{", EVERYBODY) == "up{"


@given(st.text(min_size=1).filter(str.strip), st.text())
def test_no_id_and_no_value_is_more_than_a_value(tenant: str, value: str) -> None:
    visible = Visible((tenant,))
    expression = f"sum(x{{a={quoted(value)}}})"
    try:
        sent = limited(expression, visible)
    except ReplyError:
        return
    selector = getattr(promql_parser.parse(sent), "expr")  # noqa: B009 - the stubs know no kinds of nodes
    found = {(matcher.name, matcher.value) for matcher in selector.matchers.matchers}
    assert found == {("a", value), ("tenant_id", visible.expression)}


@pytest.mark.parametrize(
    ("expression", "tenants"),
    [
        ('x{tenant_id="a"}', {"a"}),
        ('sum(rate(x{tenant_id="a"}[5m])) / y{tenant_id="a"}', {"a"}),
        ('x{tenant_id="a"} + y{tenant_id="b"}', {"a", "b"}),
        ("vector(1)", set()),
        ('x{tenant_id="a"} + y', None),
        ('x{tenant_id=~"a"}', None),
        ('x{tenant_id=""}', None),
        ("x{", None),
    ],
)
def test_whom_a_query_is_about(expression: str, tenants: set[str] | None) -> None:
    assert tenants_named(expression) == tenants

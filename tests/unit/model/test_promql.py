"""Values in PromQL: whatever they are, they are values and nothing more."""

from __future__ import annotations

import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.promql import Reference, TemplateError, filled, literal, matcher, quoted, references

ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=40)
HOSTILE = ['x"} or vector(1) #', "x\\", '\\"', "a\nb", "{{x}}", "$tenant", "`", "'", "", "#", "\t", "ü☃"]


def values(expression: str) -> list[tuple[str, str]]:
    """Return the labels and values that a selector compares with, as a parser reads them."""
    parsed = promql_parser.parse(expression)
    assert isinstance(parsed, promql_parser.VectorSelector), expression
    return [(found.name, found.value) for found in parsed.matchers.matchers]


@given(ANYTHING)
def test_a_value_stays_within_its_quotes(value: str) -> None:
    assert values(filled('up{a="$v", b="c"}', {"v": value})) == [("a", value), ("b", "c")]
    assert values(f"up{{a={quoted(value)}}}") == [("a", value)]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_both_kinds_of_quotes_are_closed_where_they_were(value: str, quote: str) -> None:
    text = filled(f"up{{a={quote}$v{quote}}}", {"v": value})
    assert values(text) == [("a", value)]


@given(ANYTHING)
def test_a_value_in_a_regular_expression_matches_itself_alone(value: str) -> None:
    assert re.fullmatch(literal(value), value)
    ((_label, pattern),) = values(filled('up{a=~"$v"}', {"v": value}))
    assert pattern == literal(value)


@given(st.lists(ANYTHING, min_size=2, max_size=4))
def test_several_values_are_alternatives(chosen: list[str]) -> None:
    for text in (filled('up{a=~"$v"}', {"v": chosen}), f"up{{{matcher('a', chosen)}}}"):
        ((_label, pattern),) = values(text)
        assert all(re.fullmatch(pattern, value) for value in chosen)


def test_bytes_that_are_no_text_match_nothing_and_harm_nothing() -> None:
    assert filled('up{a="$v"}', {"v": b"x\xff".decode("utf-8", "surrogateescape")}) == 'up{a="x\\xff"}'
    filled('up{a="$v"}', {"v": "\ud800"}).encode()


def test_a_value_is_not_a_template() -> None:
    assert filled('up{a="$x", b="$y"}', {"x": "$y", "y": "1"}) == 'up{a="$y", b="1"}'


def test_without_a_choice_anything_matches() -> None:
    assert filled('up{a=~"$v"}', {"v": None}) == 'up{a=~".+"}'
    with pytest.raises(TemplateError, match="compare with =~"):
        filled('up{a="$v"}', {"v": None})
    with pytest.raises(TemplateError, match="compare with =~"):
        filled('up{a="$v"}', {"v": ["a", "b"]})
    with pytest.raises(TemplateError, match="no variable"):
        filled('up{a="$v"}', {})


def test_durations_stand_outside_of_quotes_and_nothing_else_does() -> None:
    assert filled("rate(x[$__rate_interval])", {}, {"__rate_interval": "5m"}) == "rate(x[5m])"
    for template in ("up{a=$v}", "$v", "rate(x[$v])", "${v}"):
        with pytest.raises(TemplateError, match="outside of quotes"):
            filled(template, {"v": "1"})
    with pytest.raises(TemplateError, match="backquotes"):
        filled("up{a=`$v`}", {"v": "1"})
    for template in ('up{a="x}', "up{a='x}", "up{a=`x}"):
        with pytest.raises(TemplateError, match="no end"):
            filled(template, {})


def test_what_is_no_variable_stays() -> None:
    template = 'label_replace(up{a=~"5..$|^x$"}, "b", "$1-${2}", "c", "(.+)") # $comment "'
    assert filled(template, {}) == template
    assert references(template) == []


def test_the_variables_of_a_template_are_told() -> None:
    template = 'sum(rate(x{t="$tenant", m=~"${module}", n!~ "$n"}[$__interval]))'
    assert references(template) == [Reference("tenant", False), Reference("module", True), Reference("n", True)]

"""Matchers as Alertmanager writes them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import UsageError
from kryonix_tui.model.alert import Matcher
from kryonix_tui.model.matchers import accepts_anything, editable, exactly, fits, parse, text_of, written

LABELS = {"alertname": "QueueBacklog", "severity": "critical", "tenant_id": "clinica_sul"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("severity=critical", True),
        ("severity=crit", False),
        ('severity="critical" tenant_id=~"cli.*"', True),
        ('{severity="critical", tenant_id=~"cli.*"}', True),
        ("tenant_id=~cli", False),
        ("tenant_id!~cli.*", False),
        ("tenant_id!=other", True),
        ("pod=", True),
        ("pod!=", False),
        ('alertname =~ "Queue.*|Redis.*"', True),
    ],
)
def test_they_mean_what_alertmanager_means(text: str, expected: bool) -> None:
    assert fits(parse(text), LABELS) is expected


@pytest.mark.parametrize(
    "text", ["", "  ", "{}", "severity", "=x", "a=b c", 'a="open', "a=~(", "a=b}c", "1a=b", r'a=~"\\x{ffffff}"']
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@given(st.lists(st.tuples(st.text(max_size=20), st.booleans()), min_size=1, max_size=5))
def test_what_is_written_is_read_back(values: list[tuple[str, bool]]) -> None:
    matchers = tuple(Matcher(f"l{n}", value, is_equal=equal) for n, (value, equal) in enumerate(values))
    assert parse(text_of(matchers)) == matchers


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_an_exact_matcher_is_printable_and_fits_nothing_else(value: str, other: str) -> None:
    matcher = exactly("tenant_id", value)
    assert written(matcher).isprintable()
    assert fits([matcher], {"tenant_id": value})
    assert fits([matcher], {"tenant_id": other}) is (other == value)
    assert parse(written(matcher)) == (matcher,)


@pytest.mark.parametrize(
    ("expression", "editable_one"),
    [
        ("a.\x1b+", r"a.\x{1b}+"),
        # Escaped already: a second backslash would stand for itself, and the rest for other characters.
        ("a\\\x1b.", r"a\x{1b}."),
        ("a\\\\\x1b.", r"a\\\x{1b}."),
        ("a\x1b\\", r"a\x{1b}" + "\\"),
        (r"\\x{41}" + "\x1b", r"\\x{41}\x{1b}"),
    ],
)
def test_an_expression_that_can_be_shown_means_the_same(expression: str, editable_one: str) -> None:
    assert editable(Matcher("a", expression, is_regex=True)).value == editable_one


def test_a_backslash_before_a_number_is_one_of_its_own() -> None:
    (matcher,) = parse(r'a=~"\\\\x{2}"')
    assert fits([matcher], {"a": r"\xx"})
    (matcher,) = parse(r'a=~"\\x{41}\\x{2a}"')
    assert fits([matcher], {"a": "A*"})


@pytest.mark.parametrize(
    ("text", "anything"),
    [
        ('alertname=~".+"', True),
        ('alertname!=""', True),
        ('tenant_id!="acme"', True),
        ('alertname=~".+" severity=~".*"', True),
        ('severity="critical"', False),
        ('alertname=~".+" severity="critical"', False),
        ('tenant_id=~"cli.*"', False),
    ],
)
def test_matchers_that_name_nothing(text: str, anything: bool) -> None:
    assert accepts_anything(parse(text)) is anything


def test_an_expression_that_takes_for_ever_fits_nothing() -> None:
    assert not fits(parse('tenant_id=~"(a+)+$"'), {"tenant_id": "a" * 40 + "!"})


@pytest.mark.parametrize("hostile", [r"t\d+_(?:a|ab|b)*(?:ba|b|a)*(?:ab|a|b)*[^a-z_0-9]", r"t\d+_((a|b)+)+[^ab]"])
def test_an_expression_that_is_slow_on_many_values_is_given_up(hostile: str) -> None:
    slow = (Matcher("tenant_id", hostile, is_regex=True),)
    began = time.thread_time()
    for number in range(2000):
        assert not fits(slow, {"tenant_id": f"t{number}_" + "ab" * 30})
    assert time.thread_time() - began < 4
    assert fits((Matcher("tenant_id", "t.*", is_regex=True),), {"tenant_id": "t1"})

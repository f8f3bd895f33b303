"""Which tenants could be taken for one another."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.analysis.look_alike import Alike, Likeness, alike, skeleton


@pytest.mark.parametrize(
    ("tenants", "likeness"),
    [
        (("Clinica", "clinica"), Likeness.CASE),
        (("STRASSE", "straße"), Likeness.CASE),
        # A ligature, and a letter that nobody sees.
        (("fix", "ﬁx"), Likeness.CASE),
        (("moda", "mo\u200bda"), Likeness.CASE),
        # Cyrillic а and і, Greek ο.
        (("paypal", "p\u0430ypal"), Likeness.LOOK),
        (("clinica", "clin\u0456ca"), Likeness.LOOK),
        (("dono", "d\u03bfno"), Likeness.LOOK),
        (("t1", "tl"), Likeness.LOOK),
        (("tO", "t0"), Likeness.LOOK),
        (("moda", "rnoda"), Likeness.LOOK),
        # An accent as one character, and as two.
        (("clínica", "cli\u0301nica"), Likeness.CASE),
    ],
)
def test_what_can_be_taken_for_one_another_is_found(tenants: tuple[str, ...], likeness: Likeness) -> None:
    assert alike(tenants) == (Alike(likeness, tuple(sorted(tenants))),)


@pytest.mark.parametrize("tenants", [("t1", "t10", "t2"), ("clinica", "clínica"), ("ab", "ba"), ("a",), ()])
def test_what_cannot_is_not(tenants: tuple[str, ...]) -> None:
    assert alike(tenants) == ()


def test_a_group_is_told_once_and_whole() -> None:
    (group,) = alike(["clinica", "Clinica", "clin\u0456ca"])
    assert len(group.tenants) == 3


def test_ordinary_ids_look_like_themselves() -> None:
    assert skeleton("cliente_exemplo-23456789") == "cliente_exernplo-23456789"
    assert skeleton("abcdefghijklnopqrstuvwxyz") == "abcdefghijklnopqrstuvwxyz"


@given(st.lists(st.text(st.characters(), max_size=6), max_size=12))
def test_any_ids_are_grouped_without_a_word_and_nobody_is_invented(tenants: list[str]) -> None:
    for group in alike(tenants):
        assert len(group.tenants) > 1
        assert set(group.tenants) <= set(tenants)


def test_ten_thousand_tenants_take_a_moment() -> None:
    began = time.thread_time()
    assert alike(f"loja-{number:05d}" for number in range(10_000)) == ()
    assert time.thread_time() - began < 5

"""Labels of tenants: readable, harmless, one for each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.exporter.labels import LONGEST, TenantLabels
from kryonix_tui.model.exported import OTHER
from kryonix_tui.safetext import harmless, identity


def labels(*tenants: str) -> dict[str, str]:
    given = TenantLabels()
    given.retain(tenants)
    return {tenant: given[tenant] for tenant in tenants}


def test_a_name_that_can_be_read_stands_as_it_is() -> None:
    names = ("acme", "clínica_saúde", 'x"} or vector(1) #', "a\\b", "{{ .Value }}")
    assert labels(*names) == {name: name for name in names}


def test_names_that_look_alike_do_not_become_one() -> None:
    ugly, plain = "evil\x1b", "evil␛"
    found = labels(ugly, plain)
    assert found[plain] == plain
    assert found[ugly].startswith("evil␛~")
    # Somebody who takes the changed name of another one, too.
    assert len(set(labels(ugly, plain, found[ugly]).values())) == 3


def test_nobody_is_taken_for_the_sum_of_all_others() -> None:
    assert labels(OTHER)[OTHER].startswith(f"{OTHER}~")


def test_long_names_stay_apart() -> None:
    one, two = "x" * 5000 + "1", "x" * 5000 + "2"
    found = labels(one, two)
    assert found[one] != found[two]
    assert max(map(len, found.values())) < LONGEST + 20


def test_what_terminals_draw_in_other_widths_is_the_name_all_the_same() -> None:
    names = ("हिन्दी", "ខ្មែរ", "🇧🇷", "clínica")
    assert labels(*names) == {name: name for name in names}


def test_a_label_stays_while_others_come_and_go_and_is_free_again_afterwards() -> None:
    given = TenantLabels()
    given.retain(["evil\x1b"])
    before = given["evil\x1b"]
    given.retain(["evil\x1b", before, "evil\x00"])
    assert given["evil\x1b"] == before != given[before]
    given.retain([before])
    given.retain([before, "acme"])
    assert given["acme"] == "acme"
    given.retain(["acme"])
    given.retain([before])
    assert given[before] == before


@given(st.lists(st.binary(max_size=6).map(identity), unique=True))
def test_all_labels_differ_and_can_be_shown(tenants: list[str]) -> None:
    found = labels(*tenants)
    assert len(set(found.values())) == len(tenants)
    assert all(harmless(label) == label for label in found.values())

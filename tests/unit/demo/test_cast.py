"""Who plays in the demo."""

from __future__ import annotations

import re
from itertools import islice
from random import Random

import pytest

from kryonix_tui.demo.cast import Part, cast
from kryonix_tui.demo.names import PHONE, firms, slug


def test_the_documented_tenants_come_first() -> None:
    assert [profile.tenant for profile in cast(40, 20_000, 7)[:3]] == [
        "cliente_exemplo",
        "clinica_saude",
        "imobiliaria_xyz",
    ]


def test_two_tenants_are_left_to_be_created() -> None:
    assert len(cast(40, 20_000, 7)) == 38


def test_sizes_are_skewed() -> None:
    sizes = [sum(profile.population.values()) for profile in cast(40, 20_000, 7)[3:]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 10 * sizes[-1]


@pytest.mark.parametrize("tenants", [10, 40, 400])
def test_every_part_is_played_once(tenants: int) -> None:
    parts = [profile.part for profile in cast(tenants, 20_000, 7)]
    for part in set(Part) - {Part.STEADY, Part.DOCUMENTED}:
        assert parts.count(part) == 1


def test_few_tenants_are_possible() -> None:
    assert len(cast(1, 100, 7)) == 3


def test_many_tenants_on_few_keys_are_lean() -> None:
    profiles = cast(1000, 20_000, 7)
    assert any(profile.lean for profile in profiles)
    assert not any(profile.lean for profile in profiles[:8])


def test_the_same_seed_gives_the_same_cast() -> None:
    assert cast(40, 20_000, 7) == cast(40, 20_000, 7)
    assert cast(40, 20_000, 7) != cast(40, 20_000, 8)


def test_tenant_ids_are_unique_and_plain() -> None:
    found = [firm.tenant for firm in islice(firms(Random(1)), 2000)]
    assert len(set(found)) == 2000
    assert all(re.fullmatch(r"[a-z0-9_]+", tenant) for tenant in found)


def test_names_have_accents() -> None:
    assert any(not profile.name.isascii() for profile in cast(40, 20_000, 7)[3:])


def test_a_slug_keeps_the_letters_under_the_accents() -> None:
    assert slug("Clínica Lua de Açúcar") == "clinica_lua_de_acucar"


def test_the_telephone_number_cannot_exist() -> None:
    assert PHONE.startswith("+5500")

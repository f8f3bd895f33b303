"""Invented names: firms, users, connections. None is meant to be anybody's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from kryonix_tui.demo.sectors import SECTORS, Sector

PHONE: Final = "+5500000000000"
"""The one telephone number of the demo: no area has the code 00."""

_FANCIES: Final = (
    "Ipê Violeta",
    "Capivara Azul",
    "Maré Mansa",
    "Três Cajus",
    "Lua de Açúcar",
    "Onça Gentil",
    "Girassol Inquieto",
    "Pipa Ligeira",
    "Tamanduá Feliz",
    "Brisa Lilás",
    "Coração de Manacá",
    "Vagalume Distraído",
    "Araucária Serena",
    "Pão de Nuvem",
    "Tucano Sábio",
    "Café com Estrela",
    "Jabuti Veloz",
    "Manhã de Algodão",
    "Sabiá Contente",
    "Pedra que Flutua",
    "Jacarandá Risonho",
    "Água de Coração",
    "Mandacaru em Flor",
    "Rede Preguiçosa",
    "Bem-te-vi Tardio",
    "Nuvem de Limão",
    "Tatu-bola Valente",
    "Céu de Jabuticaba",
    "Formiga Poeta",
    "Horizonte Torto",
)


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented firm: the tenant's id, the name that people read, and what it does."""

    tenant: str
    name: str
    sector: Sector


def firms(rng: Random) -> Iterator[Firm]:
    """Yield firms without end, each with an id of its own."""
    pairs = [(sector, title, fancy) for sector in SECTORS for title in sector.titles for fancy in _FANCIES]
    rng.shuffle(pairs)
    for branch in count(1):
        for sector, title, fancy in pairs:
            name = f"{title} {fancy}" if branch == 1 else f"{title} {fancy} {branch}"
            yield Firm(slug(name), name, sector)


def slug(name: str) -> str:
    """Return `name` as a tenant id: `Clínica Ipê Violeta` -> `clinica_ipe_violeta`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return "_".join("".join(c if c.isalnum() else " " for c in plain).split())


def token(rng: Random, prefix: str) -> str:
    """Return an id such as `sess_3f9a1c0b7d2e`."""
    return f"{prefix}_{rng.getrandbits(48):012x}"


def api_key(tenant: str) -> str:
    """Return an API key that nobody takes for a real one."""
    return f"sk_demo_{tenant}"


def subdomain(tenant: str) -> str:
    """Return the address of a tenant, in a top-level domain that can never exist."""
    return f"{tenant.replace('_', '-')}.kryonix.example"

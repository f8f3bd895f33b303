"""The lines of business of the invented tenants, and what each of them uses of the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sector:
    """A line of business: stable name, how firms in it are called, the API modules and the queues they use."""

    name: str
    titles: tuple[str, ...]
    modules: tuple[str, ...]
    queues: tuple[str, ...]


SECTORS: Final = (
    Sector(
        "medicina",
        ("Clínica", "Centro Médico"),
        ("agendamento", "crm", "whatsapp", "financeiro"),
        ("whatsapp", "notifications", "email"),
    ),
    Sector(
        "imobiliario",
        ("Imobiliária", "Imóveis"),
        ("crm", "whatsapp", "portal", "marketing"),
        ("whatsapp", "email", "reports"),
    ),
    Sector(
        "fitness",
        ("Academia", "Estúdio"),
        ("agendamento", "financeiro", "whatsapp", "portal"),
        ("notifications", "whatsapp", "billing"),
    ),
    Sector(
        "pet", ("Pet Shop", "Veterinária"), ("agendamento", "crm", "whatsapp", "estoque"), ("whatsapp", "notifications")
    ),
    Sector(
        "educacao",
        ("Escola", "Colégio"),
        ("portal", "financeiro", "crm", "whatsapp"),
        ("email", "notifications", "billing"),
    ),
    Sector(
        "odontologia",
        ("Odonto", "Clínica Dental"),
        ("agendamento", "crm", "financeiro", "whatsapp"),
        ("whatsapp", "notifications"),
    ),
    Sector("juridico", ("Advocacia",), ("crm", "financeiro", "portal", "agendamento"), ("email", "reports")),
    Sector(
        "beleza", ("Salão", "Barbearia"), ("agendamento", "whatsapp", "marketing", "crm"), ("whatsapp", "notifications")
    ),
    Sector(
        "alimentacao",
        ("Restaurante", "Padaria"),
        ("pedidos", "whatsapp", "estoque", "marketing"),
        ("orders", "whatsapp", "notifications"),
    ),
    Sector(
        "automotivo", ("Oficina", "Autopeças"), ("agendamento", "estoque", "crm", "financeiro"), ("whatsapp", "billing")
    ),
    Sector("turismo", ("Pousada", "Viagens"), ("portal", "crm", "marketing", "whatsapp"), ("email", "whatsapp")),
    Sector(
        "servicos",
        ("Contabilidade", "Consultoria"),
        ("financeiro", "crm", "portal", "whatsapp"),
        ("email", "reports", "billing"),
    ),
)

RESOURCES: Final = {
    "agendamento": ("slots", "today", "professionals", "waiting_list"),
    "crm": ("users", "leads", "dashboard", "customers"),
    "whatsapp": ("contacts", "templates", "threads"),
    "financeiro": ("invoices", "balance", "receivables"),
    "portal": ("pages", "documents", "notices"),
    "marketing": ("campaigns", "segments", "coupons"),
    "estoque": ("products", "suppliers", "stock"),
    "pedidos": ("open", "menu", "deliveries"),
}
"""What each API module caches."""


def sector(name: str) -> Sector:
    """Return the sector called `name`.

    Raises:
        KeyError: there is none.
    """
    for found in SECTORS:
        if found.name == name:
            return found
    raise KeyError(name)

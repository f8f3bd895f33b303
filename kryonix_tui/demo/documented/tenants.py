"""Who the documented tenants are."""

from __future__ import annotations

from typing import Final

CLIENTE: Final = "cliente_exemplo"
CLINICA: Final = "clinica_saude"
IMOBILIARIA: Final = "imobiliaria_xyz"
CREATING: Final = "nova_clinica_123"
SUBDOMAINS: Final = {CLIENTE: "cliente-exemplo.kryonix.com.br", CLINICA: "clinica-saude.kryonix.com.br"}
"""The host names that the documents give them."""

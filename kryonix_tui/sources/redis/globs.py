"""Patterns for SCAN: names of tenants may hold every sign that a glob gives a meaning to."""

from __future__ import annotations

from typing import Final

from kryonix_tui.safetext import raw_bytes

_SIGNS: Final = frozenset(b"*?[]\\^-")


def mentioning(tenant: str) -> bytes:
    """Return a pattern for keys that have the tenant's id (an identity) somewhere, whatever signs are in it.

    It also lets others pass, whose keys merely hold the same letters: the keyspace map decides whose a key is.
    """
    raw = raw_bytes(tenant)
    return b"*" + b"".join(b"\\" + bytes([byte]) if byte in _SIGNS else bytes([byte]) for byte in raw) + b"*"

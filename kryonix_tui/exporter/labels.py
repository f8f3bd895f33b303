"""Label values from untrusted names: printable, short, and never the same for two tenants.

A name that can be read as it is stands as it is, so that it joins with the series of others. One that had to be changed
(control characters, bytes that are no text, too long), and one that is called as the sum of all others, gets a piece of
its digest: `evil␛[2J~8f3a1c05`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from kryonix_tui.model.exported import OTHER
from kryonix_tui.safetext import harmless, raw_bytes

LONGEST: Final = 200
"""Characters of a name that are shown."""
_DIGEST: Final = (8, 16, 64)
"""Digits of the digest: more of them where somebody's real name looks like another's changed one."""


class TenantLabels:
    """Gives each tenant its label and keeps it as long as the tenant is there."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._taken: set[str] = {OTHER}

    def retain(self, tenants: Iterable[str]) -> None:
        """Forget everybody else, and name the newcomers."""
        there = set(tenants)
        for gone in self._given.keys() - there:
            self._taken.discard(self._given.pop(gone))
        # Names that stand as they are come first: no changed one can take theirs.
        for tenant in sorted(there - self._given.keys(), key=lambda name: (label(name) != name, name)):
            self._given[tenant] = self._free(tenant)
            self._taken.add(self._given[tenant])

    def __getitem__(self, tenant: str) -> str:
        """Return the label of a tenant that is there."""
        return self._given[tenant]

    def _free(self, tenant: str) -> str:
        readable = label(tenant)
        if stands_as_it_is(tenant) and readable not in self._taken:
            return readable
        digest = sha256(raw_bytes(tenant)).hexdigest()
        offers = (f"{readable}~{digest[:digits]}" for digits in _DIGEST)
        # Whoever owns all three names of another one has found a collision of SHA-256, or this very digest: go on counting.
        return next((offer for offer in offers if offer not in self._taken), None) or self._numbered(readable, digest)

    def _numbered(self, readable: str, digest: str) -> str:
        number = 2
        while (offer := f"{readable}~{digest}~{number}") in self._taken:
            number += 1
        return offer


def stands_as_it_is(tenant: str) -> bool:
    """Tell whether a tenant's label is its id."""
    return label(tenant) == tenant and tenant != OTHER


def label(text: str) -> str:
    """Return text of a server as a label value."""
    return harmless(text, LONGEST)

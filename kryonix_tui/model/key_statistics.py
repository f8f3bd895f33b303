"""What a snapshot holds, counted: keys and bytes by tenant, kind, type and expiry. Bytes are those of the values as saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Expiry(StrEnum):
    """How long keys had left when the snapshot was taken."""

    NONE = "none"
    """They stay."""
    SHORT = "short"
    """Under 300 s."""
    MEDIUM = "medium"
    """Under 1800 s."""
    LONG = "long"
    EXPIRED = "expired"
    """Their time was over, and the server had not yet removed them."""


SHORT_MS = 300_000
MEDIUM_MS = 1_800_000


@dataclass(frozen=True, slots=True)
class Volume:
    """Some keys, counted; `types` and `expiry` count the same keys by type (`string`, `hash`, ...) and by time left."""

    keys: int
    bytes: int
    types: Mapping[str, int]
    expiry: Mapping[Expiry, int]


def together(volumes: Iterable[Volume]) -> Volume:
    """Return several volumes as one."""
    keys = size = 0
    types: Counter[str] = Counter()
    expiry: Counter[Expiry] = Counter()
    for volume in volumes:
        keys += volume.keys
        size += volume.bytes
        types.update(volume.types)
        expiry.update(volume.expiry)
    return Volume(keys, size, types, expiry)


@dataclass(frozen=True, slots=True)
class BigKey:
    """One of the largest values, of `size` bytes. `tenant` is an identity (`safetext.identity`), None where the key has none."""

    size: int
    db: int
    key: bytes
    type: str
    kind: str
    tenant: str | None
    expires_at_ms: int | None


@dataclass(frozen=True, slots=True)
class KeyStatistics:
    """All of a snapshot. The groups are by (tenant, kind), the tenant None for keys that belong to nobody.

    `unattributed` counts keys that neither a pattern nor a tenant claims. `checked`: a checksum proved the file.
    """

    format: str
    server: str
    taken_at: float | None
    checked: bool
    functions: int
    databases: Mapping[int, Volume]
    groups: Mapping[tuple[str | None, str], Volume]
    unattributed: int
    biggest: tuple[BigKey, ...] = field(default=())

    @property
    def total(self) -> Volume:
        """Everything together."""
        return together(self.groups.values())

    def tenants(self) -> dict[str | None, Volume]:
        """Return each tenant's kinds together, and under None what belongs to nobody."""
        parts: dict[str | None, list[Volume]] = {}
        for (tenant, _kind), volume in self.groups.items():
            parts.setdefault(tenant, []).append(volume)
        return {tenant: together(volumes) for tenant, volumes in parts.items()}

    def kinds(self) -> dict[str, Volume]:
        """Return each kind over all tenants."""
        parts: dict[str, list[Volume]] = {}
        for (_tenant, kind), volume in self.groups.items():
            parts.setdefault(kind, []).append(volume)
        return {kind: together(volumes) for kind, volumes in parts.items()}

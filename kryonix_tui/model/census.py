"""What a walk over all keys found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QueueKey:
    """A list that counts as a queue: where it is, and its module. `tenant` is None for queues of the system."""

    db: int
    key: bytes
    module: str
    tenant: str | None


@dataclass(frozen=True, slots=True)
class DatabaseCensus:
    """The keys of one database: `keys` = tenant_keys + system_keys + unattributed.

    `system_keys` are of a known kind without a tenant; `unattributed` fit no pattern and name no tenant.
    """

    db: int
    keys: int = 0
    tenant_keys: int = 0
    unattributed: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def system_keys(self) -> int:
        """Keys of a known kind that belong to no tenant."""
        return self.keys - self.tenant_keys - self.unattributed


@dataclass(frozen=True, slots=True)
class TenantCensus:
    """The keys of one tenant, by database and kind, and a bounded sample of its mobile sessions as (db, key)."""

    tenant: str
    counts: Mapping[tuple[int, str], int]
    session_sample: tuple[tuple[int, bytes], ...] = ()

    @property
    def keys(self) -> int:
        """All keys of the tenant."""
        return sum(self.counts.values())

    def kind(self, kind: str) -> int:
        """Keys of one kind, over all databases."""
        return sum(count for (_, name), count in self.counts.items() if name == kind)

    def by_db(self) -> dict[int, int]:
        """Keys by database; databases without any are absent."""
        found: dict[int, int] = {}
        for (db, _), count in self.counts.items():
            found[db] = found.get(db, 0) + count
        return found


@dataclass(frozen=True, slots=True)
class Census:
    """All keys, attributed.

    `complete` is False while a first pass runs; the counts then cover `fraction` (0..1) of the keys.
    """

    databases: Mapping[int, DatabaseCensus] = field(default_factory=dict)
    tenants: Mapping[str, TenantCensus] = field(default_factory=dict)
    queues: tuple[QueueKey, ...] = ()
    complete: bool = False
    fraction: float = 0.0
    seconds: float = 0.0

    @property
    def keys(self) -> int:
        """All keys that were seen."""
        return sum(database.keys for database in self.databases.values())

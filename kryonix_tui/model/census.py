"""What the walk over all keys found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[int, str]
"""A database and a kind of keys in it."""


@dataclass(frozen=True, slots=True)
class QueueKey:
    """A list that counts as a queue: where it is, and its module. `tenant` is None for queues of the system."""

    db: int
    key: bytes
    module: str
    tenant: str | None


@dataclass(frozen=True, slots=True)
class BigKey:
    """One of the largest keys that the sample met: `bytes` by MEMORY USAGE. There may be larger ones."""

    db: int
    key: bytes
    kind: str
    tenant: str | None
    bytes: int


@dataclass(frozen=True, slots=True)
class DatabaseCensus:
    """The keys of one database: `keys` = tenant_keys + system_keys + unattributed.

    `system_keys` are of a known kind without a tenant; `unattributed` fit no pattern and name no tenant. `fraction` is
    how much of the database the pass has walked (0..1); what it has not yet seen is estimated, see `Census`. `margin` is
    how far `tenant_keys` may be from the truth, in keys, at 95 %; 0 where they were counted.
    """

    db: int
    keys: int = 0
    tenant_keys: int = 0
    unattributed: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    fraction: float = 1.0
    margin: int = 0

    @property
    def system_keys(self) -> int:
        """Keys of a known kind that belong to no tenant."""
        return self.keys - self.tenant_keys - self.unattributed


@dataclass(frozen=True, slots=True)
class TenantCensus:
    """The keys of one tenant by place, and a bounded sample of the keys of its mobile sessions by database.

    `margin` is how far all its keys together may be from the truth, in keys, at 95 %; 0 where they were counted.
    `sizes` are estimated bytes by place, empty where nothing was sampled.
    """

    tenant: str
    counts: Mapping[Place, int]
    session_sample: Mapping[int, tuple[bytes, ...]] = field(default_factory=dict)
    margin: int = 0
    sizes: Mapping[Place, int] = field(default_factory=dict)

    @property
    def keys(self) -> int:
        """All keys of the tenant."""
        return sum(self.counts.values())

    @property
    def bytes(self) -> int | None:
        """Estimated memory of all keys, None where nothing was sampled."""
        return sum(self.sizes.values()) if self.sizes else None

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
    """All keys, attributed: the best figures that are known now.

    The walk goes on for ever, pass after pass. `complete`: a whole pass lies under the figures; until then they are
    estimates from the part that was walked. `fraction` (0..1) is how far the pass under way has come, 1 where none is.
    `seconds` is how long the pass took so far. `sampled` keys gave the sizes; 0: MEMORY USAGE is not permitted, or
    nothing was sampled yet. `mean_sizes` are the bytes of a key by place, as the sample has them.
    """

    databases: Mapping[int, DatabaseCensus] = field(default_factory=dict)
    tenants: Mapping[str, TenantCensus] = field(default_factory=dict)
    queues: tuple[QueueKey, ...] = ()
    complete: bool = False
    fraction: float = 0.0
    seconds: float = 0.0
    big_keys: tuple[BigKey, ...] = ()
    sampled: int = 0
    mean_sizes: Mapping[Place, int] = field(default_factory=dict)

    @property
    def keys(self) -> int:
        """All keys, as far as they are known."""
        return sum(database.keys for database in self.databases.values())

    @property
    def finished(self) -> bool:
        """Whether a pass has just ended, and none is under way."""
        return self.complete and self.fraction >= 1

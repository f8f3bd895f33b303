"""What an audit of the keyspace looks for: keys in the wrong database, and what two tenants share that they should not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kryonix_tui.model.census import Census
from kryonix_tui.model.keyspace import CompiledPattern, KeyPattern, KeyspaceMap, Role

MISPLACED: Final = "misplaced:"
"""Before the kind of a key that the map knows, but in another database."""


@dataclass(frozen=True)
class EverywhereMap(KeyspaceMap):
    """A map that knows its patterns in every database: where one is not at home, its keys are of kind `misplaced:KIND`.

    What a database's own patterns say comes first, so nothing is misplaced that the map itself knows there.
    """

    def patterns_of(self, db: int) -> tuple[CompiledPattern, ...]:
        """Return the patterns of database `db`, then those of all others."""
        found = self._by_db.get(db)
        if found is None:
            own = KeyspaceMap.patterns_of(self, db)
            others = KeyspaceMap(self.databases, tuple(self._strangers(db))).patterns_of(db)
            found = self._by_db[db] = (*own, *others)
        return found

    def _strangers(self, db: int) -> Sequence[KeyPattern]:
        at_home = {pattern.pattern for pattern in self.patterns if pattern.db in (None, db)}
        return [
            replace(pattern, db=db, kind=MISPLACED + pattern.kind, role=Role.NONE, queue="", facts={})
            for pattern in self.patterns
            if pattern.pattern not in at_home
        ]


Place = tuple[int, str]
"""A database and a kind."""


@dataclass(frozen=True, slots=True)
class Example:
    """Some keys by what they have in common: all up to the last colon, and their tenant where that names one."""

    prefix: bytes
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """A value of one field that several tenants have, without the value: who they are."""

    field: str
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strange:
    """A session of `tenant` that holds `field` of the tenant `owner`."""

    tenant: str
    owner: str
    field: str
    db: int


@dataclass(frozen=True, slots=True)
class SdkAudit:
    """What SDK keys and sessions say about whom they belong to.

    `tenants` hashes were compared, of `known` that there are; `sessions` were sampled among `walked` keys.
    """

    shared: tuple[Shared, ...] = ()
    strange: tuple[Strange, ...] = ()
    tenants: int = 0
    known: int = 0
    sessions: int = 0
    walked: int = 0


@dataclass(frozen=True, slots=True)
class KeyAudit:
    """All keys, attributed by an `EverywhereMap`, with examples of what is out of place or of nobody, by place."""

    census: Census
    examples: Mapping[Place, tuple[Example, ...]] = field(default_factory=dict)

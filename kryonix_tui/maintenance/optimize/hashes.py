"""What tenants' hashes tell: facts of the map, and a few fields besides. Only keys that the walk has met are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final

from kryonix_tui.maintenance.optimize.sample import MEASURED
from kryonix_tui.maintenance.optimize.walk import Met
from kryonix_tui.model.census import Census, TenantCensus
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap, Role
from kryonix_tui.sources.redis.clients import Clients
from kryonix_tui.sources.redis.lookups import Lookup, Lookups
from kryonix_tui.sources.redis.tenant_reader import TenantReader

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ai_patterns": ("peak_hours", "mobile_percentage", "most_used_module"),
    "config": ("business_hours",),
    "prediction": ("next_hour_keys", "confidence_score"),
}
"""Fields of a tenant's hashes, by kind, besides the facts of the map."""

_BRIEF_FACTS: Final = frozenset(("hit_rate", "api_calls_today"))
_BRIEF_FIELDS: Final = ("prediction",)
"""What advice rests on, where there are so many tenants that no more is read."""


class Hashes:
    """Reads the hashes of tenants. `brief`: only what advice rests on; `zones`: also their time zones."""

    def __init__(self, clients: Clients, keyspace: KeyspaceMap, *, brief: bool = False, zones: bool = False) -> None:
        wanted = _BRIEF_FACTS | ({"timezone"} if zones else set())
        self._sessions = frozenset() if brief else keyspace.kinds_with(Role.MOBILE_SESSION)
        self._facts = [each for each in keyspace.with_facts() if not brief or wanted & each.facts.keys()]
        chosen = _BRIEF_FIELDS if brief else tuple(FIELDS)
        self._others = [each for each in keyspace.patterns if each.kind in chosen and each.has_tenant]
        self._reader = TenantReader(clients, KeyspaceMap(keyspace.databases, tuple(self._facts)))
        self._lookups = Lookups(clients)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of keys that are read."""
        return frozenset(each.kind for each in (*self._facts, *self._others))

    async def facts(self, met: Mapping[str, Met]) -> dict[str, TenantFacts]:
        """Return the facts of tenants by what was met of them.

        Raises:
            SourceError: the server does not answer.
        """
        tenants = {}
        for name, found in met.items():
            sessions = ((db, key) for (db, kind), keys in found.keys.items() if kind in self._sessions for key in keys)
            sample: dict[int, tuple[bytes, ...]] = {}
            for db, key in islice(sessions, MEASURED):
                sample[db] = (*sample.get(db, ()), key)
            tenants[name] = TenantCensus(name, found.counts, sample)
        return {facts.tenant: facts for facts in await self._reader.facts(Census(tenants=tenants), tenants)}

    async def fields(self, met: Mapping[str, Met]) -> dict[str, dict[str, str]]:
        """Return other fields of tenants, by name. Raises as `facts`."""
        wanted = {
            (name, pattern.kind): Lookup(pattern.db, pattern.key_for(name), FIELDS[pattern.kind])
            for pattern in self._others
            for name, found in met.items()
            if pattern.db is not None and found.counts.get((pattern.db, pattern.kind))
        }
        answers = await self._lookups.read(wanted.values()) if wanted else {}
        texts: dict[str, dict[str, str]] = {name: {} for name in met}
        for (name, kind), lookup in wanted.items():
            answer = answers.get(lookup)
            for title, raw in zip(FIELDS[kind], answer if isinstance(answer, list) else (), strict=False):
                with suppress(UnicodeDecodeError):
                    if raw is not None:
                        texts[name][title] = raw.decode()
        return texts


def supposed(patterns: Iterable[KeyPattern]) -> Met:
    """Return what is met of a tenant that has each of these keys."""
    return Met({(pattern.db, pattern.kind): 1 for pattern in patterns if pattern.db is not None})

"""An attributor that remembers examples of what is out of place, or of nobody: a few per database and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from kryonix_tui.model.isolation import MISPLACED, EverywhereMap, Example, Place
from kryonix_tui.sources.redis.attribution import Attributor, Prefix

EXAMPLES: Final = 200
"""Prefixes kept per database and kind: some may be of tenants that are not to be seen."""


class Examples(Attributor):
    """Judges as an `Attributor` does, each prefix once, and keeps those that somebody will ask about."""

    def __init__(self, keyspace: EverywhereMap) -> None:
        super().__init__(keyspace)
        self._kept: dict[Place, dict[Example, None]] = defaultdict(dict)

    def _judge(self, db: int, prefix: bytes) -> Prefix:
        found = super()._judge(db, prefix)
        kind, tenant, pattern = found.attribution
        tenant = None if found.tenant_last else tenant
        odd = kind.startswith(MISPLACED) or (pattern is None and tenant is None and not found.tenant_last)
        kept = self._kept[db, kind] if odd else {}
        if odd and len(kept) < EXAMPLES:
            kept[Example(prefix, tenant)] = None
        return found

    def kept(self) -> Mapping[Place, tuple[Example, ...]]:
        """Return what was kept so far."""
        return {place: tuple(examples) for place, examples in self._kept.items()}

"""Memory of databases: what their tenants' keys take, and the keys of no tenant by the mean of their kind."""

from __future__ import annotations

from collections import Counter

from kryonix_tui.model.census import Census, DatabaseCensus, Place
from kryonix_tui.model.tenant import Tenant


class TenantMemory:
    """Running sums over all tenants, by database and by place. A tenant whose keys stay as they are costs nothing."""

    def __init__(self) -> None:
        self._bytes: Counter[int] = Counter()
        self._keys: Counter[Place] = Counter()

    def replace(self, old: Tenant | None, new: Tenant | None) -> None:
        """Take a tenant anew; None where it was not there, or is gone."""
        if old is not None and new is not None and old.kinds is new.kinds and old.sizes is new.sizes:
            return
        for tenant, sign in ((old, -1), (new, 1)):
            if tenant is None:
                continue
            for place, count in tenant.kinds.items():
                self._keys[place] += sign * count
            for (db, _), size in tenant.sizes.items():
                self._bytes[db] += sign * size

    def database(self, counted: DatabaseCensus, census: Census) -> int | None:
        """Return the estimated bytes of a database; None where nothing was sampled."""
        if not census.sampled:
            return None
        means = census.mean_sizes
        rest = sum(
            max(0, count - self._keys[counted.db, kind]) * means.get((counted.db, kind), 0)
            for kind, count in counted.kinds.items()
        )
        return self._bytes[counted.db] + rest

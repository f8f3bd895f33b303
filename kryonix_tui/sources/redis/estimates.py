"""Figures from a part of a pass: what was seen, scaled to the whole or blended into the last pass, with their error.

SCAN walks the buckets of a hash table, and a key's bucket knows nothing of its tenant: the walked part of a database is
a random sample of its keys. A cursor tells how large that part is (`walked`), so neither DBSIZE nor the keys in it that
have expired matter. With f the walked part and x the keys seen:

* In a first pass a figure is x / f. Its margin solves (x - T f)^2 = z^2 T f (1 - f) for T: the score interval, which
  also holds for tenants of a handful of keys, and of which nothing is left at f = 1.
* In later passes a figure stays as it is while x is what one expects of it (within four standard errors, and a key);
  where it is not, it becomes x + (1 - f) x old. So nothing jumps back to zero and nothing flickers; what is gone is
  gone when the databases where it lived were walked to their end. What changed after the pass had walked by is seen by the next one.

Pure, and slow for many tenants: it runs in a thread of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.model.census import Census, DatabaseCensus, Place, TenantCensus
from kryonix_tui.sources.redis.key_sizes import KeySizes
from kryonix_tui.sources.redis.tally import Counts, Tally

Z: Final = 1.96
"""Standard errors of a 95 % interval."""

_EXPECTED: Final = 4.0
"""A figure stays while what was seen is within so many standard errors of it."""

_NOTHING: Final[Mapping[Place, int]] = {}


def walked(cursor: int) -> float:
    """Return the part of a table that SCAN has walked when it returns `cursor`, 0..1.

    The cursor counts with its bits reversed, the highest bit of the table first: bit i is worth 2^-(i+1), whatever the
    table's size. 0 is the start; a finished walk, which returns 0 too, is not asked.
    """
    digits = f"{cursor:b}"[::-1]
    return int(digits, 2) / (1 << len(digits))


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures are made of besides the tally.

    `fractions` is how much of each database was walked, empty when the pass has ended; one that is absent has no keys. `before` is the last complete
    census; of the databases in `renewed` it no longer tells anything.
    """

    fractions: Mapping[int, float]
    before: Census | None = None
    renewed: AbstractSet[int] = field(default_factory=frozenset)

    @property
    def ended(self) -> bool:
        """Whether everything was walked."""
        return not self.fractions

    def fraction(self, db: int) -> float:
        """Return how much of a database was walked."""
        return self.fractions.get(db, 1.0)

    def known(self, db: int) -> bool:
        """Tell whether the last census says something of a database."""
        return self.before is not None and db not in self.renewed


def figures(tally: Tally, basis: Basis, sizes: KeySizes) -> tuple[dict[int, DatabaseCensus], dict[str, TenantCensus]]:
    """Return the databases and the tenants as they are known now. Tenants whose figures did not move are the same objects."""
    before = basis.before or Census()
    numbers = tally.databases.keys() | before.databases.keys()
    databases = {}
    for db in sorted(numbers):
        database = _database(db, tally.databases.get(db, Counts()), basis)
        if database.keys:
            databases[db] = database
    names = dict.fromkeys((*before.tenants, *tally.tenants))
    tenants = {}
    for name in names:
        old = before.tenants.get(name)
        found = _tenant(name, tally, basis, old, sizes)
        if found.counts:
            tenants[name] = found
    return databases, tenants


def _database(db: int, seen: Counts, basis: Basis) -> DatabaseCensus:
    fraction = basis.fraction(db)
    old = basis.before.databases.get(db, DatabaseCensus(db)) if basis.before and basis.known(db) else None

    def figure(count: int, before: int) -> int:
        return _figure(count, None if old is None else before, fraction)

    known = old or DatabaseCensus(db)
    tenant_keys = figure(seen.tenant_keys, known.tenant_keys)
    unattributed = figure(seen.unattributed, known.unattributed)
    system = figure(seen.keys - seen.tenant_keys - seen.unattributed, known.system_keys)
    kinds = {
        kind: count
        for kind in (seen.kinds | dict(known.kinds))
        if (count := figure(seen.kinds.get(kind, 0), known.kinds.get(kind, 0)))
    }
    keys = tenant_keys + system + unattributed
    error = math.ceil(margin([(seen.tenant_keys, fraction, old is not None)])) if 0 < fraction < 1 else 0
    return DatabaseCensus(db, keys, tenant_keys, unattributed, kinds, fraction, error)


def _tenant(name: str, tally: Tally, basis: Basis, old: TenantCensus | None, sizes: KeySizes) -> TenantCensus:
    seen = tally.tenants.get(name, _NOTHING)
    known = old.counts if old is not None else _NOTHING
    places = known if not seen else (known | seen if known else seen)  # type: ignore[operator]  # both are dicts
    counts: dict[Place, int] = {}
    for place in places:
        db = place[0]
        fraction = basis.fractions.get(db, 1.0)
        if fraction >= 1:
            count = seen.get(place, 0)
        else:
            count = _figure(seen.get(place, 0), known.get(place, 0) if basis.known(db) else None, fraction)
        if count:
            counts[place] = count
    if old is not None and not basis.ended and counts == known:
        return old
    if old is not None and not basis.ended:
        # Another sample of sessions costs lookups: only with another pass.
        sample = old.session_sample
    else:
        sample = {db: tuple(keys) for db, keys in tally.samples.get(name, {}).items()}
    found = TenantCensus(name, counts, sample, 0 if basis.ended else _margin(seen, basis), sizes.of(name, counts))
    return old if found == old else found


def _figure(seen: int, before: int | None, fraction: float) -> int:
    """Return the best figure where `seen` keys were met in a `fraction`, and `before` by the last pass."""
    if fraction >= 1:
        return seen
    if before is None:
        return max(seen, round(seen / fraction)) if fraction > 0 else seen
    rest, expected = 1 - fraction, fraction * before
    if abs(seen - expected) <= _EXPECTED * math.sqrt(rest * expected) + 1:
        return max(before, seen)
    return seen + math.ceil(rest * before)


def _margin(seen: Mapping[Place, int], basis: Basis) -> int:
    """Return the margin of all keys of a tenant, its databases being independent of each other."""
    by_db: dict[int, int] = {}
    for (db, _), count in seen.items():
        by_db[db] = by_db.get(db, 0) + count
    parts = [
        (by_db.get(db, 0), fraction, basis.known(db))
        for db, fraction in basis.fractions.items()
        if 0 < fraction < 1 and (db in by_db or not basis.known(db))
    ]
    return math.ceil(margin(parts))


def margin(parts: Sequence[tuple[int, float, bool]]) -> float:
    """Return the 95 % margin of a sum, from (keys seen, fraction walked, whether the rest is known from the last pass).

    For one part it is the score interval; what that adds for the keys that nobody saw yet is added once, not per part.
    """
    variance = unseen = 0.0
    for seen, fraction, known in parts:
        wide, scale = Z * Z * (1 - fraction), 1.0 if known else 1 / fraction
        variance += wide * seen * scale * scale
        unseen = max(unseen, wide * scale)
    return unseen / 2 + math.sqrt(variance + unseen * unseen / 4)


def overall(walks: Sequence[tuple[float, int]]) -> float:
    """Return how far a pass has come, from the part walked and the keys of each database."""
    keys = sum(size for _, size in walks)
    return sum(part * size for part, size in walks) / keys if keys else 1.0

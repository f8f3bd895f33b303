"""Memory by tenant and kind, estimated from a bounded random sample of keys.

MEMORY USAGE changes neither hits nor misses nor the age of a key, and with SAMPLES it is quick for the largest
collection. A walk takes one key in 60: of prefixes that were not sampled yet, else at random. A tenant's mean size of a
kind leans on all tenants' mean of that kind until it has samples of its own. A single huge key says nothing about the
others of its kind: rare ones count once, for their tenant, and stay out of the means.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

from kryonix_tui.model.census import BigKey, Place
from kryonix_tui.sources.redis.attribution import Attributor

SAMPLES: Final = 5
"""Elements that the server looks at in a collection."""

_USUAL: Final = 0.1
"""Large keys speak for their kind where at least this part of its samples is large."""

BIG_KEYS: Final = 20
BIG_KEY_BYTES: Final = 100 * 1024
"""What is smaller is not worth naming."""

_OWN: Final = 3
"""From so many samples of its own on, a tenant's mean stands alone; below, the common mean stands in for the missing."""

_MAX_PREFIXES: Final = 200_000
_MOST: Final = 5
"""Keys that are taken of a batch at most, and that may be taken before their turn."""
_SHARE: Final = 1 / 60
"""The part of all keys that is taken in the long run."""

_Sums = dict[Place, tuple[float, float]]
"""Samples and their bytes by place."""


class KeySizes:
    """What the sample says, over all passes: with each pass the older samples count half."""

    def __init__(self, attributor: Attributor) -> None:
        self._attributor = attributor
        self._kinds: _Sums = {}
        self._large: _Sums = {}
        self._large_by_tenant: dict[str | None, list[BigKey]] | None = None
        self._tenants: dict[str, _Sums] = {}
        self._prefixes: set[tuple[int, bytes]] = set()
        self._allowed: dict[int, float] = {}
        self._big: dict[tuple[int, bytes], int] = {}
        self._big_before: dict[tuple[int, bytes], int] = {}
        self.sampled = 0
        self.refused = False

    def choose(self, db: int, batch: Sequence[bytes], prefixes: Sequence[bytes]) -> list[bytes]:
        """Return the keys of a batch that should be measured: none where that is refused."""
        allowed = min(_MOST, self._allowed.get(db, _MOST) + len(batch) * _SHARE)
        chosen: list[bytes] = []
        if batch and not self.refused:
            at = random.randrange(len(batch))
            near = chain(range(at, len(batch)), range(at))
            # A new prefix may be a tenant's only key: it is taken on credit.
            chosen = list(islice(self._new(db, batch, prefixes, near), max(0, min(_MOST, math.ceil(allowed + _MOST)))))
            if not chosen and allowed >= 1:
                chosen.append(batch[at])
        self._allowed[db] = allowed - len(chosen)
        return chosen

    def _new(self, db: int, batch: Sequence[bytes], prefixes: Sequence[bytes], order: Iterable[int]) -> Iterator[bytes]:
        """Yield the keys whose prefix was not sampled yet, which it is then."""
        for index in order:
            place = (db, prefixes[index])
            if place not in self._prefixes and len(self._prefixes) < _MAX_PREFIXES:
                self._prefixes.add(place)
                yield batch[index]

    def add(self, db: int, key: bytes, size: int) -> None:
        """Note the bytes of one key."""
        kind, tenant, _ = self._attributor.key(db, key.rpartition(b":")[0], key)
        self.sampled += 1
        if size < BIG_KEY_BYTES:
            _add(self._kinds, (db, kind), size)
            if tenant is not None:
                _add(self._tenants.setdefault(tenant, {}), (db, kind), size)
        else:
            _add(self._large, (db, kind), size)
            self._large_by_tenant = None
            self._big[db, key] = size
            if len(self._big) > BIG_KEYS:
                del self._big[min(self._big, key=lambda place: self._big[place])]

    def of(self, tenant: str, counts: Mapping[Place, int]) -> dict[Place, int]:
        """Return the estimated bytes of a tenant's `counts`; empty where nothing was sampled at all."""
        own = self._tenants.get(tenant, {})
        sizes: dict[Place, int] = {}
        for place, count in counts.items():
            mean = self._mean(place, own.get(place, (0.0, 0.0)))
            if mean is not None:
                sizes[place] = round(mean * count)
        for key in self._large_of(tenant):
            place = (key.db, key.kind)
            if place in counts and not self._share_of_large(place):
                sizes[place] = sizes.get(place, 0) + key.bytes
        return sizes

    def _large_of(self, tenant: str) -> Sequence[BigKey]:
        """Return the large keys of a tenant; sorted out once, not for each of 10,000."""
        if self._large_by_tenant is None:
            self._large_by_tenant = {}
            for key in self.big_keys():
                self._large_by_tenant.setdefault(key.tenant, []).append(key)
        return self._large_by_tenant.get(tenant, ())

    def means(self) -> dict[Place, int]:
        """Return the mean bytes of a key by place."""
        means = {place: self._mean(place) for place in self._kinds | self._large}
        return {place: round(mean) for place, mean in means.items() if mean is not None}

    def _mean(self, place: Place, own: tuple[float, float] = (0.0, 0.0)) -> float | None:
        """Return the mean bytes of a kind, by a tenant's own samples where it has some; None where nothing was met."""
        samples, total = self._kinds.get(place, (0.0, 0.0))
        missing = max(0.0, _OWN - own[0])
        share = self._share_of_large(place)
        ordinary = (own[1] + missing * total / samples) / (own[0] + missing) if samples else 0.0
        large_samples, large_total = self._large.get(place, (0.0, 0.0))
        if not samples and not large_samples:
            return None
        return (1 - share) * ordinary + (share * large_total / large_samples if share else 0.0)

    def _share_of_large(self, place: Place) -> float:
        """Return which part of a kind's keys is large; 0 where they are too few to speak for others."""
        large, ordinary = self._large.get(place, (0.0, 0.0))[0], self._kinds.get(place, (0.0, 0.0))[0]
        if not ordinary:
            return 1.0 if large else 0.0
        share = large / (large + ordinary)
        return share if large >= _OWN and share >= _USUAL else 0.0

    def big_keys(self) -> tuple[BigKey, ...]:
        """Return the largest keys that this pass and the one before met, the largest first."""
        met = sorted((self._big_before | self._big).items(), key=lambda entry: entry[1], reverse=True)
        found = []
        for (db, key), size in met[:BIG_KEYS]:
            kind, tenant, _ = self._attributor.key(db, key.rpartition(b":")[0], key)
            found.append(BigKey(db, key, kind, tenant, size))
        return tuple(found)

    def end_pass(self, tenants: Mapping[str, object]) -> None:
        """Let what was sampled so far count half; forget tenants that are gone, and ask again where it was refused."""
        self._kinds, self._large = _halved(self._kinds), _halved(self._large)
        self._tenants = {tenant: _halved(sums) for tenant, sums in self._tenants.items() if tenant in tenants}
        self._prefixes.clear()
        self._allowed.clear()
        self._big_before, self._big = self._big, {}
        self._large_by_tenant = None
        self.refused = False


def _add(sums: _Sums, place: Place, size: int) -> None:
    samples, total = sums.get(place, (0.0, 0.0))
    sums[place] = (samples + 1, total + size)


def _halved(sums: _Sums) -> _Sums:
    # A trace of a sample is worth nothing and is forgotten.
    return {place: (samples / 2, total / 2) for place, (samples, total) in sums.items() if samples > 1 / 8}

"""Memory by tenant and kind, estimated from a bounded random sample of keys.

MEMORY USAGE changes neither hits nor misses nor the age of a key, and with SAMPLES it is quick for the largest
collection. A walk takes one key in 60: of prefixes that were not sampled yet, else at random. What was taken at random
stands for 60 keys, the first of a prefix for itself: a tenant's few large reports do not outweigh its many small keys
because their prefixes are many. A tenant's mean size of a kind leans on all tenants' mean of that kind until it has samples of its own. A single huge key says nothing about the
others of its kind: rare ones count once, for their tenant, and stay out of the means.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, NamedTuple

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


class _Sum(NamedTuple):
    """Samples: how many they are, how many keys they stand for, and the bytes of these."""

    samples: float = 0.0
    keys: float = 0.0
    bytes: float = 0.0


_NONE: Final = _Sum()
_Sums = dict[Place, _Sum]
"""Samples by place."""


class KeySizes:
    """What the sample says, over all passes: with each pass the older samples count half."""

    def __init__(self, attributor: Attributor) -> None:
        self._attributor = attributor
        self._kinds: _Sums = {}
        self._large: _Sums = {}
        self._large_by_tenant: dict[str | None, list[BigKey]] | None = None
        self._tenants: dict[str, _Sums] = {}
        self._prefixes: defaultdict[int, set[bytes]] = defaultdict(set)
        self._allowed: dict[int, float] = {}
        self._stand_for: dict[tuple[int, bytes], float] = {}
        """Of the keys that are about to be measured, how many others they stand for, where it is not only themselves."""
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
            # A new prefix may be a tenant's only key: it is taken on credit. Where that is used up, one in 60 is taken.
            by_chance = allowed < 0
            chosen = list(islice(self._new(db, batch, prefixes, near), max(0, min(_MOST, math.ceil(allowed + _MOST)))))
            if not chosen and allowed >= 1:
                chosen.append(batch[at])
                by_chance = True
            if by_chance:
                self._stand_for.update(((db, key), 1 / _SHARE) for key in chosen)
        self._allowed[db] = allowed - len(chosen)
        return chosen

    def _new(self, db: int, batch: Sequence[bytes], prefixes: Sequence[bytes], order: Iterable[int]) -> Iterator[bytes]:
        """Yield the keys whose prefix was not sampled yet, which it is then."""
        sampled = self._prefixes[db]
        for index in order:
            if prefixes[index] not in sampled and sum(map(len, self._prefixes.values())) < _MAX_PREFIXES:
                sampled.add(prefixes[index])
                yield batch[index]

    def add(self, db: int, key: bytes, size: int) -> None:
        """Note the bytes of one key."""
        kind, tenant, _ = self._attributor.key(db, key.rpartition(b":")[0], key)
        keys = self._stand_for.pop((db, key), 1.0)
        self.sampled += 1
        if size < BIG_KEY_BYTES:
            _add(self._kinds, (db, kind), keys, size)
            if tenant is not None:
                _add(self._tenants.setdefault(tenant, {}), (db, kind), keys, size)
        else:
            _add(self._large, (db, kind), keys, size)
            self._large_by_tenant = None
            self._big[db, key] = size
            if len(self._big) > BIG_KEYS:
                del self._big[min(self._big, key=lambda place: self._big[place])]

    def of(self, tenant: str, counts: Mapping[Place, int]) -> dict[Place, int]:
        """Return the estimated bytes of a tenant's `counts`; empty where nothing was sampled at all."""
        own = self._tenants.get(tenant, {})
        sizes: dict[Place, int] = {}
        for place, count in counts.items():
            mean = self._mean(place, own.get(place, _NONE))
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

    def _mean(self, place: Place, own: _Sum = _NONE) -> float | None:
        """Return the mean bytes of a kind, by a tenant's own samples where it has some; None where nothing was met."""
        kind, large = self._kinds.get(place, _NONE), self._large.get(place, _NONE)
        if not kind.samples and not large.samples:
            return None
        missing = max(0.0, _OWN - own.samples)
        share = self._share_of_large(place) if large.samples else 0.0
        ordinary = 0.0
        if kind.samples:
            own_mean = own.bytes / own.keys if own.keys else 0.0
            ordinary = (own.samples * own_mean + missing * kind.bytes / kind.keys) / (own.samples + missing)
        return (1 - share) * ordinary + (share * large.bytes / large.keys if share else 0.0)

    def _share_of_large(self, place: Place) -> float:
        """Return which part of a kind's keys is large; 0 where they are too few to speak for others."""
        large, ordinary = self._large.get(place, _NONE), self._kinds.get(place, _NONE)
        if not ordinary.samples:
            return 1.0 if large.samples else 0.0
        share = large.keys / (large.keys + ordinary.keys)
        return share if large.samples >= _OWN and share >= _USUAL else 0.0

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
        self._stand_for.clear()
        self._big_before, self._big = self._big, {}
        self._large_by_tenant = None
        self.refused = False


def _add(sums: _Sums, place: Place, keys: float, size: int) -> None:
    known = sums.get(place, _NONE)
    sums[place] = _Sum(known.samples + 1, known.keys + keys, known.bytes + keys * size)


def _halved(sums: _Sums) -> _Sums:
    # A trace of a sample is worth nothing and is forgotten.
    return {place: _Sum(*(figure / 2 for figure in known)) for place, known in sums.items() if known.samples > 1 / 8}

"""Keys -> counts by tenant and kind, a batch at a time. Pure: no server is needed to test it.

Most keys end in an id that changes neither kind nor tenant. So a batch is counted by prefix first (everything before
the last colon), and each distinct prefix is judged once and remembered. Where the last segment is the tenant itself
(`metrics:tenant:{t}`) the prefix is judged once too, and the tenant is cut out of each key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kryonix_tui.model.census import Census, DatabaseCensus, QueueKey, TenantCensus
from kryonix_tui.model.keyspace import Attribution, KeyPattern, KeyspaceMap, Role
from kryonix_tui.safetext import identity, safe

SAMPLE_SIZE: Final = 20
"""Mobile sessions kept per tenant. SCAN walks in the order of hashes, which knows nothing of what a key holds: the
first keys that come are a random sample."""

MAX_QUEUES: Final = 200_000
"""Queue keys kept; a keyspace with more has something else in place of a queue."""

_MAX_REMEMBERED: Final = 200_000
"""Prefixes remembered before all are forgotten: bounds memory where every key has a prefix of its own."""

_MODULE_LIMIT: Final = 60

_PROBE: Final = b"\0kryonix\0"
"""A last segment that stands for any tenant or id."""

_PROBED_TENANT: Final = identity(_PROBE)
_LONGEST_PATTERN: Final = 64


class Prefix(NamedTuple):
    """What the map says of keys `prefix:x`.

    `attribution` holds for every x that is not empty and not in `exceptions`; with `tenant_last` the tenant is x.
    """

    attribution: Attribution
    tenant_last: bool
    exceptions: frozenset[bytes]

    @property
    def each_key(self) -> bool:
        """Whether the keys differ among each other, so that a count by prefix is not enough."""
        return self.tenant_last or bool(self.exceptions)


class Attributor:
    """Judges prefixes by a keyspace map and remembers them, over all passes."""

    def __init__(self, keyspace: KeyspaceMap) -> None:
        self.keyspace = keyspace
        self._known: dict[tuple[int, bytes], Prefix] = {}
        self._exceptions: dict[int, frozenset[bytes]] = {}

    def prefix(self, db: int, prefix: bytes) -> Prefix:
        """Return what holds for the keys under `prefix` in database `db`."""
        found = self._known.get((db, prefix))
        if found is None:
            if len(self._known) >= _MAX_REMEMBERED:
                self._known.clear()
            found = self._known[db, prefix] = self._judge(db, prefix)
        return found

    def key(self, db: int, prefix: bytes, key: bytes) -> Attribution:
        """Return what the map says of `key`, whose prefix is `prefix`."""
        rule = self.prefix(db, prefix)
        last = key[len(prefix) + 1 :]
        # Without a colon the prefix is empty and does not tell `x` from `:x`.
        if not prefix or not last or last in rule.exceptions:
            return self.keyspace.attribute(db, key)
        if rule.tenant_last:
            return Attribution(rule.attribution.kind, identity(last), rule.attribution.pattern)
        return rule.attribution

    def _judge(self, db: int, prefix: bytes) -> Prefix:
        probed = self.keyspace.attribute(db, prefix + b":" + _PROBE)
        if not self.keyspace.last_segment_matters(db, prefix):
            return Prefix(probed, tenant_last=False, exceptions=frozenset())
        return Prefix(probed, probed.tenant == _PROBED_TENANT, self._literals_at(prefix.count(b":") + 1))

    def _literals_at(self, depth: int) -> frozenset[bytes]:
        """Return the last segments that patterns of `depth` + 1 segments may name, and the empty one."""
        found = self._exceptions.get(depth)
        if found is None:
            segments = (pattern.segments for pattern in self.keyspace.patterns)
            found = frozenset((b"", *(parts[-1] for parts in segments if len(parts) == depth + 1)))
            if depth <= _LONGEST_PATTERN:
                self._exceptions[depth] = found
        return found


@dataclass(slots=True)
class _Counts:
    """The counts of one database."""

    keys: int = 0
    tenant_keys: int = 0
    unattributed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Tally:
    """The counts of one pass so far."""

    def __init__(self, attributor: Attributor) -> None:
        self._attributor = attributor
        self._databases: dict[int, _Counts] = defaultdict(_Counts)
        self._tenants: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
        self._samples: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self._queues: list[QueueKey] = []
        self.keys = 0

    def add(self, db: int, batch: Sequence[bytes]) -> None:
        """Count a batch of keys of database `db`."""
        prefixes = [key.rpartition(b":")[0] for key in batch]
        each, wanted = set(), {}
        for prefix, count in Counter(prefixes).items():
            rule = self._attributor.prefix(db, prefix)
            if rule.each_key:
                each.add(prefix)
                continue
            self._count(db, rule.attribution, count)
            if self._wants_key(rule.attribution):
                wanted[prefix] = rule.attribution
        if each or wanted:
            for prefix, key in zip(prefixes, batch, strict=True):
                if prefix in each:
                    found = self._attributor.key(db, prefix, key)
                    self._count(db, found, 1)
                    self._keep(db, key, found)
                elif prefix in wanted:
                    self._keep(db, key, wanted[prefix])
        self.keys += len(batch)

    def census(self, *, complete: bool, fraction: float, seconds: float) -> Census:
        """Return the counts so far as a frozen value."""
        return Census(
            databases={
                db: DatabaseCensus(db, found.keys, found.tenant_keys, found.unattributed, dict(found.kinds))
                for db, found in self._databases.items()
            },
            tenants={
                tenant: TenantCensus(tenant, dict(counts), tuple(self._samples.get(tenant, ())))
                for tenant, counts in self._tenants.items()
            },
            queues=tuple(self._queues),
            complete=complete,
            fraction=fraction,
            seconds=seconds,
        )

    def _count(self, db: int, found: Attribution, count: int) -> None:
        here = self._databases[db]
        here.keys += count
        kind, tenant, pattern = found
        here.kinds[kind] = here.kinds.get(kind, 0) + count
        if tenant is not None:
            here.tenant_keys += count
            counts = self._tenants[tenant]
            counts[db, kind] = counts.get((db, kind), 0) + count
        elif pattern is None:
            here.unattributed += count

    def _wants_key(self, found: Attribution) -> bool:
        role = found.pattern.role if found.pattern is not None else Role.NONE
        if role is Role.MOBILE_SESSION:
            return found.tenant is not None and len(self._samples[found.tenant]) < SAMPLE_SIZE
        return role is Role.QUEUE and len(self._queues) < MAX_QUEUES

    def _keep(self, db: int, key: bytes, found: Attribution) -> None:
        if found.pattern is None or not self._wants_key(found):
            return
        if found.pattern.role is Role.QUEUE:
            self._queues.append(QueueKey(db, key, queue_module(found.pattern, key), found.tenant))
        elif found.tenant is not None:
            self._samples[found.tenant].append((db, key))


def queue_module(pattern: KeyPattern, key: bytes) -> str:
    """Return the module of a queue, printable: what stands for `{module}`, the pattern's own name, or the last segment."""
    wanted = pattern.segments
    segments = key.split(b":")
    if b"{module}" in wanted:
        at = wanted.index(b"{module}")
        # The last placeholder of a pattern takes all that remains.
        return safe(b":".join(segments[at:]) if at == len(wanted) - 1 else segments[at], _MODULE_LIMIT)
    return pattern.queue or safe(segments[-1], _MODULE_LIMIT)

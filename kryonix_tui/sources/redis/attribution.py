"""Keys -> tenant and kind, a prefix at a time. Pure: no server is needed to test it.

Most keys end in an id that changes neither kind nor tenant. So a batch is counted by prefix first (everything before
the last colon), and each distinct prefix is judged once and remembered. Where the last segment is the tenant itself
(`metrics:tenant:{t}`) the prefix is judged once too, and the tenant is cut out of each key.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Final, NamedTuple

from kryonix_tui.model.keyspace import Attribution, KeyspaceMap
from kryonix_tui.safetext import identity

_MAX_REMEMBERED: Final = 200_000
"""Prefixes remembered before all are forgotten: bounds memory where every key has a prefix of its own."""

_PROBE: Final = b"\0kryonix\0"
"""A last segment that stands for any tenant or id."""

_NONE: Final[frozenset[bytes]] = frozenset()
"""The one empty set of all prefixes: every call of `frozenset` makes another, of 200 bytes."""

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
        self._known: defaultdict[int, dict[bytes, Prefix]] = defaultdict(dict)
        self._remembered = 0
        self._exceptions: dict[int, frozenset[bytes]] = {}

    def prefix(self, db: int, prefix: bytes) -> Prefix:
        """Return what holds for the keys under `prefix` in database `db`."""
        found = self._known[db].get(prefix)
        if found is None:
            if self._remembered >= _MAX_REMEMBERED:
                self._known.clear()
                self._remembered = 0
            found = self._known[db][prefix] = self._judge(db, prefix)
            self._remembered += 1
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
        if probed.tenant is not None:
            # One string for all prefixes of a tenant: they are megabytes with 10,000 of them.
            probed = probed._replace(tenant=sys.intern(probed.tenant))
        if not self.keyspace.last_segment_matters(db, prefix):
            return Prefix(probed, tenant_last=False, exceptions=_NONE)
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

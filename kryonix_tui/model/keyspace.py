"""The keyspace map: which key belongs to which tenant, and of which kind it is.

The map is data. KRYONIX's own is `kryonix_tui.model.kryonix_map`; a platform with other patterns brings its own in the
configuration. A pattern is written as the key itself with placeholders:

    tenant:{t}:api:{module}:{resource}

`{t}` is the tenant, one non-empty segment between colons. Any other placeholder is one segment too, but the last one
of a pattern takes all that remains (`{resource}` may hold further colons). Where several patterns fit, literal segments
win over placeholders, left to right. A key that fits none is of kind `other`; a `tenant:{t}` pair of segments anywhere
in it still gives it a tenant.

Keys are bytes. A tenant's id is `safetext.identity` of its segment: text that keeps every byte and is never shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias, TypeVar

from kryonix_tui.safetext import identity, raw_bytes

OTHER: Final = "other"
"""The kind of every key that no pattern describes."""

TENANT_SEGMENT: Final = b"tenant"


class Role(StrEnum):
    """What the keys of a pattern mean to the console beyond being counted."""

    NONE = "none"
    MOBILE_SESSION = "mobile_session"
    SDK_SESSION = "sdk_session"
    WEBSOCKET = "websocket"
    QUEUE = "queue"
    CREATION = "creation"
    """A tenant that has keys of this role alone is only being created."""


@dataclass(frozen=True, slots=True)
class DatabaseSpec:
    """A logical database: its number, name, and what it is for."""

    db: int
    name: str
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """One line of the map.

    `db` is None where the pattern holds in every database. `queue` names the module of a queue whose pattern has no
    `{module}`. `facts` says which fields of a hash are read, as {fact name (`model.facts`): field name}.
    """

    db: int | None
    pattern: str
    kind: str
    type: str = "hash"
    role: Role = Role.NONE
    queue: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def segments(self) -> tuple[bytes, ...]:
        """The pattern cut at its colons."""
        return tuple(raw_bytes(self.pattern).split(b":"))

    @property
    def has_tenant(self) -> bool:
        """Whether a key of this pattern belongs to a tenant."""
        return b"{t}" in self.segments

    def key_for(self, tenant: str) -> bytes:
        """Return the key of `tenant`, for a pattern whose only placeholder is `{t}`."""
        return raw_bytes(self.pattern).replace(b"{t}", raw_bytes(tenant))


class Attribution(NamedTuple):
    """What the map says of one key. `tenant` is None where the key belongs to none."""

    kind: str
    tenant: str | None
    pattern: KeyPattern | None


@dataclass(frozen=True)
class KeyspaceMap:
    """All databases and patterns, with the questions that the console asks of them."""

    databases: tuple[DatabaseSpec, ...]
    patterns: tuple[KeyPattern, ...]
    _by_db: dict[int | None, tuple[CompiledPattern, ...]] = field(default_factory=dict, repr=False, compare=False)
    _words: dict[bytes, bytes] = field(default_factory=dict, repr=False, compare=False)
    _shapes: dict[tuple[int, _Shape], _Finding] = field(default_factory=dict, repr=False, compare=False)
    _prefixes: dict[tuple[int, _Shape], _Finding] = field(default_factory=dict, repr=False, compare=False)
    _last_matters: dict[tuple[int, _Shape], bool] = field(default_factory=dict, repr=False, compare=False)

    def patterns_of(self, db: int) -> tuple[CompiledPattern, ...]:
        """Return the patterns that hold in database `db`, the most specific first."""
        found = self._by_db.get(db)
        if found is None:
            here = [CompiledPattern.of(pattern) for pattern in self.patterns if pattern.db in (None, db)]
            found = self._by_db[db] = tuple(sorted(here, key=CompiledPattern.specificity))
        return found

    def attribute(self, db: int, key: bytes) -> Attribution:
        """Return kind, tenant and pattern of `key` in database `db`."""
        segments = key.split(b":")
        shape = self._shape(segments)
        found = self._shapes.get((db, shape))
        if found is None:
            found = self._find(db, segments)
            _remember(self._shapes, (db, shape), found)
        kind, tenant_at, pattern = found
        return Attribution(kind, None if tenant_at < 0 else identity(segments[tenant_at]), pattern)

    def attribution(self) -> Callable[[int, bytes], Attribution]:
        """Return `attribute` with a memory, for long walks: most keys differ only in an id at their end.

        What is remembered is bounded, and goes with the returned function.
        """
        memory: dict[tuple[int, bytes], Attribution] = {}

        def attribute(db: int, key: bytes) -> Attribution:
            prefix = key.rpartition(b":")[0]
            place = db, prefix
            known = memory.get(place)
            if known is None:
                known = self.of_prefix(db, prefix)
                if known is None:
                    return self.attribute(db, key)
                if len(memory) >= _MAX_PREFIXES:
                    memory.clear()
                memory[place] = known
            return known

        return attribute

    def of_prefix(self, db: int, prefix: bytes) -> Attribution | None:
        """Return what `attribute` says of every key `prefix:x` in database `db`; None where x matters."""
        segments = prefix.split(b":")
        shape = self._shape(segments)
        found = self._prefixes.get((db, shape))
        if found is None:
            if self.last_segment_matters(db, prefix):
                return None
            found = self._find(db, [*segments, b"x"])
            _remember(self._prefixes, (db, shape), found)
        kind, tenant_at, pattern = found
        return Attribution(kind, None if tenant_at < 0 else identity(segments[tenant_at]), pattern)

    def last_segment_matters(self, db: int, prefix: bytes) -> bool:
        """Tell whether two keys `prefix:a` and `prefix:b` may differ in kind or tenant.

        Where they may not, a census attributes `prefix` once and counts; most keys end in an id and need no more.
        """
        segments = prefix.split(b":") if prefix else []
        if not segments or segments[-1] == TENANT_SEGMENT:
            return True
        shape = self._shape(segments)
        found = self._last_matters.get((db, shape))
        if found is None:
            found = any(compiled.last_matters_after(segments) for compiled in self.patterns_of(db))
            _remember(self._last_matters, (db, shape), found)
        return found

    def _shape(self, segments: list[bytes]) -> _Shape:
        """Return what all keys have in common that only differ in segments which no pattern names."""
        if not self._words:
            literals = {segment for pattern in self.patterns for segment in pattern.segments}
            self._words.update((word, word) for word in (*literals, TENANT_SEGMENT, b""))
        return tuple(map(self._words.get, segments))

    def _find(self, db: int, segments: list[bytes]) -> _Finding:
        for compiled in self.patterns_of(db):
            if compiled.matches(segments):
                return compiled.pattern.kind, compiled.tenant_at, compiled.pattern
        return OTHER, tenant_position(segments), None

    def with_facts(self) -> tuple[KeyPattern, ...]:
        """Return the patterns of hashes whose fields are read for each tenant: their keys follow from the tenant alone."""
        return tuple(
            pattern
            for pattern in self.patterns
            if pattern.facts
            and pattern.db is not None
            and [segment for segment in pattern.segments if _is_placeholder(segment)] == [b"{t}"]
        )

    def example_keys(self, tenant: str, *, queues: bool = False) -> tuple[bytes, ...]:
        """Return a key of each pattern (`queues`: of each queue's) as `tenant` would have it, for asking about rights."""
        return tuple(
            dict.fromkeys(
                b":".join(raw_bytes(tenant) if _is_placeholder(segment) else segment for segment in pattern.segments)
                for pattern in self.patterns
                if pattern.role is Role.QUEUE or not queues
            )
        )

    def kinds_with(self, role: Role) -> frozenset[str]:
        """Return the kinds whose keys have `role`."""
        return frozenset(pattern.kind for pattern in self.patterns if pattern.role is role)

    def database(self, db: int) -> DatabaseSpec:
        """Return the description of `db`; an undescribed database has its number for a name."""
        for spec in self.databases:
            if spec.db == db:
                return spec
        return DatabaseSpec(db, f"db {db}")


def tenant_anywhere(segments: Sequence[bytes]) -> str | None:
    """Return the tenant of the first `tenant:{t}` pair among a key's segments, if there is one."""
    position = tenant_position(segments)
    return None if position < 0 else identity(segments[position])


def tenant_position(segments: Sequence[bytes]) -> int:
    """Return where the tenant of the first `tenant:{t}` pair stands, -1 where there is none."""
    previous = b""
    for position, segment in enumerate(segments):
        if previous == TENANT_SEGMENT and segment:
            return position
        previous = segment
    return -1


_Shape: TypeAlias = tuple[bytes | None, ...]
"""The segments of a key, None for those that no pattern names."""

_Finding: TypeAlias = tuple[str, int, KeyPattern | None]
"""Kind, position of the tenant's segment (-1: none) and pattern of all keys of one shape."""

_MAX_SHAPES: Final = 10_000
_MAX_PREFIXES: Final = 100_000
"""Prefixes that a long walk remembers."""
_LONGEST_SHAPE: Final = 16

_T = TypeVar("_T")


def _remember(shapes: dict[tuple[int, _Shape], _T], shape: tuple[int, _Shape], value: _T) -> None:
    """Keep what holds for a shape. Bounded, for hostile keys may have any number of shapes of any length."""
    if len(shape[1]) > _LONGEST_SHAPE:
        return
    if len(shapes) >= _MAX_SHAPES:
        shapes.clear()
    shapes[shape] = value


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """A pattern made ready for matching: its segments, None for a placeholder, and where the tenant stands."""

    pattern: KeyPattern
    literals: tuple[bytes | None, ...]
    tenant_at: int
    open_ended: bool

    @classmethod
    def of(cls, pattern: KeyPattern) -> CompiledPattern:
        """Return a pattern, ready for matching."""
        segments = pattern.segments
        tenant_at = segments.index(b"{t}") if b"{t}" in segments else -1
        literals = tuple(None if _is_placeholder(segment) else segment for segment in segments)
        return cls(pattern, literals, tenant_at, literals[-1] is None and tenant_at != len(segments) - 1)

    def specificity(self) -> tuple[tuple[bool, ...], int]:
        """Sort key: literal segments first, from the left; of equal ones the longer pattern first."""
        return tuple(literal is None for literal in self.literals), -len(self.literals)

    def matches(self, segments: list[bytes]) -> bool:
        """Tell whether a key of these segments is of this pattern."""
        length = len(self.literals)
        if len(segments) < length or (len(segments) > length and not self.open_ended):
            return False
        for literal, segment in zip(self.literals, segments, strict=False):
            if literal is not None and literal != segment:
                return False
        return self.tenant_at < 0 or bool(segments[self.tenant_at])

    def last_matters_after(self, prefix: list[bytes]) -> bool:
        """Tell whether, for keys `prefix:x`, this pattern looks at x."""
        if len(prefix) != len(self.literals) - 1 or self.open_ended:
            return False
        return all(
            literal is None or literal == segment for literal, segment in zip(self.literals[:-1], prefix, strict=True)
        )


def _is_placeholder(segment: bytes) -> bool:
    return segment.startswith(b"{") and segment.endswith(b"}")

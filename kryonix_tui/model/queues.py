"""Queues: how people name one, what is known of one now, and the port that looks at waiting items.

Producers push at the head (LPUSH), consumers pop at the tail: the oldest item is the last one of the list, and goes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from kryonix_tui.clock import Instant
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap, Role
from kryonix_tui.safetext import identity, raw_bytes, safe

_MODULE: Final = b"{module}"
_MODULE_LIMIT: Final = 60


def queue_module(pattern: KeyPattern, key: bytes) -> str:
    """Return the module of a queue, printable: what stands for `{module}`, the pattern's own name, or the last segment."""
    wanted = pattern.segments
    segments = key.split(b":")
    if _MODULE in wanted:
        at = wanted.index(_MODULE)
        # The last placeholder of a pattern takes all that remains.
        return safe(b":".join(segments[at:]) if at == len(wanted) - 1 else segments[at], _MODULE_LIMIT)
    return pattern.queue or safe(segments[-1], _MODULE_LIMIT)


def queue_of_key(keyspace: KeyspaceMap, db: int, key: bytes) -> QueueKey | None:
    """Return the queue that a key of database `db` is; None where the map knows no queue of this name there."""
    found = keyspace.attribute(db, key)
    if found.pattern is None or found.pattern.role is not Role.QUEUE:
        return None
    return QueueKey(db, key, queue_module(found.pattern, key), found.tenant)


def shown(queue: QueueKey) -> str:
    """Return what people call a queue: `imoveis/whatsapp`; one of the platform by its key."""
    return f"{safe(queue.tenant, 64)}/{queue.module}" if queue.tenant is not None else safe(queue.key, 200)


def named(keyspace: KeyspaceMap, text: str, db: int | None = None) -> QueueKey:
    """Return the queue that `text` names: `TENANT/MODULE`, or the key itself. No server is asked whether it is there.

    Raises:
        UsageError: the map has no such queue, or several.
    """
    found = [queue for queue in dict.fromkeys(_candidates(keyspace, text)) if db in (None, queue.db)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            _("{name} is no queue").format(name=safe(text, 200)),
            hint=_("Write TENANT/MODULE, or the key: `kryonix queues list` shows them."),
        )
    keys = ", ".join(f"{safe(queue.key, 120)} (db {queue.db})" for queue in found)
    raise UsageError(
        _("{name} may be any of these: {keys}").format(name=safe(text, 200), keys=keys),
        hint=_("Write the key, and --db N where that is not enough."),
    )


def of_module(keyspace: KeyspaceMap, tenant: str | None, module: str) -> list[QueueKey]:
    """Return the queues that `tenant` (None: the platform) would have for a module, whether they are there or not."""
    found: list[QueueKey] = []
    for pattern in keyspace.patterns:
        if pattern.role is not Role.QUEUE or pattern.db is None:
            continue
        if tenant is not None and pattern.has_tenant:
            found += _of_tenant(keyspace, pattern, raw_bytes(tenant), raw_bytes(module))
        elif tenant is None and b"{" not in raw_bytes(pattern.pattern):
            queue = queue_of_key(keyspace, pattern.db, raw_bytes(pattern.pattern))
            found += [queue] if queue is not None and queue.module == module else []
    return found


def _candidates(keyspace: KeyspaceMap, text: str) -> Iterator[QueueKey]:
    raw = raw_bytes(text)
    tenant, slash, module = raw.rpartition(b"/")
    for pattern in keyspace.patterns:
        if pattern.role is not Role.QUEUE or pattern.db is None:
            continue
        exact = queue_of_key(keyspace, pattern.db, raw)
        if exact is not None:
            yield exact
        elif slash and pattern.has_tenant:
            yield from _of_tenant(keyspace, pattern, tenant, module)


def _of_tenant(keyspace: KeyspaceMap, pattern: KeyPattern, tenant: bytes, module: bytes) -> Iterator[QueueKey]:
    """Yield the queue of a pattern that `tenant` would have for `module`, where the pattern has room for that."""
    fills = {b"{t}": tenant, _MODULE: module}
    segments = [fills.get(segment, segment) for segment in pattern.segments]
    if any(segment.startswith(b"{") and segment.endswith(b"}") for segment in segments) or pattern.db is None:
        return
    queue = queue_of_key(keyspace, pattern.db, b":".join(segments))
    # A colon in the name would make it another tenant's.
    if queue is None or queue.tenant != identity(tenant):
        return
    if _MODULE in pattern.segments or raw_bytes(queue.module) == module:
        yield queue


class Certainty(StrEnum):
    """How well a rate is known."""

    KNOWN = "known"
    ABOUT = "about"
    """By the moments that items carry: as if they had come evenly."""
    LEAST = "least"
    """It may be more: what came and went between two looks leaves no trace."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Items per second."""

    value: float
    certainty: Certainty


class Consumer(StrEnum):
    """Whether anybody takes items from a queue, as far as looks at it tell. The worst first."""

    NONE = "none"
    STALLED = "stalled"
    UNKNOWN = "unknown"
    WORKING = "working"
    IDLE = "idle"
    """Nothing waits."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _CONSUMER_RANK[self]


_CONSUMER_RANK = {consumer: rank for rank, consumer in enumerate(Consumer)}


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as it was at its last look. `tenant` is None for one of the platform.

    `oldest` is since when its oldest item waits (epoch seconds), where that says so. `net` is by how many items a second
    it grows (negative: shrinks), `arriving` and `leaving` what that is made of, None where it cannot be known. `quiet`
    is for how many seconds nothing was seen to leave although something waits. `recent` are its last depths.
    """

    tenant: str | None
    module: str
    depth: int
    read_at: Instant
    oldest: float | None = None
    net: float | None = None
    arriving: Rate | None = None
    leaving: Rate | None = None
    quiet: float = 0.0
    consumer: Consumer = Consumer.UNKNOWN
    recent: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """What identifies it in lists."""
        return f"{self.tenant or ''}/{self.module}"

    @property
    def seconds_to_empty(self) -> float | None:
        """When it will be empty if it goes on so; None: never, or nobody knows."""
        return self.depth / -self.net if self.net is not None and self.net < 0 else None


@dataclass(frozen=True, slots=True)
class QueueList:
    """All queues that may be seen, by `QueueState.key`. `roster` is the same object while none came or went.

    `consumers` says how many there are with each kind of consumer.
    """

    states: Mapping[str, QueueState] = field(default_factory=dict)
    roster: tuple[str, ...] = ()
    consumers: Mapping[Consumer, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An item as a look found it. `place` counts from the tail: 0 goes next.

    `content` is its beginning, raw; `size` is all of it in bytes. `since`: epoch seconds since when it waits, by its own
    word, None where it does not say.
    """

    place: int
    content: bytes
    size: int
    since: float | None = None

    @property
    def cut(self) -> bool:
        """Whether `content` is not all of it."""
        return len(self.content) < self.size


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some items that wait next to each other, those that go next first. `depth` is how many there were in all.

    `type` is Redis' word for the key, empty: nothing is there. `refused` says why no item was read.
    """

    depth: int
    items: tuple[WaitingItem, ...] = ()
    type: str = "list"
    refused: str = ""

    @property
    def next(self) -> int | None:
        """The place to go on from, None where that was all."""
        after = self.items[-1].place + 1 if self.items else self.depth
        return after if after < self.depth else None


class QueuesPort(Protocol):
    """Looks at waiting items and takes none."""

    @property
    def place(self) -> str:
        """The server, printable; known after the first look."""
        ...

    async def items(self, queue: QueueKey, start: int = 0, count: int = 0, kept: int = 0) -> QueuePage:
        """Return up to `count` items from place `start` on, each cut at `kept` bytes (0: as many as the port likes).

        Raises:
            RefusedError: this console may not see that queue.
            SourceError: the server does not answer, or this user may not.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...

"""Single keys, as the key browser shows them: found a page at a time, looked into one at a time, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ground:
    """Where keys are looked for: a database, and whose and of which kind they are; None: any."""

    db: int
    tenant: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key: its raw name is its identity and never shown as it is."""

    db: int
    key: bytes
    kind: str
    tenant: str | None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys that one look brought. `cursor` goes on from there, None where the walk has ended.

    `walked` is how many keys were gone past, `size` how many the database had.
    """

    keys: tuple[FoundKey, ...]
    cursor: int | None
    walked: int
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value: a field, a member, an item, with what it says. Raw, as it came; cut at `PART_BYTES`.

    Of an entry of a stream, whose id is the name, the value is the names of its fields with zero bytes between them.
    """

    name: bytes
    value: bytes
    cut: bool = False


@dataclass(frozen=True, slots=True)
class KeyValue:
    """The beginning of a value.

    `type` is Redis' word; empty: the key is gone. `ttl_ms` is None where it does not expire. `length` counts its parts,
    or the bytes of a string; `bytes` is its memory, None where that may not be asked. `refused` says why no part was read.
    """

    type: str
    ttl_ms: int | None = None
    length: int = 0
    bytes: int | None = None
    parts: tuple[Part, ...] = ()
    refused: str = ""


class KeysPort(Protocol):
    """Keys of a server, read-only. Every method raises SourceError, and RefusedError for what may not be seen."""

    async def page(self, ground: Ground, cursor: int = 0) -> KeyPage:
        """Walk on from `cursor` until there is something to show, or for a bounded while."""
        ...

    async def value(self, found: FoundKey) -> KeyValue:
        """Look into one key."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...

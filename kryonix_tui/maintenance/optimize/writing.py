"""Give keys another expiry, each only while it still has the one that is known: exact, whoever else writes meanwhile.

The keys of a batch are watched, read, and written in one step that the server refuses if anybody has touched one of them
in between. Then the batch is tried in halves, so that a key which is written all the time keeps no other one back. No race
remains: a key is written if, and only if, its expiry is what was planned at that very moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.model.optimization import Fate

BATCH: Final = 100
"""Keys of one step."""

TRIES: Final = 3
"""How often a single key is tried that others write."""

_GONE: Final = -2
_NO_EXPIRY: Final = -1


@dataclass(frozen=True, slots=True)
class Wanted:
    """One key: it gets `new_ms` if it has `old_ms` (None: no expiry)."""

    key: bytes
    old_ms: int | None
    new_ms: int | None


async def write(clients: PurposeClients, db: int, wanted: Sequence[Wanted]) -> list[Fate]:
    """Write keys of one database, and return what became of each.

    Raises:
        SourceError: the server refused or broke off; what was written before stays.
    """
    if not wanted:
        return []
    for _attempt in range(TRIES if len(wanted) == 1 else 1):
        fates = await _together(clients, db, wanted)
        if fates is not None:
            return fates
    if len(wanted) == 1:
        return [Fate.BUSY]
    half = len(wanted) // 2
    return [*await write(clients, db, wanted[:half]), *await write(clients, db, wanted[half:])]


async def expiries(clients: PurposeClients, db: int, keys: Sequence[bytes]) -> list[int]:
    """Return when keys of one database end, in ms; -1: never, -2: they are gone. Counts a hit for each that is there.

    Raises:
        SourceError: the server refused.
    """
    found: list[int] = []
    for start in range(0, len(keys), BATCH):
        commands = [("PEXPIRETIME", key) for key in keys[start : start + BATCH]]
        found += map(int, await clients.replies(db, commands))
    return found


def fate_of(wanted: Wanted, found: int) -> Fate:
    """Return what is to become of a key with the expiry `found`; DONE: it may be written."""
    if found == _GONE:
        return Fate.GONE
    if found == _raw(wanted.old_ms):
        return Fate.DONE
    return Fate.ALREADY if found == _raw(wanted.new_ms) else Fate.CHANGED


async def _together(clients: PurposeClients, db: int, wanted: Sequence[Wanted]) -> list[Fate] | None:
    """Write in one step; None where somebody was faster with one of the keys."""
    fates: list[Fate] = []

    def decide(replies: list[Any]) -> Sequence[Sequence[Any]]:
        fates[:] = map(fate_of, wanted, map(int, clients.checked(replies)))
        return [_command(each) for each, fate in zip(wanted, fates, strict=True) if fate is Fate.DONE]

    keys = [each.key for each in wanted]
    written = await clients.if_unchanged(db, keys, [("PEXPIRETIME", key) for key in keys], decide)
    if written is None:
        return None
    # Between the question and the step a key may still come to its end: then it was not there to be written.
    replies = iter(clients.checked(written))
    return [Fate.GONE if fate is Fate.DONE and not next(replies) else fate for fate in fates]


def _command(wanted: Wanted) -> tuple[Any, ...]:
    if wanted.new_ms is None:
        return ("PERSIST", wanted.key)
    return ("PEXPIREAT", wanted.key, wanted.new_ms)


def _raw(expires_ms: int | None) -> int:
    return _NO_EXPIRY if expires_ms is None else expires_ms

"""Removing keys by name: in batches, each name judged by the keyspace map once more, stoppable between two batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.create import keeper
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.tenants.saved import Saved
from kryonix_tui.model.census import Place
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Scope
from kryonix_tui.view import formats

BATCH_KEYS: Final = 500
"""Names of one UNLINK: it takes them out at once, and frees what they held in the background."""


class Removal:
    """Removes keys of one tenant. `removed` counts those that were there, and is true also where it broke off."""

    def __init__(self, clients: PurposeClients, keyspace: KeyspaceMap, tenant: str) -> None:
        self._clients = clients
        self._mine = keeper(Scope((tenant,)), keyspace)
        self.removed = 0

    async def take(self, names: Mapping[Place, set[bytes]], run: Run) -> None:
        """Remove what is named, as {(db, kind): names}; what is not the tenant's by the map is left alone.

        Raises:
            StoppedError: `run` was stopped.
            SourceError: the server refused or broke off; what was removed before is gone.
        """
        total = sum(map(len, names.values()))
        done = 0
        for db, batch in _batches(names):
            await run.between_batches()
            mine = [key for key in batch if self._mine(db, key)]
            if mine:
                self.removed += await self._clients.call(db, "UNLINK", *mine)
            done += len(batch)
            run.progress(done, total, "keys", _("removing"))

    async def take_unchanged(self, names: Mapping[Place, set[bytes]], saved: Saved, run: Run) -> None:
        """Remove what is named and has the value and expiry that are `saved`, in one step; all else stays. Raises as `take`.

        A key that somebody writes to is neither removed nor does it hold the others of its batch up for long.
        """
        wanted: dict[int, list[bytes]] = {}
        for db, kind in sorted(names):
            mine = (key for key in names[db, kind] if saved.has(db, key) and self._mine(db, key))
            wanted.setdefault(db, []).extend(mine)
        total, done = sum(map(len, wanted.values())), 0
        for db, keys in wanted.items():
            for batch in saved.batches(db, keys):
                await run.between_batches()
                await self._take_unchanged(db, batch, saved)
                done += len(batch)
                run.progress(done, total, "keys", _("removing"))

    async def _take_unchanged(self, db: int, keys: list[bytes], saved: Saved) -> None:
        def decide(replies: list[Any]) -> list[tuple[Any, ...]]:
            self._clients.checked(replies)
            found = zip(keys, replies[::2], replies[1::2], strict=True)
            same = [key for key, value, ends in found if value is not None and saved.is_like(db, key, value, ends)]
            return [("UNLINK", *same)] if same else []

        questions = [(command, key) for key in keys for command in ("DUMP", "PEXPIRETIME")]
        replies = await self._clients.if_unchanged(db, keys, questions, decide)
        if replies is not None:
            self.removed += sum(self._clients.checked(replies))
        elif len(keys) > 1:
            half = len(keys) // 2
            await self._take_unchanged(db, keys[:half], saved)
            await self._take_unchanged(db, keys[half:], saved)

    async def present(self, names: Mapping[Place, set[bytes]]) -> int:
        """Return how many of the named keys are there now. Raises SourceError."""
        return sum([await self._clients.call(db, "EXISTS", *batch) for db, batch in _batches(names)])

    def explain(self, error: KryonixError, total: int, saved: str, undo: str) -> None:
        """Add to an error what was done until then: who reads the audit log must find the archive in it."""
        text = ngettext(
            "{reason}; {done} of {total} key was removed, all were saved before as {name}",
            "{reason}; {done} of {total} keys were removed, all were saved before as {name}",
            total,
        )
        error.message = text.format(
            reason=error.message, done=formats.full_count(self.removed), total=formats.full_count(total), name=saved
        )
        hint = _("The same again goes on with the rest. To bring back what was removed: {command}").format(command=undo)
        error.hint = " ".join(part for part in (error.hint, hint) if part)


def _batches(names: Mapping[Place, set[bytes]]) -> Iterator[tuple[int, list[bytes]]]:
    for db in sorted({db for db, _kind in names}):
        left = (key for place in sorted(names) if place[0] == db for key in names[place])
        while batch := list(islice(left, BATCH_KEYS)):
            yield db, batch

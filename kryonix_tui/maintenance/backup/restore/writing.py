"""Write records batch by batch, each key looked at again in the batch that writes it, and count what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kryonix_tui.maintenance.backup.dumps import present
from kryonix_tui.maintenance.backup.rdb import Record, ends_at_ms
from kryonix_tui.maintenance.backup.restore.target import by_size, write
from kryonix_tui.maintenance.backup.restore.values import same, state_of, unchanged
from kryonix_tui.maintenance.connections import PurposeClients


@dataclass(slots=True)
class Tally:
    """What became of the keys. `meanwhile`: left alone because somebody wrote them after the plan was made."""

    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    expired: int = 0
    meanwhile: int = 0

    def count_expired(self) -> None:
        """Count a key whose time has passed."""
        self.expired += 1

    @property
    def kept(self) -> int:
        """Keys that may rightly be other than in the archive."""
        return self.skipped + self.meanwhile


@dataclass(slots=True)
class Writing:
    """Writes in format `version`. `known` is what keys were before, as {(db, key): state}.

    `large` is the bytes of the large ones among them. With `replace` they may be overwritten while they still are that; else they are left as they are. `now_ms` is the
    server's clock.
    """

    clients: PurposeClients
    version: int
    known: Mapping[tuple[int, bytes], bytes]
    large: Mapping[tuple[int, bytes], int]
    replace: bool
    now_ms: Callable[[], int]
    tally: Tally = field(default_factory=Tally)

    async def take(self, batch: list[Record]) -> None:
        """Write records of one database.

        Raises:
            SourceError: the server refused or broke off; what was written before stays.
        """
        db = batch[0].db
        replaceable = await self._replaceable(db, batch)
        # A value that is restored after its time is not restored: with REPLACE, what is in its place would be gone.
        now = self.now_ms()
        alive = [record for record in batch if (ends := ends_at_ms(record)) is None or ends > now]
        self.tally.expired += len(batch) - len(alive)
        if not alive:
            return
        refused = await write(self.clients, db, alive, self.version, replace=replaceable)
        self.tally.written += len(alive) - len(refused)
        if refused:
            await self._explain(db, [record for record in alive if record.key in refused])

    async def _replaceable(self, db: int, batch: list[Record]) -> frozenset[bytes]:
        """Return the keys of a batch that may be overwritten: they are still what was saved."""
        if not self.replace:
            return frozenset()
        saved = ((record.key, self.known.get((db, record.key))) for record in batch)
        before = {key: state for key, state in saved if state is not None}
        still: set[bytes] = set()
        for keys in by_size(db, before, self.large):
            there = await present(self.clients, db, keys)
            now = self.now_ms()
            still.update(key for key, found in there.items() if unchanged(before[key], state_of(found), now))
        return frozenset(still)

    async def _explain(self, db: int, refused: list[Record]) -> None:
        """Count why records were not written."""
        there = await present(self.clients, db, [record.key for record in refused])
        now = self.now_ms()
        for record in refused:
            found = there.get(record.key)
            if found is not None and same(record, found, now):
                self.tally.unchanged += 1
            elif (db, record.key) in self.known and not self.replace:
                self.tally.skipped += 1
            else:
                self.tally.meanwhile += 1

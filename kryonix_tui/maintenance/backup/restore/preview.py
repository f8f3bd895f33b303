"""What a restore would do, as a diff between an archive and a server. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kryonix_tui.maintenance.backup.rdb import Record
from kryonix_tui.maintenance.backup.restore.target import Batcher, present
from kryonix_tui.maintenance.backup.restore.values import digest, same
from kryonix_tui.maintenance.connections import PurposeClients


@dataclass(slots=True)
class Diff:
    """Keys of the archive within the scope, by what they are on the server.

    `new`: not there. `same`: there, with value and expiry. `changed`: there, with others; `overwritten` remembers what
    those were, as {(db, key): digest}, so that nothing newer is overwritten unseen. `expired`: their time has passed.
    `size` is the bytes of the values that would be written; `databases` those that keys go to.
    """

    new: int = 0
    same: int = 0
    changed: int = 0
    expired: int = 0
    size: int = 0
    databases: set[int] = field(default_factory=set)
    overwritten: dict[tuple[int, bytes], bytes] = field(default_factory=dict)

    @property
    def existing(self) -> int:
        """Keys that are there already."""
        return self.same + self.changed

    def take(self, records: Iterable[Record], there: dict[bytes, Record]) -> None:
        """Count a batch."""
        for record in records:
            found = there.get(record.key)
            if found is not None and same(record, found):
                self.same += 1
                continue
            self.size += len(record.value)
            if found is None:
                self.new += 1
            else:
                self.changed += 1
                self.overwritten[record.db, record.key] = state_of(found)


def state_of(record: Record) -> bytes:
    """Return what tells the present state of a key from any other."""
    return digest(record.type, record.value) + (record.expires_at_ms or 0).to_bytes(8, "little")


async def compare(
    records: Iterable[Record], clients: PurposeClients, now_ms: int, checkpoint: Callable[[int], None]
) -> Diff:
    """Compare records with what is on the server; `checkpoint` is called with the number of keys after each batch.

    Raises:
        SourceError: the server could not be read.
        CorruptRdbError, UnknownTypeError: archive or server holds what cannot be understood.
    """
    diff, batcher, done = Diff(), Batcher(), 0

    async def look(batch: list[Record]) -> None:
        nonlocal done
        if batch:
            diff.take(batch, await present(clients, batch[0].db, [record.key for record in batch]))
            done += len(batch)
            checkpoint(done)

    for record in records:
        diff.databases.add(record.db)
        if record.expires_at_ms is not None and record.expires_at_ms <= now_ms:
            diff.expired += 1
        else:
            await look(batcher.add(record))
    await look(batcher.rest())
    return diff

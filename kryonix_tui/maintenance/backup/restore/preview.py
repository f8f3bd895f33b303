"""What a restore would do, as a diff between an archive and a server. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.maintenance.backup.dumps import present
from kryonix_tui.maintenance.backup.rdb import RdbReader, Record
from kryonix_tui.maintenance.backup.restore.memory import needed
from kryonix_tui.maintenance.backup.restore.preflight import check_database
from kryonix_tui.maintenance.backup.restore.selection import Selection
from kryonix_tui.maintenance.backup.restore.target import LARGE
from kryonix_tui.maintenance.backup.restore.values import same, state_of
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.overview import Overview

WRITTEN_PER_SECOND: Final = 45_000
COMPARED_PER_SECOND: Final = 25_000
WALKED_PER_SECOND: Final = 110_000
"""Keys of a restore that are sent, that are read and compared, and that are passed over in the archive (by both walks).

Measured with small values on a machine of two cores that server and console share: 14,000 a second for a whole archive.
"""


@dataclass(slots=True)
class Diff:
    """Keys of the archive within the scope, by what they are on the server.

    `new`: not there. `same`: there, with value and expiry. `changed`: there, with others; `overwritten` remembers what
    those were, as {(db, key): state}, so that nothing newer is overwritten unseen. `expired`: their time has passed.
    `large` is the bytes of those of them that are large. `size` is the bytes of the keys and values that would be written, `memory` those that the server may need for them.
    """

    new: int = 0
    same: int = 0
    changed: int = 0
    expired: int = 0
    size: int = 0
    memory: float = 0.0
    overwritten: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    large: dict[tuple[int, bytes], int] = field(default_factory=dict)

    @property
    def existing(self) -> int:
        """Keys that are there already."""
        return self.same + self.changed

    @property
    def total(self) -> int:
        """Keys of the archive within the scope."""
        return self.new + self.existing + self.expired

    def seconds(self, archived: int) -> float:
        """Return how long writing and comparing may take, where the archive holds `archived` keys.

        What is there is compared twice: when it turns out to be in the way, and at the end.
        """
        alive = self.new + self.existing
        return (
            alive / WRITTEN_PER_SECOND
            + (alive + self.existing) / COMPARED_PER_SECOND
            + max(archived, self.total) / WALKED_PER_SECOND
        )

    def take(self, records: Iterable[Record], there: dict[bytes, Record], now_ms: int) -> None:
        """Count a batch; `there` is what the server had at its time `now_ms`."""
        for record in records:
            found = there.get(record.key)
            if found is not None and same(record, found, now_ms):
                self.same += 1
                continue
            self.size += len(record.key) + len(record.value)
            self.memory += needed(record)
            if found is None:
                self.new += 1
            else:
                self.changed += 1
                self.overwritten[record.db, record.key] = state_of(found)
                if len(found.value) > LARGE:
                    self.large[record.db, record.key] = len(found.value)

    def count_expired(self) -> None:
        """Count a key whose time has passed."""
        self.expired += 1


async def compare(selection: Selection, reader: RdbReader, clients: PurposeClients, seen: Overview) -> Diff:
    """Compare the records of a selection with what is on the server; `selection.breath` is called before each batch.

    Raises:
        SourceError: the server could not be read.
        RefusedError: it does not have a database that keys go to.
        CorruptRdbError, UnknownTypeError: archive or server holds what cannot be understood.
    """
    diff, checked = Diff(), set()
    async for batch in selection.alive(reader, seen.now_ms, diff.count_expired):
        if batch[0].db not in checked:
            checked.add(batch[0].db)
            await check_database(clients, batch[0].db)
        selection.breath()
        there = await present(clients, batch[0].db, [record.key for record in batch])
        diff.take(batch, there, seen.now_ms())
    return diff

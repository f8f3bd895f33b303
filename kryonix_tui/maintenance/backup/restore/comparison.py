"""After a restore: read every key again, and say what is gone or other than in the archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kryonix_tui.maintenance.backup.dumps import present
from kryonix_tui.maintenance.backup.rdb import RdbReader, ends_at_ms
from kryonix_tui.maintenance.backup.restore.selection import Selection
from kryonix_tui.maintenance.backup.restore.values import same
from kryonix_tui.maintenance.connections import PurposeClients


@dataclass(slots=True)
class Comparison:
    """How many keys are not there though their time has not come, and how many are other than in the archive."""

    missing: int = 0
    differing: int = 0
    done: int = 0


async def reread(
    selection: Selection,
    reader: RdbReader,
    clients: PurposeClients,
    now_ms: Callable[[], int],
    progress: Callable[[int], None],
) -> Comparison:
    """Compare all keys of a selection with the server; `progress` gets the number of keys after each batch.

    Raises:
        SourceError: the server could not be read.
    """
    found = Comparison()
    async for batch in selection.alive(reader, now_ms, lambda: None):
        there = await present(clients, batch[0].db, [record.key for record in batch])
        now = now_ms()
        for record in batch:
            here = there.get(record.key)
            if here is None:
                found.missing += (ends := ends_at_ms(record)) is None or ends > now
            else:
                found.differing += not same(record, here, now)
        found.done += len(batch)
        progress(found.done)
    return found

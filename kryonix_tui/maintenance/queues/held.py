"""Taking items out of a queue so that none is lost and none doubled: by way of a list that holds them until they are saved.

    1  MULTI   mark the holding list with (operation, batch), move items from the queue into it   EXEC
    2  write the batch to the file, fsync
    3  UNLINK the holding list

Consumers and producers go on meanwhile: an item goes to them or to us, the server says which. Killed after 1, the items
are on the server and the file lacks the batch: it is saved and 3 follows. Killed after 2, the file has the batch: 3 alone
follows. A queue has one holding list, of its tenant's keys, so that backups have what is in it and consumers do not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.queues.item_file import ItemFile
from kryonix_tui.model.census import QueueKey
from kryonix_tui.safetext import raw_bytes, safe

LARGE_BATCH: Final = 4 * 1024 * 1024
"""Bytes after which the next batch has one item again, for the next ones may be as large."""
SMALL_BATCH: Final = 512 * 1024
"""Bytes under which the next batch has twice as many items."""
MOST: Final = 200
"""Items of a batch."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a holding list says of itself: which operation filled it, for which batch, and on which machine."""

    operation: str
    batch: int
    host: str


def held_key(queue: QueueKey, what: str = "items") -> bytes:
    """Return the key of the list that holds items of a queue for a moment, or of another note about it."""
    owner = b"system" if queue.tenant is None else b"tenant:" + raw_bytes(queue.tenant)
    return owner + b":kryonix:held:" + what.encode() + b":" + queue.key


def mark_command(queue: QueueKey, mark: Mark) -> tuple[Any, ...]:
    """Return the command that begins a holding list."""
    content = json.dumps({"kryonix": "held", "operation": mark.operation, "batch": mark.batch, "host": mark.host})
    return ("LPUSH", held_key(queue), content.encode())


async def read_mark(clients: PurposeClients, queue: QueueKey) -> tuple[Mark | None, int]:
    """Return what a holding list says of itself, and how many items it has; None and 0 where there is none.

    Raises:
        KryonixError: there is something else under its name.
        SourceError: the server does not answer.
    """
    last, length = await clients.replies(queue.db, [("LRANGE", held_key(queue), -1, -1), ("LLEN", held_key(queue))])
    if not last:
        return None, 0
    try:
        said = json.loads(last[0])
        mark = Mark(str(said["operation"]), int(said["batch"]), str(said["host"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KryonixError(
            _("{key} is not a list that this program made").format(key=safe(held_key(queue), 200)),
            hint=_("Look what is in it, and rename or remove it by hand."),
            title=_("In the way"),
        ) from error
    return mark, length - 1


async def held_items(clients: PurposeClients, queue: QueueKey) -> list[bytes]:
    """Return what a holding list holds, the oldest first, read in pieces. Raises SourceError."""
    found: list[bytes] = []
    step = 1
    while True:
        # Behind the mark, from the tail on: the first that was moved is the oldest.
        first = len(found) + 2
        (reply,) = await clients.replies(queue.db, [("LRANGE", held_key(queue), -first - step + 1, -first)])
        found += reversed(reply)
        if len(reply) < step:
            return found
        step = next_batch(step, sum(map(len, reply)))


async def saved(clients: PurposeClients, queue: QueueKey, file: ItemFile, items: Sequence[bytes]) -> None:
    """Save the items that the holding list has, and let it go.

    Raises:
        KryonixError: they could not be saved; they are back in the queue, where they go next.
        SourceError: the server did not answer; the list goes when the operation is gone on with.
    """
    try:
        if items:
            file.save(items)
    except KryonixError:
        if not file.torn:
            await _put_back(clients, queue, len(items))
        raise
    await clients.call(queue.db, "UNLINK", held_key(queue))


async def _put_back(clients: PurposeClients, queue: QueueKey, count: int) -> None:
    """Move all items of the holding list to the end of the queue where consumers are: the newest first, so that order stays.

    The list goes only when it is empty: where the key of the queue has become something else, it keeps them.
    """
    held = held_key(queue)
    back = [("LMOVE", held, queue.key, "LEFT", "RIGHT")] * count
    clients.checked(await clients.together(queue.db, back))
    await clients.call(queue.db, "UNLINK", held)


async def settled(clients: PurposeClients, queue: QueueKey, file: ItemFile, mark: Mark) -> int:
    """Bring the batch that was cut off to its end; return how many items it had. Raises as `saved`."""
    if mark.batch <= file.batches:
        await clients.call(queue.db, "UNLINK", held_key(queue))
        return 0
    items = await held_items(clients, queue)
    await saved(clients, queue, file, items)
    return len(items)


def next_batch(size: int, taken: int, most: int = MOST) -> int:
    """Return how many items to take next, `most` at most, after `size` of them had `taken` bytes."""
    if taken > LARGE_BATCH:
        return 1
    return min(2 * size, most) if taken < SMALL_BATCH else size

"""The operations on queues that there are, made from what people write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.door import Door
from kryonix_tui.maintenance.queues.drain import QueueDrain
from kryonix_tui.maintenance.queues.drop import QueueDrop
from kryonix_tui.maintenance.queues.item_file import contents, heading_of
from kryonix_tui.maintenance.queues.matching import Matching
from kryonix_tui.maintenance.queues.move import QueueMove
from kryonix_tui.maintenance.queues.prune import QueuePrune
from kryonix_tui.maintenance.queues.replay import QueueReplay
from kryonix_tui.maintenance.queues.reveal import reveal
from kryonix_tui.maintenance.queues.unfinished import items_folder
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.queues import QueuePage, QueuesPort, named


@dataclass(frozen=True, slots=True)
class QueueWork:
    """What can be done to the queues of one configuration. Queues are named as `model.queues.named` reads them."""

    config: Config
    keyspace: KeyspaceMap
    door: Door
    audit: AuditLog

    def named(self, text: str, db: int | None = None) -> QueueKey:
        """Return the queue that `text` names. Raises UsageError."""
        return named(self.keyspace, text, db)

    def move(self, queue: QueueKey, target: QueueKey | None = None, count: int | None = None) -> QueueMove:
        """Return the operation that moves the oldest items to `target`; None: behind all others of their own queue."""
        return QueueMove(self.config, self.keyspace, queue, target=target, count=_counted(count))

    def drain(self, queue: QueueKey, count: int | None = None, to: str = "") -> QueueDrain:
        """Return the operation that takes the oldest items out into a file."""
        return QueueDrain(self.config, self.keyspace, queue, to=to, count=_counted(count))

    def drop(self, queue: QueueKey, matching: Matching, to: str = "") -> QueueDrop:
        """Return the operation that takes matching items out into a file. Raises UsageError where nothing is meant."""
        if not matching.fields and not matching.text:
            raise UsageError(
                _("nothing says which items are to be dropped"),
                hint=_("Name a field and its value, or a text. `queues drain` takes all of them."),
            )
        return QueueDrop(self.config, self.keyspace, queue, to=to, matching=matching)

    def replay(
        self, file: str, into: QueueKey | None = None, *, first: bool = False, again: bool = False
    ) -> QueueReplay:
        """Return the operation that pushes the items of a file, by default into the queue that they are from.

        Raises:
            UsageError: it is no such file.
            KryonixError: it was changed.
        """
        path = Path(file).expanduser().absolute()
        queue = into or contents(path).heading.queue
        return QueueReplay(self.config, self.keyspace, queue, path=path, first=first, again=again)

    def prune(self) -> QueuePrune:
        """Return the operation that deletes files of items after their days."""
        return QueuePrune(self.config)

    def files(self, queue: QueueKey) -> Iterator[Path]:
        """Yield the files of the state folder that may be replayed into a queue, the newest first."""
        for path in sorted(items_folder().glob("*.jsonl"), key=_written_at, reverse=True):
            # A file that somebody is writing to, or that is none, is no choice.
            with contextlib.suppress(KryonixError):
                if heading_of(path).queue.tenant == queue.tenant:
                    yield path

    async def reveal(self, port: QueuesPort, queue: QueueKey, start: int = 0, count: int = 0) -> QueuePage:
        """Return items with what is in them, after that was written down. Raises as `reveal.reveal`."""
        return await reveal(self.door, self.audit, port, queue, start, count)


def _written_at(path: Path) -> float:
    """Return when a file was last written; one that has just been pruned is the oldest."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _counted(count: int | None) -> int | None:
    """Return a number of items. Raises UsageError where it is none."""
    if count is not None and count < 1:
        raise UsageError(_("a count is 1 or more"))
    return count

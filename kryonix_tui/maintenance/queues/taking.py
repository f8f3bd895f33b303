"""What draining and dropping share: a file that items are saved in, and what is written down so that a kill does no harm."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kryonix_tui.errors import KryonixError, SourceError, StoppedError, UsageError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.queues.held import Mark, read_mark
from kryonix_tui.maintenance.queues.item_file import Heading, ItemFile, contents
from kryonix_tui.maintenance.queues.operation import QueueOperation
from kryonix_tui.maintenance.queues.unfinished import Taking, items_folder
from kryonix_tui.model.operation import Outcome, Plan, Result
from kryonix_tui.model.queues import shown
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats


@dataclass(slots=True)
class TakingOperation(QueueOperation):
    """Takes items out of a queue and saves them in a file: `to`, or one of the state folder."""

    to: str = ""
    action: str = ""
    _file: ItemFile | None = None
    _id: str = ""

    def _path(self) -> Path | None:
        """Return the file that was asked for.

        Raises:
            UsageError: it exists.
        """
        if not self.to:
            return None
        path = Path(self.to).expanduser().absolute()
        if path.exists():
            raise UsageError(
                _("{path} exists").format(path=safe(str(path), 200)), hint=_("Name a file that does not exist yet.")
            )
        return path

    def _where(self) -> str:
        path = self._path()
        return safe(str(path or items_folder()), 300)

    @property
    def _undo(self) -> str:
        return "kryonix queues replay FILE"

    @contextmanager
    def _saving(self, plan: Plan, run: Run, why: str, *, newest_first: bool = False) -> Iterator[ItemFile]:
        """Yield the file; it ends well also where the operation is stopped between two batches."""
        name = uuid.uuid4().hex[:16]
        made = datetime.now(UTC)
        stamp = f"{made:%Y%m%dT%H%M%SZ}-{name[:8]}"
        path = self._path() or items_folder() / f"{self.action.removeprefix('queues.')}-{stamp}.jsonl"
        taking = Taking(name, str(path), self.writer.place, self.queue.db, self.queue.key.hex())
        heading = Heading(name, plan.target.place, self.queue, made.isoformat(timespec="seconds"), why, newest_first)
        file, self._id = ItemFile(path), name
        self._file = file
        taking.begin()
        try:
            file.begin(heading)
            run.say(_("items are saved in {path}").format(path=safe(str(path), 300)))
            yield file
        except StoppedError:
            self._ended(file, taking)
            raise
        except KryonixError as error:
            if file.torn or isinstance(error, SourceError):
                text = _(
                    "Items may be held on the server: what is done next with {queue} from here saves them in {path} first."
                )
                held = text.format(queue=shown(self.queue), path=safe(str(path), 300))
                error.hint = " ".join(part for part in (error.hint, held) if part)
            raise
        self._ended(file, taking)

    def _ended(self, file: ItemFile, taking: Taking) -> None:
        if file.items:
            file.end()
        else:
            file.path.unlink(missing_ok=True)
        taking.end()

    def _mark(self, file: ItemFile) -> Mark:
        return Mark(self._id, file.batches + 1, current_actor().host)

    def _outcome(self, wanted: int, file: ItemFile, text: str) -> Outcome:
        taken = file.items
        notices = () if taken >= wanted else (_("others took the remaining {count}").format(count=wanted - taken),)
        path = safe(str(file.path), 500) if taken else ""
        summary = text.format(count=formats.full_count(taken), path=path) if taken else _("no item was left to take")
        return Outcome(Result.DONE, summary, {"items": taken}, notices, path)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read the file again, and look that nothing is held any more.

        Raises:
            VerificationError: the file is not what was written.
        """
        del plan, run
        mark, count = await read_mark(self.writer, self.queue)
        if mark is not None and mark.operation == self._id:
            text = ngettext("{count} item of {queue} is still held", "{count} items of {queue} are still held", count)
            raise VerificationError(text.format(count=count, queue=shown(self.queue)))
        if self._file is not None and self._file.items:
            found = contents(self._file.path)
            if found.items != self._file.items or not found.ended:
                raise VerificationError(_("{path} is not what was written").format(path=outcome.artefact))
        return outcome

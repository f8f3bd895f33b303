"""Replay a file of items into a queue: in their order, behind what waits there or before it.

A batch is pushed in one step of the server together with a note of its number, so that a replay which was killed goes on
behind the last batch that is in the queue: none is pushed twice. Afterwards the file counts as replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kryonix_tui.errors import DriftError, RefusedError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.queues.held import held_key
from kryonix_tui.maintenance.queues.item_file import Contents, batch_at, contents
from kryonix_tui.maintenance.queues.operation import QueueOperation
from kryonix_tui.maintenance.queues.unfinished import Replay, replay_of
from kryonix_tui.model.operation import Outcome, Plan, Result
from kryonix_tui.model.queues import shown
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

REPLAY = "queues.replay"


@dataclass(slots=True)
class QueueReplay(QueueOperation):
    """Implements `door.Operation`: push the items of `path`. `first`: before what waits; `again`: also once more."""

    path: Path = Path()
    first: bool = False
    again: bool = False
    action: str = REPLAY
    _contents: Contents | None = None

    async def plan(self, run: Run | None = None) -> Plan:
        """Read the whole file, and how far it was replayed already."""
        del run
        found = self._contents = contents(self.path)
        self._fits(found)
        seen, waiting = await self._looked()
        begun = self._begun(found)
        done = await self._done(begun, found)
        left = sum(len(batch_at(self.path, found, number).items) for number in self._order(found)[done:])
        return await self._planned(
            self.action,
            seen,
            left,
            waiting,
            parameters={
                "file": safe(str(self.path), 300),
                "id": found.heading.id,
                "end": "first" if self.first else "last",
                **({"again": "yes"} if self.again else {}),
            },
            effects=self._effects(found, left, begun, seen.target.place),
            # At the other end others wait before them, and a drain takes those.
            undo=f"kryonix queues drain {shown(self.queue)} --count {left}" if self.first else "",
            refusal=self._refusal(found, begun, left),
        )

    def _effects(self, found: Contents, left: int, begun: Replay | None, place: str) -> list[str]:
        text = (
            ngettext("{count} item goes before what waits.", "{count} items go before what waits.", left)
            if self.first
            else ngettext("{count} item goes behind what waits.", "{count} items go behind what waits.", left)
        )
        effects = [text.format(count=formats.full_count(left))]
        if 0 < left < found.items:
            there = found.items - left
            text = ngettext(
                "{count} of the file is in the queue already: this goes on where an earlier replay was cut off.",
                "{count} of the file are in the queue already: this goes on where an earlier replay was cut off.",
                there,
            )
            effects.append(text.format(count=formats.full_count(there)))
        if begun is not None and (begun.ended or self.again):
            effects.append(_("The file was replayed before: its items come a second time."))
        if not found.ended:
            effects.append(_("The operation that wrote the file was cut off; what is in it is whole."))
        if found.heading.place != place:
            effects.append(
                _("The file was made on another server: {place}.").format(place=safe(found.heading.place, 100))
            )
        if found.heading.queue != self.queue:
            effects.append(_("The items are from {queue}.").format(queue=shown(found.heading.queue)))
        return effects

    def _refusal(self, found: Contents, begun: Replay | None, left: int) -> str:
        if not found.items:
            return _("there is no item in the file")
        if begun is None or self.again:
            return ""
        if begun.ended or not left:
            return _("the file was replayed at {time}; --again replays it once more").format(
                time=formats.clock_time(begun.at)
            )
        if (begun.place, begun.db, begun.key, begun.first) != self._target:
            return _("its replay was begun into another queue, or at the other end, and is not finished there")
        return ""

    def _fits(self, found: Contents) -> None:
        """Look whether items of this file may come here. Raises RefusedError."""
        owner = found.heading.queue
        self._admit(owner)
        if self.queue.tenant is not None and owner.tenant != self.queue.tenant:
            raise RefusedError(
                _("the items are not of the tenant of {queue}").format(queue=shown(self.queue)),
                hint=_("Items go to a queue of the same tenant, or of the platform."),
            )

    @property
    def _target(self) -> tuple[str, int, str, bool]:
        return self.writer.place, self.queue.db, self.queue.key.hex(), self.first

    def _begun(self, found: Contents) -> Replay | None:
        return replay_of(found.heading.id)

    def _note_key(self, replay: Replay) -> bytes:
        return held_key(self.queue, f"replay-{replay.file}-{replay.run}")

    async def _done(self, begun: Replay | None, found: Contents) -> int:
        """Return how many batches are in the queue already: the server knows; without its note, what is written here."""
        if begun is None or self.again:
            return 0
        if begun.ended:
            return found.batches
        noted = int(await self.writer.call(self.queue.db, "LLEN", self._note_key(begun)))
        return noted or begun.batches

    def _order(self, found: Contents) -> list[int]:
        """Return the numbers of the batches as they are pushed: the oldest first, at the consumers' end the newest."""
        numbers = list(range(1, found.batches + 1))
        return numbers[::-1] if found.heading.newest_first != self.first else numbers

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Push batch by batch."""
        found = contents(self.path)
        if self._contents is None or found.begins != self._contents.begins or found.heading != self._contents.heading:
            raise DriftError(
                _("{path} is another file than when the plan was made").format(path=safe(str(self.path), 200))
            )
        await self._finish_earlier(run)
        before = self._begun(found)
        done, pushed, wanted = await self._done(before, found), 0, int(plan.counts["items"])
        replay = self._started(before, found)
        if before is not None and replay.run != before.run:
            await self.writer.call(self.queue.db, "UNLINK", self._note_key(before))
        for number in self._order(found)[done:]:
            await run.between_batches()
            items = batch_at(self.path, found, number).items
            await self._pushed(items, self._note_key(replay), number)
            done, pushed = done + 1, pushed + len(items)
            replay = replay.write(batches=done)
            run.progress(pushed, wanted, "items", _("pushing"))
        replay = replay.write(ended=True)
        await self.writer.call(self.queue.db, "UNLINK", self._note_key(replay))
        text = ngettext("{count} item is back in {queue}", "{count} items are back in {queue}", pushed)
        return Outcome(
            Result.DONE, text.format(count=formats.full_count(pushed), queue=shown(self.queue)), {"items": pushed}
        )

    def _started(self, begun: Replay | None, found: Contents) -> Replay:
        """Return the replay that goes on, or a new one, written down."""
        if begun is not None and not begun.ended and not self.again:
            return begun
        new = Replay(found.heading.id, *self._target, run=begun.run + 1 if begun else 1)
        return new.write()

    async def _pushed(self, items: Sequence[bytes], note: bytes, number: int) -> None:
        """Push a batch, and note its number. Raises SourceError; where the queue took nothing, the note is taken back."""
        replies = await self.writer.together(self.queue.db, [self._push(items), ("RPUSH", note, str(number))])
        if isinstance(replies[0], Exception) and not isinstance(replies[1], Exception):
            await self.writer.call(self.queue.db, "LREM", note, -1, str(number))
        self.writer.checked(replies)

    def _push(self, items: Sequence[bytes]) -> tuple[Any, ...]:
        """Return the command that pushes a batch, the oldest first: at the head, or in front of the consumers."""
        return ("RPUSH", self.queue.key, *reversed(items)) if self.first else ("LPUSH", self.queue.key, *items)

"""Drop items that match: found and counted first, saved in a file before they leave the server.

The queue is read from its head on: what is pushed meanwhile moves items towards where they are still looked for, and what
is popped moves none. Items are removed from where they stand only if nobody has touched the queue since they were read
(WATCH); where others are faster, it is tried again with fewer at once. LREM would compare each item with all that stand before it. So in one
step the items are first overwritten with a word that is nowhere else (LSET), and all of these go with one LREM.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from kryonix_tui.errors import StoppedError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.queues.held import held_key, mark_command, next_batch, saved
from kryonix_tui.maintenance.queues.item_file import ItemFile
from kryonix_tui.maintenance.queues.matching import Matching
from kryonix_tui.maintenance.queues.taking import TakingOperation
from kryonix_tui.masking import MASK
from kryonix_tui.model.operation import Outcome, Plan
from kryonix_tui.model.queues import shown
from kryonix_tui.view import formats

DROP = "queues.drop"
TRIES: Final = 200
"""How often a batch is tried where others change the queue in the same moment."""
WINDOW: Final = 1000
"""Items that are read at once."""


@dataclass(slots=True)
class QueueDrop(TakingOperation):
    """Implements `door.Operation`: save and remove the items that `matching` means."""

    matching: Matching = field(default_factory=Matching)
    action: str = DROP
    _wanted: int | None = None
    _call: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    async def plan(self, run: Run | None = None) -> Plan:
        """Read the whole queue, and count."""
        run = run or Run()
        seen, waiting = await self._looked()
        items = read = 0
        async for window in self._from_tail(waiting):
            run.checkpoint()
            items += sum(map(self.matching, window))
            read += len(window)
            run.progress(read, waiting, "items", _("comparing"))
        items = self._wanted = items if self._wanted is None else min(items, self._wanted)
        text = ngettext(
            "{count} item that matches leaves the queue; it is saved before it leaves the server.",
            "{count} items that match leave the queue; each is saved before it leaves the server.",
            items,
        )
        effects = [text.format(count=formats.full_count(items)), _("The others stay as they are, in their order.")]
        return await self._planned(
            self.action,
            seen,
            items,
            waiting,
            parameters=self._parameters(),
            effects=effects,
            undo=self._undo,
            confirmation=shown(self.queue),
        )

    def _parameters(self) -> dict[str, str]:
        wanted = self.matching.shown
        # What is masked or cut looks like other things that are: such a plan is for this call alone.
        only_now = {"call": self._call} if MASK in wanted or "…" in wanted else {}
        return {"matching": wanted, "to": self._where(), **only_now}

    async def _from_tail(self, waiting: int) -> AsyncIterator[list[bytes]]:
        """Yield the items that wait, in pieces. What is pushed meanwhile is not among them."""
        at, step = 0, 4
        while at < waiting:
            asked = min(step, waiting - at)
            (window,) = await self.writer.replies(self.queue.db, [("LRANGE", self.queue.key, -at - asked, -at - 1)])
            if not window:
                return
            yield window
            at, step = at + len(window), next_batch(step, sum(map(len, window)), WINDOW)

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Go through the queue, and take what matches window by window."""
        await self._finish_earlier(run)
        wanted, at, step = int(plan.counts["items"]), 0, 4
        with self._saving(plan, run, f"drop {plan.parameters['matching']}", newest_first=True) as file:
            while file.items < wanted:
                await run.between_batches()
                (window,) = await self.writer.replies(self.queue.db, [self._window(at, step)])
                if not window:
                    break
                if any(map(self.matching, window)):
                    # Then the same place is looked at again: what stood behind has moved up.
                    near_head = at <= plan.estimates["waiting"] / 2
                    await self._removed(file, at, step, wanted - file.items, near_head=near_head)
                    run.progress(file.items, wanted, "items", _("saving"))
                else:
                    at, step = at + len(window), next_batch(step, sum(map(len, window)), WINDOW)
        return self._outcome(
            wanted,
            file,
            ngettext(
                "{count} item dropped; it is saved in {path}",
                "{count} items dropped; they are saved in {path}",
                file.items,
            ),
        )

    def _window(self, at: int, step: int) -> tuple[Any, ...]:
        return ("LRANGE", self.queue.key, at, at + step - 1)

    async def _removed(self, file: ItemFile, at: int, step: int, most: int, *, near_head: bool) -> None:
        """Take up to `most` matching items of a window out of the queue and save them.

        Raises:
            StoppedError: others change the queue all the time.
        """
        queue, found = self.queue, list[tuple[int, bytes]]()

        def decide(replies: list[Any]) -> list[tuple[Any, ...]]:
            (items,) = self.writer.checked(replies)
            matching = ((at + n, item) for n, item in enumerate(items) if self.matching(item))
            found[:] = islice(matching, most)
            return self._taking_away(file, found, near_head=near_head)

        for _attempt in range(TRIES):
            replies = await self.writer.if_unchanged(queue.db, [queue.key], [self._window(at, step)], decide)
            if replies is not None:
                break
            # Fewer at once are found and taken sooner, before somebody else comes.
            most = max(1, min(most, step) // 2)
        else:
            raise StoppedError(
                ngettext(
                    "others change {queue} too often; {count} item was dropped",
                    "others change {queue} too often; {count} items were dropped",
                    file.items,
                ).format(queue=shown(self.queue), count=formats.full_count(file.items)),
                hint=_("Try it at a quieter time, or drain the queue and replay what is to stay."),
            )
        if not replies:
            return
        gone = self.writer.checked(replies)[1 + len(found)]
        if gone != len(found):
            raise VerificationError(_("{queue} did not give what it had").format(queue=shown(self.queue)))
        await saved(self.writer, self.queue, file, [item for _place, item in reversed(found)])

    def _taking_away(
        self, file: ItemFile, found: Sequence[tuple[int, bytes]], *, near_head: bool
    ) -> list[tuple[Any, ...]]:
        """Return the commands that take items from their places, the newest first, into the holding list."""
        if not found:
            return []
        queue, held, word = self.queue, held_key(self.queue), f"kryonix:{uuid.uuid4().hex}"
        return [
            mark_command(queue, self._mark(file)),
            *(("LSET", queue.key, place, word) for place, _item in found),
            ("LREM", queue.key, len(found) if near_head else -len(found), word),
            *(("LPUSH", held, item) for _place, item in reversed(found)),
        ]

"""Drain a queue: its oldest items go into a file, each saved before it leaves the server."""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.queues.held import held_key, mark_command, next_batch, saved
from kryonix_tui.maintenance.queues.item_file import ItemFile
from kryonix_tui.maintenance.queues.taking import TakingOperation
from kryonix_tui.model.operation import Outcome, Plan
from kryonix_tui.view import formats

DRAIN = "queues.drain"


@dataclass(slots=True)
class QueueDrain(TakingOperation):
    """Implements `door.Operation`: save the oldest `count` items (None: all that wait now), and remove them."""

    count: int | None = None
    action: str = DRAIN
    _wanted: int | None = None

    async def plan(self, run: Run | None = None) -> Plan:
        """Count."""
        del run
        seen, waiting = await self._looked()
        items = min(waiting, waiting if self.count is None else self.count)
        items = self._wanted = items if self._wanted is None else min(items, self._wanted)
        text = ngettext(
            "The {count} oldest item leaves the queue; it is saved before it leaves the server.",
            "The {count} oldest items leave the queue; each is saved before it leaves the server.",
            items,
        )
        effects = [text.format(count=formats.full_count(items)), _("Items that come later stay.")]
        return await self._planned(
            self.action,
            seen,
            items,
            waiting,
            parameters={"to": self._where(), **({"count": str(self.count)} if self.count else {})},
            effects=effects,
            undo=self._undo,
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Take, save and remove batch by batch."""
        await self._finish_earlier(run)
        wanted, size = int(plan.counts["items"]), 4
        with self._saving(plan, run, "drain") as file:
            while file.items < wanted:
                await run.between_batches()
                asked = min(size, wanted - file.items)
                items = await self._claimed(file, asked)
                await saved(self.writer, self.queue, file, items)
                run.progress(file.items, wanted, "items", _("saving"))
                if len(items) < asked:
                    break
                size = next_batch(size, sum(map(len, items)))
        return self._outcome(
            wanted, file, ngettext("{count} item saved in {path}", "{count} items saved in {path}", file.items)
        )

    async def _claimed(self, file: ItemFile, count: int) -> list[bytes]:
        """Move the oldest items into the holding list, and return them, the oldest first."""
        queue, held = self.queue, held_key(self.queue)
        moves = [("LMOVE", queue.key, held, "RIGHT", "LEFT")] * count
        replies = await self.writer.together(queue.db, [mark_command(queue, self._mark(file)), *moves])
        if all(isinstance(reply, Exception) for reply in replies[1:]):
            # The key has become something else: the list holds nothing but its mark.
            await self.writer.call(queue.db, "UNLINK", held)
        return [item for item in self.writer.checked(replies)[1:] if item is not None]

"""Move waiting items: to another queue of the same tenant or of the platform, or back to the end of their own.

Each item goes in one step of the server (LMOVE): it is in one queue or the other, never in both or neither. The oldest go
first, so that order stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from kryonix_tui.errors import RefusedError, SourceError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.queues.operation import QueueOperation
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.operation import Outcome, Plan, Result
from kryonix_tui.model.queues import shown
from kryonix_tui.view import formats

MOVE = "queues.move"
REQUEUE = "queues.requeue"
_STEP = 50
"""Items of a batch: others wait no longer than it takes."""


@dataclass(slots=True)
class QueueMove(QueueOperation):
    """Implements `door.Operation`: move the oldest `count` items (None: all) to `target`."""

    target: QueueKey | None = None
    count: int | None = None
    action: str = MOVE
    _wanted: int | None = None

    def __post_init__(self) -> None:
        """Moving to the same queue is to requeue."""
        if self.target is None or self.target == self.queue:
            self.target, self.action = self.queue, REQUEUE

    async def plan(self, run: Run | None = None) -> Plan:
        """Count. Raises RefusedError where items must not go there."""
        del run
        target = self._allowed()
        seen, waiting = await self._looked()
        there = waiting if target == self.queue else await self._depth(target)
        items = min(waiting, waiting if self.count is None else self.count)
        # A plan that is made once more is about the same items, also where others have come since.
        items = self._wanted = items if self._wanted is None else min(items, self._wanted)
        return await self._planned(
            self.action,
            seen,
            items,
            waiting,
            parameters={"to": shown(target), **({"count": str(self.count)} if self.count else {})},
            effects=self._effects(target, items, there),
            undo="" if target == self.queue else f"kryonix queues move {shown(target)} {shown(self.queue)}",
        )

    def _effects(self, target: QueueKey, items: int, there: int) -> list[str]:
        count = formats.full_count(items)
        if target == self.queue:
            text = ngettext(
                "The {count} item that would go next waits behind all others.",
                "The {count} items that would go next wait behind all others.",
                items,
            )
            return [text.format(count=count)]
        text = ngettext(
            "The {count} oldest item waits in {target} then, behind the {there} that wait there.",
            "The {count} oldest items wait in {target} then, behind the {there} that wait there, in the same order.",
            items,
        )
        effects = [text.format(count=count, target=shown(target), there=formats.full_count(there))]
        if not there:
            effects.append(
                _("{target} has no items now: look whether anybody takes from it.").format(target=shown(target))
            )
        effects.append(_("Undo by hand takes the oldest of that queue: mind what else waits there."))
        return effects

    def _allowed(self) -> QueueKey:
        """Return the target, where items may go there.

        Raises:
            RefusedError: it is another tenant's, or in another database.
        """
        target = self.target or self.queue
        self._admit(target)
        if target.tenant is not None and target.tenant != self.queue.tenant:
            raise RefusedError(
                _("{target} belongs to another tenant").format(target=shown(target)),
                hint=_("Items go to a queue of the same tenant, or of the platform."),
            )
        if target.db != self.queue.db:
            raise RefusedError(
                _("{target} is in database {db}, and Redis moves items within one only").format(
                    target=shown(target), db=target.db
                ),
                hint=_("`queues drain` and `queues replay --into` bring them there."),
            )
        return target

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Move batch by batch."""
        await self._finish_earlier(run)
        wanted, moved = int(plan.counts["items"]), 0
        key, to = self.queue.key, (self.target or self.queue).key
        while moved < wanted:
            await run.between_batches()
            size = min(_STEP, wanted - moved)
            try:
                replies = await self.writer.together(self.queue.db, [("LMOVE", key, to, "RIGHT", "LEFT")] * size)
            except SourceError:
                text = ngettext(
                    "{count} item had moved; of the next {size}, all or none",
                    "{count} items had moved; of the next {size}, all or none",
                    moved,
                )
                run.say(text.format(count=formats.full_count(moved), size=size))
                raise
            went = sum(reply is not None for reply in self.writer.checked(replies))
            moved += went
            run.progress(moved, wanted, "items", _("moving"))
            if went < size:
                break
        notices = () if moved == wanted else (_("others took the remaining {count}").format(count=wanted - moved),)
        text = (
            ngettext("{count} item moved", "{count} items moved", moved)
            if to != key
            else ngettext("{count} item put behind all others", "{count} items put behind all others", moved)
        )
        return Outcome(Result.DONE, text.format(count=formats.full_count(moved)), {"items": moved}, notices)

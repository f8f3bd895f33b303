"""What operations on queues share: connection, plan, a look at the queue, and the end of what was cut off before."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kryonix_tui.errors import RefusedError, UsageError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import require
from kryonix_tui.maintenance.purposes import COMMANDS
from kryonix_tui.maintenance.queues.held import Mark, read_mark, settled
from kryonix_tui.maintenance.queues.item_file import Heading, ItemFile
from kryonix_tui.maintenance.queues.unfinished import Taking, takings_of
from kryonix_tui.maintenance.redis_operation import RedisOperation
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Scope
from kryonix_tui.model.queues import shown
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

NEEDED: Final = frozenset(
    {*("ping", "info", "time", "type", "llen", "lrange", "lmove", "lrem", "lset", "lpush", "rpush", "unlink", "watch")}
)
"""What of the purpose `maintain` operations on queues send."""


@dataclass(slots=True)
class QueueOperation(RedisOperation):
    """The common part of `door.Operation`s on one queue."""

    queue: QueueKey

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Nothing more to check: the server said of each item what became of it."""
        del plan, run
        return outcome

    async def _looked(self) -> tuple[Overview, int]:
        """Return the server, and how many items wait.

        Raises:
            RefusedError: this console may not touch the queue, the server takes no writes, or the key is no list.
            SourceError: the server does not answer.
        """
        self._admit(self.queue)
        seen = await look(self.writer)
        if seen.loading or seen.target.role not in ("", "master"):
            raise RefusedError(
                _("{place} takes no writes now: role {role}").format(
                    place=seen.target.place, role=_("loading") if seen.loading else safe(seen.target.role, 20)
                )
            )
        unused = [name for name in COMMANDS[Purpose.MAINTAIN] if name not in NEEDED]
        await require(self.writer, self.keyspace, optional=unused)
        return seen, await self._depth(self.queue)

    async def _depth(self, queue: QueueKey) -> int:
        """Return how many items wait in a queue; one that is not there has none. Raises as `_looked`."""
        (kind,) = await self.writer.replies(queue.db, [("TYPE", queue.key)])
        name = bytes(kind).decode("ascii", "replace")
        if name not in ("list", "none"):
            raise RefusedError(
                _("{queue} is no list but a {type}").format(queue=shown(queue), type=safe(name, 20)),
                hint=_("Whatever it is, it is not touched."),
            )
        return int(await self.writer.call(queue.db, "LLEN", queue.key)) if name == "list" else 0

    def _admit(self, queue: QueueKey) -> None:
        if not Visible(self.config.tenants).sees(queue.tenant):
            raise RefusedError(_("this console does not see that queue"), hint=_("`tenants` in the configuration."))

    async def _planned(
        self,
        action: str,
        seen: Overview,
        items: int,
        waiting: int,
        *,
        parameters: Mapping[str, str],
        effects: Iterable[str],
        undo: str,
        confirmation: str = "",
        refusal: str = "",
    ) -> Plan:
        """Return a plan that is about `items` items; `waiting` is how many there are in the queue. Raises as `_leftovers`.

        Where an earlier operation was cut off there is something to do also without any.
        """
        leftovers = await self._leftovers()
        now, tenant = time.time(), self.queue.tenant
        return Plan(
            action=action,
            purpose=self.purpose,
            target=seen.target,
            scope=Scope(() if tenant is None else (tenant,), (self.queue.db,)),
            counts={"items": items},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={"queue": shown(self.queue), **parameters},
            estimates={"waiting": waiting},
            effects=(*effects, *leftovers, *self.writer.notices),
            undo=undo,
            confirmation=confirmation,
            refusal=refusal or ("" if items or leftovers else _("there is no such item in the queue")),
        )

    # What was cut off before --------------------------------------------------------------------------------------------

    async def _leftovers(self) -> list[str]:
        """Return what there is to say of an operation on this queue that was cut off.

        Raises:
            RefusedError: items are held for one that was begun elsewhere.
        """
        mark, count = await read_mark(self.writer, self.queue)
        if mark is None:
            return []
        if self._taking(mark) is None:
            raise self._held_elsewhere(mark, count)
        text = ngettext(
            "An earlier operation was cut off with {count} item in its hands: it is saved in its file first.",
            "An earlier operation was cut off with {count} items in its hands: they are saved in its file first.",
            count,
        )
        return [text.format(count=formats.full_count(count))]

    async def _finish_earlier(self, run: Run) -> None:
        """Bring to its end what was begun on this queue and cut off: its items are saved in its own file.

        Raises:
            RefusedError: as `_leftovers`.
            KryonixError: they cannot be saved.
        """
        mark, count = await read_mark(self.writer, self.queue)
        if mark is not None and self._taking(mark) is None:
            raise self._held_elsewhere(mark, count)
        for taking in self._takings(mark):
            own = mark if mark is not None and mark.operation == taking.id else None
            await self._finished(taking, own, run)
            taking.end()

    async def _finished(self, taking: Taking, mark: Mark | None, run: Run) -> None:
        """Bring one operation to its end; `mark` is that of what it holds."""
        file = ItemFile(Path(taking.path))
        try:
            ended = file.go_on().ended
        except UsageError:
            if mark is None:
                # It was killed before it took anything, or somebody removed the file.
                return
            if file.path.exists():
                raise
            file.begin(Heading(taking.id, taking.place, self.queue, _now(), "what was held"))
            ended = False
        if mark is not None:
            kept = await settled(self.writer, self.queue, file, mark)
            text = ngettext(
                "an earlier operation was brought to its end: {count} more item is in {path}",
                "an earlier operation was brought to its end: {count} more items are in {path}",
                kept,
            )
            run.say(text.format(count=kept, path=safe(taking.path, 300)))
        if not ended:
            file.end()

    def _taking(self, mark: Mark) -> Taking | None:
        return next((taking for taking in self._takings(mark) if taking.id == mark.operation), None)

    def _takings(self, mark: Mark | None) -> list[Taking]:
        return list(takings_of(self.writer.place, self.queue, mark.operation if mark is not None else ""))

    def _held_elsewhere(self, mark: Mark, count: int) -> RefusedError:
        text = ngettext(
            "{count} item of {queue} is held for an operation on {host} that has not ended",
            "{count} items of {queue} are held for an operation on {host} that has not ended",
            count,
        )
        return RefusedError(
            text.format(count=formats.full_count(count), queue=shown(self.queue), host=safe(mark.host, 60)),
            hint=_("Run it again there, as the same user: it saves them first."),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""The feature that works on queues: what is asked before a plan, and the operations as jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.errors import UnreachableError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.queues import QueuePage, QueuesPort, QueueState, of_module, shown
from kryonix_tui.model.source import SourceName
from kryonix_tui.safetext import safe
from kryonix_tui.tui.feature import beside

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.queues.work import QueueWork
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.working import Work

REVEALED_AT_ONCE: Final = 50
"""Items of a page that is revealed."""

Answers = Mapping[str, str]
"""What was typed, by the name of the field."""

MOST_FILES: Final = 50
"""Files that are offered for a replay."""
_ANOTHER: Final = "another"

MakeWork = Callable[["QueueWork"], "Operation"]


@dataclass(frozen=True, slots=True)
class Field:
    """A line to type into. `hint` stands there while it is empty."""

    name: str
    title: str
    hint: str = ""
    value: str = ""


def keys_of(update: Update, state: QueueState, keyspace: KeyspaceMap) -> list[QueueKey]:
    """Return the lists that are shown as one queue: nearly always one. An empty one has the keys that the map gives it."""
    census = update.snapshot.census
    known = census.value.queues if census is not None else ()
    found = [queue for queue in known if queue.tenant == state.tenant and queue.module == state.module]
    return found or of_module(keyspace, state.tenant, state.module)


class Queueing:
    """Looks at waiting items, and moves them."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work
        work.read_after("queues", SourceName.TENANTS)

    @cached_property
    def keyspace(self) -> KeyspaceMap:
        """Which key is which, as the configuration has it."""
        return keyspace_map(self.console.config.keyspace)

    def port(self) -> QueuesPort:
        """Return what looks at waiting items.

        Raises:
            UnreachableError: nothing is connected yet.
        """
        monitor = self.console.monitor
        if monitor is None or monitor.queues is None:
            raise UnreachableError(_("nothing is connected yet"))
        return monitor.queues

    async def reveal(self, queue: QueueKey, start: int) -> QueuePage:
        """Return items with what is in them; it is written down. Raises KryonixError."""
        maintenance = await asyncio.to_thread(self._work.maintenance)
        return await maintenance.queues.reveal(self.port(), queue, start, REVEALED_AT_ONCE)

    @beside("queues")
    async def ask_move(self, queue: QueueKey) -> None:
        """Ask where to, and how many; then begin."""
        answers = await self._asked(
            _("Move from {queue}").format(queue=shown(queue)),
            [
                Field("to", _("To"), _("TENANT/MODULE, or a key"), _proposed(queue)),
                Field("count", _("How many"), _("all that wait")),
            ],
        )
        if answers is not None:
            self._begin(_("Move from {queue}"), queue, lambda w: w.move(queue, w.named(answers["to"]), _count(answers)))

    @beside("queues")
    async def ask_requeue(self, queue: QueueKey) -> None:
        """Ask how many, and begin."""
        title = _("Requeue in {queue}").format(queue=shown(queue))
        answers = await self._asked(title, [Field("count", _("How many"), "", "1")])
        if answers is not None:
            self._begin(_("Requeue in {queue}"), queue, lambda w: w.move(queue, None, _count(answers)))

    @beside("queues")
    async def ask_drain(self, queue: QueueKey) -> None:
        """Ask how many, and into which file; then begin."""
        answers = await self._asked(
            _("Drain of {queue}").format(queue=shown(queue)),
            [
                Field("count", _("How many"), _("all that wait")),
                Field("file", _("File"), _("one of the state folder")),
            ],
        )
        if answers is not None:
            self._begin(_("Drain of {queue}"), queue, lambda w: w.drain(queue, _count(answers), answers["file"]))

    @beside("queues")
    async def ask_drop(self, queue: QueueKey) -> None:
        """Ask what is to be dropped, and begin."""
        answers = await self._asked(
            _("Drop from {queue}").format(queue=shown(queue)),
            [
                Field("where", _("Field"), _("FIELD=VALUE, such as module=crm")),
                Field("text", _("Text"), _("a text that is in the item")),
                Field("file", _("File"), _("one of the state folder")),
            ],
        )
        if answers is None:
            return

        def make(known: QueueWork) -> Operation:
            from kryonix_tui.maintenance.queues.matching import Matching, parse_fields

            wanted = Matching(parse_fields([answers["where"]] if answers["where"] else []), answers["text"])
            return known.drop(queue, wanted, answers["file"])

        self._begin(_("Drop from {queue}"), queue, make)

    @beside("queues")
    async def ask_replay(self, queue: QueueKey) -> None:
        """Ask for one of the files that are here, or for another one, and begin to push its items into a queue."""
        from kryonix_tui.tui.screens.menu import Menu

        title = _("Replay into {queue}").format(queue=shown(queue))
        maintenance = await asyncio.to_thread(self._work.maintenance)
        found = await asyncio.to_thread(lambda: list(maintenance.queues.files(queue))[:MOST_FILES])
        chosen: str | None = _ANOTHER
        if found:
            choices = [(str(path), safe(path.name, 60)) for path in found]
            chosen = await self.console.push_screen_wait(Menu(title, [*choices, (_ANOTHER, _("another file"))]))
        if chosen == _ANOTHER:
            answers = await self._asked(title, [Field("file", _("File"), _("as drain or drop has named it"))])
            chosen = answers["file"] if answers is not None else None
        if chosen is not None:
            file = chosen
            self._begin(_("Replay into {queue}"), queue, lambda w: w.replay(file, queue))

    async def _asked(self, title: str, fields: Sequence[Field]) -> Answers | None:
        from kryonix_tui.tui.screens.queue_form import QueueForm

        return await self.console.push_screen_wait(QueueForm(title, fields, _check))

    def _begin(self, title: str, queue: QueueKey, make: MakeWork) -> None:
        async def made(maintenance: Maintenance) -> Operation:
            # A file may be long: it is read beside the screens already, for jobs have a thread.
            return make(maintenance.queues)

        self._work.start(title.format(queue=shown(queue)), made)


def _proposed(queue: QueueKey) -> str:
    """Return the beginning of a target of the same tenant."""
    return f"{safe(queue.tenant, 64)}/" if queue.tenant is not None else ""


def _check(answers: Answers) -> None:
    """Look at what can be judged at once. Raises UsageError."""
    _count(answers)
    if "to" in answers and not answers["to"]:
        raise UsageError(_("say where to"))
    if "where" in answers and not (answers["where"] or answers["text"]):
        raise UsageError(_("say which items: a field and its value, or a text"))
    if answers.get("where") and "=" not in answers["where"]:
        raise UsageError(_("write FIELD=VALUE"))
    if set(answers) == {"file"} and not answers["file"]:
        raise UsageError(_("say which file"))


def _count(answers: Answers) -> int | None:
    text = answers.get("count", "")
    if text and not (text.isdecimal() and 0 < int(text) < 10**12):
        raise UsageError(_("{text} is no number of items").format(text=safe(text, 20)))
    return int(text) if text else None

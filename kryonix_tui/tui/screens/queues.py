"""Queues: a row for each of every tenant and of the platform; Enter looks at what waits, and takes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.clock import now as clock
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.census import QueueKey
from kryonix_tui.model.queues import QueuePage, QueueState
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.queueing import REVEALED_AT_ONCE, keys_of
from kryonix_tui.tui.screens.tenants import no_tenants
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import formats, queue_items, queues, sources
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.columns import Column
from kryonix_tui.view.filter_terms import quoted

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action

MOST = 1000
"""Items that are listed: further ones are read from the command line."""


class QueuesView(ListView[QueueState]):
    """A row per queue. Nothing of an item is read before somebody asks: Enter looks, `n` looks further."""

    name_of_command = "queues"
    hints = ("filter", "sort", "open", "more", "reveal", "actions")
    first_sort = ("consumer", True)
    natural = "tenant"

    def __init__(self) -> None:
        super().__init__()
        self._opened: str | None = None
        self._pages: list[tuple[QueuePage, bool]] = []
        """What was read of the queue that is open, and whether it was revealed."""
        self._looked_at = 0.0
        self._trouble = ""
        self._looking = False

    def body(self) -> Iterable[Widget]:
        """The list, and what waits beside it where there is room."""
        yield Lines(wrap=True, id="filter-line")
        yield Horizontal(Table[QueueState](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def columns(self, update: Update) -> Sequence[Column[QueueState]]:
        """Return the list's columns."""
        return queues.columns(update.platform.at.wall)

    def rows(self, update: Update) -> Mapping[str, QueueState]:
        """Return all queues."""
        return update.platform.queues.states

    def roster(self, update: Update, rows: Mapping[str, QueueState]) -> Sequence[str]:
        """Return the platform's own list of them."""
        del rows
        return update.platform.queues.roster

    def key(self, item: QueueState) -> str:
        """A queue is whose and which it is."""
        return item.key

    def tenant_of(self, item: QueueState) -> str | None:
        """The row's tenant."""
        return item.tenant

    def nothing(self, update: Update) -> str:
        """Say why there are no queues."""
        return _("no queue was found") if update.platform.tenants else no_tenants(update)

    def remark(self) -> Sequence[Cell]:
        """Say how old the figures are, and how many queues nobody takes from."""
        update = self.console.shown
        age = sources.tile_age(update, SourceName.TENANTS, self.console.moment())
        return (Cell(f" {_('queues')} ", Tone.MUTED), age, *queues.summary(update.platform.queues))

    def tenants_in_view(self) -> list[str]:
        """Return the tenants whose queues can be seen."""
        return list(dict.fromkeys(state.tenant for state in self.table.in_view if state.tenant is not None))

    def draw(self, update: Update, now: Instant) -> None:
        """Show the list, and what is known of the queue under the cursor."""
        super().draw(update, now)
        self._draw_detail()

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another queue: what was read of the last one goes."""
        event.stop()
        if not self.has_class("-inside") and event.key != self._opened:
            self._forget()
        self._draw_detail()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter looks at what waits."""
        event.stop()
        self.look_into(event.key)

    def on_scrolling_opened(self) -> None:
        """Enter among the items looks again."""
        if self._opened is not None:
            self.look_into(self._opened)

    def look_into(self, key: str) -> None:
        """Show what waits in a queue."""
        self._forget()
        self._opened = key
        self.add_class("-inside")
        self.query_one("#detail", Text).focus()
        self._with_queue(self._look)

    def show_tenant(self, tenant: str) -> None:
        """Show the queues of a tenant, and what waits in the longest."""
        from kryonix_tui.safetext import safe

        states = self.rows(self.console.shown)
        longest = max((s for s in states.values() if s.tenant == tenant), key=lambda s: s.depth, default=None)
        self._apply(f"tenant={quoted(safe(tenant, 64))}")
        if longest is not None:
            self.table.move_to(longest.key)
            self.look_into(longest.key)

    def _forget(self) -> None:
        self._opened, self._pages, self._trouble = None, [], ""

    def chosen(self) -> list[str]:
        """Return the queue that is open, else the marked ones or the one under the cursor."""
        return [self._opened] if self._opened is not None else super().chosen()

    @property
    def _state(self) -> QueueState | None:
        """The queue that is open, or under the cursor."""
        if self._opened is not None:
            return self.rows(self.console.shown).get(self._opened)
        return self.table.current

    def _draw_detail(self) -> None:
        state = self._state
        if state is None:
            self.query_one("#detail", Lines).show([])
            return
        now = self.console.moment().wall
        self.query_one("#detail", Lines).show([*queues.heading(state, now), line(), *self._items(now)])

    def _how_to_look(self) -> str:
        return _("{key} looks at what waits, and takes nothing").format(key=self.console.key_of("open"))

    def _items(self, now: float) -> list[Line]:
        if self._opened is None:
            return [line(Cell(self._how_to_look(), Tone.MUTED))]
        found: list[Line] = []
        if self._pages:
            text = _("as of {time}; {key} looks again").format(
                time=formats.clock_time(self._looked_at, today=now), key=self.console.key_of("open")
            )
            found.append(line(Cell(text, Tone.MUTED)))
        for page, revealed in self._pages:
            # That there is more, the last page says.
            lines = queue_items.lines(page, now, revealed=revealed)
            found += lines if page is self._pages[-1][0] else lines[: len(page.items)]
        if self._looking:
            found.append(line(Cell(_("looking ..."), Tone.MUTED)))
        elif self._more is not None:
            found.append(line(Cell(_("{key}: more").format(key=self.console.key_of("more")), Tone.MUTED)))
        if self._trouble:
            found.append(line(Cell(f"▲ {self._trouble}", Tone.WARNING)))
        return found

    @property
    def _more(self) -> int | None:
        """The place from which there is more to read."""
        return self._pages[-1][0].next if self._pages else None

    @work(exclusive=True, group="peek")
    async def _look(self, queue: QueueKey, start: int = 0, *, revealed: bool = False) -> None:
        """Read a page, or reveal it. Another queue that is opened meanwhile takes over."""
        opened, self._looking = self._opened, True
        self._draw_detail()
        try:
            port = self.console.queueing.port()
            page = await (self.console.queueing.reveal(queue, start) if revealed else port.items(queue, start))
        except KryonixError as error:
            if opened == self._opened:
                self._trouble = error.message
        else:
            if opened == self._opened:
                self._trouble, self._looked_at = "", clock().wall
                self._pages = [*([] if revealed or not start else self._pages), (page, revealed)]
        finally:
            self._looking = False
            if self.is_attached:
                self._draw_detail()

    def _with_queue(self, act: Callable[[QueueKey], object]) -> None:
        """Do something with the list behind the chosen row; where two are shown as one, ask which."""
        state = self.single
        if state is None:
            return
        known = keys_of(self.console.shown, state, self.console.queueing.keyspace)
        if len(known) == 1:
            act(known[0])
            return
        if not known:
            self.notify(_("its key is not known yet"), severity="warning", markup=False)
            return
        from kryonix_tui.safetext import safe
        from kryonix_tui.tui.screens.menu import Menu

        by_number = {str(number): queue for number, queue in enumerate(known)}

        def chosen(number: str | None) -> None:
            if number:
                act(by_number[number])

        choices = [(number, f"db {queue.db}  {safe(queue.key, 60)}") for number, queue in by_number.items()]
        self.app.push_screen(
            Menu(_("Which list of {queue}").format(queue=queues.name_of(state)), choices),
            chosen,
        )

    # Commands -----------------------------------------------------------------------------------------------------------

    def command_peek(self) -> None:
        """Look at what waits in the queue under the cursor."""
        if self.table.current is not None:
            self.look_into(self.table.current.key)

    def why_not_more(self) -> str:
        """There must be more to read."""
        if self._looking:
            return _("it is looking already")
        if self._more is None:
            return _("that is all") if self._pages else self._how_to_look()
        return _("the command line shows the rest (queues peek --start)") if self._more >= MOST else ""

    def command_more(self) -> None:
        """Read the next page. What was revealed was one page: further ones are asked about again."""
        start = self._more
        if start is not None:
            self._with_queue(lambda queue: self._look(queue, start))

    def why_not_reveal(self) -> str:
        """Something must be open."""
        if self._pages and self._pages[-1][0].items:
            return ""
        return _("{key} first looks at what waits").format(key=self.console.key_of("open"))

    def command_reveal(self) -> None:
        """Show what is in the items of the last page, after a question."""
        from kryonix_tui.tui.screens.confirm import Ask

        page = self._pages[-1][0]
        question = _("Show what is in up to {count} items? It is written down.")

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - what a dialog hands back
            if yes:
                self._with_queue(lambda queue: self._look(queue, page.items[0].place, revealed=True))

        self.app.push_screen(Ask(question.format(count=REVEALED_AT_ONCE)), answered)

    def why_not_move(self) -> str:
        """There must be a queue, and one at a time."""
        return self.not_single(_("there is no queue"))

    why_not_requeue = why_not_drain = why_not_drop = why_not_replay = why_not_move

    def command_move(self) -> None:
        """Ask where to move items."""
        self._with_queue(self.console.queueing.ask_move)

    def command_requeue(self) -> None:
        """Ask how many items go behind all others."""
        self._with_queue(self.console.queueing.ask_requeue)

    def command_drain(self) -> None:
        """Ask how many items go into a file."""
        self._with_queue(self.console.queueing.ask_drain)

    def command_drop(self) -> None:
        """Ask which items are dropped."""
        self._with_queue(self.console.queueing.ask_drop)

    def command_replay(self) -> None:
        """Ask for a file of items."""
        self._with_queue(self.console.queueing.ask_replay)

    def actions(self) -> list[Action]:
        """Offer what can be done with a queue."""
        from kryonix_tui.tui.actions import Action

        common = super().actions()
        if not self.console.operator:
            return common
        one = self.not_single(_("there is no queue"))
        return [
            *common,
            Action("move", _("Move items to another queue"), self.command_move, one),
            Action("requeue", _("Put items behind all others"), self.command_requeue, one),
            Action("drain", _("Drain into a file"), self.command_drain, one),
            Action("drop", _("Drop items that match"), self.command_drop, one),
            Action("replay", _("Replay a file into it"), self.command_replay, one),
        ]

    def escape(self) -> bool:
        """Leave the items first; what was revealed goes."""
        if self._opened is not None or self.has_class("-inside"):
            self.remove_class("-inside")
            self._forget()
            self.table.focus()
            self._draw_detail()
            return True
        return super().escape()

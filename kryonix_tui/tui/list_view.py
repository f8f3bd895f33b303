"""What screens with one main list share: filter, sort, marks, copy, and from a row to its tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.masking import mask_key_name
from kryonix_tui.safetext import safe
from kryonix_tui.tui.memory import remember_sort, remembered_sort
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.tui.widgets.table import MARK, Table
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.columns import Column, column_named
from kryonix_tui.view.completion import completions, words_of
from kryonix_tui.view.filter_terms import FilterError, quoted
from kryonix_tui.view.filters import Filter, compile_filter
from kryonix_tui.view.ordering import Ordering, Wish

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action

T = TypeVar("T")

AT_ONCE: Final = 0.015
"""Seconds that a new order may take before the next key has its turn; a longer one goes on in pieces."""
PIECE, BREATH = 0.005, 0.005
"""Seconds of work, and of room for everything else, in turns."""

MOST_NAMED: Final = 100
"""Rows that are sent to the clipboard or named in a filter together."""


class ListView(View, Generic[T]):
    """A screen around a list of T. A subclass says what is listed (`listed` or `rows`), in which columns (`columns`)."""

    hints: ClassVar[tuple[str, ...]] = ("filter", "sort")
    first_sort: ClassVar[tuple[str, bool]] = ("", False)
    """Column name and whether reversed, where nobody chose yet."""
    natural: ClassVar[str] = ""
    """Column that orders what is equal otherwise; empty: as it is listed."""

    def __init__(self) -> None:
        super().__init__()
        self._filter: Filter[T] = Filter("")
        self._sort = remembered_sort(self.name_of_command) or self.first_sort
        self._ordering: Ordering[T] = Ordering()
        self._orders_on = False
        self._filling = True
        self._marked: dict[str, None] = {}

    def columns(self, update: Update) -> Sequence[Column[T]]:
        """Return the columns of the list."""
        raise NotImplementedError

    def listed(self, update: Update) -> Iterable[T]:
        """Return the rows of a short list, unfiltered and unsorted."""
        raise NotImplementedError

    def rows(self, update: Update) -> Mapping[str, T]:
        """Return the rows by their keys: for a long list something that is there already."""
        return {self.key(item): item for item in self.listed(update)}

    def roster(self, update: Update, rows: Mapping[str, T]) -> Sequence[str]:
        """Return the keys of all rows: for a long list the same object while none came or went."""
        del update
        return tuple(rows)

    def key(self, item: T) -> str:
        """Return what identifies a row."""
        raise NotImplementedError

    def tenant_of(self, item: T) -> str | None:
        """Return the tenant that a row is about."""
        del item
        return None

    def nothing(self, update: Update) -> str:
        """Return what to say where there is no row."""
        del update
        return _("nothing to show")

    def body(self) -> Iterable[Widget]:
        """The list, with a line above it for filter and counts."""
        yield Lines(wrap=True, id="filter-line")
        yield Table[T](self.key, id="list")

    @property
    def table(self) -> Table[T]:
        """The list."""
        return self.query_one("#list", Table)

    def draw(self, update: Update, now: Instant) -> None:
        """Show the rows that pass the filter, in the chosen order, with the figures of now."""
        columns, rows = self.columns(update), self.rows(update)
        roster = self.roster(update, rows)
        column, natural = column_named(columns, self._sort[0]), column_named(columns, self.natural)
        wish = Wish(column, self._sort[1], self._filter if self._filter.tests else None)
        if self._ordering.want(wish, rows, roster, now.steady, natural):
            self._go_on()
        self._marked = {key: None for key in self._marked if key in rows}
        self.table.say_when_empty(self._why_empty(update))
        census = update.snapshot.census
        # The last rows that a census finds are in the list only when an order with them is.
        behind = self._filling and self._ordering.roster != roster
        self._filling = census is None or not census.value.complete or behind
        self.table.show_rows(columns, rows, self._ordering.keys, self._sort, self._marked, filling=self._filling)
        self._say(len(self._ordering.keys), len(rows))

    def _go_on(self) -> None:
        """Work at the new order: what is short at once, what is long between other things."""
        if not self._orders_on and not self._ordering.work(AT_ONCE):
            self._orders_on = True
            self.run_worker(self._order(), name="order")

    async def _order(self) -> None:
        try:
            while not self._ordering.work(PIECE):  # noqa: ASYNC110 - it is this loop that does the work
                await asyncio.sleep(BREATH)
        finally:
            self._orders_on = False
        self.redraw()

    def _why_empty(self, update: Update) -> str:
        if self._ordering.busy:
            return _("sorting ...")
        if self._filter.tests:
            return _("no row matches; {key} clears the filter").format(key=self.console.key_of("back"))
        return self.nothing(update)

    def _say(self, shown: int, everything: int) -> None:
        parts = [Cell(f" {shown}", Tone.STRONG)]
        if self._filter.tests:
            parts = [Cell(" ⧩ ", Tone.WARNING), Cell(safe(self._filter.text), Tone.WARNING), *parts]
            parts.append(Cell(f" {_('of {count}').format(count=everything)}", Tone.MUTED))
        if self._filter.given_up:
            parts.append(Cell(f" ▲ {_('the expression takes too long')}", Tone.WARNING))
        if self._ordering.busy:
            parts.append(Cell(f" {_('sorting ...')}", Tone.INFO))
        if self._marked:
            marked = _("{count} marked").format(count=len(self._marked))
            parts.append(Cell(f" {MARK} {marked} ", Tone.INFO))
        self.query_one("#filter-line", Lines).show([line(*parts, *self.remark())])

    def remark(self) -> Sequence[Cell]:
        """Return what else the line above the list says."""
        return ()

    def command_filter(self, terms: str = "") -> None:
        """Open the prompt, or filter by `terms` at once."""
        if terms:
            self._apply(terms)
            return
        self.query_one(Prompt).open("/", self._filter.text, self.completer(self.console.shown), self._filtered)

    def completer(self, update: Update) -> Callable[[str], list[str]]:
        """Return what completes a filter that is being typed."""
        columns = self.columns(update)
        words = words_of(self.rows(update).values(), columns)
        return lambda text: completions(text, columns, words)

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """Filter while typing."""
        if event.sign == "/":
            event.stop()
            self._apply(event.text)

    async def _filtered(self, text: str | None) -> None:
        """Keep the filter, or drop it, and go back to the list; one with a mistake stays in the prompt."""
        if self._apply(text or ""):
            self.query_one(Prompt).close()
            self.screen.set_focus(self.table)

    def _apply(self, text: str) -> bool:
        prompt = self.query_one(Prompt)
        try:
            wanted = self.compiled(text)
        except FilterError as mistake:
            prompt.complain(mistake.message, mistake.at)
            if not prompt.is_open:
                self.notify(mistake.message, severity="warning", markup=False)
            return False
        prompt.complain("")
        if wanted.text != self._filter.text:
            self._filter = wanted
            self.redraw()
        return True

    def compiled(self, text: str) -> Filter[T]:
        """Return the filter that `text` describes in this list. Raises FilterError."""
        return compile_filter(text, self.columns(self.console.shown))

    def command_sort(self, column: str = "") -> None:
        """Sort by a column: named, or chosen from a menu."""
        columns = self.columns(self.console.shown)
        if not column:
            from kryonix_tui.tui.screens.menu import Menu

            choices = [(found.name, f"{found.name:<14} {_(found.title)}") for found in columns]
            self.app.push_screen(Menu(_("Sort by"), choices, self._sort[0]), self._sort_chosen)
        elif column_named(columns, column) is None:
            known = ", ".join(found.name for found in columns)
            self.notify(_("no column {name}; there are {known}").format(name=safe(column), known=known), markup=False)
        else:
            self._sort_chosen(column)

    def _sort_chosen(self, name: str | None) -> None:
        column = column_named(self.columns(self.console.shown), name) if name else None
        if column is not None:
            self._sort_by(column.name, reverse=column.falling)

    def _sort_by(self, name: str, *, reverse: bool) -> None:
        self._sort = (name, reverse)
        remember_sort(self.name_of_command, self._sort)
        self.redraw()

    def _shift_sort(self, step: int) -> None:
        columns = self.columns(self.console.shown)
        names = [column.name for column in columns]
        at = names.index(self._sort[0]) if self._sort[0] in names else 0
        self._sort_chosen(names[(at + step) % len(names)])

    def command_sort_left(self) -> None:
        """Sort by the column to the left."""
        self._shift_sort(-1)

    def command_sort_right(self) -> None:
        """Sort by the column to the right."""
        self._shift_sort(1)

    def command_reverse(self) -> None:
        """Reverse the order."""
        if self._sort[0]:
            self._sort_by(self._sort[0], reverse=not self._sort[1])

    # Rows that are acted upon ------------------------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """Return the keys of the marked rows, or of the one under the cursor."""
        item = self.table.current
        return list(self._marked) or ([self.key(item)] if item is not None else [])

    @property
    def single(self) -> T | None:
        """The row that is acted upon where that is one: the marked one, else the one under the cursor."""
        chosen = self.chosen()
        return self.rows(self.console.shown).get(chosen[0]) if len(chosen) == 1 else None

    def not_single(self, nothing: str = "") -> str:
        """Return why what is for one row cannot be done with the chosen ones; `nothing` where there is none."""
        from kryonix_tui.tui.actions import only_one

        chosen = self.chosen()
        return only_one(len(chosen)) if chosen else nothing

    def tenants_chosen(self) -> list[str]:
        """Return the tenants of the chosen rows, each once."""
        rows = self.rows(self.console.shown)
        found = (self.tenant_of(rows[key]) for key in self.chosen() if key in rows)
        return list(dict.fromkeys(tenant for tenant in found if tenant is not None))

    def at_hand(self) -> tuple[str | None, int | None]:
        """Return the tenant of the first chosen row."""
        return next(iter(self.tenants_chosen()), None), None

    def command_mark(self) -> None:
        """Mark the row, or take the mark away, and go on to the next one."""
        item = self.table.current
        if item is None:
            return
        key = self.key(item)
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self.table.action_down()
        self.redraw()

    def _mark_shown(self) -> None:
        self._marked = dict.fromkeys(self.table.order)
        self.redraw()

    def command_actions(self) -> None:
        """Offer what can be done with the chosen rows."""
        from kryonix_tui.tui.actions import offer

        chosen = self.chosen()
        name = mask_key_name(safe(chosen[0], 40)) if len(chosen) == 1 else _("{count} rows").format(count=len(chosen))
        offer(self.console, name, self.actions())

    def why_not_actions(self) -> str:
        """There must be a row."""
        return "" if self.chosen() else _("there is no row")

    def actions(self) -> list[Action]:
        """Return what can be done with the chosen rows."""
        from kryonix_tui.tui.actions import Action, only_one

        tenants = self.tenants_chosen()
        without = "" if tenants else _("this row is about no tenant")
        open_it = partial(self.console.navigation.open_tenant, next(iter(tenants), ""))
        too_many = _("at most {count} at a time").format(count=MOST_NAMED) if len(tenants) > MOST_NAMED else ""
        shown = ngettext(
            "Mark the {count} row that is shown", "Mark all {count} rows that are shown", len(self.table.order)
        ).format(count=len(self.table.order))
        return [
            Action("copy", _("Copy the names"), self.command_copy),
            Action("open", _("Open the tenant"), open_it, without or only_one(len(tenants))),
            Action("alerts", _("Show the alerts"), self.command_tenant_alerts, without or too_many),
            Action("mark", shown, self._mark_shown),
        ]

    def command_copy(self) -> None:
        """Send the keys of the chosen rows to the terminal's clipboard, a line each."""
        chosen = self.chosen()
        if chosen:
            self.console.copy(*chosen)

    def command_tenant_open(self) -> None:
        """Open the tenant that the row is about."""
        self._with_tenant(self.console.navigation.open_tenant)

    def command_tenant_alerts(self) -> None:
        """Show the alerts of the tenants that the chosen rows are about."""
        tenants = self.tenants_chosen()[:MOST_NAMED]
        if not tenants:
            self._with_tenant(self.console.navigation.open_alerts_of)
            return
        self.console.navigation.go("alerts")
        self.console.run_command("filter", "tenant=" + ",".join(quoted(safe(tenant, 64)) for tenant in tenants))

    def command_peek(self) -> None:
        """Show the queues of the tenant that the row is about, and what waits in the longest."""
        self._with_tenant(self.console.navigation.peek_queues_of)

    def _with_tenant(self, act: Callable[[str], None]) -> None:
        item = self.table.current
        tenant = self.tenant_of(item) if item is not None else None
        if tenant is None:
            self.notify(_("this row is about no tenant"), markup=False)
        else:
            act(tenant)

    def escape(self) -> bool:
        """Clear the marks, then the filter."""
        if self._marked:
            self._marked = {}
            self.redraw()
            return True
        if not self._filter.tests:
            return False
        self._apply("")
        return True

"""What screens with one main list share: filter, sort, copy, and from a row to its tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.tui.memory import remember_sort, remembered_sort
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.columns import Column, column_named, sort_items
from kryonix_tui.view.filters import Filter, compile_filter

T = TypeVar("T")


class ListView(View, Generic[T]):
    """A screen around a list of T. A subclass says what is listed (`listed`), in which columns (`columns`)."""

    hints: ClassVar[tuple[str, ...]] = ("filter", "sort")
    first_sort: ClassVar[tuple[str, bool]] = ("", False)
    """Column name and whether reversed, where nobody chose yet."""

    def __init__(self) -> None:
        super().__init__()
        self._filter: Filter[T] = Filter("")
        self._sort = remembered_sort(self.name_of_command) or self.first_sort

    def columns(self, update: Update) -> Sequence[Column[T]]:
        """Return the columns of the list."""
        raise NotImplementedError

    def listed(self, update: Update) -> Iterable[T]:
        """Return the rows, unfiltered and unsorted."""
        raise NotImplementedError

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
        yield Lines(id="filter-line")
        yield Table[T](self.key, id="list")

    @property
    def table(self) -> Table[T]:
        """The list."""
        return self.query_one("#list", Table)

    def draw(self, update: Update, now: Instant) -> None:
        """Show the rows that pass the filter, in the chosen order."""
        del now
        columns = self.columns(update)
        everything = list(self.listed(update))
        shown = [item for item in everything if self._filter(item)] if self._filter.tests else everything
        column = column_named(columns, self._sort[0])
        if column is not None:
            shown = sort_items(shown, column, reverse=self._sort[1])
        self.table.say_when_empty(
            _("no row matches; Esc clears the filter") if self._filter.tests else self.nothing(update)
        )
        self.table.show(columns, shown, self._sort)
        self._say(len(shown), len(everything))

    def _say(self, shown: int, everything: int) -> None:
        parts = [Cell(f" {shown}", Tone.STRONG)]
        if self._filter.tests:
            parts = [Cell(" ⧩ ", Tone.WARNING), Cell(self._filter.text, Tone.WARNING), *parts]
            parts.append(Cell(f" {_('of {count}').format(count=everything)}", Tone.MUTED))
        self.query_one("#filter-line", Lines).show([line(*parts, *self.remark())])

    def remark(self) -> Sequence[Cell]:
        """Return what else the line above the list says."""
        return ()

    def command_filter(self, terms: str = "") -> None:
        """Open the prompt, or filter by `terms` at once."""
        if terms:
            self._apply(terms)
            return
        names = [f"{column.name}{sign}" for column in self.columns(self.console.shown) for sign in "<>="]
        self.query_one(Prompt).open("/", self._filter.text, names)

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """Filter while typing."""
        if event.sign == "/":
            event.stop()
            self._apply(event.text)

    def on_prompt_finished(self, event: Prompt.Finished) -> None:
        """Keep the filter and go back to the list; one with a mistake stays in the prompt."""
        if event.sign != "/":
            return
        event.stop()
        if self._apply(event.text):
            self.query_one(Prompt).close()
            self.table.focus()

    def on_prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        """Drop the filter and go back to the list."""
        if event.sign == "/":
            self._apply("")
        self.table.focus()

    def _apply(self, text: str) -> bool:
        prompt = self.query_one(Prompt)
        try:
            self._filter = compile_filter(text, self.columns(self.console.shown))
        except UsageError as error:
            prompt.complain(error.message)
            if not prompt.is_open:
                self.notify(error.message, severity="warning", markup=False)
            return False
        prompt.complain("")
        self.redraw()
        return True

    def command_sort(self, column: str = "") -> None:
        """Sort by a column: named, or chosen from a menu."""
        columns = self.columns(self.console.shown)
        if not column:
            from kryonix_tui.tui.screens.menu import Menu

            choices = [(found.name, f"{found.name:<14} {_(found.title)}") for found in columns]
            self.app.push_screen(Menu(_("Sort by"), choices, self._sort[0]), self._sort_chosen)
        elif column_named(columns, column) is None:
            known = ", ".join(found.name for found in columns)
            self.notify(_("no column {name}; there are {known}").format(name=column, known=known), markup=False)
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

    def command_copy(self) -> None:
        """Send the row's key to the terminal's clipboard."""
        item = self.table.current
        if item is not None:
            self.console.copy(self.key(item))

    def command_tenant_open(self) -> None:
        """Open the tenant that the row is about."""
        self._with_tenant(self.console.open_tenant)

    def command_tenant_alerts(self) -> None:
        """Show the alerts of the tenant that the row is about."""
        self._with_tenant(self.console.open_alerts_of)

    def _with_tenant(self, act: Callable[[str], None]) -> None:
        item = self.table.current
        tenant = self.tenant_of(item) if item is not None else None
        if tenant is None:
            self.notify(_("this row is about no tenant"), markup=False)
        else:
            act(tenant)

    def escape(self) -> bool:
        """Clear the filter."""
        if not self._filter.tests:
            return False
        self._apply("")
        return True

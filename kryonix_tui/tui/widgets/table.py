"""A list that costs what is visible: rows are looked up by their keys, and made into cells, when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import Scope, bindings
from kryonix_tui.tui.widgets.toned import TonedView, cut, cut_front
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import MARGIN, Column, Layout, Placed, layout

T = TypeVar("T")

MARK = "✓"
"""Stands before the second column of a row that is marked."""


class Table(TonedView, Generic[T], can_focus=True):
    """Rows of values under a line of titles, with a cursor that stays on its row's key through every change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--titles", "table--cursor", "table--cursor-away"}
    BINDINGS = bindings(Scope.LIST)

    DEFAULT_CSS = """
    Table {
        height: 1fr;
        & .table--titles { color: $foreground 70%; text-style: bold; background: $panel; }
        & .table--cursor { background: $row-cursor; }
        & .table--cursor-away { background: $panel; }
        /* Sixteen colours mix with nothing: a text in the colour of the cursor would vanish in it. */
        &:ansi .table--cursor { background: transparent; text-style: reverse; }
        &:nocolor .table--cursor { text-style: reverse; }
        &:nocolor .table--cursor-away { text-style: underline; }
    }
    """

    class Highlighted(Message):
        """The cursor is on another row."""

        def __init__(self, table: Table[Any], key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table[Any]:
            """The table."""
            return self.table

    class Opened(Message):
        """A row was opened, by Enter or a click."""

        def __init__(self, table: Table[Any], key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table[Any]:
            """The table."""
            return self.table

    def __init__(
        self,
        key: Callable[[T], str],
        *,
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._key = key
        self._empty = empty
        self._columns: Sequence[Column[T]] = ()
        self._layout: Layout[T] = Layout()
        self._shift = 0
        self._rows: Mapping[str, T] = {}
        self._order: Sequence[str] = ()
        self._marked: Collection[str] = ()
        self._strips: dict[tuple[str, Style], Strip] = {}
        """Rows as they were painted since the last update: who scrolls sees most of them again."""
        self._cursor = 0
        self._cursor_key: str | None = None
        self._sorted_by: tuple[str, bool] | None = None
        self._filling = self._moved = False

    @property
    def order(self) -> Sequence[str]:
        """The keys of the rows, in their order."""
        return self._order

    @property
    def items(self) -> Sequence[T]:
        """The rows, in their order: all of them, whatever that costs."""
        return [self._rows[key] for key in self._order if key in self._rows]

    @property
    def current(self) -> T | None:
        """The row under the cursor; None also where it went a moment ago."""
        return self._rows.get(self._order[self._cursor]) if self._cursor < len(self._order) else None

    @property
    def in_view(self) -> Sequence[T]:
        """The rows that can be seen now."""
        top = self.scroll_offset.y
        seen = self._order[top : top + max(0, self.scrollable_content_region.height - 1)]
        return [self._rows[key] for key in seen if key in self._rows]

    @property
    def placed(self) -> Sequence[Placed[T]]:
        """The columns that are shown."""
        return self._layout.placed

    def show(self, columns: Sequence[Column[T]], items: Iterable[T], sorted_by: tuple[str, bool] | None = None) -> None:
        """Show `items`, a short list. `sorted_by` is the sort column's name and whether it is reversed, for its title."""
        rows: dict[str, T] = {}
        for item in items:
            key = self._key(item)
            while key in rows:
                key += "\0"  # two rows of one key are two rows all the same
            rows[key] = item
        self.show_rows(columns, rows, list(rows), sorted_by)

    def show_rows(
        self,
        columns: Sequence[Column[T]],
        rows: Mapping[str, T],
        order: Sequence[str],
        sorted_by: tuple[str, bool] | None = None,
        marked: Collection[str] = (),
        *,
        filling: bool = False,
    ) -> None:
        """Show `rows` in an order of their keys. While `order` is the same object, this costs what is visible.

        A key without a row is one that went since the order was made. `filling`: rows are still being found; until then a
        cursor that nobody has moved stays at the top.
        """
        before, self._order = self._order, order
        self._columns, self._rows, self._marked, self._sorted_by = columns, rows, marked, sorted_by
        self._place()
        in_view = self._cursor_is_in_view()
        self.measure(len(order) + 1)
        if order is not before:
            if (filling or self._filling) and not self._moved:
                before, self._cursor, self._cursor_key = (), 0, None
            self._keep_cursor(before, follow=in_view)
        self._filling = filling
        self.repaint()

    def say_when_empty(self, text: str) -> None:
        """Show `text` where there is no row."""
        self._empty = text

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row of `key`; tell whether there is one."""
        if key not in self._rows or key not in self._order:
            return False
        self._move(self._order.index(key))
        return True

    def paint(self, y: int, width: int) -> Strip:
        """Return a line of what is in view: the titles, then rows."""
        if y == 0:
            return self._titles(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._order):
            text = self._empty if not self._order and index == 0 else ""
            return self.strip([Cell(text, Tone.MUTED)], width, self.base)
        base = self.base
        if index == self._cursor:
            away = "" if self.has_focus else "-away"
            base += self.component_style(f"table--cursor{away}")
        key = self._order[index]
        strip = self._strips.get((key, base))
        if strip is None or strip.cell_length != width:
            strip = self._strips[key, base] = self._row(key, base, width)
        return strip

    def _row(self, key: str, base: Style, width: int) -> Strip:
        item = self._rows.get(key)
        if item is None:
            return self.strip([Cell(_("gone"), Tone.MUTED)], width, base)
        cells: list[Cell] = []
        for index, place in enumerate(self._layout.placed):
            if index:
                marked = index == 1 and key in self._marked
                cells.append(Cell(MARK, Tone.INFO) if marked else Cell(" " * MARGIN))
            cell = place.column.cell(item)
            cells.append(Cell(_justified(cell.text, place), cell.tone))
        return self.strip(cells, width, base)

    def _titles(self, width: int) -> Strip:
        base = self.base + self.component_style("table--titles")
        shown = self._layout
        cells: list[Cell] = []
        for index, place in enumerate(shown.placed):
            if index:
                hidden = shown.before and index == shown.frozen
                cells.append(Cell("‹", Tone.ACCENT) if hidden else Cell(" " * MARGIN))
            cells.append(Cell(_justified(self._title(place), place)))
        titles = self.strip(cells, width, base)
        if not shown.after:
            return titles
        # How many are hidden stands where that covers no title; else a sign alone, in the last cell, which is kept free.
        more = f" +{shown.after}›"
        if not titles.text.endswith(" " * len(more)):
            more = "›"
        return Strip(
            [*titles.crop(0, width - len(more)), *self.strip([Cell(more, Tone.ACCENT)], len(more), base)], width
        )

    def _title(self, place: Placed[T]) -> str:
        title = place.column.heading or _(place.column.title)
        if not self._sorted_by or self._sorted_by[0] != place.column.name:
            return title
        mark = "▼" if self._sorted_by[1] else "▲"
        return f"{cut(title, place.width - 1).rstrip()}{mark}" if place.width > 3 else mark

    def on_resize(self, event: events.Resize) -> None:
        """Other columns may fit."""
        del event
        self._place()
        self.forget()

    def on_focus(self) -> None:
        """The cursor is drawn stronger where keys arrive."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor stays, paler."""
        self.repaint()

    async def on_click(self, event: events.Click) -> None:
        """Move to a clicked row; open it where the cursor already was."""
        index = int(event.y) - 1 + self.scroll_offset.y
        if event.y < 1 or index >= len(self._order):
            return
        if index == self._cursor:
            self.action_open()
        else:
            self._move(index)

    def action_up(self) -> None:
        """One row up."""
        self._move(self._cursor - 1)

    def action_down(self) -> None:
        """One row down."""
        self._move(self._cursor + 1)

    def action_first(self) -> None:
        """To the first row."""
        self._move(0)

    def action_last_row(self) -> None:
        """To the last row."""
        self._move(len(self._order) - 1)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._move(self._cursor - self._page() // 2)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._move(self._cursor + self._page() // 2)

    def action_page_up_rows(self) -> None:
        """A page up."""
        self._move(self._cursor - self._page())

    def action_page_down_rows(self) -> None:
        """A page down."""
        self._move(self._cursor + self._page())

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Opened(self, self._order[self._cursor]))

    def action_columns_left(self) -> None:
        """Show what is hidden on the left."""
        self._shift_to(self._layout.shift - 1)

    def action_columns_right(self) -> None:
        """Show what is hidden on the right."""
        self._shift_to(self._layout.shift + 1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """As the key."""
        event.stop()
        self.action_columns_left()

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """As the key."""
        event.stop()
        self.action_columns_right()

    def _shift_to(self, shift: int) -> None:
        self._shift = max(0, shift)
        self._place()
        self.repaint()

    def _page(self) -> int:
        return max(2, self.scrollable_content_region.height - 1)

    def _move(self, index: int) -> None:
        if not self._order:
            return
        self._moved = True
        before, top = self._cursor, self.scroll_offset.y
        self._cursor = min(max(0, index), len(self._order) - 1)
        self._scroll_to_cursor()
        if self.scroll_offset.y == top:
            self.repaint_lines(before - top + 1, self._cursor - top + 1)
        else:
            self.repaint()
        key = self._order[self._cursor]
        if key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Highlighted(self, key))

    def _keep_cursor(self, before: Sequence[str], *, follow: bool) -> None:
        """Put the cursor back on its row, wherever that is now; where it is gone, on the next one that is still there.

        With `follow`, the view goes with it: somebody who scrolled away to read something is not called back.
        """
        moved, self._cursor = self._cursor, self._place_of_cursor(before)
        key = self._order[self._cursor] if self._order else None
        if key is not None and key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Highlighted(self, key))
        if follow and moved != self._cursor:
            self._scroll_to_cursor()

    def _place_of_cursor(self, before: Sequence[str]) -> int:
        order, cursor = self._order, self._cursor
        if cursor < len(order) and order[cursor] == self._cursor_key:
            return cursor
        places = {key: index for index, key in enumerate(order)}
        nearest = chain(islice(before, cursor, None), islice(reversed(before), max(0, len(before) - cursor), None))
        return next((places[key] for key in nearest if key in places), 0)

    def _cursor_is_in_view(self) -> bool:
        top = self.scroll_offset.y
        return top <= self._cursor < top + max(1, self.scrollable_content_region.height - 1)

    def _scroll_to_cursor(self) -> None:
        top, page = self.scroll_offset.y, max(1, self.scrollable_content_region.height - 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False, force=True, immediate=True)

    def _forget_styles(self) -> None:
        super()._forget_styles()
        self._strips.clear()

    def _place(self) -> None:
        self._strips.clear()
        width = self.scrollable_content_region.width
        self._layout = layout(self._columns, width, self._shift) if width else Layout()
        if self._layout.after:
            self._layout = layout(self._columns, width - 1, self._shift)
        self._shift = self._layout.shift if width else self._shift


def _justified(text: str, place: Placed[T]) -> str:
    if place.column.tail and cell_len(text) > place.width:
        return cut_front(text, place.width)
    sized = cut(text, place.width)
    if not place.column.numeric:
        return sized
    bare = sized.rstrip()
    # A hit rate ends in a mark or a blank of its own: only the padding moves to the left.
    padding = len(sized) - len(bare)
    kept = len(text) - len(text.rstrip()) if len(text) <= place.width else 0
    return " " * (padding - kept) + bare + " " * kept

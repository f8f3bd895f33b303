"""A list that costs what is visible: rows are made into cells only when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import Scope, bindings
from kryonix_tui.tui.widgets.toned import TonedView, cut
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import MARGIN, Column, Placed, fit

T = TypeVar("T")


class Table(TonedView, Generic[T], can_focus=True):
    """Rows of values under a line of titles, with a cursor that stays on its row's key through every change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--titles", "table--cursor", "table--cursor-away"}
    BINDINGS = bindings(Scope.LIST)

    DEFAULT_CSS = """
    Table {
        height: 1fr;
        & .table--titles { color: $foreground 70%; text-style: bold; background: $panel; }
        & .table--cursor { background: $primary 30%; }
        & .table--cursor-away { background: $panel; }
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
        self._placed: list[Placed[T]] = []
        self._items: Sequence[T] = ()
        self._index: dict[str, int] | None = None
        self._cursor = 0
        self._cursor_key: str | None = None
        self._sorted_by: tuple[str, bool] | None = None

    @property
    def items(self) -> Sequence[T]:
        """The rows, in their order."""
        return self._items

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self._items[self._cursor] if self._cursor < len(self._items) else None

    @property
    def in_view(self) -> Sequence[T]:
        """The rows that can be seen now."""
        top = self.scroll_offset.y
        return self._items[top : top + max(0, self.scrollable_content_region.height - 1)]

    def show(self, columns: Sequence[Column[T]], items: Sequence[T], sorted_by: tuple[str, bool] | None = None) -> None:
        """Show `items`. `sorted_by` is the sort column's name and whether it is reversed, for the mark in its title."""
        self._columns, self._items, self._index = columns, items, None
        self._sorted_by = sorted_by
        self._place(self.scrollable_content_region.width)
        self.virtual_size = Size(0, len(items) + 1)
        self._keep_cursor()
        self.repaint()

    def say_when_empty(self, text: str) -> None:
        """Show `text` where there is no row."""
        self._empty = text

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row of `key`; tell whether there is one."""
        index = self._index_of(key)
        if index is None:
            return False
        self._move(index)
        return True

    def paint(self, y: int, width: int) -> Strip:
        """Return a line of what is in view: the titles, then rows."""
        if y == 0:
            return self._titles(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._items):
            text = self._empty if not self._items and index == 0 else ""
            return self.strip([Cell(text, Tone.MUTED)], width, self.rich_style)
        base = self.rich_style
        if index == self._cursor:
            away = "" if self.has_focus else "-away"
            base += self.component_style(f"table--cursor{away}")
        return self._row(self._items[index], base, width)

    def _row(self, item: T, base: Style, width: int) -> Strip:
        cells: list[Cell] = []
        for place in self._placed:
            cell = place.column.cell(item)
            cells += [Cell(_justified(cell.text, place), cell.tone), Cell(" " * MARGIN)]
        return self.strip(cells[:-1], width, base)

    def _titles(self, width: int) -> Strip:
        base = self.rich_style + self.component_style("table--titles")
        cells: list[Cell] = []
        for place in self._placed:
            title = _(place.column.title)
            if self._sorted_by and self._sorted_by[0] == place.column.name:
                mark = "▼" if self._sorted_by[1] else "▲"
                title = f"{cut(title, place.width - 1).rstrip()}{mark}" if place.width > 3 else mark
            cells += [Cell(_justified(title, place)), Cell(" " * MARGIN)]
        return self.strip(cells[:-1], width, base)

    def on_resize(self, event: events.Resize) -> None:
        """Other columns may fit."""
        del event
        self._place(self.scrollable_content_region.width)
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
        if event.y < 1 or index >= len(self._items):
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
        self._move(len(self._items) - 1)

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
            self.post_message(self.Opened(self, self._key(self.current)))

    def _page(self) -> int:
        return max(2, self.scrollable_content_region.height - 1)

    def _move(self, index: int) -> None:
        if not self._items:
            return
        self._cursor = min(max(0, index), len(self._items) - 1)
        self._scroll_to_cursor()
        self.repaint()
        key = self._key(self._items[self._cursor])
        if key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Highlighted(self, key))

    def _keep_cursor(self) -> None:
        """Put the cursor back on its row, wherever that is now; where it is gone, on the row in its place."""
        index = self._index_of(self._cursor_key) if self._cursor_key is not None else None
        if index is None:
            index = min(self._cursor, max(0, len(self._items) - 1))
        moved, self._cursor = index != self._cursor, index
        key = self._key(self._items[index]) if self._items else None
        if key is not None and key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Highlighted(self, key))
        if moved:
            self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        top, page = self.scroll_offset.y, max(1, self.scrollable_content_region.height - 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False, force=True, immediate=True)

    def _index_of(self, key: str) -> int | None:
        if self._index is None:
            self._index = {self._key(item): index for index, item in enumerate(self._items)}
        return self._index.get(key)

    def _place(self, width: int) -> None:
        self._placed = fit(self._columns, width) if width else []


def _justified(text: str, place: Placed[T]) -> str:
    sized = cut(text, place.width)
    if not place.column.numeric:
        return sized
    bare = sized.rstrip()
    # A hit rate ends in a mark or a blank of its own: only the padding moves to the left.
    padding = len(sized) - len(bare)
    kept = len(text) - len(text.rstrip()) if len(text) <= place.width else 0
    return " " * (padding - kept) + bare + " " * kept

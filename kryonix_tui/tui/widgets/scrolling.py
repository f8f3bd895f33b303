"""What is read and not chosen from: it moves with the keys of lists, and by rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.message import Message

from kryonix_tui.tui.commands import Scope, bindings
from kryonix_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.widget import Widget
else:
    # Textual takes styles and bindings along one line of widgets only: this is not to stand in it.
    Widget = object


class Scrolling(Widget):
    """What the moving keys of lists do where there is nothing to choose."""

    class Opened(Message):
        """Enter was pressed."""

    def action_open(self) -> None:
        """Tell: what Enter means here, the screen knows."""
        self.post_message(self.Opened())

    def action_up(self) -> None:
        """One row up."""
        self._by(-1)

    def action_down(self) -> None:
        """One row down."""
        self._by(1)

    def action_first(self) -> None:
        """To the top."""
        self.scroll_home(animate=False, immediate=True)

    def action_last_row(self) -> None:
        """To the end."""
        self.scroll_end(animate=False, immediate=True)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._by(-self._page() // 2)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._by(self._page() // 2)

    def action_page_up_rows(self) -> None:
        """A page up."""
        self._by(-self._page())

    def action_page_down_rows(self) -> None:
        """A page down."""
        self._by(self._page())

    def action_columns_left(self) -> None:
        """Nothing: what is read has no columns."""

    def action_columns_right(self) -> None:
        """Nothing: what is read has no columns."""

    def _page(self) -> int:
        return max(2, self.scrollable_content_region.height - 1)

    def _by(self, rows: int) -> None:
        # At once: two keys in a breath are two rows, and the second counts from where the first has come.
        self.scroll_relative(y=rows, animate=False, immediate=True)


class Page(Scrolling, VerticalScroll):
    """Widgets below each other."""

    BINDINGS = bindings(Scope.LIST)


class Text(Scrolling, Lines, can_focus=True):
    """Lines of text."""

    BINDINGS = bindings(Scope.LIST)

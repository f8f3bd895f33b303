"""All keys and commands over the screen in front, with a line to search them; and what the signs on screen mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label

from kryonix_tui.i18n import _
from kryonix_tui.tui.help_page import Entry, page
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog, closed_by
from kryonix_tui.tui.widgets.scrolling import Text


class Help(Dialog[None]):
    """Help over whatever is shown: `title` is that of the screen in front, `entries` what can be done there and elsewhere."""

    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("question_mark", "dismiss(None)", show=False, id="kryonix.help"),
        closed_by("quit", "dismiss(None)"),
        closed_by("back", "back"),
        Binding("q", "dismiss(None)", show=False),
        Binding("escape", "back", show=False),
        Binding("slash", "search", show=False),
        Binding("down", "page('down')", show=False),
        Binding("up", "page('up')", show=False),
        Binding("pagedown", "page('page_down_rows')", show=False),
        Binding("pageup", "page('page_up_rows')", show=False),
    ]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._title = title
        self._entries = entries

    def compose(self) -> ComposeResult:
        """Lay out title, search line and page."""
        with Vertical(classes="dialog help"):
            yield Label("", classes="dialog-title", markup=False)
            yield Input(placeholder=_("a key, or words"), compact=True, id="search")
            yield Text(id="page")

    def on_mount(self) -> None:
        """Show everything; the search line waits for its key."""
        self._search.display = False
        self.query_one(Text).focus()

    def on_resize(self) -> None:
        """Lay the page out for the width."""
        self.call_after_refresh(self._show)

    @property
    def _search(self) -> Input:
        return self.query_one("#search", Input)

    def action_search(self) -> None:
        """Take keys into the search line."""
        self._search.display = True
        self._search.focus()

    def action_back(self) -> None:
        """Show everything again; where everything is shown, close."""
        if not self._search.display:
            self.dismiss(None)
            return
        self._search.value = ""
        self._search.display = False
        self.query_one(Text).focus()
        self.call_after_refresh(self._show)

    def action_page(self, move: str) -> None:
        """Move the page while something is typed."""
        getattr(self.query_one(Text), f"action_{move}")()

    def on_input_changed(self) -> None:
        """Show what matches, from its beginning."""
        self.query_one(Text).scroll_home(animate=False)
        self._show()

    def on_input_submitted(self) -> None:
        """Go back to the page."""
        self.query_one(Text).focus()

    def _show(self) -> None:
        text = self.query_one(Text)
        width = text.scrollable_content_region.width
        if not width:
            return
        wanted = self._search.value
        found = page(self._entries, self._title, wanted, width)
        text.show(found.lines)
        count = _("{found} of {all}").format(found=found.count, all=len(self._entries))
        title = f"{_('Keys and commands')}   " + (
            f"{count}   {_('Esc all')}" if wanted.strip() else _("/ search   Esc close")
        )
        self.query_one(".dialog-title", Label).update(title)

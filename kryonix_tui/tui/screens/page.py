"""A page to read over whatever is shown: what was found in an archive, what an operation said."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Label

from kryonix_tui.i18n import _
from kryonix_tui.tui.jobs import Page
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog, closed_by
from kryonix_tui.tui.widgets.scrolling import Text

AGAIN = 1.0
"""Seconds after which a page is looked at again: an operation may still be saying something."""


class Reader(Dialog[None]):
    """Shows a page until it is closed."""

    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(None)", show=False),
        closed_by("quit", "dismiss(None)"),
        closed_by("back", "dismiss(None)"),
    ]

    def __init__(self, title: str, page: Page) -> None:
        super().__init__()
        self._title = title
        self._page = page

    def compose(self) -> ComposeResult:
        """Lay out title, page, and how to leave."""
        with Vertical(classes="dialog reader"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield Text(wrap=True, id="page-text")
            yield Label(_("↑ ↓ PgUp PgDn: move   Esc: close"), id="leaving", markup=False)

    def on_mount(self) -> None:
        """Keep up with what is said."""
        self.set_interval(AGAIN, self._show)
        self.query_one(Text).focus()

    def on_resize(self) -> None:
        """Lay the page out for the width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        text = self.query_one(Text)
        width = text.scrollable_content_region.width
        if width:
            text.show(self._page(width))

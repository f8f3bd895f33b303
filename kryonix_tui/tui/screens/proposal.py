"""What could be changed, to read, and the way on to the plan that changes it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Label

from kryonix_tui.i18n import _, ngettext
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog, closed_by
from kryonix_tui.tui.widgets.scrolling import Text
from kryonix_tui.view.cells import Line


class Proposal(Dialog[bool]):
    """Shows what was found; returns whether what can be changed is to be planned."""

    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(False)", show=False),
        closed_by("quit", "dismiss(False)"),
        closed_by("back", "dismiss(False)"),
        Binding("c", "change", show=False),
    ]

    def __init__(self, title: str, lines: list[Line], changes: int) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._changes = changes

    def compose(self) -> ComposeResult:
        """Lay out title, page, and what the keys do."""
        with Vertical(classes="dialog reader"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield Text(wrap=True, id="page-text")
            text = ngettext(
                "c: plan {count} change   ↑ ↓: move   Esc: close",
                "c: plan {count} changes   ↑ ↓: move   Esc: close",
                self._changes,
            )
            keys = text.format(count=self._changes) if self._changes else _("↑ ↓ PgUp PgDn: move   Esc: close")
            yield Label(keys, id="leaving", markup=False)

    def on_mount(self) -> None:
        """Show the page."""
        text = self.query_one(Text)
        text.show(self._lines)
        text.focus()

    def action_change(self) -> None:
        """Go on to the plan, where there is something to change."""
        if self._changes:
            self.dismiss(True)

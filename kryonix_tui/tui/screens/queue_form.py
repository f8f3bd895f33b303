"""What an operation on a queue needs to know, asked before its plan is made: a few lines to type into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.tui.queueing import Answers, Field
from kryonix_tui.tui.screens.dialog import SIZES_ACROSS, SIZES_DOWN, Dialog


class QueueForm(Dialog[Answers | None]):
    """Returns what was typed, None where nothing was asked for. `check` raises UsageError for what cannot be meant."""

    AUTO_FOCUS = "Input"
    HORIZONTAL_BREAKPOINTS = SIZES_ACROSS
    VERTICAL_BREAKPOINTS = SIZES_DOWN
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        # Before anything else, so that what is typed in the same breath goes into the next field.
        Binding("tab,down", "app.focus_next", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(self, title: str, fields: Sequence[Field], check: Callable[[Answers], object]) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._check = check

    def compose(self) -> ComposeResult:
        """Lay out a line per field, and room for a mistake."""
        with Vertical(classes="dialog form"):
            yield Label(self._title, classes="dialog-title", markup=False)
            for field in self._fields:
                with Horizontal(classes="field"):
                    yield Label(field.title, markup=False)
                    # What is typed goes on with the beginning of a name, and takes the place of anything else.
                    whole = not field.value.endswith("/")
                    yield Input(field.value, placeholder=field.hint, compact=True, id=field.name, select_on_focus=whole)
            yield Label(_("Enter: show the plan   Tab: next   Esc: no"), id="mistake", markup=False)

    def on_input_submitted(self) -> None:
        """Go on, or say what is wrong."""
        answers = {field.name: self.query_one(f"#{field.name}", Input).value.strip() for field in self._fields}
        try:
            self._check(answers)
        except UsageError as error:
            mistake = self.query_one("#mistake", Label)
            mistake.update(error.message)
            mistake.add_class("wrong")
            return
        self.dismiss(answers)

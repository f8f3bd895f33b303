"""A short list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from kryonix_tui.safetext import safe
from kryonix_tui.tui.screens.dialog import Dialog, closed_by


class Choices(OptionList):
    """Options that also move as lists do everywhere in the console."""

    BINDINGS: ClassVar = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]


class Menu(Dialog[str | None]):
    """Returns the name of what was chosen, None where nothing was."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(None)", show=False),
        closed_by("quit", "dismiss(None)"),
        closed_by("back", "dismiss(None)"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current

    def compose(self) -> ComposeResult:
        """Lay out the title and the choices."""
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield Choices(*(Option(Content(safe(text, 60)), id=name) for name, text in self._choices), markup=False)

    def on_mount(self) -> None:
        """Start on what is chosen now."""
        names = [name for name, _text in self._choices]
        options = self.query_one(OptionList)
        options.highlighted = names.index(self._current) if self._current in names else 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the choice."""
        self.dismiss(event.option_id)

"""One line to type into, at the bottom: a command (`:`) or a filter (`/`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label


class Prompt(Horizontal):
    """Hidden until it is opened. What is typed is told as it changes and when it is finished."""

    DEFAULT_CSS = """
    Prompt {
        height: auto; background: $panel;
        & Label { width: auto; color: $primary; text-style: bold; padding: 0 1; }
        & Input { border: none; height: 1; background: $panel; padding: 0; width: 1fr; }
        & #mistake { color: $error; padding: 0 1; max-width: 60%; }
    }
    """
    BINDINGS: ClassVar = [Binding("escape", "cancel", show=False)]

    class Typed(Message):
        """The text changed."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign, self.text = sign, text

    class Finished(Typed):
        """Enter was pressed."""

    class Cancelled(Message):
        """The prompt was left without a result."""

        def __init__(self, sign: str) -> None:
            super().__init__()
            self.sign = sign

    sign = ""

    def on_mount(self) -> None:
        """Wait to be opened."""
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the sign, the line to type into, and room for a mistake."""
        yield Label("", id="sign", markup=False)
        yield Input(compact=True, select_on_focus=False)
        yield Label("", id="mistake", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether keys go into the prompt."""
        return bool(self.display)

    def open(self, sign: str, text: str = "", suggestions: Iterable[str] = ()) -> None:
        """Show the prompt and take the keys. `suggestions` complete what is typed."""
        self.sign = sign
        self.query_one("#sign", Label).update(sign)
        self.complain("")
        entry = self.query_one(Input)
        entry.suggester = SuggestFromList(suggestions, case_sensitive=False)
        with entry.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        self.display = True
        # At once, not with the next message: what is typed in the same breath belongs here.
        self.screen.set_focus(entry)

    def close(self) -> None:
        """Hide the prompt."""
        self.display = False

    def complain(self, mistake: str) -> None:
        """Say what is wrong with what was typed; empty: nothing."""
        self.query_one("#mistake", Label).update(mistake)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell."""
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(self.sign, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell."""
        event.stop()
        self.post_message(self.Finished(self.sign, event.value))

    def action_cancel(self) -> None:
        """Leave without a result."""
        self.close()
        self.post_message(self.Cancelled(self.sign))

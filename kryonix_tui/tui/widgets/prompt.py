"""One line to type into, at the bottom: a command (`:`) or a filter (`/`); below it what may follow, or what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Protocol, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label

from kryonix_tui.i18n import _
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view.cells import Cell, Line, Tone, line

Complete = Callable[[str], Sequence[str]]
"""What a text may become, the likeliest first."""

Below = Callable[[str], Line]
"""What stands below a text while it is typed."""

REMEMBERED: Final = 50
"""Texts that are kept for the arrow keys, for each sign, until the console is left."""

MARGIN = 3
"""Cells before what is typed: the sign, with a blank on either side."""


class Remembering(Protocol):
    """The app, as far as the prompt needs it."""

    typed: dict[str, list[str]]
    """What was entered before, the newest last, by the sign of the prompt."""


class Ghost(Suggester):
    """Shows the likeliest completion behind the cursor."""

    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """Return what `value` may become."""
        return next(iter(self._complete(value)), None)


class Prompt(Vertical):
    """Hidden until it is opened. What is typed is told as it changes and when it is finished; Tab completes it.

    The arrow keys bring back what was entered before, and at the end what was being typed.
    """

    DEFAULT_CSS = """
    Prompt {
        height: auto; background: $panel;
        & Horizontal { height: 1; }
        & Label { width: auto; color: $primary; text-style: bold; padding: 0 1; }
        & Input { border: none; height: 1; background: $panel; padding: 0; width: 1fr; }
        & #below { height: 1; background: $panel; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "cancel", show=False),
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
        Binding("up", "remember(-1)", show=False),
        Binding("down", "remember(1)", show=False),
    ]

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
    _complete: Complete = staticmethod(lambda _text: ())
    _below: Below = staticmethod(lambda _text: ())
    _mistake: Line = ()
    _cycle: tuple[str, ...] = ()
    _completed: str | None = None
    _at = 0
    _back = 0
    _unfinished = ""

    def on_mount(self) -> None:
        """Wait to be opened."""
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the sign, the line to type into, and a line for what may follow or is wrong."""
        with Horizontal():
            yield Label("", id="sign", markup=False)
            yield Input(compact=True, select_on_focus=False)
        yield Lines(id="below")

    @property
    def is_open(self) -> bool:
        """Whether keys go into the prompt."""
        return bool(self.display)

    def open(self, sign: str, text: str, complete: Complete, below: Below | None = None) -> None:
        """Show the prompt and take the keys. `complete` completes what is typed, `below` says what stands below it."""
        self.sign = sign
        self.query_one("#sign", Label).update(sign)
        self._complete, self._below = complete, below or self._following
        self._mistake, self._cycle, self._completed = (), (), None
        self._back, self._unfinished = 0, ""
        entry = self.query_one(Input)
        entry.suggester = Ghost(self._complete)
        with entry.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        self.display = True
        self._show_below()
        # At once, not with the next message: what is typed in the same breath belongs here.
        self.screen.set_focus(entry)

    def close(self) -> None:
        """Hide the prompt."""
        self.display = False

    def complain(self, mistake: str, at: int | None = None) -> None:
        """Say what is wrong with what was typed, and at which character; empty: nothing."""
        self._mistake = self._pointed(mistake, at) if mistake else ()
        self._show_below()

    def _pointed(self, mistake: str, at: int | None) -> Line:
        """Return the mistake below its character; where that is out of sight or there is no room, with its number."""
        entry = self.query_one(Input)
        if at is None:
            return line(Cell(f" ▲ {mistake}", Tone.CRITICAL))
        column = MARGIN + cell_len(entry.value[:at])
        if cell_len(entry.value) < entry.size.width and column + 2 + cell_len(mistake) <= self.size.width:
            return line(Cell(f"{' ' * column}▲ {mistake}", Tone.CRITICAL))
        return line(Cell(f" ▲ {_('character {number}').format(number=at + 1)}: {mistake}", Tone.CRITICAL))

    def _show_below(self) -> None:
        self.query_one("#below", Lines).show([self._mistake or self._below(self.query_one(Input).value)])

    def _following(self, text: str) -> Line:
        """Return what may follow the words that are there."""
        start = text.rfind(" ") + 1
        following = [found[start:] for found in self._complete(text)]
        return line(Cell(" Tab ", Tone.ACCENT), Cell(" ".join(following), Tone.MUTED)) if following else ()

    def action_complete(self, step: int) -> None:
        """Put in the likeliest completion; again: the next one."""
        entry = self.query_one(Input)
        if len(self._cycle) < 2 or entry.value != self._completed:
            self._cycle, self._at = tuple(self._complete(entry.value)), -1 if step > 0 else 0
        if self._cycle:
            self._at = (self._at + step) % len(self._cycle)
            entry.value = self._completed = self._cycle[self._at]
            entry.cursor_position = len(entry.value)

    def action_remember(self, step: int) -> None:
        """Bring back what was entered before, or what came after it."""
        entered = self._entered
        entry = self.query_one(Input)
        if self._back == 0:
            self._unfinished = entry.value
        self._back = min(max(0, self._back - step), len(entered))
        entry.value = entered[-self._back] if self._back else self._unfinished
        entry.cursor_position = len(entry.value)

    @property
    def _entered(self) -> list[str]:
        return cast("Remembering", self.app).typed.setdefault(self.sign, [])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell."""
        event.stop()
        if self.is_open:
            self._mistake = ()
            self._show_below()
            self.post_message(self.Typed(self.sign, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell, and remember."""
        event.stop()
        text = event.value.strip()
        if text:
            kept = [entered for entered in self._entered if entered != text]
            self._entered[:] = [*kept, text][-REMEMBERED:]
        self._back = 0
        self.post_message(self.Finished(self.sign, event.value))

    def action_cancel(self) -> None:
        """Leave without a result."""
        self.close()
        self.post_message(self.Cancelled(self.sign))

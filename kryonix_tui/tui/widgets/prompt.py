"""One line to type into, at the bottom: a command (`:`) or a filter (`/`); below it what may follow, or what is wrong.

The line gets its letters by a queue of its own. So a key that does something with all of them is looked at first of all
(`priority`) and waits for the letters before it; and what it does is done before the next key. Then whatever was typed in the
same breath, a whole `:tenant alfa`, Enter, `2/foo`, goes where it belongs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label

from kryonix_tui.i18n import _
from kryonix_tui.tui.feature import console_of
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view.cells import Cell, Line, Tone, line

Complete = Callable[[str], Sequence[str]]
"""What a text may become, the likeliest first."""

Below = Callable[[str], Line]
"""What stands below a text while it is typed."""

Done = Callable[[str | None], Awaitable[None]]
"""What happens with a text when Enter is pressed; None: the prompt was left."""

LONGEST: Final = 1000
"""Characters that can be typed: who holds a key down, or pastes a file where a terminal does not say so, is not waited for."""
PATIENCE: Final = 2.0
"""Seconds in which the line takes what was typed before."""

REMEMBERED: Final = 50
"""Texts that are kept for the arrow keys, for each sign, until the console is left."""

MARGIN = 3
"""Cells before what is typed: the sign, with a blank on either side."""


class Ghost(Suggester):
    """Shows the likeliest completion behind the cursor."""

    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """Return what `value` may become."""
        return next(iter(self._complete(value)), None)


class Entry(Input):
    """The line. It takes no more than it can, in silence."""

    def restricted(self) -> None:
        """Ring no bell: there may be thousands of them."""


class Prompt(Vertical):
    """Hidden until it is opened. What is typed is told as it changes; Tab completes it; Enter and Esc end it.

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
        Binding("enter", "submit", show=False, priority=True),
        Binding("escape", "cancel", show=False, priority=True),
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up", "remember(-1)", show=False, priority=True),
        Binding("down", "remember(1)", show=False, priority=True),
    ]

    class Typed(Message):
        """The text changed."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign, self.text = sign, text

    sign = ""
    _complete: Complete = staticmethod(lambda _text: ())
    _below: Below = staticmethod(lambda _text: ())
    _done: Done | None = None
    _focused_before: Widget | None = None
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
            yield Entry(compact=True, select_on_focus=False, max_length=LONGEST)
        yield Lines(id="below")

    @property
    def is_open(self) -> bool:
        """Whether keys go into the prompt."""
        return bool(self.display)

    def open(self, sign: str, text: str, complete: Complete, done: Done, below: Below | None = None) -> None:
        """Show the prompt and take the keys.

        `complete` completes what is typed, `done` does something with it, `below` says what stands below it.
        """
        self.sign, self._done = sign, done
        if not self.is_open:
            self._focused_before = self.screen.focused
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
        """Hide the prompt, and give the keys back to what had them."""
        if not self.is_open:
            return
        self.display = False
        before = self._focused_before
        self.screen.set_focus(before if before is not None and before.is_attached and before.focusable else None)
        if self.screen.focused is None:
            self.screen.focus_next()

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

    async def _take_letters(self) -> None:
        """Wait until the line has what was typed before."""
        taken = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                if self.query_one(Input).call_later(taken.set):
                    await taken.wait()

    async def action_complete(self, step: int) -> None:
        """Put in the likeliest completion; again: the next one."""
        await self._take_letters()
        entry = self.query_one(Input)
        if len(self._cycle) < 2 or entry.value != self._completed:
            self._cycle, self._at = tuple(self._complete(entry.value)), -1 if step > 0 else 0
        if self._cycle:
            self._at = (self._at + step) % len(self._cycle)
            entry.value = self._completed = self._cycle[self._at]
            entry.cursor_position = len(entry.value)

    async def action_remember(self, step: int) -> None:
        """Bring back what was entered before, or what came after it."""
        await self._take_letters()
        entered = self._entered
        entry = self.query_one(Input)
        if self._back == 0:
            self._unfinished = entry.value
        self._back = min(max(0, self._back - step), len(entered))
        entry.value = entered[-self._back] if self._back else self._unfinished
        entry.cursor_position = len(entry.value)

    @property
    def _entered(self) -> list[str]:
        return console_of(self.app).typed.setdefault(self.sign, [])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell."""
        event.stop()
        if self.is_open:
            self._mistake = ()
            self._show_below()
            self.post_message(self.Typed(self.sign, event.value))

    async def action_submit(self) -> None:
        """Do something with the text, and remember it."""
        await self._take_letters()
        value = self.query_one(Input).value
        text = value.strip()
        if text:
            kept = [entered for entered in self._entered if entered != text]
            self._entered[:] = [*kept, text][-REMEMBERED:]
        self._back = 0
        if self._done is not None:
            await self._done(value)

    async def action_cancel(self) -> None:
        """Leave without a result."""
        await self._take_letters()
        self.close()
        if self._done is not None:
            await self._done(None)

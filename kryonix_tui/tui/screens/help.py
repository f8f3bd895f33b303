"""All keys and commands, with a line to search them; and what the signs on screen mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from kryonix_tui.i18n import N_, _
from kryonix_tui.tui.commands import SCOPE_TITLES, Command, Scope, describe, key_name
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view.cells import Cell, Line, Tone, line

SIGNS = (
    ("●", Tone.OK, N_("ok")),
    ("▲", Tone.WARNING, N_("warning; of a source: STALE")),
    ("✖", Tone.CRITICAL, N_("critical; of a source: failing")),
    ("○", Tone.MUTED, N_("not enough is known to judge")),
    ("◌", Tone.MUTED, N_("source not configured")),
    ("~ ±", Tone.PLAIN, N_("an estimate, and how far it may be off")),
    ("✓", Tone.INFO, N_("a marked row")),
    ("‹ +3›", Tone.ACCENT, N_("columns that are hidden on the left, and three on the right")),
    ("█▂··", Tone.ACCENT, N_("of a tenant: how many of its keys live in which database")),
    ("10k!", Tone.WARNING, N_("of a database: some keys fit no pattern and name no tenant")),
    ("P m p", Tone.PLAIN, N_("whose hit rate: Prometheus, redis:metrics, redis:perf; ! witnesses disagree")),
)


ROOMY = 84
"""Terminal columns from which the page also says what to type after `:`."""


class Help(ModalScreen[None]):
    """Help over whatever is shown."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar = [
        Binding("escape,question_mark,q", "dismiss(None)", show=False),
        Binding("slash", "search", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", show=False),
    ]

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """Lay out search line and page."""
        with Vertical(classes="dialog help"):
            yield Label(_("Keys and commands   / search   Esc close"), classes="dialog-title", markup=False)
            yield Input(placeholder=_("search"), compact=True, id="search")
            yield Lines(wrap=True, id="page")

    def on_mount(self) -> None:
        """Show everything; the search line waits for its key."""
        search = self.query_one("#search", Input)
        search.display = False
        self._show("")
        self.set_focus(None)

    def action_search(self) -> None:
        """Take keys into the search line."""
        search = self.query_one("#search", Input)
        search.display = True
        search.focus()

    def action_scroll(self, rows: int) -> None:
        """Move the page."""
        self.query_one("#page", Lines).scroll_relative(y=rows, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Go back to the page."""
        self.set_focus(None)

    def _show(self, wanted: str) -> None:
        self.query_one("#page", Lines).show(list(page(self._commands, wanted, typed=self.app.size.width >= ROOMY)))


def page(commands: Sequence[Command], wanted: str, *, typed: bool = True) -> Iterator[Line]:
    """Yield the help page: the commands whose name, keys or text contain `wanted`, by scope; then the signs.

    With `typed`, each says what to type after `:`.
    """
    for scope in Scope:
        found = [command for command in commands if command.scope is scope and _matches(command, wanted)]
        if found:
            yield line(Cell(_(SCOPE_TITLES[scope]), Tone.ACCENT))
            for command in found:
                keys = " ".join(key_name(key) for key in command.keys)
                name = f"{_typed(command):<20} " if typed else ""
                yield line(Cell(f"  {keys:<12}", Tone.STRONG), Cell(name, Tone.MUTED), describe(command))
            yield line()
    if not wanted:
        yield line(Cell(_("Signs"), Tone.ACCENT))
        for sign, tone, meaning in SIGNS:
            yield line(Cell(f"  {sign:<8}", tone), _(meaning))


def _typed(command: Command) -> str:
    if command.scope is Scope.LIST:
        return ""
    return f":{command.name} {_(command.arguments)}" if command.arguments else f":{command.name}"


def _matches(command: Command, wanted: str) -> bool:
    text = f"{command.name} {describe(command)} {' '.join(command.keys)}"
    return wanted.casefold() in text.casefold()

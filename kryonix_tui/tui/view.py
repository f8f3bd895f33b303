"""What all screens share: status line, troubles, body, prompt and key hints; and how they learn of new data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.clock import now as clock
from kryonix_tui.i18n import _
from kryonix_tui.tui.commands import BY_NAME, COMMANDS, Scope, bindings, key_name
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view import formats, sources
from kryonix_tui.view.cells import Cell, Line, Tone

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp

NARROW, WIDE = 80, 120


class View(Screen[None]):
    """A screen of the console. A subclass says what its body is (`body`) and how it shows an update (`draw`)."""

    name_of_command: ClassVar[str] = ""
    hints: ClassVar[tuple[str, ...]] = ()
    """Commands that the footer names besides those for everywhere."""

    BINDINGS = bindings(Scope.ROWS)
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's own declaration
        (0, "-narrow"),
        (NARROW, "-normal"),
        (WIDE, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 - as above

    @property
    def console(self) -> ConsoleApp:
        """The app, by its own type."""
        from kryonix_tui.tui.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)  # noqa: S101 - views live nowhere else
        return self.app

    @property
    def title_text(self) -> str:
        """What the status line calls this screen."""
        return _(BY_NAME[self.name_of_command].label)

    def compose(self) -> ComposeResult:
        """Lay out what all screens share around the body."""
        yield Lines(id="status")
        yield Lines(id="troubles")
        yield from self.body()
        yield Prompt()
        yield Lines(id="hints")

    def body(self) -> Iterable[Widget]:
        """Return the widgets between status line and hints."""
        raise NotImplementedError

    def draw(self, update: Update, now: Instant) -> None:
        """Show `update` in the body."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show what is known already."""
        self.redraw()

    def on_screen_resume(self) -> None:
        """Show what arrived while another screen was in front."""
        self.redraw()

    def on_resize(self) -> None:
        """Lines of other widths say other things."""
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        """Show the update of the moment, with ages of the moment."""
        if not self.is_mounted or not self.query("#status"):
            return
        update, now = self.console.shown, self.console.moment()
        self.query_one("#status", Lines).show([self.status_line(update, now)])
        troubles = sources.troubles(update, now)
        banner = self.query_one("#troubles", Lines)
        banner.display = bool(troubles)
        banner.show(troubles)
        self.query_one("#hints", Lines).show([self.hint_line()])
        self.draw(update, now)

    def status_line(self, update: Update, now: Instant) -> Line:
        """Return where we are, in which context and role, how the sources are, and the time."""
        narrow, wide = self.has_class("-narrow"), self.has_class("-wide")
        cells: list[Cell] = [] if narrow else [Cell(" KRYONIX ", Tone.ACCENT)]
        cells += [Cell(f" {self.title_text} ", Tone.STRONG), *self.console.badges(short=narrow)]
        if self.console.paused:
            cells.append(Cell(f" ❚❚ {_('PAUSED')} {formats.duration(now.age(clock()))} ", Tone.WARNING))
        progress = update.snapshot.census_progress
        if progress is not None and not update.platform.complete:
            cells.append(Cell(f" {_('census')} {progress_bar(progress, 8)} {100 * progress:.0f} % ", Tone.INFO))
        states = sources.summary(update, now, ages=wide)
        if narrow:
            states = tuple(sources.mark(state, now) for state in update.snapshot.sources.values())
        return (*cells, Cell(" "), *states, Cell(f"  {formats.clock_time(now.wall, today=now.wall)}", Tone.MUTED))

    def hint_line(self) -> Line:
        """Return the keys that matter here, as many as fit."""
        screens = [command for command in COMMANDS if command.scope is Scope.SCREENS]
        cells: list[Cell] = []
        for command in screens:
            here = command.name == self.name_of_command
            label = _(command.label) if self.has_class("-wide") or here else ""
            cells += [
                Cell(f" {key_name(command.keys[0])}", Tone.STRONG if here else Tone.ACCENT),
                Cell(f" {label}" if label else "", Tone.STRONG if here else Tone.MUTED),
            ]
        cells.append(Cell("  │", Tone.MUTED))
        for name in (*self.hints, "help", "prompt", "pause", "quit"):
            command = BY_NAME[name]
            cells += [
                Cell(f" {key_name(self.console.key_of(command))}", Tone.ACCENT),
                Cell(f" {_(command.label)} ", Tone.MUTED),
            ]
        return tuple(cells)

    def escape(self) -> bool:
        """Undo something small on this screen (a filter); tell whether there was anything."""
        return False


def progress_bar(fraction: float, width: int) -> str:
    """Return a bar of `width` characters, `fraction` of it filled."""
    filled = round(min(1.0, max(0.0, fraction)) * width)
    return "█" * filled + "░" * (width - filled)

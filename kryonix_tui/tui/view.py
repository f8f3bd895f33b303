"""What all screens share: status line, troubles, body, prompt and key hints; and how they learn of new data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.clock import now as clock
from kryonix_tui.i18n import _
from kryonix_tui.model.keys import Ground
from kryonix_tui.tui.availability import carrier
from kryonix_tui.tui.commands import BY_NAME, Command, Scope, bindings
from kryonix_tui.tui.feature import console_of
from kryonix_tui.tui.glass import Frugal
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.tui.widgets.toned import TonedView
from kryonix_tui.view import formats, own_cost, sources
from kryonix_tui.view.cells import Cell, Line, Tone, line, plain

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp

NARROW, WIDE = 80, 120
LEAST_WIDTH, LEAST_HEIGHT = 40, 12
"""Below, a notice takes the place of every screen."""


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

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Frugal()

    @property
    def console(self) -> ConsoleApp:
        """The app, by its own type."""
        return console_of(self.app)

    @property
    def title_text(self) -> str:
        """What the status line calls this screen."""
        return _(BY_NAME[self.name_of_command].label)

    @property
    def is_complete(self) -> bool:
        """Whether all its widgets are there: a screen that was asked for comes a moment later."""
        return self.is_mounted and any(child.id == "too-small" for child in reversed(self.children))

    def compose(self) -> ComposeResult:
        """Lay out what all screens share around the body."""
        yield Lines(id="status")
        yield Lines(wrap=True, id="troubles")
        yield from self.body()
        yield Prompt()
        yield Lines(id="hints")
        yield Lines(wrap=True, id="too-small")

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

    def on_resize(self, event: events.Resize) -> None:
        """Lines of other widths say other things; where there is no room for any, a notice does."""
        if event.size != self.app.size:
            # Another size is on its way already. Textual asks for one more event with each layout: two would never end.
            event.prevent_default()
            return
        self._notice_size()
        self.call_after_refresh(self.redraw)

    def _notice_size(self) -> None:
        if not self.is_complete:
            return
        width, height = self.app.size
        too_small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(too_small, "-too-small")
        if too_small:
            # What is typed there would be seen by nobody, and the key of the notice would be a letter.
            self.query_one(Prompt).close()
            least = _("{width} x {height}").format(width=LEAST_WIDTH, height=LEAST_HEIGHT)
            present = _("{width} x {height}").format(width=width, height=height)
            self.query_one("#too-small", Lines).show(
                [
                    line(Cell(_("The terminal is too small."), Tone.WARNING)),
                    line(_("It has {present}; {least} are needed.").format(present=present, least=least)),
                    line(Cell(_("{key} quits").format(key=self.console.key_of("quit")), Tone.MUTED)),
                ]
            )

    def redraw(self) -> None:
        """Show the update of the moment, with ages of the moment."""
        if not self.is_complete or not self.is_attached:
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
        cells += own_cost.badge(update)
        states = sources.summary(update, now, ages=wide)
        time = Cell(f"  {formats.clock_time(now.wall, today=now.wall)}", Tone.MUTED)
        if narrow or cell_len(plain((*cells, Cell(" "), *states, time))) > self.app.size.width:
            states = tuple(sources.mark(state, now) for state in update.snapshot.sources.values())
        whole = (*cells, Cell(" "), *states, time)
        # Where there is no room for all, the time goes, which a terminal may have elsewhere; marks are never cut.
        return whole if cell_len(plain(whole)) <= self.app.size.width else (*cells, *states)

    def hint_line(self) -> Line:
        """Return the keys that matter here, as many as fit."""
        screens = [command for command in self.console.offered if command.scope is Scope.SCREENS]
        cells: list[Cell] = []
        for command in screens:
            here = command.name == self.name_of_command
            # On narrow terminals the status line alone says what this is: keys need the room.
            label = _(command.label) if self.has_class("-wide") or (here and not self.has_class("-narrow")) else ""
            cells += [
                Cell(f" {self.console.key_of(command.name)}", Tone.STRONG if here else Tone.ACCENT),
                Cell(f" {label}" if label else "", Tone.STRONG if here else Tone.MUTED),
            ]
        cells.append(Cell("  │", Tone.MUTED))
        return (*cells, *self._hints_that_fit(self.app.size.width - cell_len(plain(cells))))

    def _hints_that_fit(self, room: int) -> list[Cell]:
        """Return the hints, whole ones only; where there is no room for all, how to get help and out stay longest."""
        names = self.hinted()
        hints = {name: self._hint(BY_NAME[name]) for name in names}
        fitting: set[str] = set()
        for name in sorted(names, key=_hint_rank):
            width = cell_len(plain(hints[name]))
            if width <= room:
                fitting.add(name)
                room -= width
        return [cell for name in names if name in fitting for cell in hints[name]]

    def hinted(self) -> list[str]:
        """Return the commands that the footer names, those that matter here first: what does not work now is left out."""
        offered = self.console.offered
        names = (*self.hints, "help", "prompt", "pause", "quit")
        return [name for name in names if BY_NAME[name] in offered and not self._why_not(name)]

    def _why_not(self, name: str) -> str:
        """Return why a command is not available now, on this screen or on all; empty: it is."""
        if BY_NAME[name].scope is Scope.LIST and self.focused is None:
            return _("there is no row")
        target = carrier(BY_NAME[name], (self, *self.console.everywhere))
        reason: Callable[[], str] = getattr(target, f"why_not_{name}", str)
        return reason()

    def _hint(self, command: Command) -> Line:
        key = self.console.key_of(command.name)
        return line(Cell(f" {key}", Tone.ACCENT), Cell(f" {_(command.label)} ", Tone.MUTED))

    def at_hand(self) -> tuple[str | None, int | None]:
        """Return the tenant and the database that this screen, or its row under the cursor, is about."""
        return None, None

    def command_keys(self, text: str = "") -> None:
        """Show keys: of what is at hand, or `DB [KIND]` of everybody."""
        from kryonix_tui.tui import browsing

        number, _blank, kind = text.strip().partition(" ")
        tenant, db = self.at_hand()
        if number.isdecimal():
            browsing.show(self.console, Ground(int(number), None, kind.strip() or None))
        elif tenant is not None or db is not None:
            browsing.choose(self.console, tenant, db)
        else:
            self.console.navigation.go("keys")

    def escape(self) -> bool:
        """Undo something small on this screen (a filter); tell whether there was anything."""
        return False


def _hint_rank(name: str) -> int:
    """Return 0 for the hints that go last."""
    return 0 if name in ("help", "quit") else 2 if name in ("prompt", "pause") else 1


def progress_bar(fraction: float, width: int) -> str:
    """Return a bar of `width` characters, `fraction` of it filled."""
    filled = round(min(1.0, max(0.0, fraction)) * width)
    return "█" * filled + "░" * (width - filled)


def titled(box: TonedView, title: str, age: Cell, width: int = 0) -> None:
    """Write a box's title with the age of what it shows; nothing is drawn where it is so already.

    Where there is no room for both, the age goes. `width` is that of the box's content, if it is about to be another one.
    """
    whole = f"{title}  {age.text}"
    text = Content(whole if cell_len(whole) <= (width or box.size.width or len(whole)) else title)
    if str(box.border_title) != text.plain:
        box.retitle(text.markup)

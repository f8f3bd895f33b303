"""The console: one app, a mode per screen, and the monitor running beside it.

    monitor --Update--> ConsoleApp.latest --(unless paused)--> shown --> the screen in front draws it

Commands come from keys, the palette or the `:` prompt and all end in `run_command`, which finds who carries one out: the
screen in front, one of the features that the console is composed of, or the console itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.widgets import Input

from kryonix_tui import __version__
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant, now
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.options import RunOptions
from kryonix_tui.i18n import _
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.safetext import safe
from kryonix_tui.tui.alerting import Alerting
from kryonix_tui.tui.archiving import Archiving
from kryonix_tui.tui.availability import carrier, why_not
from kryonix_tui.tui.clipboard import CopyingApp
from kryonix_tui.tui.commands import AT_ONCE, BY_NAME, Scope, bindings, describe
from kryonix_tui.tui.dressing import DressingApp
from kryonix_tui.tui.feature import Feature, Part
from kryonix_tui.tui.first_hint import show_once
from kryonix_tui.tui.jobs import JobChanged
from kryonix_tui.tui.keyed import KeyedApp
from kryonix_tui.tui.navigation import Navigation
from kryonix_tui.tui.optimizing import Optimizing
from kryonix_tui.tui.palette import Palette, RegistryCommands
from kryonix_tui.tui.prompting import Prompting
from kryonix_tui.tui.queueing import Queueing
from kryonix_tui.tui.reading import Reading
from kryonix_tui.tui.screens import MODES, view
from kryonix_tui.tui.starting import nothing_yet
from kryonix_tui.tui.tenant_life import TenantLife
from kryonix_tui.tui.terminal import run_in_terminal
from kryonix_tui.tui.tuning import Tuning
from kryonix_tui.tui.view import View
from kryonix_tui.tui.working import Work
from kryonix_tui.view.cells import Cell, Tone

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at the clock: ages grow also when nothing arrives."""
RECENT = 1.6
"""Seconds after an update in which the clock alone is no reason to draw: the next update is about to come."""


class ConsoleApp(DressingApp, KeyedApp, CopyingApp):
    """The console. `make_monitor` is called in a thread: it imports what is slow, and the first paint waits for nobody.

    `latest` is the newest update, `shown` the one on screen, `tenant` the one last opened, `typed` what was entered before, by
    the sign of the prompt. What it can do besides showing is in `parts`, its features.
    """

    TITLE = "KRYONIX"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS: ClassVar = {RegistryCommands}
    BINDINGS: ClassVar = [*bindings(Scope.SCREENS), *bindings(Scope.EVERYWHERE)]
    CSS_PATH = "styles.tcss"
    DEFAULT_MODE = "overview"

    def __init__(self, loaded: Loaded, make_monitor: Callable[[], Monitor]) -> None:
        super().__init__(loaded)
        self._make_monitor = make_monitor
        self._monitor: Monitor | None = None
        self.latest = self.shown = nothing_yet(self.config)
        self._paused_at: Instant | None = None
        self.tenant: str | None = None
        self.typed: dict[str, list[str]] = {}
        self.started = now()
        self._told_at = -RECENT
        self.parts: list[Feature] = []
        self.work = work = self._part(Work(self))
        self.archiving = self._part(Archiving(self, work))
        self.alerting = self._part(Alerting(self, work))
        self.tenant_life = self._part(TenantLife(self, work))
        self.tuning = self._part(Tuning(self, work))
        self.queueing = self._part(Queueing(self, work))
        self.optimizing = self._part(Optimizing(self, work))
        self.reading = self._part(Reading(self))
        self.navigation = self._part(Navigation(self))
        self.prompting = self._part(Prompting(self, self.navigation))

    def _part(self, feature: Part) -> Part:
        """Let commands be looked for in a feature."""
        self.parts.append(feature)
        return feature

    def get_default_screen(self) -> View:
        """Return the overview: the first screen, before any server was asked."""
        return view(self.DEFAULT_MODE)

    async def on_mount(self) -> None:
        """Offer the other screens, and start reading."""
        offered = {command.name for command in self.offered}
        for name in MODES:
            if name in offered:
                self.add_mode(name, partial(view, name))
        self.use_keys()
        self.set_interval(TICK, self._second)
        notes = list(self.loaded.notes)
        if self.config.ui.theme not in self.available_themes:
            notes.append(_("there is no theme {name} (ui.theme)").format(name=safe(self.config.ui.theme, 40)))
        for note in notes:
            self.notify(note, timeout=15, markup=False)
        self.call_after_refresh(show_once, self)
        self.end_on_signals()
        self.run_worker(self._read(), name="monitor", exit_on_error=True)

    async def _read(self) -> None:
        self._monitor = monitor = await asyncio.to_thread(self._make_monitor)
        monitor.listen(self._arrived)
        self.look()
        await monitor.run()

    def _arrived(self, update: Update) -> None:
        self.latest = update
        self._told_at = time.monotonic()
        self.alerting.hear(update)
        if not self.paused:
            self.shown = update
            self._redraw()

    def _second(self) -> None:
        """A second has passed: leave where the terminal is gone (a hang-up nobody told us about), else show the time."""
        self.leave_lost_terminal()
        if self.paused or time.monotonic() - self._told_at > RECENT:
            self.tick()

    def tick(self) -> None:
        """Show the ages of the moment."""
        self._redraw()

    def _redraw(self) -> None:
        if self.view is not None:
            self.view.redraw()
            self.look()

    def look(self) -> None:
        """Tell the monitor which tenants are on screen, and what its panels ask."""
        if self._monitor is None or self.view is None or not self.view.is_complete:
            return
        in_view = getattr(self.view, "tenants_in_view", None)
        if in_view is not None:
            self._monitor.look_at(in_view())
        asking = getattr(self.view, "questions_in_view", None)
        self._monitor.ask(asking() if asking is not None else ())

    @property
    def view(self) -> View | None:
        """The screen in front; None where a dialog is, and while the app ends and its screens are gone one by one."""
        top = self.screen_stack[-1] if self.screen_stack else None
        return top if isinstance(top, View) and top.is_attached else None

    @property
    def monitor(self) -> Monitor | None:
        """What reads; None before it is there."""
        return self._monitor

    @property
    def paused(self) -> bool:
        """Whether what is shown is held."""
        return self._paused_at is not None

    def moment(self) -> Instant:
        """Return the time that ages are shown for: now, or when the pause began."""
        return self._paused_at or now()

    def badges(self, *, short: bool) -> list[Cell]:
        """Return what must be seen on every screen: production, context, whom this console sees, role."""
        cells: list[Cell] = []
        if self.config.production:
            cells.append(Cell(f" ⚠ {'PROD' if short else _('PRODUCTION')} ", Tone.CRITICAL))
        if self.loaded.context and not short:
            cells.append(Cell(f" @{safe(self.loaded.context, 24)}", Tone.INFO))
        if self.config.tenants:
            only = (
                _("limited") if short else _("only {tenants}").format(tenants=safe(", ".join(self.config.tenants), 32))
            )
            cells.append(Cell(f" {only} ", Tone.WARNING))
        role = _("read-only") if self.config.read_only else self.config.role
        if not short:
            cells.append(Cell(f" {role} ", Tone.MUTED))
        return [*cells, *self.alerting.badge(), *self.work.badge(short=short)]

    def on_job_changed(self, event: JobChanged) -> None:
        """A job is further than before."""
        self.work.follow(event)

    # Commands ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let `/`, `:` and digits be ordinary keys where text is typed or a dialog is open."""
        if action == "command" and parameters and BY_NAME[str(parameters[0])] not in self.offered:
            return False
        typing = isinstance(self.focused, Input) or not isinstance(self.screen, View)
        return not (typing and action == "command" and parameters and parameters[0] in AT_ONCE)

    async def action_command(self, name: str) -> None:
        """Carry out a command by its key. What is typed after it waits until its screen is there."""
        self.run_command(name)
        await self.navigation.arrived()

    @property
    def everywhere(self) -> tuple[object, ...]:
        """Who carries out commands whatever the screen in front is."""
        return (*self.parts, self)

    def run_command(self, name: str, argument: str = "") -> None:
        """Carry out a command: on the screen in front if it knows it, else everywhere. A disabled one says why."""
        command = BY_NAME[name]
        if not isinstance(self.screen, View):
            # Typed before a dialog came that is in front now: from under it no screen may go, nor may another dialog come.
            return
        if self.view is not None and not self.view.is_complete:
            self.view.call_later(self.run_command, name, argument)
            return
        places = (self.screen, *self.everywhere)
        why = why_not(command, places)
        if why:
            self.notify(f"{describe(command)}: {why}", severity="warning", markup=False)
            return
        method = getattr(carrier(command, places), f"command_{name}")
        method(argument) if command.arguments else method()

    def command_help(self) -> None:
        """Show all keys and commands."""
        from kryonix_tui.tui.help_page import entries_of
        from kryonix_tui.tui.screens.help import Help

        title = self.view.title_text if self.view is not None else ""
        self.push_screen(Help(title, entries_of(self.offered, (self.screen, *self.everywhere), self)))

    def command_palette(self) -> None:
        """Open Textual's palette with the same commands."""
        if not Palette.is_open(self):
            self.push_screen(Palette())

    action_command_palette = command_palette

    def command_pause(self) -> None:
        """Hold what is shown, or go on."""
        self._paused_at = None if self.paused else now()
        self.shown = self.latest
        self._redraw()

    def command_suspend(self) -> None:
        """Give the terminal back to the shell until it continues us."""
        self.action_suspend_process()


def run(loaded: Loaded, options: RunOptions, make_monitor: Callable[[], Monitor]) -> int:
    """Run the console in this terminal until it is left; return the exit code."""
    log.debug("kryonix %s starts", __version__)
    return run_in_terminal(ConsoleApp(loaded, make_monitor), options, mouse=loaded.config.ui.mouse)

"""What every program that fills a terminal shares: its theme, what may reach the screen, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from threading import Thread
from typing import Final

from rich.color import ColorSystem
from textual import constants, on
from textual.app import App
from textual.driver import Driver
from textual.events import Event, Key
from textual.filter import LineFilter

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.options import RunOptions
from kryonix_tui.terminals import Colours, cannot_draw, colours_of, is_linux_console
from kryonix_tui.tui import themes
from kryonix_tui.tui.few_colours import FewColours
from kryonix_tui.tui.line_filters import ControlFilter, NoColour
from kryonix_tui.tui.linux_console import ConsoleGlyphs
from kryonix_tui.tui.painting import PacedApp
from kryonix_tui.tui.plain_glyphs import PlainGlyphs
from kryonix_tui.tui.suited import mend_line, speak_utf8, suited

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.001
"""How long the event loop may have to wait for a thread that computes (an assembly, a chart); Python's own is 5 ms."""

LEAVING_SECONDS = 3.0
"""How long an app may take to leave after its window."""

_COLOUR_SYSTEMS: Final = {
    Colours.FEW: ColorSystem.STANDARD,
    Colours.INDEXED: ColorSystem.EIGHT_BIT,
    Colours.TRUE: ColorSystem.TRUECOLOR,
}


class TerminalApp(PacedApp):
    """An app that looks as the configuration says and leaves when the session, the terminal or the system ends it."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.config = loaded.config
        super().__init__()
        self._own_filters = self._filters_of_terminal()
        self._dress()

    def get_driver_class(self) -> type[Driver]:
        """Return a driver that sends what this terminal understands."""
        driver = super().get_driver_class()
        return driver if constants.DRIVER else suited(driver)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, the one that stops control characters, and those that this terminal needs."""
        return [*super().get_line_filters(), *self._own_filters]

    def _filters_of_terminal(self) -> list[LineFilter]:
        own: list[LineFilter] = [ControlFilter(), NoColour()] if self.no_color else [ControlFilter()]
        if constants.DRIVER or constants.COLOR_SYSTEM != "auto" or cannot_draw(os.environ):
            return own  # a browser, a choice of somebody who knows, or no terminal at all
        colours, linux = colours_of(os.environ), is_linux_console(os.environ)
        self.console._color_system = _COLOUR_SYSTEMS[colours]  # noqa: SLF001 - Textual asks for it there, and Rich knows fewer
        if colours is not Colours.TRUE and not self.no_color:
            own.append(FewColours(colours, dark_backgrounds=linux))
        return [*own, ConsoleGlyphs()] if linux else own

    @property
    def wanted_theme(self) -> str:
        """The theme to start with."""
        return self.config.ui.theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return what our styles need of themes that know nothing of it."""
        return themes.variables_of(self.current_theme)

    def _dress(self) -> None:
        """Put the theme on before styles are parsed for the first time: Textual would parse all of them again."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        before = self.current_theme
        wanted = self.available_themes.get(self.wanted_theme) or self.available_themes[themes.DEFAULT]
        if (wanted.dark, wanted.ansi) == (before.dark, before.ansi):
            self.set_reactive(App.theme, wanted.name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            # More than variables differs; Textual knows what.
            self.theme = wanted.name

    def end_on_signals(self) -> None:
        """Leave cleanly when the session, the terminal or the system ends us."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 0)

    async def on_event(self, event: Event) -> None:
        """Take an event, and let the loop have its turn: keys that wait, one after the other, must not keep signals from us."""
        await super().on_event(event)
        if isinstance(event, Key):
            await asyncio.sleep(0)

    @on(Driver.SignalResume)
    def _draw_again(self) -> None:
        """The terminal is ours again after a stop, and whatever the shell has left there is on it."""
        self.screen.refresh(layout=True)

    def draw_plainly(self) -> None:
        """The terminal draws ambiguous characters wide: do without them from now on."""
        if not any(isinstance(own, PlainGlyphs) for own in self._own_filters):
            self._own_filters.append(PlainGlyphs())
            for screen in self.screen_stack:
                for widget in screen.walk_children(with_self=True):
                    widget.refresh()

    def leave_lost_terminal(self) -> None:
        """Leave where the terminal is gone: a hang-up that nobody told us about."""
        if not (self.is_headless or self.is_web or os.isatty(0)):
            self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """End, unless the end is under way: a screen that was about to come misses what is gone already.

        Textual has no public hook for this.
        """
        if self._exit:
            log.debug("while the program ends", exc_info=error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without Textual's traceback: it would show an operator the values of variables, passwords among them.

        Textual has no public hook for this; `run` raises the error again, and the command line reports it.
        """
        self.bell()
        self._close_messages_no_wait()


def run_in_terminal(app: TerminalApp, options: RunOptions, *, mouse: bool) -> int:
    """Run an app in this terminal until it is left; return the exit code. What made it fail is raised again."""
    if options.fps:
        app.paint_at_most(options.fps)
    sys.setswitchinterval(SWITCH_SECONDS)
    speak_utf8()
    if constants.DRIVER:
        Thread(target=_leave_with_window, name="window", daemon=True).start()
    else:
        mend_line()
    app.run(mouse=mouse)
    if not (constants.DRIVER or os.isatty(0)):
        _forget_terminal()
    if app._exception is not None:  # noqa: SLF001 - see `_fatal_error`
        raise app._exception  # noqa: SLF001
    return app.return_code or 0


def _leave_with_window() -> None:
    """Leave when nobody holds the other end of our input any more: a browser's window and its server are gone. An app that
    no longer hears is left behind.
    """
    held = select.poll()
    held.register(0, 0)
    held.poll()
    _forget_terminal()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LEAVING_SECONDS)
    os._exit(1)


def _forget_terminal() -> None:
    """Write to nowhere from now on: what is still in a buffer for a terminal that is gone would fail the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)

"""An app that sends to its terminal what changes there, and no more than arrives."""

from __future__ import annotations

import math
import os
from time import monotonic
from typing import Any, Final, cast

from rich.console import Console
from textual import events, on
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from kryonix_tui.tui.colour_codes import sparing
from kryonix_tui.tui.glass import Changes
from kryonix_tui.tui.link import far
from kryonix_tui.tui.paced import PacedDriver, paced

FAR_FPS: Final = 20
"""Paints a second over SSH, unless somebody asks for another number: what a screen shows while it comes up is left out."""
HURRY: Final = 1.0
"""Seconds after a key in which somebody waits for what follows from it; and then until all of it was sent."""
LOOK: Final = 0.1
"""Seconds between two looks whether a terminal reads again that did not."""
SOON: Final = 0.005
"""Seconds between two parts of a frame, where there is room for both: a key may come first."""


class _Ready(CompositorUpdate):
    """What to send for an update."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """Return it."""
        del console
        return self._text


class PacedApp(App[Any]):
    """An app that sends changes only, with few colour codes, and leaves out frames that a terminal is too slow for."""

    def __init__(self) -> None:
        super().__init__()
        self._owing: Timer | None = None
        self._pressed_at = self._painted_at = -math.inf
        self._awaited = False
        self._between = 0.0
        self._far = far(os.environ)
        if self._far:
            self._spare()

    def _spare(self) -> None:
        """Somebody looks at this over SSH: what moves without need costs bytes. Who chose otherwise gets it."""
        if "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"
        if "TEXTUAL_FPS" not in os.environ:
            self.paint_at_most(FAR_FPS)

    def paint_at_most(self, fps: int) -> None:
        """Paint so often a second at most."""
        self._between = 1 / fps

    @on(events.DescendantFocus)
    def _rest_cursor(self, event: events.DescendantFocus) -> None:
        """Over SSH the cursor does not blink: that is two frames a second for nothing."""
        if self._far and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    async def on_event(self, event: events.Event) -> None:
        """Know when somebody waits."""
        if isinstance(event, events.Key | events.Paste | events.MouseDown):
            self._pressed_at, self._awaited = monotonic(), True
        await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """Return the platform's driver, sparing with colour codes, and paced."""
        return sparing(paced(super().get_driver_class()))

    def on_resize(self) -> None:
        """What a terminal does with its lines when its size changes is its own affair."""
        if self._paced is not None:
            self._paced.glass.forget()

    def paint_anew(self) -> None:
        """Send everything: somebody else may have written to the terminal."""
        if self._paced is not None:
            self._paced.glass.forget()
            self.refresh()

    def caught_up(self) -> None:
        """Send what had to wait, if there is room now: as it is now."""
        if self._owing is None or self._paced is None or not self._running:
            return
        self._owing.stop()
        self._owing = None
        if self._paced.room(urgent=self._awaited):
            self.refresh()
        else:
            self._owe(LOOK)

    @property
    def _paced(self) -> PacedDriver | None:
        """The driver; None before it is there, and where nothing is drawn."""
        return self._driver if isinstance(self._driver, PacedDriver) else None

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send an update, or what there is room for. Textual has no public hook for this."""
        driver, paints = self._paced, isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if driver is None or not paints or self._batch_count or not self._running:
            super()._display(screen, renderable)
            return
        room, wait = driver.room(urgent=self._awaited), self._painted_at + self._between - monotonic()
        if not room or wait > 0:
            self._owe(max(wait, SOON) if room else LOOK)
            self.post_display_hook()
            return
        changes = Changes(renderable, driver.glass, room, self._focused_lines)
        text = changes.render_segments(self.console)
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if not text and cursor == self._previous_cursor_position:
            self.post_display_hook()
        else:
            super()._display(screen, cast("Any", _Ready(text)))
            driver.ask()
            self._painted_at = monotonic()
        if not changes.complete:
            self._owe(SOON)
        elif monotonic() - self._pressed_at > HURRY:
            self._awaited = False

    @property
    def _focused_lines(self) -> range:
        """The lines that somebody looks at who types."""
        return range(*self.focused.region.line_span) if self.focused is not None else range(0)

    def _owe(self, seconds: float) -> None:
        """Remember that the terminal does not show everything yet, and look again after some seconds, or an answer."""
        if self._owing is None:
            self._owing = self.set_timer(seconds, self.caught_up, name="owing")

"""The one screen of the wall. Nothing of it is ever taken away or added: it may hang for weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from kryonix_tui.tui.glass import Frugal
from kryonix_tui.tui.widgets.chart import Chart
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view.cells import Line
from kryonix_tui.wallboard.pages import Place
from kryonix_tui.wallboard.scene import Plotted

CHARTS: Final = 8
"""Charts of a slide at most."""


class Wall(Screen[None], inherit_bindings=False):
    """Lines above, the slide below, and charts that are laid over it."""

    DEFAULT_CSS = """
    Wall { background: $background; color: $foreground; layout: vertical; overflow: hidden; }
    Wall #head { height: auto; max-height: 3; background: $panel; }
    Wall #marks { height: auto; max-height: 8; overflow-y: hidden; background: $surface; }
    Wall #area { height: 1fr; layout: horizontal; }
    Wall #slide { width: 100%; height: 100%; overflow-y: hidden; }
    Wall Chart { position: absolute; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Frugal()
        self._laid: list[Place | None] = [None] * CHARTS

    def compose(self) -> ComposeResult:
        """Lay out what is filled every second."""
        yield Lines(id="head")
        yield Lines(wrap=True, id="marks")
        with Container(id="area"):
            yield Lines(id="slide")
            yield from (Chart() for _number in range(CHARTS))

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows of the slide; nothing before it was laid out."""
        for slide in self.query("#slide"):
            return slide.size.width, slide.size.height
        return 0, 0

    def show(self, head: Sequence[Line], marks: Sequence[Line], slide: Sequence[Line], plotted: Plotted) -> None:
        """Show these lines, and charts over their frames. Only what looks different is sent to the terminal."""
        for name, lines in (("#head", head), ("#marks", marks)):
            widget = self.query_one(name, Lines)
            widget.display = bool(lines)
            widget.show(lines)
        self.query_one("#slide", Lines).show(slide)
        for index, chart in enumerate(self.query(Chart)):
            place, tile = plotted[index] if index < len(plotted) else (None, None)
            chart.display = place is not None
            if place != self._laid[index]:
                # Until the new drawing is there, the old one would stand under another title.
                chart.say(())
                self._laid[index] = place
            if place is not None and tile is not None:
                chart.styles.offset = (place.x + 2, place.y + 1)
                chart.styles.width, chart.styles.height = place.inner
                chart.show((), tile.plot)

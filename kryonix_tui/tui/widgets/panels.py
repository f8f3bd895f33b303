"""Panels of a screen that is described as data, laid out in 24 columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from kryonix_tui.config.screen import COLUMNS, Panel
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.widgets.chart import Chart
from kryonix_tui.tui.widgets.lines import Lines

FRAME = 2
"""Rows that a panel's border takes."""
NARROW, NORMAL = 80, 120


class PanelGrid(Container):
    """A widget per panel. On narrow terminals panels are wider than their span says, down to one in a row."""

    DEFAULT_CSS = """
    PanelGrid { height: auto; layout: horizontal; }
    """

    class LaidOut(Message):
        """Panels have other widths than before: what they say may depend on it."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        widgets = [Chart(classes="panel") if panel.kind == "timeseries" else Lines(classes="panel") for panel in panels]
        super().__init__(*widgets)
        self.placed: list[tuple[Panel, Lines | Chart]] = list(zip(panels, widgets, strict=True))
        self._widths: list[int] = []

    def on_mount(self) -> None:
        """Name the panels."""
        for panel, widget in self.placed:
            widget.border_title = Content(safe(_(panel.title), 60))

    @property
    def shown(self) -> list[tuple[Panel, Lines | Chart]]:
        """The panels that have a place, whether in sight or not."""
        return [(panel, widget) for panel, widget in self.placed if widget.display]

    def leave_out(self, panels: Collection[Panel]) -> None:
        """Give no place to these panels: the others close the gap."""
        before = len(self.shown)
        for panel, widget in self.placed:
            widget.display = panel not in panels
        if len(self.shown) != before:
            self.on_resize()

    @property
    def in_sight(self) -> list[tuple[Panel, Lines | Chart]]:
        """The panels of which anything can be seen."""
        if not self.is_on_screen:
            return []
        return [
            (panel, widget)
            for panel, widget in self.shown
            if widget.is_on_screen and self.screen.find_widget(widget).visible_region
        ]

    def on_resize(self) -> None:
        """Lay the panels out for the width."""
        width = self.size.width
        if not width:
            return
        x = y = row_height = 0
        before, self._widths = self._widths, []
        for panel, widget in self.shown:
            columns = span_at(panel.span[0], width)
            cells = width * columns // COLUMNS
            if x + columns > COLUMNS:
                x, y, row_height = 0, y + row_height, 0
            height = panel.span[1] + FRAME
            widget.styles.position = "absolute"
            widget.styles.offset = (width * x // COLUMNS, y)
            widget.styles.width = cells
            self._widths.append(cells)
            widget.styles.height = height
            x, row_height = x + columns, max(row_height, height)
        self.styles.height = y + row_height
        if self._widths != before:
            self.post_message(self.LaidOut())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows of the last layout."""
        del container, viewport, width
        return max((int(widget.styles.offset.y.value) + widget.size.height for _panel, widget in self.shown), default=0)


def content_size(widget: Lines | Chart) -> tuple[int, int]:
    """Return the columns and rows of a panel's content, as it is placed; something usual before that."""
    width, height = widget.styles.width, widget.styles.height
    if widget.styles.position != "absolute" or width is None or height is None:
        return 40, 4
    # What the layout will give it: a layout that was asked for comes a moment later.
    return max(1, int(width.value) - widget.gutter.width), max(1, int(height.value) - widget.gutter.height)


def span_at(columns: int, width: int) -> int:
    """Return how many columns a panel takes at a width in cells: all below 80; below 120 at least half."""
    if width < NARROW - 4:
        return COLUMNS if columns > 6 else COLUMNS // 2
    if width < NORMAL - 4:
        return columns if columns <= 6 else max(columns, COLUMNS // 2)
    return columns

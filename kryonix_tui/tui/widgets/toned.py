"""The common ground of the console's widgets: lines of toned cells, painted through Textual's Line API.

A refresh paints only the lines that look different from before: a wallboard at rest sends nothing, and a slow link is
not filled with what is already on the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Self

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kryonix_tui.view.cells import Cell, Tone

TONES: Final = {
    Tone.PLAIN: "",
    Tone.MUTED: "$foreground 70%",
    Tone.STRONG: "bold",
    Tone.ACCENT: "$primary",
    Tone.OK: "$success",
    Tone.WARNING: "bold $warning",
    Tone.CRITICAL: "bold $error",
    Tone.INFO: "$accent",
}
"""What a tone looks like, in the variables of the theme.

Component classes would say the same, but Textual works each of them out for each widget whenever styles are looked at:
that is a third of a start.
"""

TITLE_EDGE: Final = 2
"""Cells of the border before and behind its title."""


class TonedView(ScrollView):
    """A scrollable view of lines. A subclass says what line `y` of the visible area shows (`paint`)."""

    DEFAULT_CSS = """
    TonedView {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._tones: dict[Tone, Style] = {}
        self._mixed: dict[tuple[Style, Tone], Style] = {}
        self._base: Style | None = None
        self._painted: dict[int, Strip] = {}
        self._title_region: Region | None = None
        self._measuring = False

    def paint(self, y: int, width: int) -> Strip:
        """Return line `y` of the visible area, `width` cells wide."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Return a line for the compositor, as it was painted last."""
        strip = self._painted.get(y)
        width = self.scrollable_content_region.width
        if strip is None or strip.cell_length != width:
            strip = self._painted[y] = self.paint(y, width)
        return strip

    def repaint(self) -> None:
        """Paint the visible lines again, and refresh those that changed."""
        before, self._painted = self._painted, {}
        self._paint_again(range(self.scrollable_content_region.height), before)

    def repaint_lines(self, *lines: int) -> None:
        """Paint some visible lines again: nothing else changed."""
        height = self.scrollable_content_region.height
        self._paint_again({y for y in lines if 0 <= y < height}, self._painted)

    def _paint_again(self, lines: Iterable[int], before: Mapping[int, Strip]) -> None:
        width = self.scrollable_content_region.width
        for y in lines:
            strip, old = self.paint(y, width), before.get(y)
            self._painted[y] = strip
            if old != strip:
                self.refresh(Region(0, y, changed_width(old, strip), 1))

    def retitle(self, title: str) -> None:
        """Write another title, as markup, into the border. Of what the border surrounds nothing is painted."""
        before = cell_len(str(self.border_title or ""))
        left, top = self.content_offset
        self._title_region = Region(-left, -top, max(before, cell_len(title)) + 2 * TITLE_EDGE, 1)
        try:
            self.border_title = title  # asks for a refresh of the whole widget
        finally:
            self._title_region = None

    def measure(self, lines: int) -> None:
        """Have so many lines to scroll through; `repaint` paints what changed. Another layout is made only where a
        scrollbar comes or goes: one that stays is told what it stands for.
        """
        size, room = Size(0, lines), self.scrollable_content_region.height
        before, after = self.virtual_size.height > room, lines > room
        if before is after is self.show_vertical_scrollbar:
            if size != self.virtual_size:
                self.set_reactive(TonedView.virtual_size, size)
                if after:
                    self._scroll_update(size)
            return
        self._measuring = True
        try:
            self.virtual_size = size  # asks for a refresh of the whole widget
        finally:
            self._measuring = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Refresh as Textual does; where only the title or the number of lines changed, no more than that needs."""
        if self._title_region is not None and not regions:
            regions = (self._title_region,)
        repaint = repaint and not self._measuring
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def forget(self) -> None:
        """Paint everything anew: the theme, the size or the place in the list changed."""
        self._painted.clear()
        self._forget_styles()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may have changed."""
        super().notify_style_update()
        self._painted.clear()
        self._forget_styles()

    def _forget_styles(self) -> None:
        self._tones.clear()
        self._mixed.clear()
        self._base = None

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other lines come into view."""
        super().watch_scroll_y(old_value, new_value)
        self._painted.clear()

    def style_of(self, tone: Tone) -> Style:
        """Return the style of a tone in the theme of the moment."""
        style = self._tones.get(tone)
        if style is None:
            style = self._tones[tone] = self._theme_style(TONES[tone])
        return style

    @property
    def base(self) -> Style:
        """The style of the widget itself, which Textual would put together for every line anew."""
        if self._base is None:
            self._base = self.rich_style
        return self._base

    def _mix(self, base: Style, tone: Tone) -> Style:
        """Return a tone on a base. It is the same object each time: strips are compared by what they are made of."""
        style = self._mixed.get((base, tone))
        if style is None:
            style = self._mixed[base, tone] = base + self.style_of(tone)
        return style

    def _theme_style(self, text: str) -> Style:
        """Return a style in the variables of the theme, its transparent colour mixed with what lies under it."""
        parsed = self.app.stylesheet.parse_style(text)
        foreground = self.background_colors[1] + parsed.foreground if parsed.foreground else None
        return Style(color=foreground.rich_color if foreground else None, bold=parsed.bold)

    def component_style(self, name: str) -> Style:
        """Return what a component class sets, its transparent colours mixed with what lies under them."""
        styles = self.get_component_styles(name)
        under = self.background_colors[1]
        foreground = under + styles.color if styles.has_rule("color") else None
        background = under + styles.background if styles.has_rule("background") else None
        return Style.from_color(
            foreground.rich_color if foreground else None, background.rich_color if background else None
        ) + (styles.text_style if styles.has_rule("text_style") else Style())

    def strip(self, cells: Iterable[Cell], width: int, base: Style) -> Strip:
        """Return cells as a strip of exactly `width`; what does not fit is cut with an ellipsis."""
        texts: list[str] = []
        tones: list[Tone] = []
        room = width
        for cell in cells:
            length = cell_len(cell.text)
            text = cell.text if length <= room else cut(cell.text, room)
            # Blanks look the same in every tone: fewer segments are less to paint and to compare.
            if tones and (cell.tone is tones[-1] or text.isspace()):
                texts[-1] += text
            elif text:
                texts.append(text)
                tones.append(cell.tone)
            room -= min(length, room)
            if room <= 0:
                break
        segments = [Segment(text, self._mix(base, tone)) for text, tone in zip(texts, tones, strict=True)]
        if room > 0:
            segments.append(Segment(" " * room, base))
        return Strip(segments, width)


def changed_width(before: Strip | None, after: Strip) -> int:
    """Return up to which cell two lines differ: the rest of the line need not be sent again.

    What they begin with alike does not matter: Textual cuts what it sends at the right only.
    """
    if before is None or before.cell_length != after.cell_length:
        return after.cell_length
    width = after.cell_length
    for old, new in zip(reversed(list(before)), reversed(list(after)), strict=False):
        if old != new:
            break
        width -= new.cell_length
    return width


def cut(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, with an ellipsis where it was longer."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def cut_front(text: str, width: int) -> str:
    """Return the end of `text` in exactly `width` cells, with an ellipsis for what stands before it."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    room, start = max(0, width - 1), len(text)
    while start and cell_len(text[start - 1 :]) <= room:
        start -= 1
    return set_cell_size(f"…{text[start:]}", width) if width > 0 else ""

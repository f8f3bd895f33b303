"""Text that changes: a handful of lines, or a long page to scroll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from kryonix_tui.tui.widgets.toned import TonedView
from kryonix_tui.view.cells import Cell, Line


class Lines(TonedView, can_focus=False):
    """Shows lines of cells. With `wrap`, long ones go on in the next line; else they are cut."""

    DEFAULT_CSS = """
    Lines { height: auto; }
    """

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        wrap: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._wrap = wrap
        self._lines: Sequence[Line] = tuple(lines)
        self._shown: Sequence[Line] = self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines. Only those that look different are painted."""
        lines = tuple(lines)
        if lines == self._lines and self._painted:
            return
        count = len(self._shown)
        self._lines = lines
        self._arrange(self.scrollable_content_region.width)
        if len(self._shown) != count:
            self.measure(len(self._shown))
            # Later: a layout that is under way would take this request for its own and keep the old height.
            self.call_after_refresh(self.refresh, layout=True)
        self.repaint()

    def paint(self, y: int, width: int) -> Strip:
        """Return line `y` of what is in view."""
        index = y + self.scroll_offset.y
        cells: Line = self._shown[index] if index < len(self._shown) else ()
        return self.strip(cells, width, self.base)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines, at least one."""
        del container, viewport
        # What is shown stays as it is: where a scrollbar takes room, this width is not the one to be painted.
        return max(1, len(self._broken(width)))

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        del event
        self._rearrange()

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:  # noqa: FBT001 - Textual's signature
        """Break the lines for the width that the bar leaves, or gives back."""
        del shown
        if self._wrap and self.is_attached:
            self.call_after_refresh(self._rearrange)

    def _rearrange(self) -> None:
        self._arrange(self.scrollable_content_region.width)
        self.measure(len(self._shown))
        self.forget()

    def _arrange(self, width: int) -> None:
        self._shown = self._broken(width)

    def _broken(self, width: int) -> Sequence[Line]:
        wrapping = self._wrap and width > 0
        return [part for line in self._lines for part in wrapped(line, width)] if wrapping else self._lines


def wrapped(line: Line, width: int) -> Iterator[Line]:
    """Yield a line as lines of at most `width` cells, broken at blanks where there are any."""
    current: list[Cell] = []
    room = width
    for cell in line:
        for word in _words(cell.text, width):
            length = cell_len(word)
            if length > room and current:
                yield tuple(current)
                current, room = [], width
                word = word.lstrip()  # noqa: PLW2901 - a blank at a line's start is not shown
                length = cell_len(word)
            if word:
                current.append(Cell(word, cell.tone))
                room -= length
    yield tuple(current)


def _words(text: str, width: int) -> Iterator[str]:
    """Yield the words of a text with the blanks before them; a word wider than a line in pieces."""
    start = 0
    for index in range(1, len(text) + 1):
        at_break = index == len(text) or (text[index] == " " and text[index - 1] != " ")
        if at_break or cell_len(text[start:index]) >= width:
            yield text[start:index]
            start = index

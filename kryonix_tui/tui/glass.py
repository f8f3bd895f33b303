"""What the terminal shows, so that only cells which look different are sent to it.

Textual sends a part of a line from its left end on when one character of it has changed. Here the new line is compared with
what was sent before, cell by cell: an age that grows by a second is one character, not a line of eighty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.strip import Strip

from kryonix_tui.tui.colour_codes import sparing

MERGED: Final = 6
"""So many cells between two changes are sent again: to go past them costs more."""

_SINGLE: Final[set[str]] = set()
"""Characters that were met and take a cell each."""
_MOST_KNOWN: Final = 10_000


class Frugal(Compositor):
    """Asks only those widgets for lines that something is painted of: Textual asks all between the first and the last."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what changed since the last paint, None where nothing did."""
        seen, painted = self.visible_widgets, self._dirty_regions
        # The edges of all widgets, kept until the next layout: with those of a few, blanks would be sent over the others.
        _ = self.cuts
        self._visible_widgets = {
            widget: (region, clip)
            for widget, (region, clip) in seen.items()
            if any(clip.overlaps(other) and region.overlaps(other) for other in painted)
        }
        try:
            return super().render_partial_update()
        finally:
            self._visible_widgets = seen


class Glass:
    """What a terminal was sent, by line: strips by the column where they begin."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Strip]] = {}

    def forget(self) -> None:
        """Nothing is known of the terminal: it is another one, it has another size, or somebody else wrote to it."""
        self._lines.clear()

    def learn(self, y: int, x: int, strip: Strip) -> Strip | None:
        """Keep what is shown from column `x` of line `y` on; return what was there, where it had the same extent."""
        line = self._lines.setdefault(y, {})
        before, end = line.get(x), x + strip.cell_length
        if before is None or before.cell_length != strip.cell_length:
            for start in [start for start, other in line.items() if start < end and start + other.cell_length > x]:
                del line[start]
            before = None
        line[x] = strip
        return before


class GlassApp(App[Any]):
    """An app that sends to its terminal what changes there, with few colour codes."""

    def get_driver_class(self) -> type[Driver]:
        """Return the platform's driver, sparing with colour codes, and with a glass."""
        return _with_glass(sparing(super().get_driver_class()))

    def on_resize(self) -> None:
        """What a terminal does with its lines when its size changes is its own affair."""
        if self._driver is not None:
            _glass_of(self._driver).forget()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send an update. Textual has no public hook for this."""
        if isinstance(renderable, CompositorUpdate) and self._driver is not None:
            renderable = Changes(renderable, _glass_of(self._driver))
        super()._display(screen, renderable)


def _with_glass(driver: type[Driver]) -> type[Driver]:
    class Glazed(driver):  # type: ignore[misc,valid-type]  # the platform's, known when the app starts
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.glass = Glass()
            super().__init__(*arguments, **options)

        def start_application_mode(self) -> None:
            self.glass.forget()
            super().start_application_mode()

    made: Any = Glazed
    return made  # type: ignore[no-any-return]


def _glass_of(driver: Driver) -> Glass:
    glass = getattr(driver, "glass", None)
    return glass if isinstance(glass, Glass) else Glass()


class Changes(CompositorUpdate):
    """An update of Textual's, to be sent as what it changes on the glass."""

    def __init__(self, update: CompositorUpdate, glass: Glass) -> None:
        self._update = update
        self._glass = glass

    def render_segments(self, console: Console) -> str:
        """Return what to send; it is taken as sent."""
        update = self._update
        if isinstance(update, LayoutUpdate):
            self._glass.forget()
            for y, strips in enumerate(update.strips, update.region.y):
                for _ in self._learned(y, _placed(update.region.x, strips)):
                    pass
        if not isinstance(update, ChopsUpdate):
            return update.render_segments(console)
        return "".join(
            text
            for y, start, end in update.spans
            for x, strip, before in self._learned(y, _overlapping(update, y, start, end))
            for text in _difference(x, y, before, strip, console)
        )

    def _learned(self, y: int, placed: Iterable[tuple[int, Strip]]) -> Iterator[tuple[int, Strip, Strip | None]]:
        for x, strip in placed:
            before = self._glass.learn(y, x, strip)
            if before is not strip:
                yield x, strip, before


def _placed(x: int, strips: Iterable[Strip]) -> Iterator[tuple[int, Strip]]:
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _overlapping(update: ChopsUpdate, y: int, start: int, end: int) -> Iterator[tuple[int, Strip]]:
    """Yield the pieces of a line that a span touches: whole, for all of a piece is of now."""
    for right, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
        if strip is not None and x < end and right > start:
            yield x, strip


def _difference(x: int, y: int, before: Strip | None, after: Strip, console: Console) -> Iterator[str]:
    """Yield what turns one strip into another: moves of the cursor, and styled text."""
    runs = _changed(before, after) if before is not None else [(0, after.cell_length)]
    if sum(end - start for start, end in runs) * 2 > after.cell_length:
        yield Control.move_to(x, y).segment.text
        yield after.render(console)
        return
    system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - as Textual does
    characters, styles = _cells(after)
    for start, end in runs:
        yield Control.move_to(x + start, y).segment.text
        for style, run in groupby(range(start, end), key=styles.__getitem__):
            text = "".join(characters[index] for index in run)
            yield Strip.render_style(style, text, system) if style is not None else text


def _changed(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """Return where two strips differ, as (first cell, cell behind the last), those that are near each other as one."""
    (old, olds), (new, news) = _cells(before), _cells(after)
    if not len(old) == len(new) == after.cell_length:
        # There are signs of which nobody knows where they stand.
        return [(0, after.cell_length)]
    if old == new and olds == news:
        return []
    runs: list[tuple[int, int]] = []
    for index, (one, other, style, another) in enumerate(zip(old, new, olds, news, strict=True)):
        if one == other and (style is another or style == another):
            continue
        if runs and index - runs[-1][1] <= MERGED:
            runs[-1] = runs[-1][0], index + 1
        else:
            runs.append((index, index + 1))
    # A wide character is sent whole, also where its left half looks as before.
    return [(start - (not new[start]), end + (end < len(new) and not new[end])) for start, end in runs]


def _cells(strip: Iterable[Segment]) -> tuple[Sequence[str], list[Style | None]]:
    """Return what stands in each cell, empty behind a wide character, with what combines with it; and its style."""
    characters, styles = "", list[Style | None]()
    for text, style, control in strip:
        if not control:
            characters += text
            styles += [style] * len(text)
    return (characters, styles) if _single(characters) else _wide_cells(strip)


def _single(text: str) -> bool:
    """Tell whether each character takes a cell."""
    unknown = set(text) - _SINGLE
    if not unknown:
        return True
    if len(_SINGLE) > _MOST_KNOWN:
        _SINGLE.clear()
    _SINGLE.update(character for character in unknown if cell_len(character) == 1)
    return unknown <= _SINGLE


def _wide_cells(strip: Iterable[Segment]) -> tuple[Sequence[str], list[Style | None]]:
    characters, styles = list[str](), list[Style | None]()
    for text, style, control in strip:
        first = len(characters)
        for character in "" if control else text:
            width = cell_len(character)
            if width or len(characters) == first:
                characters += [character, *[""] * (width - 1)]
            else:
                at = next(index for index in range(len(characters) - 1, -1, -1) if characters[index])
                characters[at] += character
        styles += [style] * (len(characters) - first)
    return characters, styles

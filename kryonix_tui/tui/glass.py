"""What the terminal shows, so that only cells which look different are sent to it.

Textual sends a part of a line from its left end on when one character of it has changed. Here the new line is compared with
what was sent before, cell by cell: an age that grows by a second is one character, not a line of eighty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from kryonix_tui.tui.colour_codes import blank, transition

MERGED: Final = 6
"""So many cells between two changes are sent again: to go past them costs more."""

UNKNOWN: Final = "\0"
"""Stands in cells of which nobody knows what they show."""

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
    """What a terminal shows, as far as it was sent: in each row the characters by cell, and the codes of their styles."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}

    def forget(self) -> None:
        """Nothing is known of the terminal: it is another one, it has another size, or somebody else wrote to it."""
        self._rows.clear()

    def learn(self, y: int, x: int, strip: Strip, system: ColorSystem) -> list[Run]:
        """Take a strip as shown from column `x` of line `y` on; return what of it has to be sent for that."""
        row = self._rows.setdefault(y, _Row())
        end = x + strip.cell_length
        if row.pieces.get(x) is strip or end == x:
            return []
        row.overlaid(x, end)
        row.pieces[x] = strip
        cells = _cells(strip, system)
        if len(cells.characters) != strip.cell_length:
            # There are signs of which nobody knows where they stand.
            row.characters[x:end], row.codes[x:end] = [UNKNOWN] * (end - x), [""] * (end - x)
            return [Run(x, None)]
        runs = _changed(Cells(row.characters[x:end], row.codes[x:end]), cells)
        row.characters[x:end], row.codes[x:end] = cells
        return [Run(x + start, Cells(cells.characters[start:stop], cells.codes[start:stop])) for start, stop in runs]


class Cells(NamedTuple):
    """What stands in each cell, empty behind a wide character, with what combines with it; and the codes of its style."""

    characters: Sequence[str]
    codes: Sequence[str]


class Run(NamedTuple):
    """Cells to be sent from a column on; None: the whole strip, as it is."""

    column: int
    cells: Cells | None


class _Row:
    """A line of the glass. `pieces` are the strips that it was made of, by column, where they are whole."""

    def __init__(self) -> None:
        self.pieces: dict[int, Strip] = {}
        self.characters: list[str] = []
        self.codes: list[str] = []

    def overlaid(self, start: int, end: int) -> None:
        """Make room for another strip. Of a wide character that it cuts nobody knows what becomes of the other half."""
        missing = end - len(self.characters)
        self.characters += [UNKNOWN] * missing
        self.codes += [""] * missing
        if start and not self.characters[start]:
            self.characters[start - 1] = UNKNOWN
            start -= 1
        if end < len(self.characters) and not self.characters[end]:
            self.characters[end] = UNKNOWN
            end += 1
        for x in [x for x, piece in self.pieces.items() if x < end and x + piece.cell_length > start]:
            del self.pieces[x]


class Changes(CompositorUpdate):
    """An update of Textual's, to be sent as what it changes on the glass: all of it, or not much more than `most` bytes.

    What is in the lines `first` goes before the rest, and then what is near them.
    """

    def __init__(
        self, update: LayoutUpdate | ChopsUpdate, glass: Glass, most: int | None = None, first: range = range(0)
    ) -> None:
        self._update = update
        self._glass = glass
        self._most = most
        self._first = first
        self.complete = True
        """Whether nothing had to be left out. Known when it was rendered."""

    def render_segments(self, console: Console) -> str:
        """Return what to send; it is taken as sent."""
        system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - as Textual does
        parts, size, code = list[str](), 0, ""
        placed: Iterable[tuple[int, int, Strip]] = _placed(self._update)
        if self._first:
            placed = sorted(placed, key=lambda piece: _distance(piece[0], self._first))
        for y, x, strip in placed:
            if self._most is not None and size >= self._most:
                self.complete = False
                break
            for run in self._glass.learn(y, x, strip, system):
                text, code = _written(y, run, strip, code, console)
                parts.append(text)
                size += len(text.encode())
        return "".join(parts) + transition(code, "")


def _placed(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield line, column and strip of each piece of an update: whole, for all of a piece is of now."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, start, end in update.spans:
        for right, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if piece is not None and x < end and right > start:
                yield y, x, piece


def _distance(y: int, lines: range) -> int:
    return max(lines.start - y, y - lines.stop + 1, 0)


def _written(y: int, run: Run, strip: Strip, code: str, console: Console) -> tuple[str, str]:
    """Return what shows a run where `code` is in force, and the code that is in force behind it."""
    move = Control.move_to(run.column, y).segment.text
    if run.cells is None:
        return f"{transition(code, '')}{move}{strip.render(console)}", ""
    parts = [move]
    for character, wanted in zip(*run.cells, strict=True):
        if wanted != code and not (character == " " and blank(wanted) == blank(code) is not None):
            parts.append(transition(code, wanted))
            code = wanted
        parts.append(character)
    return "".join(parts), code


def _changed(before: Cells, after: Cells) -> list[tuple[int, int]]:
    """Return where cells look different, as (first, the one behind the last), those that are near each other as one."""
    if before == after:
        return []
    runs: list[tuple[int, int]] = []
    for index, (old, new, code, other) in enumerate(zip(before[0], after[0], before[1], after[1], strict=True)):
        if old == new and (code == other or (new == " " and blank(code) == blank(other) is not None)):
            continue
        if runs and index - runs[-1][1] <= MERGED:
            runs[-1] = runs[-1][0], index + 1
        else:
            runs.append((index, index + 1))
    # A wide character is sent whole, also where its left half looks as before.
    shown = after.characters
    return [(start - (not shown[start]), end + (end < len(shown) and not shown[end])) for start, end in runs]


def _cells(strip: Iterable[Segment], system: ColorSystem) -> Cells:
    characters, codes = "", list[str]()
    for text, style, control in strip:
        if not control:
            characters += text
            codes += [_code(style, system)] * len(text)
    return Cells(list(characters), codes) if _single(characters) else _wide_cells(strip, system)


def _code(style: Style | None, system: ColorSystem) -> str:
    """Return the numbers that set a style from nothing."""
    if style is None:
        return ""
    # It is remembered by the style itself.
    return Strip.render_ansi(style, system) if style._ansi is None else style._ansi  # noqa: SLF001 - as Textual does


def _single(text: str) -> bool:
    """Tell whether each character takes a cell."""
    unknown = set(text) - _SINGLE
    if not unknown:
        return True
    if len(_SINGLE) > _MOST_KNOWN:
        _SINGLE.clear()
    _SINGLE.update(character for character in unknown if cell_len(character) == 1)
    return unknown <= _SINGLE


def _wide_cells(strip: Iterable[Segment], system: ColorSystem) -> Cells:
    characters, codes = list[str](), list[str]()
    for text, style, control in strip:
        first = len(characters)
        for character in "" if control else text:
            width = cell_len(character)
            if width or len(characters) == first:
                characters += [character, *[""] * (width - 1)]
            else:
                at = next(index for index in range(len(characters) - 1, -1, -1) if characters[index])
                characters[at] += character
        codes += [_code(style, system)] * (len(characters) - first)
    return Cells(characters, codes)

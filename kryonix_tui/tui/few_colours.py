"""Colours for terminals that have 16 or 256 of them, chosen so that what could be read can still be read.

Rich takes the nearest colour for text and for what lies under it, each by itself: muted text on a dark line becomes dark on
dark, a red word on the cursor's blue becomes red on teal. Here the second choice knows the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.color_triplet import ColorTriplet
from rich.palette import Palette
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from kryonix_tui.terminals import Colours

_LOW, _HALF, _HIGH, _FULL = 0, 85, 170, 255
PC_COLOURS: Final = (
    *((_LOW, _LOW, _LOW), (_HIGH, _LOW, _LOW), (_LOW, _HIGH, _LOW), (_HIGH, _HALF, _LOW)),
    *((_LOW, _LOW, _HIGH), (_HIGH, _LOW, _HIGH), (_LOW, _HIGH, _HIGH), (_HIGH, _HIGH, _HIGH)),
    *((_HALF, _HALF, _HALF), (_FULL, _HALF, _HALF), (_HALF, _FULL, _HALF), (_FULL, _FULL, _HALF)),
    *((_HALF, _HALF, _FULL), (_FULL, _HALF, _FULL), (_HALF, _FULL, _FULL), (_FULL, _FULL, _FULL)),
)
"""The 16 colours of the Linux console, by their numbers. Other terminals have them brighter, or their users others."""

BRIGHT: Final = 8
"""From this number on colours are bright; the Linux console has none of those for backgrounds."""
BLUE: Final = 4
TEXT: Final = 4.0
"""Least contrast of text (ratio of WCAG 2): what coloured words reach with 16 colours."""
DRAWN: Final = 2.0
"""Least contrast of lines and bars: they may stand back."""
FAITHFUL: Final = 3.0
"""With 256 colours text keeps this contrast where it had it."""

_COLOURED: Final = 30
"""A colour whose strongest and weakest part are so far apart is one, and no grey."""
_SAME_HUE: Final = 45.0
"""Degrees by which a hue may be missed: red must not become yellow, which says something else."""
_DRAWING: Final = frozenset(map(chr, (0x20, *range(0x2500, 0x25A0), *range(0x2800, 0x2900))))

Triplet = tuple[int, int, int]


class FewColours(LineFilter):
    """Replaces colours by those of a terminal that has few."""

    def __init__(self, colours: Colours, *, dark_backgrounds: bool = False) -> None:
        super().__init__()
        self._known = _Sixteen(dark_backgrounds=dark_backgrounds) if colours is Colours.FEW else _Indexed()

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in colours that the terminal has."""
        under = background.rich_color
        return [
            Segment(text, self._known.style(style, under, drawn=_DRAWING.issuperset(text)), control)
            if style is not None and not control
            else Segment(text, style, control)
            for text, style, control in segments
        ]


class _Choice:
    """Chooses a background and a foreground by number, and remembers what it chose."""

    def __init__(self) -> None:
        self._styles: dict[tuple[Style, RichColor, bool], Style] = {}

    def style(self, style: Style, under: RichColor, *, drawn: bool) -> Style:
        """Return a style in known colours; what a theme of the terminal's own colours says stays."""
        key = (style, under, drawn)
        found = self._styles.get(key)
        if found is None:
            if len(self._styles) > 4096:
                self._styles.clear()
            found = self._styles[key] = self._translated(style, under, drawn=drawn)
        return found

    def _translated(self, style: Style, under: RichColor, *, drawn: bool) -> Style:
        back = style.bgcolor.triplet if style.bgcolor is not None else under.triplet
        fore = style.color.triplet if style.color is not None else None
        if back is None:
            return style
        background = self.background(back)
        foreground = self.foreground(fore, back, background, drawn=drawn) if fore is not None else None
        return style + Style.from_color(
            _numbered(foreground) if foreground is not None else None,
            _numbered(background) if style.bgcolor is not None else None,
        )

    def background(self, wanted: Triplet) -> int:
        """Return the number of a background."""
        raise NotImplementedError

    def foreground(self, wanted: Triplet, back: Triplet, background: int, *, drawn: bool) -> int:
        """Return the number of a foreground for a background that was chosen for `back`."""
        raise NotImplementedError


class _Sixteen(_Choice):
    """The terminal's own colours, of which we know what they are called and more or less what they look like."""

    def __init__(self, *, dark_backgrounds: bool) -> None:
        super().__init__()
        self._dark = dark_backgrounds

    def background(self, wanted: Triplet) -> int:
        """Return the nearest; what is coloured (the cursor's row) stays so, to differ from what it lies on."""
        alike = _alike(wanted, range(16))
        if _chroma(wanted) >= _COLOURED:
            alike = [number for number in alike if _chroma(PC_COLOURS[number])]
        found = _nearest(wanted, alike)
        if not self._dark or found < BRIGHT:
            return found
        # The dark twin of dark grey is black, which everything stands on.
        return BLUE if found == BRIGHT else found - BRIGHT

    def foreground(self, wanted: Triplet, back: Triplet, background: int, *, drawn: bool) -> int:
        """Return the nearest of a hue that can be told from the background, else black or white."""
        del back
        under, least = PC_COLOURS[background], DRAWN if drawn else TEXT
        alike = [number for number in _alike(wanted, range(16)) if contrast(PC_COLOURS[number], under) >= least]
        return _nearest(wanted, alike) if alike else max(0, 15, key=lambda at: contrast(PC_COLOURS[at], under))


class _Indexed(_Choice):
    """The 240 colours behind the first 16, which look alike everywhere."""

    def background(self, wanted: Triplet) -> int:
        """Return what Rich takes."""
        return RichColor.from_triplet(ColorTriplet(*wanted)).downgrade(ColorSystem.EIGHT_BIT).number or 0

    def foreground(self, wanted: Triplet, back: Triplet, background: int, *, drawn: bool) -> int:
        """Return what Rich takes, another one where that has lost its contrast."""
        first, under = self.background(wanted), _indexed()[background]
        least = min(DRAWN if drawn else FAITHFUL, contrast(wanted, back))
        if contrast(_indexed()[first], under) >= least:
            return first
        enough = [number for number in range(16, 256) if contrast(_indexed()[number], under) >= least]
        return min(enough, key=lambda number: _distance(wanted, _indexed()[number]), default=first)


def contrast(one: Triplet, other: Triplet) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=4096)
def _luminance(colour: Triplet) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _alike(wanted: Triplet, numbers: Iterable[int]) -> list[int]:
    """Return those of the 16 that have about the hue of `wanted`, and the greys."""
    hue = _hue(wanted) if _chroma(wanted) >= _COLOURED else None
    return [number for number in numbers if not _chroma(PC_COLOURS[number]) or _near(hue, _hue(PC_COLOURS[number]))]


def _near(one: float | None, other: float) -> bool:
    return one is not None and abs((one - other + 180) % 360 - 180) <= _SAME_HUE


def _nearest(wanted: Triplet, numbers: Iterable[int]) -> int:
    return min(numbers, key=lambda number: _distance(wanted, PC_COLOURS[number]))


def _chroma(colour: Triplet) -> int:
    return max(colour) - min(colour)


def _hue(colour: Triplet) -> float:
    """Return the hue in degrees; red is 0, green 120. What is grey has none, and gets 0."""
    import colorsys

    return colorsys.rgb_to_hsv(*(part / 255 for part in colour))[0] * 360


def _distance(one: Triplet, other: Triplet) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=1)
def _indexed() -> Palette:
    from rich._palettes import EIGHT_BIT_PALETTE

    return EIGHT_BIT_PALETTE


@lru_cache(maxsize=256)
def _numbered(number: int) -> RichColor:
    return RichColor.from_ansi(number)

"""The terminal of the Linux kernel (TERM=linux): what it prints as text must not be sent, and its font has few glyphs.

Its parser (drivers/tty/vt/vt.c) ignores private modes that it does not know. Kernels that are still in use print the end of
a sequence with an intermediate byte or with a private mark other than `?`, and know no strings but their own palette.
"""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

CLEARED: Final = "\x1b[0m\x1b[H\x1b[J"
"""What is left where there is no second screen: an empty one."""

_NOT_UNDERSTOOD: Final = re.compile(
    r"\x1b\[[<=>][0-9;]*[@-~]"  # keyboard protocol
    r"|\x1b\[\??[0-9;]*[ -/]+[@-~]"  # questions about modes
    r"|\x1b[]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)"  # clipboard, shape of the mouse pointer, anything for another terminal
)

_OURS: Final = "╭╮╯╰━┃┏┓┗┛┊▁▂▃▅▆▇▔▕▏▎▍▋▊▉❚●○◌▸▶◀◂▾⧩★⚙⚠✓✖…–‹›≥⇄"
_NEAR: Final = "┌┐┘└═║╔╗╚╝│_▄▄▄██▀▐▌▌▌███▌•oo►►◄◄▼▼**!√x»-<>≥↔"
_NEAREST: Final = {
    **dict(zip(map(ord, _OURS), _NEAR, strict=True)),
    # Pictures of control characters, which no font of 256 glyphs has.
    **dict.fromkeys(range(0x2400, 0x2440), "¿"),
}
"""Glyphs of ours that the console's fonts lack, and what comes near among those of the PC's (code page 437)."""

_BRAILLE: Final = range(0x2800, 0x2900)
_UPPER_DOTS, _LOWER_DOTS = 0b00011011, 0b11100100


def understood(data: str) -> str:
    """Return output without the sequences of which this terminal prints a part."""
    return _NOT_UNDERSTOOD.sub("", data)


class ConsoleGlyphs(LineFilter):
    """Puts what the console's font has in place of what it lacks, in as many cells.

    What takes two cells or none (ideographs, emoji, combining marks) is drawn by each kernel in another width.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in glyphs of the console."""
        del background
        return [
            segment if segment.control or segment.text.isascii() else Segment(drawable(segment.text), segment.style)
            for segment in segments
        ]


def drawable(text: str) -> str:
    """Return `text` in the glyphs of the console's font, each a cell wide."""
    return "".join(map(_glyph, text.translate(_NEAREST)))


def _glyph(character: str) -> str:
    code = ord(character)
    if code in _BRAILLE:
        dots = code - _BRAILLE.start
        return " ▀▄█"[bool(dots & _UPPER_DOTS) + 2 * bool(dots & _LOWER_DOTS)]
    width = cell_len(character)
    return character if width == 1 else "?" * width

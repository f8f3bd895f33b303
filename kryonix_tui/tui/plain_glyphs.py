"""For a terminal that takes two cells for what it calls ambiguous: lines, dots and accented letters (East Asian settings).

There everything behind such a character would stand a cell further to the right with each of them. ASCII is not ambiguous.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

MEASURE: Final = "\x1b[H○"
"""Sent before the terminal is asked for the first time where its cursor is; the first frame covers it."""
WIDE: Final = (2, 0)
"""Where it is then, counted from 0, if that circle took two cells."""

_NEAREST: Final = {
    ord(ours): plain
    for plain, many in {
        "*": "●◆★•■",
        "o": "○◇□",
        "^": "▲△↑",
        "v": "▼▽↓",
        "<": "◀←≤",
        ">": "▶→≥",
        ".": "…·",
        "-": "–—─━┄┅┈┉",
        "=": "═▃▄▅",
        "|": "│┃┊┆║▌▐▕▏▎▍",
        "#": "█▓▆▇▋▊▉",
        "%": "▒",
        "_": "▁▂",
        '"': "▀▔",
        "x": "×",
    }.items()
    for ours in many
}
_CORNERS: Final = range(0x250C, 0x2574)


class PlainGlyphs(LineFilter):
    """Leaves nothing in a line that could be drawn wider than it was measured."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without ambiguous characters."""
        del background
        return [
            segment if segment.control or segment.text.isascii() else Segment(plain(segment.text), segment.style)
            for segment in segments
        ]


def plain(text: str) -> str:
    """Return `text` with characters of a certain width in place of ambiguous ones, in as many cells."""
    return "".join(map(_plain, text))


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    if unicodedata.east_asian_width(character) != "A" or unicodedata.combining(character):
        return character
    code = ord(character)
    if code in _NEAREST:
        return _NEAREST[code]
    if code in _CORNERS:
        return "+"
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else "?"

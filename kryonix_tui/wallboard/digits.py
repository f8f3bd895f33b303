"""Letters as large as there is room for, made of half blocks: two square dots stand in a cell of the terminal."""

from __future__ import annotations

import unicodedata
from itertools import product
from typing import Final

ROWS: Final = 5
"""Dots that a letter is high."""

_LETTERS: Final = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# ### ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    "A": "### #.# ### #.# #.#",
    "B": "##. #.# ##. #.# ##.",
    "C": "### #.. #.. #.. ###",
    "D": "##. #.# #.# #.# ##.",
    "E": "### #.. ##. #.. ###",
    "F": "### #.. ##. #.. #..",
    "G": "### #.. #.# #.# ###",
    "H": "#.# #.# ### #.# #.#",
    "I": "### .#. .#. .#. ###",
    "J": "..# ..# ..# #.# ###",
    "K": "#.# #.# ##. #.# #.#",
    "L": "#.. #.. #.. #.. ###",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#..# ##.# #.## #..# #..#",
    "O": "### #.# #.# #.# ###",
    "P": "### #.# ### #.. #..",
    "Q": "####. #..#. #..#. #..#. #####",
    "R": "### #.# ##. #.# #.#",
    "S": "### #.. ### ..# ###",
    "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###",
    "V": "#.# #.# #.# #.# .#.",
    "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#.# #.# .#. #.# #.#",
    "Y": "#.# #.# .#. .#. .#.",
    "Z": "### ..# .#. #.. ###",
    ".": ". . . . #",
    ",": ".. .. .. .# #.",
    ":": ". # . # .",
    "-": "... ... ### ... ...",
    "–": "... ... ### ... ...",
    "_": "... ... ... ... ###",
    "%": "#..# ...# .##. #... #..#",
    "/": "..# ..# .#. #.. #..",
    "<": "..# .#. #.. .#. ..#",
    ">": "#.. .#. ..# .#. #..",
    "~": "..... .#..# #.##. ..... .....",
    "!": "# # # . #",
    " ": ".. .. .. .. ..",
}
_BLOCKS: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def large(text: str, width: int, height: int) -> tuple[str, ...]:
    """Return a text as rows of blocks, as large as fits into so many cells; none where it has no room or no letters.

    >>> large("1:4", 12, 3)
    ('▄█  ▄ █ █', ' █  ▄ ▀▀█', '▀▀▀     ▀')
    """
    dots = _dots(text)
    if not dots or not dots[0]:
        return ()
    scale = min(width // len(dots[0]), 2 * height // ROWS)
    return tuple(_row(dots, scale, y) for y in range((ROWS * scale + 1) // 2)) if scale else ()


def _dots(text: str) -> list[list[bool]]:
    """Return the dots of a text, row by row, with one between two letters; nothing where a letter is not known.

    Accents have no room above five dots: letters stand without them.
    """
    letters = [_LETTERS.get(unicodedata.normalize("NFD", character.upper())[0]) for character in text]
    known = [letter.split() for letter in letters if letter is not None]
    if len(known) < len(letters):
        return []
    return [[dot == "#" for dot in ".".join(letter[row] for letter in known)] for row in range(ROWS)]


def _row(dots: list[list[bool]], scale: int, y: int) -> str:
    upper, lower = (
        dots[half // scale] if half < ROWS * scale else [False] * len(dots[0]) for half in (2 * y, 2 * y + 1)
    )
    return "".join(_BLOCKS[pair] for pair, _again in product(zip(upper, lower, strict=True), range(scale)))

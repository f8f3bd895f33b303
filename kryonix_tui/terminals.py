"""What the environment says of the terminal that the program is in. Nothing is asked of the terminal itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

VARIABLE: Final = "TERM"

_TRUE_COLOUR: Final = ("alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm")
"""Terminals by the names that they give themselves in TERM: that goes over SSH, COLORTERM does not."""


class Colours(IntEnum):
    """How many colours can be told apart."""

    FEW = 16
    INDEXED = 256
    TRUE = 1 << 24


def colours_of(environ: Mapping[str, str]) -> Colours:
    """Return how many colours are sent."""
    name = environ.get(VARIABLE, "").lower()
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit") or name.endswith("-direct"):
        return Colours.TRUE
    if name.removeprefix("xterm-").startswith(_TRUE_COLOUR):
        return Colours.TRUE
    return Colours.INDEXED if "256color" in name else Colours.FEW


def cannot_draw(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal says of itself that it cannot even move its cursor, or does not say what it is."""
    name = environ.get(VARIABLE, "")
    return name in ("", "unknown") or name.startswith("dumb")


def is_linux_console(environ: Mapping[str, str]) -> bool:
    """Tell whether this is the kernel's own terminal: 8 backgrounds, a font of 256 or 512 glyphs, no clipboard."""
    name = environ.get(VARIABLE, "")
    return name == "linux" or name.startswith("linux-")


def has_clipboard(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal can be expected to take what is copied (OSC 52).

    GNU screen keeps it for itself, and a browser's page has nobody who would hand it on.
    """
    return not (environ.get("STY") or environ.get("TEXTUAL_DRIVER") or is_linux_console(environ))

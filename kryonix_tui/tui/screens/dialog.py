"""What the larger dialogs share: on a small terminal they take all of it, without a frame."""

from __future__ import annotations

from typing import Final

from textual.geometry import Size

_NARROW, _LOW = 60, 16

SIZES_ACROSS: Final = [(0, "-tight"), (_NARROW, "-broad")]
SIZES_DOWN: Final = [(0, "-low"), (_LOW, "-high")]
"""Breakpoints: the classes by which the style sheet knows the size."""


def is_small(size: Size) -> bool:
    """Tell whether there is room for little else than what matters most."""
    return size.width < _NARROW or size.height < _LOW

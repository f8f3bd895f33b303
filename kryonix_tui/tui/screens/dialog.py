"""What dialogs share: each is answered once, and on a small terminal the larger ones take all of it, without a frame."""

from __future__ import annotations

from typing import Final, TypeVar

from textual.await_complete import AwaitComplete
from textual.geometry import Size
from textual.screen import ModalScreen

_NARROW, _LOW = 60, 16

SIZES_ACROSS: Final = [(0, "-tight"), (_NARROW, "-broad")]
SIZES_DOWN: Final = [(0, "-low"), (_LOW, "-high")]
"""Breakpoints: the classes by which the style sheet knows the size."""


def is_small(size: Size) -> bool:
    """Tell whether there is room for little else than what matters most."""
    return size.width < _NARROW or size.height < _LOW


T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A screen over another one that hands back a T, once."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close it. A key that was typed twice in a breath may ask for that again: it would close what lies under it."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

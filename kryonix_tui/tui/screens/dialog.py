"""What dialogs share: each is answered once, and on a small terminal the larger ones take all of it, without a frame."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.geometry import Size
from textual.screen import ModalScreen

_NARROW, _LOW = 60, 16

SIZES_ACROSS: Final = [(0, "-tight"), (_NARROW, "-broad")]
SIZES_DOWN: Final = [(0, "-low"), (_LOW, "-high")]
"""Breakpoints: the classes by which the style sheet knows the size."""


def is_small(size: Size) -> bool:
    """Tell whether there is room for little else than what matters most."""
    return size.width < _NARROW or size.height < _LOW


SUSPEND: Final = Binding("ctrl+z", "app.suspend_process", show=False, id="kryonix.suspend")
"""Over a modal screen the keys of the app are not heard: this one is, as in every program of a terminal."""


def closed_by(command: str, action: str) -> Binding:
    """Return a binding for the keys that `ui.keys` gives a command, if it does, beside those that always close a screen.

    Textual takes the key of its own from every binding with it that `ui.keys` changes: it is one that nobody can type.
    """
    return Binding(f"no_key_{command}", action, show=False, id=f"kryonix.{command}")


T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A screen over another one that hands back a T, once."""

    BINDINGS: ClassVar = [SUSPEND]

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close it. A key that was typed twice in a breath may ask for that again: it would close what lies under it."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

"""Fewer colour codes on their way to the terminal: what is set already is not set again.

Textual ends the style of each piece of text and begins that of the next from nothing, with 40 bytes where most pieces
differ in one colour from those before. Over a slow link that is half of all that is sent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from textual.driver import Driver

# The end of a style, moves of the cursor that no style has a say in, and the next style.
_NEXT_STYLE: Final = re.compile(r"(?:(\x1b\[0m)((?:\r?\n|\x1b\[\d+;\d+H)*))?\x1b\[([1-9][\d;]*)m")

_FOREGROUND: Final = frozenset(map(str, (*range(30, 38), *range(90, 98))))
_BACKGROUND: Final = frozenset(map(str, (*range(40, 48), *range(100, 108))))
_ATTRIBUTES: Final = frozenset(map(str, range(1, 10)))
_SEEN: Final = frozenset("4579")
"""Underlined, blinking, reversed, struck through: seen without a character."""
_ARGUMENTS: Final = {"2": 3, "5": 1}
"""Numbers that follow 38;2 (red, green, blue) and 38;5 (an index)."""


def shortened(data: str) -> str:
    """Return output for a terminal that looks the same and sets only what differs from one piece of text to the next."""
    current = ""

    def change(found: re.Match[str]) -> str:
        nonlocal current
        before, current = current, found[3]
        if found[1] is None:
            return found[0]
        return found[2] + transition(before, current)

    return _NEXT_STYLE.sub(change, data)


@lru_cache(maxsize=4096)
def transition(before: str, after: str) -> str:
    """Return the code that turns a style into another one, both as the numbers that set them from nothing."""
    if before == after:
        return ""
    if not before or not after:
        return f"\x1b[{after or 0}m"
    known, wanted = _parts(before), _parts(after)
    if known is None or wanted is None or not known.keys() <= wanted.keys():
        return f"\x1b[0;{after}m"
    codes = ";".join(code for part, code in wanted.items() if known.get(part) != code)
    # A code without numbers would end the style.
    return f"\x1b[{codes}m" if codes else ""


def _parts(style: str) -> dict[str, str] | None:
    """Return what a style sets: the code of each colour and attribute; None where it says something else."""
    parts: dict[str, str] = {}
    numbers = iter(style.split(";"))
    for number in numbers:
        if number in ("38", "48"):
            kind = next(numbers, "")
            parts[number] = ";".join((number, kind, *islice(numbers, _ARGUMENTS.get(kind, 0))))
        elif number in _FOREGROUND:
            parts["38"] = number
        elif number in _BACKGROUND:
            parts["48"] = number
        elif number in _ATTRIBUTES:
            parts[number] = number
        else:
            return None
    return parts


@lru_cache(maxsize=4096)
def blank(style: str) -> str | None:
    """Return what of a style is seen where nothing is written: its background; None where it is more than that."""
    parts = _parts(style) if style else {}
    return None if parts is None or not _SEEN.isdisjoint(parts) else parts.get("48", "")


def sparing(driver: type[Driver]) -> type[Driver]:
    """Return a driver that sends as little as `shortened` leaves."""

    class Sparing(driver):  # type: ignore[misc,valid-type]  # the platform's, known when the app starts
        def write(self, data: str) -> None:
            super().write(shortened(data))

    made: Any = Sparing
    return made  # type: ignore[no-any-return]

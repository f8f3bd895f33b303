"""Names of keys: as people call them, as Textual does, and as a configuration may spell them."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping
from typing import Final

_NAMES: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "space": "Space",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_SHORTER: Final = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Textual's own names for signs that Unicode calls otherwise."""


def _sign_name(sign: str) -> str:
    name = unicodedata.name(sign).lower().replace(" ", "_").replace("-", "_")
    return _SHORTER.get(name, name)


_SIGNS: Final = {_sign_name(sign): sign for sign in string.punctuation}
_ALIASES: Final = {
    "esc": "escape",
    "return": "enter",
    "blank": "space",
    "ins": "insert",
    "del": "delete",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "page_down": "pagedown",
    "backtab": "shift+tab",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    **{sign: key for key, sign in _NAMES.items() if len(sign) == 1},
}
"""Other names, and what a terminal sends the same code for."""
_MOVES: Final = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete")
_MODIFIERS: Final[Mapping[str, str]] = {
    "^": "ctrl+",
    "c-": "ctrl+",
    "control+": "ctrl+",
    "ctrl-": "ctrl+",
    "ctrl_": "ctrl+",
}

KNOWN: Final = frozenset(
    {
        *_NAMES,
        *_SIGNS,
        *string.ascii_letters,
        *string.digits,
        *(f"ctrl+{letter}" for letter in string.ascii_lowercase if letter not in "im"),
        *(f"{modifier}+{move}" for modifier in ("ctrl", "shift", "ctrl+shift") for move in _MOVES),
        *(f"ctrl+f{number}" for number in range(1, 25)),
        *(f"ctrl+{name}" for name in ("backslash", "right_square_bracket", "circumflex_accent", "underscore")),
    }
)
"""The keys that a terminal can send, by Textual's names."""


def key_name(key: str) -> str:
    """Return a key as people call it: `?`, `Ctrl+P`, `Esc`. `key` is Textual's name."""
    if key in _NAMES or key in _SIGNS:
        return _NAMES.get(key) or _SIGNS[key]
    *modifiers, last = key.split("+")
    if not modifiers:
        return key
    name = _NAMES.get(last) or _SIGNS.get(last) or last.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def key_called(text: str) -> str | None:
    """Return Textual's name for a key that somebody calls `text` (`?`, `Ctrl+P`, `^p`, `PgDn`, `ctrl+p`), None for none."""
    text = text.strip()
    if len(text) == 1 and text not in _ALIASES:
        key = _sign_name(text) if text in string.punctuation else text
        return key if key in KNOWN or text.isalnum() else None
    key = text.lower().replace(" ", "_" if "+" not in text else "")
    for written, modifier in _MODIFIERS.items():
        if key.startswith(written) and len(key) > len(written):
            key = modifier + key.removeprefix(written)
    modifier, plus, last = key.rpartition("+")
    if modifier == "shift" and len(last) == 1 and last.isalpha():
        key = last.upper()
    elif plus and last:
        last = _sign_name(last) if last in string.punctuation else _ALIASES.get(last, last)
        key = f"{modifier}+{last}"
    key = _ALIASES.get(key, key)
    return key if key in KNOWN else None

"""How a filter is cut into terms, and what its numbers and quotes mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_TERM = re.compile(r'(?:[^\s"]|"(?:\\"|[^"])*")+|"')
_QUOTED = re.compile(r'"((?:\\"|[^"])*)"')
_ALTERNATIVE = re.compile(r'(?:[^,"]|"(?:\\"|[^"])*")+')
_NUMBER = re.compile(r"([-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[-+]?\d+)?)([a-z%]*)\Z", re.IGNORECASE)
_PLAIN = re.compile(r'[^\s"!,<>=]+\Z')

_DECIMAL: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_BINARY: Final = {"": 1.0, "k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40}
_BYTES: Final = {
    **_BINARY,
    **{f"{letter}b": factor for letter, factor in _DECIMAL.items()},
    **{f"{letter}ib": factor for letter, factor in _BINARY.items() if letter},
}
_SECONDS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_UNITS: Final = {
    "bytes": _BYTES,
    "seconds": _SECONDS,
    "percent": {"": 1.0, "%": 1.0},
    "ms": {"": 1.0, "ms": 1.0, "s": 1e3},
}
"""What may stand behind a number, by the unit of its column. Bytes alone are meant as they are shown: `10M` is 10 MiB."""


class FilterError(UsageError):
    """A filter cannot be understood. What is wrong begins at character `at` of what was typed."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a filter between blanks, as it was typed; `at` is where it begins."""

    text: str
    at: int

    def rest(self, start: int) -> Term:
        """Return the term without its first characters."""
        return Term(self.text[start:], self.at + start)

    @property
    def bare(self) -> str:
        """The term without its quotes."""
        return _QUOTED.sub(lambda found: found[1].replace('\\"', '"'), self.text)

    @property
    def shown(self) -> str:
        """The term for a message."""
        return safe(self.text, 40)

    def alternatives(self) -> list[str]:
        """Return the texts between commas, without their quotes."""
        return [Term(found[0], 0).bare for found in _ALTERNATIVE.finditer(self.text)]


def terms(text: str) -> Iterator[Term]:
    """Yield the terms of a filter.

    Raises:
        FilterError: a quote is not closed.
    """
    for found in _TERM.finditer(text):
        if found[0] == '"':
            raise FilterError(_("this quote is not closed"), found.start())
        if found[0].casefold() != "and":
            yield Term(found[0], found.start())


def number(text: str, unit: str) -> float | None:
    """Return the number that `text` is, with a unit behind it (`1.5k`, `1,5k`, `10MB`, `5m`); None where it is none."""
    found = _NUMBER.match(text)
    factor = _UNITS.get(unit, _DECIMAL).get(found[2].casefold()) if found else None
    return float(found[1].replace(",", ".")) * factor if found and factor is not None else None


def known_units(unit: str) -> list[str]:
    """Return what may stand behind a number of this unit."""
    return [name for name in _UNITS.get(unit, _DECIMAL) if name]


def quoted(text: str) -> str:
    """Return a text so that it is one word of a filter."""
    if _PLAIN.match(text) and text.casefold() != "and" and not text.startswith("re:"):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'

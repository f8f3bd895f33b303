r"""Which items of a queue are meant: those with certain fields, or with a text in them.

>>> wanted = Matching((("module", "crm"), ("client.id", "7")))
>>> wanted(b'{"module": "crm", "client": {"id": 7}}'), wanted(b'{"module": "crm"}'), wanted(b"\xff")
(True, False, False)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _
from kryonix_tui.masking import MASK
from kryonix_tui.safetext import raw_bytes, safe
from kryonix_tui.view.values import masked

_PERSONAL: Final = re.compile(r"@|(?:\d[\s().+/-]*){6,}")
"""What a text has that may be somebody's address or number, also where that is written with signs in between."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Fits items that have every one of `fields`, as (path with dots, value), and `text` in them. Nothing given: none."""

    fields: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def __call__(self, item: bytes) -> bool:
        """Tell whether an item is meant."""
        if not self.fields and not self.text:
            return False
        if self.text and raw_bytes(self.text) not in item:
            return False
        if not self.fields:
            return True
        try:
            content = json.loads(item)
        except (ValueError, RecursionError):
            return False
        return all(_said(content, path) == value for path, value in self.fields)

    @property
    def shown(self) -> str:
        """What is meant, printable: secrets and what may be somebody's data are masked, for this is written down."""
        parts = [f"{safe(path, 60)}={_discreet(masked(path, raw_bytes(value)))}" for path, value in self.fields]
        if self.text:
            parts.append(_("text {text}").format(text=_discreet(safe(self.text, 80))))
        return ", ".join(parts)


def parse_fields(terms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return `FIELD=VALUE` texts as pairs.

    Raises:
        UsageError: one of them is something else.
    """
    found = []
    for term in terms:
        path, sign, value = term.partition("=")
        if not sign or not path:
            raise UsageError(
                _("{text} is not FIELD=VALUE").format(text=safe(term, 80)), hint=_("For example module=crm.")
            )
        found.append((path, value))
    return tuple(found)


def _said(content: Any, path: str) -> str | None:
    """Return what stands under a path, as text; None where there is nothing, or more than one value."""
    for name in path.split("."):
        if not isinstance(content, dict) or name not in content:
            return None
        content = content[name]
    if isinstance(content, str):
        return content
    return None if isinstance(content, dict | list) else json.dumps(content)


def _discreet(text: str) -> str:
    return f"{text[:2]}{MASK}" if _PERSONAL.search(text) else text

"""Plain data held against the schema: every mistake with its path and what was expected, not only the first."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kryonix_tui.config.document import KeyPath
from kryonix_tui.config.fields import describe, is_optional, is_secret, is_text, item_kind, section_of
from kryonix_tui.config.schema import Section
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: where it stands, and one printable sentence on what is wrong."""

    path: KeyPath
    text: str


class Reading:
    """Reads values of the schema's types and collects `problems` on the way.

    What is wrong is left out of the result, so a result counts only while `problems` is empty. An empty section (`redis:`
    with all its lines commented out) is an empty mapping.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, value: object, kind: Any, path: KeyPath, *, whole: bool = True) -> object:
        """Return `value` as plain data that converts to `kind`.

        A section that is not `whole` may leave out even required keys: they have a default where it stands.
        """
        if value is None and is_optional(kind):
            return None
        if section := section_of(kind):
            return self._section(value, section, path, whole=whole)
        if (values := item_kind(kind, dict)) is not None:
            entries = self._mapping(value, path, kind)
            return {key: self.read(entry, values, (*path, key)) for key, entry in entries.items()}
        if (items := item_kind(kind, tuple)) is not None:
            if not isinstance(value, list | tuple | None):
                self._wrong(value, kind, path)
                return None
            return [self.read(item, items, (*path, index)) for index, item in enumerate(value or ())]
        return self._scalar(value, kind, path)

    def _section(self, value: object, section: type[Section], path: KeyPath, *, whole: bool) -> dict[str, object]:
        entries = self._mapping(value, path, section)
        known = {info.name: info for info in msgspec.structs.fields(section)}
        for key in (key for key in entries if key not in known):
            self.problems.append(Problem((*path, key), _("unknown key") + did_you_mean(key, known)))
        if whole and isinstance(value, Mapping | None):
            for name, info in known.items():
                if info.required and name not in entries:
                    self.problems.append(Problem((*path, name), _("is missing")))
        return {
            key: self.read(entry, known[key].type, (*path, key), whole=known[key].required)
            for key, entry in entries.items()
            if key in known
        }

    def _mapping(self, value: object, path: KeyPath, kind: Any) -> dict[str, object]:
        if isinstance(value, Mapping):
            return dict(value)
        if value is not None:
            self._wrong(value, kind, path)
        return {}

    def _scalar(self, value: object, kind: Any, path: KeyPath) -> object:
        try:
            plain: object = msgspec.convert(value, kind)
        except msgspec.ValidationError:
            self._wrong(value, kind, path)
            return None
        if isinstance(plain, float) and not math.isfinite(plain):
            self._wrong(value, kind, path)
        if isinstance(plain, str) and not _is_unicode(plain):
            self.problems.append(Problem(path, _("is not valid UTF-8")))
        return plain

    def _wrong(self, value: object, kind: Any, path: KeyPath) -> None:
        text = _("expected {expected}").format(expected=describe(kind))
        if not is_secret(kind):
            text += ", " + _("got {value}").format(value=_shown(value))
        if is_text(kind) and isinstance(value, bool | int | float):
            text += " " + _("(put it in quotes)")
        self.problems.append(Problem(path, text))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean x?` where `known` has something near `word`, else nothing."""
    near = difflib.get_close_matches(word[:80], list(known), 2)
    return "; " + _("did you mean {names}?").format(names=", ".join(near)) if near else ""


def _shown(value: object) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, Mapping):
        return _("a mapping")
    if isinstance(value, list | tuple):
        return _("a list")
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{safe(value, 60)}"' if isinstance(value, str) else safe(str(value), 60)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

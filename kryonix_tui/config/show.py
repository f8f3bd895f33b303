"""The configuration in effect, with the origin of every value and no secret in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from kryonix_tui.config.fields import is_secret, item_kind, leaves
from kryonix_tui.config.load import DEFAULT, Loaded
from kryonix_tui.config.schema import Section
from kryonix_tui.config.secret import is_reference
from kryonix_tui.i18n import ngettext
from kryonix_tui.masking import MASK, is_secret_name, mask_url
from kryonix_tui.safetext import safe

SCHEMA: Final = "kryonix.config/1"


@dataclass(frozen=True, slots=True)
class Effective:
    """One key: its value as plain data with secrets masked, and where it is from."""

    key: str
    value: object
    origin: str


def effective(loaded: Loaded) -> list[Effective]:
    """Return every key in the order of the schema."""
    found = []
    for leaf in leaves():
        value: object = loaded.config
        for part in leaf.path:
            value = getattr(value, part)
        found.append(
            Effective(leaf.key, masked(value, leaf.kind, leaf.path[-1]), loaded.origins.get(leaf.key, DEFAULT))
        )
    return found


def masked(value: object, kind: Any, name: str) -> object:
    """Return `value`, of the schema's type `kind` at a key called `name`, as plain data without secrets.

    References (`${NAME}`, `file:/path`) are shown: they are no secret. URLs lose their password only.
    """
    if isinstance(value, Section):
        return {info.name: masked(getattr(value, info.name), info.type, info.name) for info in _fields(value)}
    if isinstance(value, dict):
        return {key: masked(entry, item_kind(kind, dict), key) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [masked(item, item_kind(kind, tuple), name) for item in value]
    if not isinstance(value, str) or not value or not is_secret(kind) or is_reference(value):
        return value
    return mask_url(value) if name.endswith("url") and not is_secret_name(name) else MASK


def _fields(section: Section) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(section)


def as_json(loaded: Loaded) -> dict[str, object]:
    """Return the configuration as plain data: {schema, path, context, notes, values: [{key, value, origin}]}."""
    return {
        "schema": SCHEMA,
        "path": str(loaded.path.absolute()) if loaded.path else None,
        "context": loaded.context,
        "notes": list(loaded.notes),
        "values": [{"key": item.key, "value": item.value, "origin": item.origin} for item in effective(loaded)],
    }


def as_text(loaded: Loaded) -> str:
    """Return the configuration as a table of key, value and origin. Lists and mappings are only counted."""
    rows = [(item.key, _text(item.value), item.origin) for item in effective(loaded)]
    key_width = max(len(row[0]) for row in rows)
    value_width = min(40, max(len(row[1]) for row in rows))
    lines = [f"{key:<{key_width}}  {value:<{value_width}}  {origin}" for key, value, origin in rows]
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict) and value and not _is_short(value):
        return ngettext("{count} entry", "{count} entries", len(value)).format(count=len(value))
    if isinstance(value, str):
        return safe(value, 120) if value else '""'
    return safe(str(value), 120)


def _is_short(value: list[Any] | dict[str, Any]) -> bool:
    entries = value.values() if isinstance(value, dict) else value
    return len(value) <= 4 and all(isinstance(entry, str | int | float) for entry in entries)

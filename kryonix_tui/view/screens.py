"""Screens as data: YAML files that say which panels a screen shows.

The shipped ones lie in `screens/`; a file of the same name in the configuration folder's `screens/` replaces one. A panel
that cannot be understood is left out and said, with file and panel; the others still draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.paths import config_folder, shipped
from kryonix_tui.safetext import safe

COLUMNS = 24
"""A screen is this many columns wide; a panel's span counts in them."""

_LARGEST_FILE = 1_000_000

Span = tuple[Annotated[int, Meta(ge=1, le=COLUMNS)], Annotated[int, Meta(ge=1, le=60)]]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a panel's figure is no longer ok. `critical` under `warn` means that low figures are bad."""

    warn: float
    critical: float


class Panel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One panel: what it is called, how it is drawn, which figure it shows, and how large it is."""

    title: str
    kind: Literal["stat", "table", "timeseries", "feed"]
    redis: str
    """Name of the figure (see `view.tenant`)."""
    unit: Literal["", "percent", "ms", "count", "per_second"] = ""
    thresholds: Limits | None = None
    span: Span = (6, 3)
    """Width in columns of 24, height in rows."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that was read: its title, its panels, and what was wrong with the others."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    mistakes: tuple[str, ...] = ()


def screen_file(name: str) -> Path:
    """Return the file that describes screen `name`: the user's own, or the shipped one."""
    own = config_folder() / "screens" / f"{name}.yaml"
    return own if own.exists() else shipped("screens") / f"{name}.yaml"


def load_screen(name: str) -> Screen:
    """Read screen `name`.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or is no mapping with `title` and `panels`.
    """
    from kryonix_tui.config.document import parse

    try:
        path = screen_file(name)
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        place = safe(str(error.filename or name))
        raise ConfigError(_("{file}: {error}").format(file=place, error=error.strerror)) from error
    if len(raw) > _LARGEST_FILE:
        raise ConfigError(_("{file} is larger than 1 MB").format(file=safe(str(path))))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(_("{file} is not UTF-8").format(file=safe(str(path)))) from error
    data = parse(text, str(path)).data
    if not isinstance(data.get("panels"), list):
        raise ConfigError(_("{file}: expected a mapping with title and panels").format(file=safe(str(path))))
    return _screen(name, path, data)


def _screen(name: str, path: Path, data: Mapping[str, object]) -> Screen:
    panels: list[Panel] = []
    entries = data["panels"]
    mistakes = [
        _("{file}: unknown key {key}").format(file=path.name, key=safe(str(key), 40))
        for key in data
        if key not in ("title", "panels")
    ]
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        try:
            panels.append(msgspec.convert(entry, Panel))
        except msgspec.ValidationError as error:
            titled = entry.get("title") if isinstance(entry, dict) else None
            called = safe(titled, 40) if titled and isinstance(titled, str) else f"#{number}"
            mistakes.append(
                _("{file}: panel {panel}: {error}").format(file=path.name, panel=called, error=safe(str(error), 200))
            )
    title = data.get("title", name)
    if not isinstance(title, str):
        mistakes.insert(0, _("{file}: title: expected a text").format(file=path.name))
        title = name
    return Screen(name, safe(title, 80), tuple(panels), tuple(mistakes))

"""What the console remembers from one run to the next: the order of lists, the theme, that it said hello.

Losing it costs nothing, and a folder that cannot be written is no reason to stop. What somebody does in a browser is not
remembered: several people share this folder there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from kryonix_tui.paths import state_folder, write_private


def _file() -> Path:
    return state_folder() / "tui.json"


def _read() -> dict[str, object]:
    try:
        data = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _keep(data: Mapping[str, object]) -> bool:
    """Keep `data`; return whether that could be done."""
    if "TEXTUAL_DRIVER" in os.environ:
        return False
    try:
        write_private(_file(), json.dumps(data))
    except OSError:
        return False
    return True


def remembered_sort(screen: str) -> tuple[str, bool] | None:
    """Return the column by which `screen` was sorted last, and whether reversed."""
    sorts = _read().get("sort")
    chosen = sorts.get(screen) if isinstance(sorts, dict) else None
    match chosen:
        case [str() as column, bool() as reverse]:
            return column, reverse
    return None


def remember_sort(screen: str, sort: tuple[str, bool]) -> None:
    """Keep the order of `screen`."""
    data = _read()
    sorts = data.get("sort")
    _keep({**data, "sort": {**(sorts if isinstance(sorts, dict) else {}), screen: list(sort)}})


def remembered_theme() -> str:
    """Return the theme that was chosen last, empty for none."""
    theme = _read().get("theme")
    return theme if isinstance(theme, str) else ""


def remember_theme(name: str) -> None:
    """Keep the theme that was chosen."""
    _keep({**_read(), "theme": name})


def first_time(what: str) -> bool:
    """Return whether `what` was never said, and remember that it is said now. What cannot be remembered is not said."""
    data = _read()
    said = data.get("said")
    known = said if isinstance(said, list) else []
    return what not in known and _keep({**data, "said": [*known, what]})

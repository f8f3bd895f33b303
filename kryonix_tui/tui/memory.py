"""What the console remembers from one run to the next: the order of lists. Losing it costs nothing."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from kryonix_tui.paths import state_folder, write_private


def _file() -> Path:
    return state_folder() / "tui.json"


def _read() -> dict[str, object]:
    try:
        data = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def remembered_sort(screen: str) -> tuple[str, bool] | None:
    """Return the column by which `screen` was sorted last, and whether reversed."""
    sorts = _read().get("sort")
    chosen = sorts.get(screen) if isinstance(sorts, dict) else None
    match chosen:
        case [str() as column, bool() as reverse]:
            return column, reverse
    return None


def remember_sort(screen: str, sort: tuple[str, bool]) -> None:
    """Keep the order of `screen`. A folder that cannot be written is no reason to stop."""
    data = _read()
    sorts = data.get("sort")
    data["sort"] = {**(sorts if isinstance(sorts, dict) else {}), screen: list(sort)}
    with contextlib.suppress(OSError):
        write_private(_file(), json.dumps(data))

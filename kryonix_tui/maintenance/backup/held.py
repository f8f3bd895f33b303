"""Archives that stay until a day, whatever the rules of retention say: what an operation saved before it removed it.

Each is noted in a file of its own in the state folder. It speaks to the pruning of this machine; another one that
prunes the same destination does not know of it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.paths import write_private
from kryonix_tui.safetext import safe


@dataclass(frozen=True, slots=True)
class Holds:
    """The archives that are held, as {name: until} in epoch seconds; `unreadable` names notes that say nothing any more.

    Such a note may be about any archive: while it is there, all stay.
    """

    until: Mapping[str, float] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()

    def reason(self, name: ArchiveName) -> str:
        """Return why an archive stays, empty where nothing holds it."""
        if self.unreadable:
            text = _("the note {file} cannot be read: it may hold any archive")
            return text.format(file=self.unreadable[0])
        until = self.until.get(str(name))
        if until is None:
            return ""
        day = datetime.fromtimestamp(until, UTC).date().isoformat()
        return _("what was removed is in it: it stays until {day}").format(day=day)


def hold(name: ArchiveName, *, until: float) -> None:
    """Keep an archive from being pruned until then (epoch seconds), and forget notes whose day has passed.

    Raises:
        KryonixError: it cannot be written down.
    """
    path = _folder() / f"{name}.json"
    try:
        write_private(path, json.dumps({"archive": str(name), "until": until}))
    except OSError as error:
        raise not_written(path, error) from error
    now = datetime.now(UTC).timestamp()
    for old in _folder().glob("*.json"):
        noted = _read(old)
        if noted is not None and noted[1] < now:
            with contextlib.suppress(OSError):
                old.unlink()


def holds(now: float) -> Holds:
    """Return what is held at `now` (epoch seconds)."""
    until: dict[str, float] = {}
    unreadable = []
    for path in sorted(_folder().glob("*.json")):
        noted = _read(path)
        if noted is None:
            unreadable.append(safe(path.name, 200))
        elif noted[1] >= now:
            until[noted[0]] = noted[1]
    return Holds(until, tuple(unreadable))


def _read(path: Path) -> tuple[str, float] | None:
    try:
        content = json.loads(path.read_bytes())
        return str(content["archive"]), float(content["until"])
    except FileNotFoundError:
        # Another process has just forgotten it.
        return str(path.stem), 0.0
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _folder() -> Path:
    return maintenance_folder() / "held"

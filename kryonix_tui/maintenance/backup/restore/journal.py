"""Which restores have begun and not ended: so that one that was cut off may go on where keys of its own are in the way.

What such a restore reads, and what it saved before it overwrote anything, is not pruned.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.model.operation import Scope
from kryonix_tui.paths import write_private


class Journal:
    """The mark of one restore: this archive and scope into the server at this place, also when it was started again.

    It loosens one thing only: keys that already are what the archive says are not in the way.
    """

    def __init__(self, archive: str, scope: Scope, place: str) -> None:
        self._what: dict[str, Any] = {
            "archive": archive,
            "tenants": scope.tenants,
            "databases": scope.databases,
            "place": place,
        }
        name = hashlib.sha256(json.dumps(self._what, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()
        self._path: Path = _folder() / f"{name[:24]}.json"

    @property
    def unfinished(self) -> bool:
        """Whether such a restore has begun and not ended."""
        return self._path.exists()

    def begin(self, saved: str = "") -> None:
        """Remember that it has begun, and which archive holds what it overwrites; one that goes on adds its own.

        Raises:
            KryonixError: it cannot be written down.
        """
        mark = _read(self._path) if self.unfinished else _Mark("", [])
        what = dict(self._what)
        # What an earlier version has saved it did not write down: it stays unknown.
        if mark is not None and mark.saved is not None:
            what["undo"] = [*mark.saved, *([Path(saved).name] if saved else [])]
        try:
            write_private(self._path, json.dumps(what))
        except OSError as error:
            raise not_written(self._path, error) from error

    def end(self) -> None:
        """Forget it: it has ended well."""
        with contextlib.suppress(OSError):
            self._path.unlink()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What restores that have begun and not ended still need; None: all, for it is not known what.

    `read` are the first eight digits of the archives that they read, `saved` the names of those that hold what they have
    overwritten. Marks of earlier versions name only the former.
    """

    read: frozenset[str] | None
    saved: frozenset[str] | None

    def needs(self, name: ArchiveName) -> bool:
        """Tell whether a backup is needed."""
        return self.read is None or name.id in self.read

    def needs_undo(self, name: ArchiveName) -> bool:
        """Tell whether a snapshot of what was overwritten is needed; one may itself be what is restored."""
        return self.saved is None or str(name) in self.saved or self.needs(name)


def unfinished() -> Unfinished:
    """Look what must stay for restores of this machine that have not ended."""
    marks = [_read(path) for path in sorted(_folder().glob("*.json"))]
    if None in marks:
        return Unfinished(None, None)
    known = [mark for mark in marks if mark is not None]
    saved = [mark.saved for mark in known if mark.saved is not None]
    return Unfinished(
        frozenset(mark.archive[:8] for mark in known),
        frozenset(name for names in saved for name in names) if len(saved) == len(known) else None,
    )


class _Mark(NamedTuple):
    archive: str
    saved: list[str] | None


def _read(path: Path) -> _Mark | None:
    """Return what a mark says, None where it cannot be read."""
    try:
        content = json.loads(path.read_bytes())
        saved = content.get("undo")
        return _Mark(str(content["archive"]), None if saved is None else [str(name) for name in saved])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _folder() -> Path:
    return maintenance_folder() / "restores"

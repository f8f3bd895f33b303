"""Which restores have begun and not ended: so that one that was cut off may go on where keys of its own are in the way.

What such a restore reads, and what it saved before it overwrote anything, is not pruned, until somebody gives it up.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kryonix_tui.maintenance.actor import Actor
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.maintenance.locks import file_lock
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
        before = _read(self._path).saved if self.unfinished else ()
        what = {**self._what, "since": time.time()}
        # What an earlier version has saved it did not write down: it stays unknown.
        if before is not None:
            what["undo"] = [*before, *([Path(saved).name] if saved else [])]
        try:
            write_private(self._path, json.dumps(what))
        except OSError as error:
            raise not_written(self._path, error) from error

    def end(self) -> None:
        """Forget it: it has ended well."""
        with contextlib.suppress(OSError):
            self._path.unlink()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written down of a restore that has begun and not ended.

    `archive` is the id of what it reads, empty where the mark cannot be read; `place` its server. `saved` names the
    archives of what it has overwritten, None where that is not known. `since`: epoch seconds when it last began.
    """

    path: Path
    archive: str
    place: str
    saved: tuple[str, ...] | None
    since: float


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The restores of this machine that have begun and not ended, and what they still need.

    A mark that cannot be read needs all there is; one of an earlier version does not say what was saved, so that all of
    that is needed.
    """

    marks: tuple[Mark, ...]

    def needs(self, name: ArchiveName) -> bool:
        """Tell whether a backup is needed."""
        return any(not mark.archive or mark.archive.startswith(name.id) for mark in self.marks)

    def needs_undo(self, name: ArchiveName) -> bool:
        """Tell whether a snapshot of what was overwritten is needed; one may itself be what is restored."""
        return self.needs(name) or any(mark.saved is None or str(name) in mark.saved for mark in self.marks)


def unfinished() -> Unfinished:
    """Look what must stay for restores of this machine that have not ended."""
    return Unfinished(tuple(_read(path) for path in sorted(_folder().glob("*.json"))))


def give_up(mark: Mark, who: Actor) -> bool:
    """Forget a restore that nobody goes on with; False where it has gone on, or ended, since `mark` was read.

    Raises:
        LockedError: a restore is at work on this machine.
        KryonixError: it cannot be forgotten.
    """
    with file_lock("restore", who):
        if _read(mark.path) != mark:
            return False
        try:
            mark.path.unlink()
        except OSError as error:
            raise not_written(mark.path, error) from error
    return True


def _read(path: Path) -> Mark:
    """Return what a mark says. One that is not there any more is as one that cannot be read, and young."""
    try:
        since = path.stat().st_mtime
    except OSError:
        return Mark(path, "", "", None, time.time())
    try:
        content = json.loads(path.read_bytes())
        saved = content.get("undo")
        return Mark(
            path,
            str(content["archive"]),
            str(content.get("place", "")),
            None if saved is None else tuple(str(name) for name in saved),
            float(content.get("since", since)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Mark(path, "", "", None, since)


def _folder() -> Path:
    return maintenance_folder() / "restores"

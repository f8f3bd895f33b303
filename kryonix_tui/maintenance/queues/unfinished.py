"""Which files of items were begun here and not ended, and how far replays have come: what a killed process leaves.

One small file per operation in the state folder; it goes, or says that it ended, when the operation has come to its end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from kryonix_tui.maintenance.folders import maintenance_folder, not_written
from kryonix_tui.model.census import QueueKey
from kryonix_tui.paths import write_private


def items_folder() -> Path:
    """Return the folder for files of items. Raises KryonixError where it cannot be made."""
    return maintenance_folder() / "queues"


@dataclass(frozen=True, slots=True)
class Taking:
    """An operation that saves items to `path`: its id, and which queue (`db`, hexadecimal `key`) of which server."""

    id: str
    path: str
    place: str
    db: int
    key: str

    def begin(self) -> None:
        """Write it down. Raises KryonixError."""
        _write(_takings() / f"{self.id}.json", asdict(self))

    def end(self) -> None:
        """Forget it."""
        (_takings() / f"{self.id}.json").unlink(missing_ok=True)


def takings_of(place: str, queue: QueueKey, marked: str = "") -> Iterator[Taking]:
    """Yield what was begun here on a queue and has not ended, and the one with the id `marked`: of that, the server itself
    says that it is about this queue, by whatever name it was reached.
    """
    for path in sorted(_takings().glob("*.json")):
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Taking)
        except (OSError, msgspec.MsgspecError):
            continue
        if found.id == marked or (found.place, found.db, found.key) == (place, queue.db, queue.key.hex()):
            yield found


def has_unfinished_taking(file: str) -> bool:
    """Tell whether the operation that writes a file (by the id in its heading, which is the operation's) has not ended."""
    return file.isalnum() and (_takings() / f"{file}.json").exists()


@dataclass(frozen=True, slots=True)
class Replay:
    """How far the replay of a file has come: batches that were pushed, into which queue, at which end.

    `run` counts the replays of this file that were begun on purpose once more.
    """

    file: str
    place: str
    db: int
    key: str
    first: bool
    run: int = 1
    batches: int = 0
    ended: bool = False
    at: float = 0.0

    def write(self, **changes: Any) -> Replay:
        """Write it down with changes, and return it so. Raises KryonixError."""
        now = replace(self, at=time.time(), **changes)
        _write(_replays() / f"{self.file}.json", asdict(now))
        return now


def replay_of(file: str) -> Replay | None:
    """Return how far the replay of a file (by the id in its heading) came from here; None: it was never begun."""
    if not file.isalnum():
        return None
    try:
        return msgspec.json.decode((_replays() / f"{file}.json").read_bytes(), type=Replay)
    except (OSError, msgspec.MsgspecError):
        return None


def has_unfinished_replay(file: str) -> bool:
    """Tell whether a replay of a file was begun and has not ended, or a note says something that cannot be read."""
    replay = replay_of(file)
    return not replay.ended if replay else file.isalnum() and (_replays() / f"{file}.json").exists()


def _takings() -> Path:
    return items_folder() / "unfinished"


def _replays() -> Path:
    return items_folder() / "replays"


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        write_private(path, json.dumps(content))
    except OSError as error:
        raise not_written(path, error) from error

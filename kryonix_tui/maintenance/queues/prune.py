"""Delete files of items after their days, through the door: they are plain text, and items may hold personal data.

Only files of the state folder go: one that was asked for by name (`--to`) is its owner's. No Redis is asked. What says
that a file was replayed stays, so that a copy of it somewhere else is not pushed twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.deletions import going, staying
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.folders import not_written
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.maintenance.queues.item_file import Heading, heading_of
from kryonix_tui.maintenance.queues.replay import REPLAY
from kryonix_tui.maintenance.queues.unfinished import has_unfinished_replay, has_unfinished_taking, items_folder
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

PRUNE: Final = "queues.prune"
_DAY: Final = 86_400
_CLOCK_SLACK: Final = 300
"""Seconds that a file may be from the future."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of items: bytes, the epoch second of its newest item at the latest, and why it stays; empty: it goes."""

    path: Path
    size: int
    made: float
    stays: str

    @property
    def name(self) -> str:
        """Its name, printable."""
        return safe(self.path.name, 100)


@dataclass(slots=True)
class QueuePrune:
    """Implements `door.Operation`: delete the files of items that are older than `queues.items_days`."""

    config: Config
    action: str = PRUNE
    purpose: Purpose | None = None
    writer: None = None
    _planned: tuple[Saved, ...] | None = None

    async def plan(self, run: Run | None = None) -> Plan:
        """Say what may go. Raises KryonixError: the folder cannot be read."""
        del run
        found = self._planned = self._looked()
        now, days = time.time(), self.config.queues.items_days
        gone = [file for file in found if not file.stays]
        effects = going([file.name for file in gone]) or [_("Nothing is old enough to go.")]
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=Target(safe(str(items_folder()), 300)),
            scope=Scope(),
            counts={"files": len(gone), "kept": len(found) - len(gone)},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={"days": str(days), "newest": gone[-1].name if gone else ""},
            estimates={"bytes": sum(file.size for file in gone)},
            effects=(*effects, *staying((file.name, file.stays) for file in found if file.stays)),
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Delete what the plan says, each looked at once more. No replay begins meanwhile."""
        del plan
        found = self._looked() if self._planned is None else self._planned
        deleted, size = 0, 0
        with file_lock(REPLAY.replace(".", "-"), current_actor()):
            for path in [file.path for file in found if not file.stays]:
                run.checkpoint()
                now = _judged(path, self.config.queues.items_days)
                if now is None or now.stays:
                    continue
                try:
                    path.unlink()
                except OSError as error:
                    raise not_written(path, error) from error
                run.say(_("{name} was deleted").format(name=now.name))
                deleted, size = deleted + 1, size + now.size
        text = ngettext("{count} file deleted, {size} free", "{count} files deleted, {size} free", deleted).format(
            count=deleted, size=formats.size(size)
        )
        return Outcome(Result.DONE, text, {"files": deleted, "bytes": size})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Nothing to check: the system said of each file that it is gone."""
        del plan, run
        return outcome

    async def close(self) -> None:
        """Nothing is open."""

    def _looked(self) -> tuple[Saved, ...]:
        """Return all files of items, the oldest first."""
        judged = (_judged(path, self.config.queues.items_days) for path in items_folder().glob("*.jsonl"))
        return tuple(sorted((file for file in judged if file), key=lambda file: (file.made, file.path)))


def _judged(path: Path, days: int) -> Saved | None:
    """Look at a file; None where it is gone."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    try:
        heading = heading_of(path)
    except UsageError:
        return Saved(path, facts.st_size, facts.st_mtime, _("it is no file of items"))
    made = max(facts.st_mtime, *_said(heading))
    return Saved(path, facts.st_size, made, _needed(heading) or _age(made, days))


def _said(heading: Heading) -> Iterator[float]:
    """Yield when the file was begun, where its heading says so: what copies it may set another time of change."""
    yield 0.0
    with contextlib.suppress(ValueError, OverflowError):
        yield datetime.fromisoformat(heading.made).timestamp()


def _needed(heading: Heading) -> str:
    if has_unfinished_taking(heading.id):
        return _("the operation that writes it has not ended: the next one on that queue brings it to its end")
    if has_unfinished_replay(heading.id):
        return _("its replay has not ended: `kryonix queues replay` goes on with it")
    return ""


def _age(made: float, days: int) -> str:
    age = time.time() - made
    if age < -_CLOCK_SLACK:
        return _("it is from the future: look at the clocks, or remove it by hand")
    text = ngettext("it is younger than {days} day", "it is younger than {days} days", days)
    return text.format(days=days) if age < days * _DAY else ""

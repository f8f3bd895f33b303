"""What is installed, what should be, and when it runs next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kryonix_tui.maintenance.schedule import places
from kryonix_tui.maintenance.schedule.job import Job
from kryonix_tui.maintenance.schedule.place import Installed, Texts, differences


@dataclass(frozen=True, slots=True)
class Status:
    """The schedule as it is and as the configuration wants it.

    `keeper` is where it would be installed, `wanted` what with. `installed` has every place that has something of ours.
    """

    keeper: str
    wanted: Texts
    time: str
    installed: tuple[tuple[str, Installed], ...]
    notes: tuple[str, ...]
    every: int | None = None
    """Minutes between two optimisations; None: none is wished for."""

    @property
    def in_sync(self) -> bool:
        """Whether it is installed, once, active, and as the configuration says."""
        if len(self.installed) != 1:
            return False
        name, found = self.installed[0]
        return name == self.keeper and found.active and dict(found.texts) == dict(self.wanted)

    @property
    def next_run(self) -> datetime | None:
        """When the first of what is installed runs; None where nothing does, or nobody knows."""
        return min((found.next_run for _name, found in self.installed if found.next_run), default=None)

    def differences(self) -> list[str]:
        """Return what an installation would change, as the lines of a diff."""
        before = dict(self.installed)
        ours = before.pop(self.keeper, Installed())
        lines = list(differences(ours.texts, self.wanted))
        for found in before.values():
            lines += differences(found.texts, {})
        return lines

    def as_json(self) -> dict[str, Any]:
        """Return the document `kryonix.schedule/1` without its schema."""
        following = self.next_run
        return {
            "in_sync": self.in_sync,
            "time": self.time,
            "optimize_minutes": self.every,
            "next_run": following.isoformat() if following else None,
            "installed": [
                {"place": name, "active": found.active, "files": dict(found.texts)} for name, found in self.installed
            ],
            "wanted": {"place": self.keeper, "files": dict(self.wanted)},
            "differences": self.differences(),
            "notes": list(self.notes),
        }


def status(job: Job, form: places.Form = "", output: Path | None = None) -> Status:
    """Look. Changes nothing.

    Raises:
        KryonixError: no place is there, or the one that was asked for cannot be read.
    """
    keeper = places.keeper(form, output)
    found = tuple((place.name, place.installed()) for place in places.holding(form, output))
    every = job.every if job.repeated else None
    return Status(keeper.name, keeper.written(job), job.time, found, tuple(keeper.notes()), every)

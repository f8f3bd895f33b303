"""Where a schedule is kept, whatever keeps it: what is there, and how it is changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.schedule.job import Job
from kryonix_tui.safetext import safe

MARK: Final = "# Made by `kryonix schedule install`, which overwrites what is changed by hand."
"""First line of every file that is ours."""

Texts = Mapping[str, str]
"""What is kept, as {name: content}; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What of ours a place has. `active`: it will run; `next_run` is None where nobody knows."""

    texts: Texts = field(default_factory=dict)
    active: bool = False
    next_run: datetime | None = None


class Place(Protocol):
    """A keeper of schedules. Every method but `written` may raise KryonixError."""

    @property
    def name(self) -> str:
        """`systemd`, `cron`, or a folder; printable."""
        ...

    def written(self, job: Job) -> Texts:
        """Return the job in the language of this place. Raises ConfigError where it cannot be said in it."""
        ...

    def installed(self) -> Installed:
        """Look what of ours is there; refuse where something has our name and is not ours."""
        ...

    def put(self, texts: Texts) -> None:
        """Write and activate; everything else there stays as it is."""
        ...

    def remove(self) -> None:
        """Take away what is ours."""
        ...

    def notes(self) -> Iterator[str]:
        """Yield what somebody should know who relies on this place."""
        ...


def differences(before: Texts, after: Texts) -> Iterator[str]:
    """Yield the lines of a diff, printable, without what stays the same."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        # The first two lines are the names, lines with @@ are places.
        lines = [line for line in list(difflib.unified_diff(old, new, lineterm="", n=0))[2:] if line[:2] != "@@"]
        if lines:
            yield safe(name)
            yield from (safe(f"{line[:1]} {line[1:]}", 1000) for line in lines)


def not_ours(name: str) -> KryonixError:
    """Return the error to raise where something that kryonix did not write has its name."""
    return KryonixError(
        _("{name} was not written by kryonix").format(name=safe(name)),
        title=_("Schedule"),
        hint=_("Move it away first."),
    )

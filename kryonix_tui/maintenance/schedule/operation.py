"""Install or remove the schedule: an operation of the door, for it changes what this machine does at night."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kryonix_tui.errors import VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.maintenance.schedule.job import Job
from kryonix_tui.maintenance.schedule.place import Installed, Place, Texts, differences
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target

INSTALL: Final = "schedule.install"
REMOVE: Final = "schedule.remove"


@dataclass(frozen=True, slots=True)
class Change:
    """What a place has, and what it shall have; empty: nothing."""

    place: Place
    before: Installed
    after: Texts

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return dict(self.before.texts) != dict(self.after) or (bool(self.after) and not self.before.active)

    def lines(self) -> Iterator[str]:
        """Say it as a diff."""
        shown = list(differences(self.before.texts, self.after))
        if shown or self.needed:
            yield f"{self.place.name}:"
        yield from shown
        if self.needed and not shown:
            yield _("the timer is not active: it will be")


@dataclass
class ScheduleChange:
    """Implements `door.Operation`: `keeper` gets the job, and everybody in `holding` loses it; no keeper: it is removed.

    `notes` are told in the plan; `backup_age` as in `Plan`.
    """

    keeper: Place | None
    job: Job | None
    holding: Callable[[], tuple[Place, ...]]
    notes: tuple[str, ...] = ()
    backup_age: Callable[[], float | None] = lambda: None
    purpose: Purpose = Purpose.BACKUP
    writer: None = None
    action: str = ""

    def __post_init__(self) -> None:
        """Name itself."""
        self.action = INSTALL if self.keeper else REMOVE

    async def plan(self, run: Run | None = None) -> Plan:
        """Compare what is there with what shall be."""
        del run
        changes = await asyncio.to_thread(self._changes)
        lines = [line for change in changes for line in change.lines()]
        now = time.time()
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=Target(current_actor().host),
            scope=Scope(),
            counts={"changes": sum(change.needed for change in changes)},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters=self._parameters(changes),
            effects=(*(lines or [_("nothing changes")]), *(self.notes if self.keeper else ())),
            undo="kryonix schedule remove" if self.keeper else "kryonix schedule install",
            backup_age=await asyncio.to_thread(self.backup_age),
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Change the places one by one: first the new one, so that a failure leaves one schedule rather than none."""
        del plan
        done = 0
        with file_lock("schedule", current_actor()):
            for change in await asyncio.to_thread(self._changes):
                run.checkpoint()
                if not change.needed:
                    continue
                run.say(change.place.name)
                await asyncio.to_thread(self._carry_out, change)
                done += 1
        return Outcome(Result.DONE, self._summary(changed=bool(done)), {"changes": done})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Look once more."""
        del plan, run
        left = [change.place.name for change in await asyncio.to_thread(self._changes) if change.needed]
        if left:
            raise VerificationError(_("{places}: the schedule is not what it should be").format(places=", ".join(left)))
        return outcome

    async def close(self) -> None:
        """Nothing is open."""

    def _changes(self) -> list[Change]:
        changes = []
        if self.keeper and self.job:
            changes.append(Change(self.keeper, self.keeper.installed(), self.keeper.written(self.job)))
        others = (place for place in self.holding() if not self.keeper or place.name != self.keeper.name)
        return changes + [Change(place, place.installed(), {}) for place in others]

    def _carry_out(self, change: Change) -> None:
        if change.after:
            change.place.put(change.after)
        else:
            change.place.remove()

    def _parameters(self, changes: list[Change]) -> dict[str, str]:
        """Name what is chosen, and what is there by its digest: a plan no longer fits where somebody changed it since."""
        found = json.dumps([[change.place.name, dict(change.before.texts), change.before.active] for change in changes])
        chosen = {"in": ", ".join(change.place.name for change in changes) or "nowhere"}
        if self.job:
            chosen["time"] = self.job.time
            chosen["command"] = " ".join(self.job.command(("backup", "create")))
        return chosen | {"now": hashlib.sha256(found.encode("utf-8", "surrogateescape")).hexdigest()[:16]}

    def _summary(self, *, changed: bool) -> str:
        if not changed:
            return _("nothing had to be changed")
        if self.keeper and self.job:
            text = _("a backup every day at {time}, by {place}").format(time=self.job.time, place=self.keeper.name)
            every = self.job.every
            more = ngettext(
                "an optimisation every {count} minute", "an optimisation every {count} minutes", every
            ).format(count=every)
            return f"{text}; {more}" if self.job.repeated else text
        return _("the schedule is removed")

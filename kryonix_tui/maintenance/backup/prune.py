"""Delete archives by the rules of retention, through the door: backups, and what restores here have overwritten.

Nothing but a destination and the state folder is touched: no Redis is asked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import LockedError, RefusedError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.backup import holdings, retention
from kryonix_tui.maintenance.backup.abandoned import named, sentences
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.pruning import Planned, planned
from kryonix_tui.maintenance.backup.restore.journal import Mark, give_up
from kryonix_tui.maintenance.backup.restore.undo import undo_folder
from kryonix_tui.maintenance.deletions import going, staying
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target
from kryonix_tui.view import formats


@dataclass(slots=True)
class BackupPrune:
    """One pruning of `destination`, and where `undo` says so of the snapshots that restores have made.

    The newest whole archive of each scope is read completely before any backup may go.
    """

    config: Config
    keyspace: KeyspaceMap
    destination: Destination
    undo: bool = True
    action: str = "backup.prune"
    purpose: Purpose = Purpose.BACKUP
    writer: None = None
    _planned: Planned | None = None

    async def plan(self, run: Run | None = None) -> Plan:
        """Say what may go. Raises ArchiveError, SourceError: the destination cannot be read."""
        del run
        found = self._planned = self._looked()
        now = time.time()
        backups, undo = found.backups, found.undo
        names = [str(entry.name) for entry in backups.prune]
        effects = [*going(names), *going([_undo_name(entry) for entry in undo.prune])]
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=Target(self.destination.place),
            scope=Scope(),
            counts={
                "archives": len(names),
                "kept": len(backups.keep),
                "undo": len(undo.prune),
                **({"restores": len(found.abandoned)} if found.abandoned else {}),
            },
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "destination": self.destination.place,
                "days": str(self.config.backup.keep_days),
                "keep": str(self.config.backup.keep_at_least),
                "newest": names[-1] if names else "",
                "undo_days": str(self.config.backup.undo_days) if self.undo else "",
            },
            estimates={"bytes": sum(entry.size for entry in (*backups.prune, *undo.prune))},
            effects=(
                *(effects or [_("Nothing is old enough to go.")]),
                *sentences(found, self.config.backup.undo_days),
                *staying((str(kept.entry.name), kept.reason) for kept in backups.keep),
            ),
            backup_age=holdings.age(self.destination, self.config, Scope(), now),
            refusal=found.stopped,
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Delete what the plan says, each looked at once more."""
        del plan
        found = self._planned or self._looked()
        if found.stopped:
            raise RefusedError(found.stopped, title=_("Nothing is pruned"))
        run.checkpoint()
        deleted = retention.apply(found.backups, self.destination)
        for name in deleted:
            run.say(_("{name} was deleted").format(name=name))
        run.checkpoint()
        undone = retention.apply(found.undo, undo_folder())
        for entry in found.undo.prune:
            run.say(_("{name} was deleted").format(name=_undo_name(entry)))
        run.checkpoint()
        given_up = sum([self._given_up(mark, found, run) for mark in found.abandoned])
        count, size = len(deleted) + len(undone), sum(e.size for e in (*found.backups.prune, *found.undo.prune))
        text = ngettext("{count} archive deleted, {size} free", "{count} archives deleted, {size} free", count).format(
            count=count, size=formats.size(size)
        )
        figures = {"archives": len(deleted), "undo": len(undone), "restores": given_up, "bytes": size}
        return Outcome(Result.DONE, text, figures)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Nothing to check: what was deleted is not listed any more, and nothing else was touched."""
        del plan, run
        return outcome

    async def close(self) -> None:
        """Nothing is open."""

    @staticmethod
    def _given_up(mark: Mark, found: Planned, run: Run) -> bool:
        """Give up a restore that was abandoned; False where it goes on after all."""
        try:
            forgotten = give_up(mark, current_actor())
        except LockedError:
            forgotten = False
        text = _("{restore} was given up") if forgotten else _("{restore} goes on")
        run.say(text.format(restore=named(mark, found)))
        return forgotten

    def _looked(self) -> Planned:
        return planned(self.destination, self.config, self.keyspace, undo=self.undo)


def _undo_name(entry: Entry) -> str:
    return f"undo/{entry.name}"

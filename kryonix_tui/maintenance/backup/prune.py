"""Delete archives by the rules of retention, through the door. Nothing but a destination is touched: no Redis is asked."""

from __future__ import annotations

import time
from dataclasses import dataclass

from kryonix_tui.config.schema import Config
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup import holdings, retention
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.backup.pruning import planned
from kryonix_tui.maintenance.backup.retention import Pruning
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target
from kryonix_tui.view import formats

_LISTED = 20


@dataclass(slots=True)
class BackupPrune:
    """One pruning of `destination`. The newest whole archive of each scope is read completely before anything may go."""

    config: Config
    keyspace: KeyspaceMap
    destination: Destination
    action: str = "backup.prune"
    purpose: Purpose = Purpose.BACKUP
    writer: None = None
    _pruning: Pruning | None = None

    async def plan(self) -> Plan:
        """Say what may go. Raises ArchiveError, SourceError: the destination cannot be read."""
        found = self._pruning = planned(self.destination, self.config, self.keyspace)
        now = time.time()
        names = [str(entry.name) for entry in found.prune]
        effects = [_("{name} is deleted.").format(name=name) for name in names[:_LISTED]]
        if len(names) > _LISTED:
            effects.append(_("{count} more are deleted.").format(count=len(names) - _LISTED))
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=Target(self.destination.place),
            scope=Scope(),
            counts={"archives": len(names), "kept": len(found.keep)},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "destination": self.destination.place,
                "days": str(self.config.backup.keep_days),
                "keep": str(self.config.backup.keep_at_least),
                "newest": names[-1] if names else "",
            },
            estimates={"bytes": sum(entry.size for entry in found.prune)},
            effects=tuple(effects or [_("Nothing is old enough to go.")]),
            backup_age=holdings.age(self.destination, self.config, Scope(), now),
            refusal=found.stopped,
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Delete what the plan says, each looked at once more."""
        del plan
        found = self._pruning or planned(self.destination, self.config, self.keyspace)
        run.checkpoint()
        deleted = retention.apply(found, self.destination)
        size = sum(entry.size for entry in found.prune)
        for name in deleted:
            run.say(_("{name} was deleted").format(name=name))
        text = _("{count} archives deleted, {size} free").format(count=len(deleted), size=formats.size(size))
        return Outcome(Result.DONE, text, {"archives": len(deleted), "bytes": size})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Nothing to check: what was deleted is not listed any more, and nothing else was touched."""
        del plan, run
        return outcome

    async def close(self) -> None:
        """Nothing is open."""

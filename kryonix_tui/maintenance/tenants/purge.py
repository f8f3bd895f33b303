"""Purge: everything that a tenant has on Redis goes, after a verified backup of it.

    walk -> backup, verified and held -> UNLINK of what the walk met and is as it was saved -> walk again

What is removed was met by the walk and is in the backup with the value and expiry that it has then: it is looked at and
removed in one step of the server. What is not in it, or is other by now, is not touched and ends the purge with an error:
an application still writes, and the same purge again starts with a backup of its own. So does one that was cut off. The
archive of each attempt is held from pruning for `backup.undo_days`.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kryonix_tui.errors import DriftError, KryonixError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.destination import Destination, Folder
from kryonix_tui.maintenance.backup.held import hold
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import look
from kryonix_tui.maintenance.tenants import conditions
from kryonix_tui.maintenance.tenants.first_saved import FirstSaved
from kryonix_tui.maintenance.tenants.operation import TenantOperation
from kryonix_tui.maintenance.tenants.removal import Removal
from kryonix_tui.maintenance.tenants.walk import Found
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats

_LISTED = 5
_DAY = 86_400


@dataclass(slots=True)
class TenantPurge(TenantOperation):
    """The purge of one tenant; its backup goes to `destination`."""

    destination: Destination
    action: str = "tenant.purge"
    _saving: Plan | None = None
    """The plan of the backup."""

    async def plan(self, run: Run | None = None) -> Plan:
        """Find every key of the tenant, and out whether a backup can be made. Nothing is written.

        Raises:
            RefusedError: the server takes no writes, a user lacks a permission, or no backup can be made.
            KryonixError: the tenant has no key.
            SourceError, ArchiveError: server or destination could not be read.
            StoppedError: `run` was stopped.
        """
        text = _("there is no key of {tenant}").format(tenant=safe(self.tenant, 60))
        nothing = KryonixError(text, title=_("Nothing to purge"))
        seen, found = await self._looked(run, conditions.REMOVING, nothing)
        await conditions.check_unmapped(self.writer, found)
        saving = self._saving = await self._first.plan(found)
        if saving.target.run_id != seen.target.run_id:
            raise DriftError(_("backups are made from another server than the one to purge: nothing is removed"))
        now = time.time()
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=Scope((self.tenant,)),
            counts={"keys": found.total, **found.parts},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={**saving.parameters, "kept_days": str(self._days)},
            estimates=saving.estimates,
            effects=(*self._effects(found), *saving.effects, *self.writer.notices),
            undo=_("{command}, with the archive that is made first").format(command="kryonix restore ARCHIVE"),
            confirmation=safe(self.tenant),
            backup_age=saving.backup_age,
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Back up, verify, and only then remove."""
        del plan
        found, saving = self._found, self._saving
        if found is None or saving is None:
            raise DriftError(_("the purge was not planned in this run"))
        first = self._first
        name, made = await first.make(saving, found, run)
        hold(name, until=time.time() + self._days * _DAY)
        run.say(_("the tenant was saved as {name}").format(name=name))
        undo = restore_command(self.destination, str(name))
        removal = Removal(self.writer, self.keyspace, self.tenant)
        try:
            await self._check_saved(made, found, removal)
            await removal.take_unchanged(found.keys, first.saved, run)
        except KryonixError as error:
            removal.explain(error, found.total, str(name), undo)
            raise
        text = ngettext(
            "{tenant}: {keys} key removed, saved as {name}",
            "{tenant}: {keys} keys removed, saved as {name}",
            removal.removed,
        )
        return Outcome(
            Result.DONE,
            text.format(tenant=safe(self.tenant, 60), keys=formats.full_count(removal.removed), name=name),
            {"keys": removal.removed, "saved": made.figures["keys"], "bytes": made.figures["bytes"]},
            (*made.notices, _("To bring it back: {command}").format(command=undo)),
            str(name),
        )

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Walk again: nothing of the tenant is left, and its neighbours have what they had.

        Raises:
            VerificationError: there are keys of the tenant: an application still writes.
        """
        del plan
        before, seen = self._found, await look(self.writer)
        after = await self._walked(seen, run, _("verifying"))
        if before is None or self._seen is None:
            return outcome
        if after.total:
            kinds = ", ".join(
                f"{db}/{safe(kind, 40)}: {count}" for (db, kind), count in [*after.counts.items()][:_LISTED]
            )
            text = ngettext(
                "{summary}, but {count} key was written meanwhile ({kinds})",
                "{summary}, but {count} keys were written meanwhile ({kinds})",
                after.total,
            )
            raise VerificationError(
                text.format(summary=outcome.summary, count=formats.full_count(after.total), kinds=kinds),
                hint=_("An application still writes for this tenant. Stop it there, then purge again. {undo}").format(
                    undo=outcome.notices[-1]
                ),
            )
        gone = after.gone_since(before)
        by_itself = seen.expired + seen.evicted - self._seen.expired - self._seen.evicted
        notices = outcome.notices
        if gone.total() > by_itself:
            notices = (self._missed(gone.total(), list(gone)), *notices)
        return replace(
            outcome, figures={**outcome.figures, "left": 0, "neighbours_gone": gone.total()}, notices=notices
        )

    @property
    def _first(self) -> FirstSaved:
        return FirstSaved(self.config, self.keyspace, self.destination, self.tenant)

    @property
    def _days(self) -> int:
        return self.config.backup.undo_days

    async def _check_saved(self, made: Outcome, found: Found, removal: Removal) -> None:
        """Look whether the backup can hold all that is about to be removed.

        Raises:
            VerificationError: it holds fewer keys than are there.
        """
        there = await removal.present(found.keys)
        if there * (1 - self.config.maintenance.tolerance / 100) > made.figures["keys"]:
            raise VerificationError(
                ngettext(
                    "the backup holds {saved}, and {there} is there: nothing was removed",
                    "the backup holds {saved}, and {there} are there: nothing was removed",
                    there,
                ).format(saved=formats.keys(int(made.figures["keys"])), there=formats.full_count(there))
            )

    def _effects(self, found: Found) -> Iterator[str]:
        text = ngettext(
            "The {count} key of {tenant} is removed, from {databases}.",
            "All {count} keys of {tenant} are removed, from {databases}.",
            found.total,
        )
        yield text.format(
            count=formats.full_count(found.total),
            tenant=safe(self.tenant, 60),
            databases=formats.databases(len(found.databases)),
        )
        text = ngettext(
            "First they are saved at {place} and read back; without that nothing is removed. It is kept {days} day.",
            "First they are saved at {place} and read back; without that nothing is removed. It is kept {days} days.",
            self._days,
        )
        yield text.format(place=self.destination.place, days=self._days)
        sessions = self._sessions(found).total
        if sessions:
            text = ngettext(
                "It is in use: {count} session is open.", "It is in use: {count} sessions are open.", sessions
            )
            yield text.format(count=formats.full_count(sessions))
        yield _("Stop the application for this tenant first: what it writes meanwhile stays, and the purge fails.")
        if found.mentions and not Visible(self.config.tenants).limited:
            text = ngettext(
                "{count} key that belongs to no tenant has its name in its own and stays: {names}",
                "{count} keys that belong to no tenant have its name in theirs and stay: {names}",
                len(found.mentions),
            )
            names = [safe(mask_key_name(safe(key, 120)), 120) for _db, key in sorted(found.mentions)[:_LISTED]]
            yield text.format(count=len(found.mentions), names=", ".join(names))

    def _missed(self, count: int, tenants: list[str]) -> str:
        """Return that keys of neighbours went meanwhile, by no hand of ours; those out of sight are not named."""
        visible = Visible(self.config.tenants)
        names = [safe(tenant, 40) for tenant in tenants if visible.sees(tenant)][:_LISTED]
        text = ngettext(
            "{count} key of another tenant was deleted meanwhile, by others: {names}",
            "{count} keys of other tenants were deleted meanwhile, by others: {names}",
            count,
        )
        return text.format(count=formats.full_count(count), names=", ".join(names) or "…")


def restore_command(destination: Destination, name: str) -> str:
    """Return the command line that brings an archive of `destination` back, past what was written since."""
    if isinstance(destination, Folder):
        place = str(Path(destination.path).absolute() / name)
    else:
        place = f"{destination.place.rstrip('/')}/{name}"
    return f"kryonix restore {shlex.quote(safe(place))} --policy skip"

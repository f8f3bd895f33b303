"""Suspend: all sessions of a tenant end at once, mobile, SDK and WebSocket, as if their time had passed.

They are saved before, key by key, in the folder of what can be undone. Everything else stays, also the channels of the
WebSockets: they are no sessions. It is no lock-out either: nothing on Redis keeps an application from opening new ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from kryonix_tui.errors import DriftError, KryonixError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup.restore import undo
from kryonix_tui.maintenance.backup.restore.preview import Diff
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.overview import look
from kryonix_tui.maintenance.plans import LIVE
from kryonix_tui.maintenance.tenants import conditions
from kryonix_tui.maintenance.tenants.operation import SESSIONS, TenantOperation
from kryonix_tui.maintenance.tenants.purge import restore_command
from kryonix_tui.maintenance.tenants.removal import Removal
from kryonix_tui.maintenance.tenants.walk import Found
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats


@dataclass(slots=True)
class TenantSuspend(TenantOperation):
    """The end of all sessions of one tenant."""

    action: str = "tenant.suspend"
    sessions_alone: ClassVar[bool] = True

    async def plan(self, run: Run | None = None) -> Plan:
        """Find every session of the tenant. Nothing is written.

        Raises:
            RefusedError: the server takes no writes, or the user lacks a permission.
            KryonixError: there is no session.
            SourceError: the server could not be read.
            StoppedError: `run` was stopped.
        """
        text = _("{tenant} has no open session").format(tenant=safe(self.tenant, 60))
        nothing = KryonixError(text, title=_("Nothing to suspend"))
        seen, found = await self._looked(run, conditions.SAVING, nothing)
        now = time.time()
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=Scope((self.tenant,), self._databases),
            counts={LIVE: found.total, **found.parts},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "saved": undo.undo_folder().place,
                "kept_days": str(self.config.backup.undo_days),
                "encrypted": "yes" if self.config.backup.recipients else "no",
            },
            effects=(*self._effects(found), *self.writer.notices),
            undo=_("{command}, with the archive that is made first").format(command="kryonix restore ARCHIVE"),
            confirmation=safe(self.tenant),
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Save the sessions, then remove those that were saved."""
        found, seen = self._found, self._seen
        if found is None or seen is None:
            raise DriftError(_("this was not planned in this run"))
        there = Diff(overwritten={(db, key): b"" for (db, _kind), names in found.keys.items() for key in names})

        def progress(done: int) -> None:
            run.checkpoint()
            run.progress(done, found.total, "keys", _("saving"))

        path = await undo.save(there, self.writer, self.config, self.keyspace, seen, plan.scope, progress)
        if not path:
            return Outcome(Result.DONE, _("all sessions have ended by themselves"), {"sessions": 0})
        name, saved = Path(path).name, len(there.overwritten)
        run.say(_("the sessions were saved as {name}").format(name=name))
        command = restore_command(undo.undo_folder(), name)
        removal = Removal(self.writer, self.keyspace, self.tenant)
        names = {
            place: {key for key in keys if (place[0], key) in there.overwritten} for place, keys in found.keys.items()
        }
        try:
            await removal.take(names, run)
        except KryonixError as error:
            removal.explain(error, saved, name, command)
            raise
        text = ngettext(
            "{tenant}: {count} session ended, saved as {name}",
            "{tenant}: {count} sessions ended, saved as {name}",
            removal.removed,
        )
        return Outcome(
            Result.DONE,
            text.format(tenant=safe(self.tenant, 60), count=formats.full_count(removal.removed), name=name),
            {"sessions": removal.removed, "saved": saved},
            (_("To bring them back: {command}").format(command=command),),
            path,
        )

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Look which sessions there are now: those that applications have opened since, or written again."""
        del plan
        before = self._found
        after = await self._walked(await look(self.writer), run, _("verifying"))
        if before is None:
            return outcome
        again = sum(len(keys & before.keys.get(place, set())) for place, keys in after.keys.items())
        notices = outcome.notices
        if after.total:
            text = ngettext(
                "{count} session is open again; new: {new}, written again by applications: {again}",
                "{count} sessions are open again: {new} are new, {again} were written again by applications",
                after.total,
            )
            told = text.format(
                count=formats.full_count(after.total),
                new=formats.full_count(after.total - again),
                again=formats.full_count(again),
            )
            notices = (told, *notices)
        return replace(outcome, figures={**outcome.figures, "open": after.total, "again": again}, notices=notices)

    @property
    def _databases(self) -> tuple[int, ...]:
        """The databases in which the map has sessions."""
        found = {pattern.db for pattern in self.keyspace.patterns if pattern.role in SESSIONS}
        return tuple(sorted(db for db in found if db is not None))

    def _effects(self, found: Found) -> Iterator[str]:
        text = ngettext(
            "The {count} open session of {tenant} ends at once: its user has to log in again.",
            "All {count} open sessions of {tenant} end at once: its users have to log in again.",
            found.total,
        )
        yield text.format(count=formats.full_count(found.total), tenant=safe(self.tenant, 60))
        yield _("This is no lock-out: the application may open new sessions at once. Suspend the tenant there first.")
        yield _(
            "First they are saved on this machine, key by key; a session that expires meanwhile is not brought back."
        )
        if not self.config.backup.recipients:
            yield _("The archive will not be encrypted: backup.recipients is empty.")
        yield _("Everything else stays, also the channels of its WebSockets.")

"""The backup that is part of a purge: made by the classes of `kryonix backup create`, with the credential of backups.

It is taken from the server that is purged, never from a replica, which may lag behind. It runs in a thread with an event
loop of its own: whole seconds of compressing must not keep the lock of the purge from being renewed.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import RefusedError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
from kryonix_tui.maintenance.backup.create import BackupCreate
from kryonix_tui.maintenance.backup.destination import Destination, Folder
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.locks import file_lock
from kryonix_tui.maintenance.tenants.saved import Saved
from kryonix_tui.maintenance.tenants.walk import Found
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Outcome, Plan, Scope
from kryonix_tui.safetext import safe


@dataclass(frozen=True, slots=True)
class FirstSaved:
    """The backup of one tenant at `destination`. `saved` has what is in it."""

    config: Config
    keyspace: KeyspaceMap
    destination: Destination
    tenant: str
    saved: Saved = field(default_factory=Saved)

    async def plan(self, found: Found) -> Plan:
        """Return the plan of the backup of what was `found`; nothing is written.

        Raises:
            RefusedError: it cannot be made.
            ArchiveError, SourceError: the destination or the server could not be read.
        """
        self._check_destination()
        backup = self._backup(found)
        try:
            return await backup.plan()
        finally:
            await backup.close()

    async def make(self, plan: Plan, found: Found, run: Run) -> tuple[ArchiveName, Outcome]:
        """Make and verify it; return its name, and what is to be said of it.

        Raises:
            LockedError: another backup is under way on this machine.
            KryonixError: it could not be made, or is not whole.
        """
        with file_lock("backup-create", current_actor()):
            outcome = await asyncio.to_thread(lambda: asyncio.run(self._made(plan, found, run)))
        name = ArchiveName.parse(outcome.artefact)
        if name is None:
            raise VerificationError(_("the backup has no name: nothing was removed"))
        return name, outcome

    async def _made(self, plan: Plan, found: Found, run: Run) -> Outcome:
        backup = self._backup(found)
        try:
            return await backup.verify(plan, await backup.apply(plan, run), run)
        finally:
            await backup.close()

    def _backup(self, found: Found) -> BackupCreate:
        redis = msgspec.structs.replace(self.config.redis, replica_url="")
        config = msgspec.structs.replace(self.config, redis=redis)
        return BackupCreate(
            config,
            self.keyspace,
            Scope((self.tenant,)),
            self.destination,
            lambda: found.census,
            self.saved.add,
        )

    def _check_destination(self) -> None:
        """Look whether the destination is there, and takes files as far as that can be told without writing any."""
        self.destination.stored()
        if isinstance(self.destination, Folder) and not os.access(_nearest(self.destination.path), os.W_OK | os.X_OK):
            raise RefusedError(
                _("{folder} cannot be written: without a backup nothing is removed").format(
                    folder=safe(str(self.destination.path))
                ),
                hint=_("Choose another destination with --to."),
            )


def _nearest(path: Path) -> Path:
    """Return the folder itself, or the first one above it that exists."""
    return next((folder for folder in (path, *path.parents) if folder.exists()), path)

"""What applying and undoing share: the tuning user's connections, the lock, setting one parameter, and the first AOF."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError, SourceError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup.destination import Destination
from kryonix_tui.maintenance.connections import PurposeClients
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.permissions import missing_permissions, not_permitted
from kryonix_tui.maintenance.tuning.journal import Journal
from kryonix_tui.maintenance.tuning.reading import asked, current
from kryonix_tui.model.keyspace import KeyspaceMap
from kryonix_tui.model.operation import Purpose
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis import info

_LOOK_AGAIN: Final = 0.5
"""Seconds between two looks at a rewrite of the AOF."""

REWRITE_PATIENCE: Final = 1800.0
"""Seconds for which the first rewrite of the AOF is waited for."""


@dataclass(slots=True)
class OnSettings:
    """What the operations on settings share: the connections of the tuning user, and the lock.

    `lockable` is False on a replica, which takes no lock for it takes no writes.
    """

    config: Config
    keyspace: KeyspaceMap
    destination: Destination
    rewrite: bool = False
    lockable: bool = True
    purpose: Purpose = Purpose.TUNE
    clients: PurposeClients = field(init=False)
    notices: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Make the connections; nothing is connected yet."""
        self.clients = PurposeClients(self.config.redis, Purpose.TUNE)

    @property
    def writer(self) -> PurposeClients | None:
        """The connection to lock on."""
        return self.clients if self.lockable else None

    async def look(self) -> None:
        """Find out whether the server takes a lock. Raises SourceError."""
        fields = info.parse_info(await self.clients.call(0, "INFO", "replication"))
        self.lockable = fields.get("role", "master") == "master"

    async def close(self) -> None:
        """Close connections."""
        await self.clients.close()

    async def _forbidden(self) -> KryonixError | None:
        """Return what the tuning user lacks, as the error to show; None where it lacks nothing."""
        optional = () if self.rewrite else ("config|rewrite",)
        missing = [name for name in await missing_permissions(self.clients, self.keyspace) if name not in optional]
        return await not_permitted(self.clients, self.keyspace, missing) if missing else None

    async def _set(self, parameter: str, value: str) -> None:
        """Set one parameter, and read it back.

        Raises:
            SourceError: the server refuses.
            VerificationError: it says something else afterwards.
        """
        await self.clients.call(0, "CONFIG SET", parameter, value)
        found = await current(self.clients, parameter)
        if found != value:
            raise VerificationError(
                _("{parameter} was set to {wanted}, and the server says {found}").format(
                    parameter=parameter, wanted=safe(value, 80), found=safe(str(found), 80)
                )
            )

    async def _rewritten(self, journal: Journal) -> None:
        try:
            await self.clients.call(0, "CONFIG REWRITE")
        except SourceError as error:
            raise KryonixError(
                _("the settings hold, but the server could not write its configuration file: {reason}").format(
                    reason=error.message
                ),
                hint=_("Write them into the file, or they are gone at the next restart."),
            ) from error
        journal.rewritten()

    async def _aof_written(self, run: Run) -> None:
        """Wait until the first AOF is complete: before, it protects nothing.

        Raises:
            VerificationError: it failed.
        """
        until = time.monotonic() + REWRITE_PATIENCE
        began = time.monotonic()
        while True:
            fields = await asked(self.clients)
            if fields.get("aof_enabled") != "1" or fields.get("aof_last_bgrewrite_status", "ok") != "ok":
                raise VerificationError(
                    _("the AOF could not be written"), hint=_("Look at the server's disk and log. The RDB goes on.")
                )
            if "1" not in (fields.get("aof_rewrite_in_progress"), fields.get("aof_rewrite_scheduled")):
                return
            if run.cancelled or time.monotonic() > until:
                self.notices.append(_("the first AOF is still being written: until it is complete it protects nothing"))
                return
            run.progress(time.monotonic() - began, None, "s", _("the server writes its first AOF"))
            await asyncio.sleep(_LOOK_AGAIN)


async def looked(operation: OnSettings) -> None:
    """Let an operation look at its server; where that does not answer, close it. Raises SourceError."""
    try:
        await operation.look()
    except BaseException:
        await operation.close()
        raise

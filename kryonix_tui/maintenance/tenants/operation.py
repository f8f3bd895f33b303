"""What operations that remove keys of a tenant share: the look at its keys, before and after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.overview import Overview
from kryonix_tui.maintenance.redis_operation import RedisOperation
from kryonix_tui.maintenance.tenants import conditions
from kryonix_tui.maintenance.tenants.walk import Found, walk
from kryonix_tui.model.keyspace import Role

SESSIONS = (Role.MOBILE_SESSION, Role.SDK_SESSION, Role.WEBSOCKET)
"""The roles of keys that are open sessions."""


@dataclass(slots=True)
class TenantOperation(RedisOperation):
    """The common part of `door.Operation`s on one tenant (an identity): on all of its keys, or on its sessions alone."""

    tenant: str
    sessions_alone: ClassVar[bool] = False
    _seen: Overview | None = field(default=None, init=False)
    _found: Found | None = field(default=None, init=False)
    """What was found for the plan."""

    async def _looked(self, run: Run | None, needed: Collection[str], nothing: KryonixError) -> tuple[Overview, Found]:
        """Return the server and the keys that are meant, and keep both. `needed` are the commands that it takes.

        Raises:
            RefusedError: the server takes no writes, this user lacks a permission, or the tenant is out of sight.
            KryonixError: `nothing`, where there is no such key.
            SourceError: the server could not be read.
            StoppedError: `run` was stopped.
        """
        conditions.check_sight(self.config, self.tenant)
        seen = self._seen = await conditions.check_server(self.writer, self.keyspace, needed)
        found = self._found = await self._walked(seen, run or Run(), _("counting"))
        if not found.total:
            raise nothing
        return seen, found

    async def _walked(self, seen: Overview, run: Run, step: str) -> Found:
        """Return the keys that are meant. Raises SourceError, StoppedError."""

        def progress(met: int, of: int) -> None:
            run.checkpoint()
            run.progress(met, of or None, "keys", step)

        found = await walk(self.writer, self.keyspace, seen, self.tenant, progress)
        return self._sessions(found) if self.sessions_alone else found

    def _sessions(self, found: Found) -> Found:
        """Return the open sessions among the keys of the tenant."""
        return found.only(frozenset().union(*map(self.keyspace.kinds_with, SESSIONS)))

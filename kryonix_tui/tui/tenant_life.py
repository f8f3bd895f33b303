"""The feature that ends tenants, or their sessions: one tenant at a time, its name typed before anything happens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from kryonix_tui.i18n import _
from kryonix_tui.model.source import SourceName
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.tui.actions import Action
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.working import Work


class TenantLife:
    """Removes tenants and ends their sessions."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work
        work.read_after("tenant", SourceName.CENSUS)

    def purge(self, tenant: str) -> None:
        """Begin to remove everything of a tenant."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.purge(tenant)

        self._work.start(_("Purge of {tenant}").format(tenant=safe(tenant, 40)), make)

    def end_sessions(self, tenant: str) -> None:
        """Begin to end all sessions of a tenant."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.suspend(tenant)

        self._work.start(_("End of the sessions of {tenant}").format(tenant=safe(tenant, 40)), make)

    def actions(self, tenants: Sequence[str]) -> list[Action]:
        """Return both as actions for rows that are about these tenants; viewers have none."""
        from kryonix_tui.tui.actions import Action

        if not self.console.operator:
            return []
        why_not = why_not_one(tenants)
        tenant = tenants[0] if tenants else ""
        return [
            Action("end_sessions", _("End its sessions …"), partial(self.end_sessions, tenant), why_not),
            Action("purge", _("Remove everything of it (purge) …"), partial(self.purge, tenant), why_not),
        ]


def why_not_one(tenants: Sequence[str]) -> str:
    """Return why what is for one tenant cannot be done with these."""
    from kryonix_tui.tui.actions import only_one

    return only_one(len(tenants)) if tenants else _("there is no tenant")

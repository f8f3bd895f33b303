"""The feature that backs up, restores, and looks into archives.

Nothing of `kryonix_tui.maintenance` is imported before an operator asks for it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Outcome, Scope
from kryonix_tui.safetext import safe
from kryonix_tui.tui.feature import beside
from kryonix_tui.tui.jobs import Look, Page

if TYPE_CHECKING:
    from kryonix_tui.maintenance.backup.archive.naming import ArchiveName
    from kryonix_tui.maintenance.backup.catalogue import Entry
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.census import Census
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.screens.restore_form import Wish
    from kryonix_tui.tui.working import Work


class Archiving:
    """Makes archives, restores from them, verifies and removes them."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work

    def _known_census(self) -> Census | None:
        """Return the census of the moment where it is complete."""
        reading = self.console.latest.snapshot.census
        return reading.value if reading is not None and reading.value.complete else None

    def back_up(self, scope: Scope) -> None:
        """Begin a backup of a scope."""
        census = self._known_census()

        async def make(maintenance: Maintenance) -> Operation:
            return await maintenance.backup(scope, census=census)

        names = ", ".join(safe(tenant, 40) for tenant in scope.tenants)
        title = _("Backup of {names}").format(names=names) if names else _("Backup of the whole server")
        self._work.start(title, make)

    def restore(self, archive: ArchiveName, wish: Wish) -> None:
        """Begin a restore of an archive, or of the part of it that is wished for."""

        async def make(maintenance: Maintenance) -> Operation:
            from kryonix_tui.maintenance.backup.restore.operation import Policy

            return maintenance.restore(archive, wish.scope, policy=Policy(wish.policy))

        parts = [safe(tenant, 40) for tenant in wish.scope.tenants]
        parts += [_("database {number}").format(number=number) for number in wish.scope.databases]
        self._work.start(_("Restore of {names}").format(names=", ".join(parts) or _("a whole backup")), make)

    @beside("restoring")
    async def ask_restore(self, entry: Entry, tenant: str = "") -> None:
        """Ask what of an archive is to be restored, a tenant being proposed, and begin."""
        from kryonix_tui.tui import archive_pages
        from kryonix_tui.tui.screens.restore_form import RestoreForm

        heading = _("Restore from {archive}").format(archive=archive_pages.title(entry))
        wish = await self.console.push_screen_wait(RestoreForm(heading, archive_pages.inside(entry), tenant))
        if wish is not None:
            self.restore(entry.name, wish)

    @beside("restoring")
    async def ask_restore_of(self, tenant: str) -> None:
        """Ask from which archive that holds a tenant it is to be restored, and go on with that."""
        from kryonix_tui.maintenance.backup.holdings import holding
        from kryonix_tui.tui import archive_pages
        from kryonix_tui.tui.screens.menu import Menu

        name = safe(tenant, 40)
        found = holding(await asyncio.to_thread(self._work.maintenance().archives), tenant)
        if not found:
            text = _("no backup holds {tenant}; {key} makes one").format(tenant=name, key=self.console.key_of("backup"))
            self.console.notify(text, severity="warning", markup=False)
            return
        now = time.time()
        choices = [(str(entry.name), archive_pages.holding_line(entry, tenant, now)) for entry in found]
        heading = _("Restore {tenant} from").format(tenant=name)
        chosen = await self.console.push_screen_wait(Menu(heading, choices))
        for entry in found:
            if str(entry.name) == chosen:
                self.ask_restore(entry, tenant)

    def verify(self, entry: Entry, level: str) -> None:
        """Begin to verify an archive."""

        def look(maintenance: Maintenance, run: Run) -> tuple[Outcome, Page]:
            from kryonix_tui.tui import archive_pages

            return archive_pages.verified(maintenance, entry.name, level, run)

        self._examine(_("Check of {archive}"), entry, look)

    def analyse(self, entry: Entry) -> None:
        """Begin to count what is in an archive."""

        def look(maintenance: Maintenance, run: Run) -> tuple[Outcome, Page]:
            from kryonix_tui.tui import archive_pages

            return archive_pages.analysed(maintenance, entry.name, run)

        self._examine(_("Contents of {archive}"), entry, look)

    def _examine(self, title: str, entry: Entry, look: Look) -> None:
        from kryonix_tui.tui import archive_pages

        self._work.jobs.look(title.format(archive=archive_pages.title(entry)), look)

    def command_prune(self) -> None:
        """Find out which backups are old enough to go, and delete them if that is confirmed."""

        async def make(maintenance: Maintenance) -> Operation:
            return maintenance.prune()

        self._work.start(_("Removal of old backups"), make)

"""The feature that goes from screen to screen, and from a thing to what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import AwaitMount

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.view import View
from kryonix_tui.view.filter_terms import quoted

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp


class Navigation:
    """Goes from screen to screen, and knows the way back."""

    def __init__(self, console: ConsoleApp) -> None:
        self.console = console
        self.trail: list[str] = []
        self._arriving: AwaitMount | None = None

    async def arrived(self) -> None:
        """Wait until the screen is there that was asked for last."""
        if self._arriving is not None:
            await self._arriving

    def go(self, name: str) -> None:
        """Show a screen, and remember where we were."""
        if isinstance(self.console.screen, View) and name != self.console.current_mode:
            self.trail = [*self.trail[-20:], self.console.current_mode]
        if name != self.console.current_mode:
            self._switch(name)

    def command_back(self) -> None:
        """Undo something small here, else go to the screen before this one."""
        if isinstance(self.console.screen, View) and self.console.screen.escape():
            return
        if self.trail:
            self._switch(self.trail.pop())

    def command_last(self) -> None:
        """Go to the screen before this one, and with the same key back again."""
        if self.trail:
            previous = self.trail.pop()
            self.trail.append(self.console.current_mode)
            self._switch(previous)

    def _switch(self, name: str) -> None:
        self._arriving = self.console.switch_mode(name)

    def command_overview(self) -> None:
        """Show the overview."""
        self.go("overview")

    def command_tenants(self) -> None:
        """Show all tenants."""
        self.go("tenants")

    def command_tenant(self, name: str = "") -> None:
        """Show one tenant: the one that is named, or the last one."""
        if name:
            from kryonix_tui.view.status import find_tenant

            identity = find_tenant(self.console.shown.platform, name)
            if identity is None:
                self.console.notify(
                    _("there is no tenant {name}").format(name=safe(name)), severity="warning", markup=False
                )
                return
            self.console.tenant = identity
        self.go("tenant")

    def why_not_tenant(self) -> str:
        """A tenant must be known to be shown."""
        return "" if self.console.tenant or self.console.shown.platform.tenants else _("no tenant has been found yet")

    def command_databases(self, number: str = "") -> None:
        """Show the databases, or one of them."""
        from kryonix_tui.tui.screens.databases import DatabasesView

        self.go("databases")
        if number and isinstance(self.console.screen, DatabasesView):
            self.console.screen.call_later(self.console.screen.open_database, number)

    def command_queues(self, tenant: str = "") -> None:
        """Show the queues: all, or those of the tenant that is named."""
        self.go("queues")
        if tenant:
            self.console.run_command("filter", f"tenant={quoted(tenant)}")

    def peek_queues_of(self, tenant: str) -> None:
        """Show the queues of one tenant, and what waits in the longest."""
        from kryonix_tui.tui.screens.queues import QueuesView

        self.go("queues")
        if isinstance(self.console.screen, QueuesView):
            self.console.screen.call_later(self.console.screen.show_tenant, tenant)

    def command_alerts(self) -> None:
        """Show the alerts."""
        self.go("alerts")

    def command_silences(self) -> None:
        """Show the silences."""
        self.go("silences")

    def command_maintenance(self) -> None:
        """Show what is under way, the backups, the audit log."""
        self.go("maintenance")

    def command_screen(self, name: str = "") -> None:
        """Show the panels of a file: the one that is named, else those of last time, and from there one of a menu."""
        from kryonix_tui.view.screens import screen_names

        names = screen_names()
        if name in names:
            self.open_screen(name)
        elif name:
            text = _("there is no screen {name}; there are {names}")
            known = ", ".join(safe(known, 40) for known in names)
            self.console.notify(text.format(name=safe(name, 40), names=known), severity="warning", markup=False)
        elif self.console.current_mode != "screen":
            self.go("screen")
        else:
            from kryonix_tui.tui.screens.menu import Menu

            self.console.push_screen(Menu(_("Screen"), [(known, known) for known in names]), self.open_screen)

    def open_screen(self, name: str | None) -> None:
        """Show the panels of a file; the Tenant screen has its own place."""
        if name == "tenant":
            self.go("tenant")
        elif name:
            from kryonix_tui.tui.screens.screen import PanelsView

            self.go("screen")
            if isinstance(self.console.screen, PanelsView):
                self.console.screen.call_later(self.console.screen.open, name)

    def command_server(self) -> None:
        """Show the server."""
        self.go("server")

    def open_tenant(self, tenant: str) -> None:
        """Show one tenant, by identity."""
        self.console.tenant = tenant
        self.go("tenant")

    def open_alert(self, key: str) -> None:
        """Show one alert in the list, by the key of its row."""
        from kryonix_tui.tui.screens.alerts import AlertsView

        self.go("alerts")
        if isinstance(self.console.screen, AlertsView):
            self.console.screen.call_later(self.console.screen.show_alert, key)

    def open_alerts_of(self, tenant: str) -> None:
        """Show the alerts of one tenant."""
        self.go("alerts")
        self.console.run_command("filter", f"tenant={quoted(safe(tenant, 64))}")

"""The part of the console that goes from screen to screen, and from a thing to what it is about."""

from __future__ import annotations

from textual.widget import AwaitMount

from kryonix_tui.analysis.update import Update
from kryonix_tui.i18n import _
from kryonix_tui.model.census import Census
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.safetext import safe
from kryonix_tui.tui.optimizing import OptimizingApp
from kryonix_tui.tui.view import View
from kryonix_tui.view.filter_terms import quoted


class NavigatingApp(OptimizingApp):
    """An app with screens. `latest` is the newest update, `shown` the one on screen, `tenant` the one last opened."""

    latest: Update
    shown: Update
    tenant: str | None = None
    _monitor: Monitor | None = None
    _trail: list[str]
    _arriving: AwaitMount | None = None

    def run_command(self, name: str, argument: str = "") -> None:
        """Do what a key, the palette or the prompt asks for."""
        raise NotImplementedError

    def go(self, name: str) -> None:
        """Show a screen, and remember where we were."""
        if isinstance(self.screen, View) and name != self.current_mode:
            self._trail = [*self._trail[-20:], self.current_mode]
        if name != self.current_mode:
            self._arriving = self.switch_mode(name)

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

            identity = find_tenant(self.shown.platform, name)
            if identity is None:
                self.notify(_("there is no tenant {name}").format(name=safe(name)), severity="warning", markup=False)
                return
            self.tenant = identity
        self.go("tenant")

    def why_not_tenant(self) -> str:
        """A tenant must be known to be shown."""
        return "" if self.tenant or self.shown.platform.tenants else _("no tenant has been found yet")

    def command_databases(self, number: str = "") -> None:
        """Show the databases, or one of them."""
        from kryonix_tui.tui.screens.databases import DatabasesView

        self.go("databases")
        if number and isinstance(self.screen, DatabasesView):
            self.screen.call_later(self.screen.open_database, number)

    def command_queues(self, tenant: str = "") -> None:
        """Show the queues: all, or those of the tenant that is named."""
        self.go("queues")
        if tenant:
            self.run_command("filter", f"tenant={quoted(tenant)}")

    def peek_queues_of(self, tenant: str) -> None:
        """Show the queues of one tenant, and what waits in the longest."""
        from kryonix_tui.tui.screens.queues import QueuesView

        self.go("queues")
        if isinstance(self.screen, QueuesView):
            self.screen.call_later(self.screen.show_tenant, tenant)

    def command_alerts(self) -> None:
        """Show the alerts."""
        self.go("alerts")

    def command_silences(self) -> None:
        """Show the silences."""
        self.go("silences")

    def command_maintenance(self) -> None:
        """Show what is under way, the backups, the audit log."""
        self.go("maintenance")

    def known_census(self) -> Census | None:
        """Return the census of the moment where it is complete."""
        reading = self.latest.snapshot.census
        return reading.value if reading is not None and reading.value.complete else None

    def why_not_census(self) -> str:
        """The server must have answered, and one pass at full speed is enough."""
        if self._monitor is None or self.latest.snapshot.server is None:
            return _("no answer yet")
        return _("it runs at full speed already") if self.latest.snapshot.own_load.hurried else ""

    def command_census(self, how: str = "") -> None:
        """Walk over all keys at full speed, after a question that says what it costs."""
        if how not in ("", "full"):
            self.notify(_("there is only `census full`"), severity="warning", markup=False)
            return
        from kryonix_tui.tui.screens.confirm import Ask
        from kryonix_tui.view.own_cost import full_census

        self.push_screen(Ask(full_census(self.latest)), self._hurry_census)

    def _hurry_census(self, yes: bool | None) -> None:  # noqa: FBT001 - what a dialog hands back
        if yes and self._monitor is not None:
            self._monitor.hurry_census()
            self.notify(_("walking over all keys at full speed"), timeout=3, markup=False)

    def command_screen(self, name: str = "") -> None:
        """Show the panels of a file: the one that is named, else those of last time, and from there one of a menu."""
        from kryonix_tui.view.screens import screen_names

        names = screen_names()
        if name in names:
            self.open_screen(name)
        elif name:
            text = _("there is no screen {name}; there are {names}")
            known = ", ".join(safe(known, 40) for known in names)
            self.notify(text.format(name=safe(name, 40), names=known), severity="warning", markup=False)
        elif self.current_mode != "screen":
            self.go("screen")
        else:
            from kryonix_tui.tui.screens.menu import Menu

            self.push_screen(Menu(_("Screen"), [(known, known) for known in names]), self.open_screen)

    def open_screen(self, name: str | None) -> None:
        """Show the panels of a file; the Tenant screen has its own place."""
        if name == "tenant":
            self.go("tenant")
        elif name:
            from kryonix_tui.tui.screens.screen import PanelsView

            self.go("screen")
            if isinstance(self.screen, PanelsView):
                self.screen.call_later(self.screen.open, name)

    def command_server(self) -> None:
        """Show the server."""
        self.go("server")

    def open_tenant(self, tenant: str) -> None:
        """Show one tenant, by identity."""
        self.tenant = tenant
        self.go("tenant")

    def open_alert(self, key: str) -> None:
        """Show one alert in the list, by the key of its row."""
        from kryonix_tui.tui.screens.alerts import AlertsView

        self.go("alerts")
        if isinstance(self.screen, AlertsView):
            self.screen.call_later(self.screen.show_alert, key)

    def open_alerts_of(self, tenant: str) -> None:
        """Show the alerts of one tenant."""
        self.go("alerts")
        self.run_command("filter", f"tenant={quoted(safe(tenant, 64))}")

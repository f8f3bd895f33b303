"""Tenant: one of them, everything, as `screens/tenant.yaml` lays it out."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.source import SourceName
from kryonix_tui.safetext import safe
from kryonix_tui.tui.alerting import matchers_for_tenants
from kryonix_tui.tui.panelled import PanelledView
from kryonix_tui.tui.screens.tenants import no_tenants
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view import sources
from kryonix_tui.view import tenant as tenant_view
from kryonix_tui.view.cells import Cell, Tone, line


class TenantView(PanelledView):
    """One tenant: who it is and how, then its panels."""

    name_of_command = "tenant"
    hints = ("back", "tenant_alerts", "peek", "keys", "backup", "restore", "optimize", "actions")

    def __init__(self) -> None:
        super().__init__("tenant")

    def body(self) -> Iterable[Widget]:
        """The heading, what is wrong with the screen's file, and the panels."""
        yield Lines(wrap=True, id="heading")
        yield from self.panel_widgets()

    def draw(self, update: Update, now: Instant) -> None:
        """Show the tenant's figures in the panels."""
        tenant = self.current(update)
        self.grid.display = tenant is not None
        if tenant is None:
            gone = self.console.tenant is not None and update.platform.complete
            text = _("{tenant} has no keys any more").format(tenant=safe(self.console.tenant or ""))
            self.query_one("#heading", Lines).show([line(Cell(text if gone else no_tenants(update), Tone.MUTED))])
            return
        ages = line(
            Cell(f"  {_('facts')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.TENANTS, now),
            Cell(f"  {_('census')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.CENSUS, now),
        )
        who, *reasons = tenant_view.heading(tenant_view.Subject(tenant, update), 2 if self.has_class("-short") else 4)
        window, *events = [*self.window_lines(update, now), line()]
        self.query_one("#heading", Lines).show([who, *reasons, (*ages, *window), *filter(None, events)])
        self.draw_panels(update, now, tenant)

    def tenants_in_view(self) -> list[str]:
        """Return the tenant that is shown."""
        return [self.console.tenant] if self.console.tenant is not None else []

    def command_tenant_alerts(self) -> None:
        """Show the alerts of this tenant."""
        if self.console.tenant is not None:
            self.console.navigation.open_alerts_of(self.console.tenant)

    def command_peek(self) -> None:
        """Show the queues of this tenant, and what waits in the longest."""
        if self.console.tenant is not None:
            self.console.navigation.peek_queues_of(self.console.tenant)

    def command_backup(self, tenant: str = "") -> None:
        """Back up this tenant, or the one that is named."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.archiving.back_up(Scope((chosen,)))

    def why_not_restore(self) -> str:
        """A tenant must be chosen."""
        return "" if self.console.tenant is not None else _("no tenant has been found yet")

    def command_restore(self, tenant: str = "") -> None:
        """Restore this tenant, or the one that is named, from one of the backups that hold it."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.archiving.ask_restore_of(chosen)

    def why_not_actions(self) -> str:
        """A tenant must be chosen."""
        return self.why_not_restore()

    def command_actions(self) -> None:
        """Offer what can be done with this tenant."""
        from kryonix_tui.tui.actions import Action, offer

        tenant = self.console.tenant
        if tenant is None:
            return
        mine = [
            Action("copy", _("Copy the name"), self.command_copy),
            Action("alerts", _("Show the alerts"), self.command_tenant_alerts),
        ]
        if self.console.operator:
            mine += [
                Action("backup", _("Back up {name}").format(name=safe(tenant, 40)), self.command_backup),
                Action("restore", _("Restore from a backup"), self.command_restore),
                Action(
                    "silence", _("Silence its alerts"), self.command_silence, self.console.alerting.why_not_silence()
                ),
            ]
        help_it = self.console.optimizing.action([tenant])
        offer(self.console, safe(tenant, 40), [*mine, *help_it, *self.console.tenant_life.actions([tenant])])

    def why_not_optimize(self) -> str:
        """A tenant must be chosen."""
        return self.why_not_restore()

    def command_optimize(self, tenant: str = "") -> None:
        """Look what would help this tenant, or the one that is named."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.optimizing.optimize((chosen,))

    def command_purge(self, tenant: str = "") -> None:
        """Remove this tenant, or the one that is named."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.tenant_life.purge(chosen)

    def command_end_sessions(self, tenant: str = "") -> None:
        """End the sessions of this tenant, or of the one that is named."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.tenant_life.end_sessions(chosen)

    def at_hand(self) -> tuple[str | None, int | None]:
        """Return this tenant."""
        return self.console.tenant, None

    def command_silence(self) -> None:
        """Ask what to silence, with this tenant proposed."""
        if self.console.tenant is not None:
            self.console.alerting.ask_silence(matchers_for_tenants((self.console.tenant,)))

    def command_copy(self) -> None:
        """Send the tenant's id to the terminal's clipboard."""
        if self.console.tenant is not None:
            self.console.copy(self.console.tenant)

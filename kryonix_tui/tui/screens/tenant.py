"""Tenant: one of them, everything, as `screens/tenant.yaml` lays it out."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.screen import Screen
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.source import SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.charted import ChartedView
from kryonix_tui.tui.screens.tenants import no_tenants
from kryonix_tui.tui.widgets.chart import Chart
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.panels import PanelGrid
from kryonix_tui.tui.widgets.scrolling import Page
from kryonix_tui.view import sources
from kryonix_tui.view import tenant as tenant_view
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.screens import load_screen


class TenantView(ChartedView):
    """One tenant: who it is and how, then its panels."""

    name_of_command = "tenant"
    hints = ("back", "tenant_alerts", "backup", "restore")

    def __init__(self) -> None:
        super().__init__()
        self._described = _described()

    def body(self) -> Iterable[Widget]:
        """The heading, what is wrong with the screen's file, and the panels."""
        yield Lines(wrap=True, id="heading")
        mistakes = [line(Cell(f"▲ {text}", Tone.WARNING)) for text in self._described.mistakes]
        if mistakes:
            yield Lines(mistakes, wrap=True, id="mistakes")
        yield Page(PanelGrid(self._described.panels), id="panels")

    def current(self, update: Update) -> Tenant | None:
        """Return the tenant to show: the chosen one, else the first that needs attention."""
        known = update.platform.tenants
        if self.console.tenant is None and known:
            self.console.tenant = min(known.values(), key=lambda found: (found.health.rank, found.tenant)).tenant
        return known.get(self.console.tenant) if self.console.tenant is not None else None

    def draw(self, update: Update, now: Instant) -> None:
        """Show the tenant's figures in the panels."""
        tenant = self.current(update)
        grid = self.query_one(PanelGrid)
        grid.display = tenant is not None
        if tenant is None:
            gone = self.console.tenant is not None and update.platform.complete
            text = _("{tenant} has no keys any more").format(tenant=safe(self.console.tenant or ""))
            self.query_one("#heading", Lines).show([line(Cell(text if gone else no_tenants(update), Tone.MUTED))])
            return
        subject = tenant_view.Subject(tenant, update)
        ages = line(
            Cell(f"  {_('facts')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.TENANTS, now),
            Cell(f"  {_('census')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.CENSUS, now),
        )
        who, *reasons = tenant_view.heading(subject)
        charts = self.window_line(now) if any(isinstance(widget, Chart) for _panel, widget in grid.placed) else ()
        shown = line(Cell(f"  {_('charts')} ", Tone.MUTED), *charts) if charts else ()
        self.query_one("#heading", Lines).show([who, ages, *([shown] if shown else []), *reasons])
        for panel, widget in grid.placed:
            if isinstance(widget, Chart):
                track = tenant_view.series(panel, subject)
                if track is None:
                    # A figure that does not exist is said where the chart would be.
                    widget.show(tenant_view.panel_lines(panel, subject)[0], None)
                else:
                    widget.show((), self.plot(track, now, high=100 if panel.unit == "percent" else None))
            else:
                widget.show(tenant_view.panel_lines(panel, subject))

    def tenants_in_view(self) -> list[str]:
        """Return the tenant that is shown."""
        return [self.console.tenant] if self.console.tenant is not None else []

    def command_charts(self) -> None:
        """Scroll to the charts."""
        page, charts = self.query_one("#panels", Page), self.query(Chart)
        if charts:
            # Panels lie where their grid puts them, which `scroll_visible` does not know.
            row = charts.first().region.y - page.region.y + page.scroll_offset.y
            page.scroll_to(y=row, animate=False)

    def command_tenant_alerts(self) -> None:
        """Show the alerts of this tenant."""
        if self.console.tenant is not None:
            self.console.open_alerts_of(self.console.tenant)

    def command_backup(self, tenant: str = "") -> None:
        """Back up this tenant, or the one that is named."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.back_up(Scope((chosen,)))

    def why_not_restore(self) -> str:
        """A tenant must be chosen."""
        return "" if self.console.tenant is not None else _("no tenant has been found yet")

    def command_restore(self, tenant: str = "") -> None:
        """Restore this tenant, or the one that is named, from one of the backups that hold it."""
        chosen = tenant or self.console.tenant
        if chosen is not None:
            self.console.ask_restore_of(chosen)

    def command_copy(self) -> None:
        """Send the tenant's id to the terminal's clipboard."""
        if self.console.tenant is not None:
            self.console.copy(self.console.tenant)


def _described() -> Screen:
    try:
        return load_screen("tenant")
    except ConfigError as error:
        return Screen("tenant", "", (), (error.message,))

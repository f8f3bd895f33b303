"""Overview: totals, the databases, who needs attention, what is firing, and where it is going."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import Alert, AlertState
from kryonix_tui.model.source import SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.charted import ChartedView, chart_title
from kryonix_tui.tui.screens.alerts import no_alerts
from kryonix_tui.tui.screens.tenants import no_tenants
from kryonix_tui.tui.view import titled
from kryonix_tui.tui.widgets.chart import Chart
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.tui.widgets.toned import TonedView
from kryonix_tui.view import alerts, overview, sources, tenants
from kryonix_tui.view.cells import Cell, Tone, line
from kryonix_tui.view.columns import Column

LOW, ROOMY = 18, 22
"""Below LOW rows only totals and tenants have a place; from ROOMY on the alerts have one on 80 columns, too."""

TILES = ("tenants", "sessions", "hit_rate", "queues", "alerts", "memory", "ops", "latency")


class OverviewView(ChartedView):
    """The platform at a glance."""

    name_of_command = "overview"
    hints = ("open", "charts")

    def body(self) -> Iterable[Widget]:
        """Tiles, the strip of databases, two lists, the charts."""
        yield Container(*(Lines(id=f"tile-{name}", classes="tile") for name in TILES), id="tiles")
        yield Lines(id="server-findings")
        yield Lines(id="strip", classes="titled")
        yield Horizontal(
            Table[Tenant](lambda tenant: tenant.tenant, id="attention", classes="titled"),
            Table[Alert](lambda alert: f"{alert.source}/{alert.fingerprint}", id="feed", classes="titled"),
            id="lists",
        )
        graphs = Container(*(Chart(id=f"chart-{chart.figure}") for chart in overview.CHARTS), id="graphs")
        yield Vertical(Lines(id="window"), graphs, id="charts")

    def on_mount(self) -> None:
        """Name the boxes."""
        self._name_boxes(self.console.shown, self.console.moment())
        super().on_mount()

    def _name_boxes(self, update: Update, now: Instant) -> None:
        """Give each box its title, with the age of what it shows."""
        titles = (
            ("strip", _("Databases"), SourceName.REDIS),
            ("attention", _("Tenants that need attention"), SourceName.TENANTS),
            ("feed", _("Alerts"), SourceName.ALERTMANAGER),
        )
        for box, title, source in titles:
            titled(self.query_one(f"#{box}", TonedView), title, sources.tile_age(update, source, now))

    def draw(self, update: Update, now: Instant) -> None:
        """Show totals, strip, lists and charts."""
        height = self.app.size.height
        self.set_class(height < LOW, "-low")
        self.set_class(height >= ROOMY, "-roomy")
        self._name_boxes(update, now)
        for tile in overview.tiles(update, now):
            box = self.query_one(f"#tile-{tile.name}", Lines)
            width = box.scrollable_content_region.width
            box.show([tile.brief_line(width)] if self.has_class("-narrow") else tile.lines(width))
        findings = self.query_one("#server-findings", Lines)
        troubled = overview.server_lines(update)
        findings.display = bool(troubled)
        findings.show(troubled)
        strip = self.query_one("#strip", Lines)
        strip.show(overview.database_strip(update, max(20, strip.scrollable_content_region.width)))
        self._draw_lists(update)
        self._draw_charts(update, now)

    def _draw_lists(self, update: Update) -> None:
        attention = self.query_one("#attention", Table)
        attention.say_when_empty(_("● all tenants are well") if update.platform.tenants else no_tenants(update))
        attention.show(_attention_columns(update), overview.attention(update))
        feed = self.query_one("#feed", Table)
        feed.say_when_empty(no_alerts(update))
        columns = [column for column in alerts.columns(update) if column.name in ("severity", "alert", "tenant", "for")]
        firing = [alert for alert in update.platform.alerts if alert.state is AlertState.FIRING]
        feed.show(columns, firing)

    def _draw_charts(self, update: Update, now: Instant) -> None:
        if not self.query_one("#charts").display:
            return
        name = "" if self.has_class("-narrow") else _("Charts") + "  "
        self.query_one("#window", Lines).show([line(Cell(name, Tone.MUTED), *self.window_line(now))])
        for chart in overview.CHARTS:
            plot = self.plot(update.history.platform[chart.figure], now, low=chart.low, high=chart.high)
            title = chart_title(_(chart.title), sources.tile_age(update, chart.source, now))
            self.query_one(f"#chart-{chart.figure}", Chart).show(title, plot)

    def hidden(self) -> str:
        """Return how to see the charts where there is no room for them beside the lists."""
        if self.query_one("#charts").display:
            return ""
        return _("the charts are not shown; {key} shows them").format(key=self.console.key_of("charts"))

    def command_charts(self) -> None:
        """Show the charts in the place of the lists, or the lists again."""
        self.toggle_class("-charts")
        self.call_after_refresh(self.redraw)

    def escape(self) -> bool:
        """Leave the charts that took the place of the lists."""
        if not self.has_class("-charts"):
            return super().escape()
        self.command_charts()
        return True

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter opens the tenant, or the alert in its list."""
        event.stop()
        if event.table.id == "attention":
            self.console.navigation.open_tenant(event.key)
        else:
            self.console.navigation.open_alert(event.key)

    def tenants_in_view(self) -> list[str]:
        """Return the tenants whose rows can be seen."""
        return [tenant.tenant for tenant in self.query_one("#attention", Table).in_view]

    def command_tenant_open(self) -> None:
        """Open the tenant under the cursor."""
        tenant = self.query_one("#attention", Table).current
        if tenant is not None:
            self.console.navigation.open_tenant(tenant.tenant)


def _attention_columns(update: Update) -> Sequence[Column[Tenant]]:
    wanted = [column for column in tenants.columns(update) if column.name in ("health", "hit", "queue")]
    name: Column[Tenant] = Column(
        "tenant", N_("Tenant"), 16, lambda t: Cell(safe(t.tenant, 40), Tone.STRONG), lambda t: t.tenant, most=32
    )
    why: Column[Tenant] = Column(
        "why", N_("Why"), 12, lambda t: tenants.why_cell(t, update), lambda _t: None, grows=True
    )
    return wanted[0], name, *wanted[1:], why

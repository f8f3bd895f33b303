"""Alerts: the list, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Scrolling, Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import alerts, sources
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column


class AlertsView(ListView[Alert]):
    """A row per alert; beside or below it, everything about the one under the cursor."""

    name_of_command = "alerts"
    hints = ("filter", "open")

    def body(self) -> Iterable[Widget]:
        """The list, and the detail beside it where there is room."""
        yield Lines(id="filter-line")
        yield Horizontal(Table[Alert](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def columns(self, update: Update) -> Sequence[Column[Alert]]:
        """Return the list's columns."""
        return alerts.columns(update)

    def listed(self, update: Update) -> Iterable[Alert]:
        """Return all alerts, the worst first."""
        return update.platform.alerts

    def key(self, item: Alert) -> str:
        """An alert is its fingerprint within its source."""
        return f"{item.source}/{item.fingerprint}"

    def tenant_of(self, item: Alert) -> str | None:
        """The tenant that the alert is about."""
        return item.tenant

    def nothing(self, update: Update) -> str:
        """Say whether that is good news or ignorance."""
        return no_alerts(update)

    def remark(self) -> Sequence[Cell]:
        """Say how old the list is."""
        update, now = self.console.shown, self.console.moment()
        ages = (
            (sources.tile_age(update, name, now), name) for name in (SourceName.ALERTMANAGER, SourceName.PROMETHEUS)
        )
        return [cell for age, name in ages for cell in (Cell(f"  {name.value} ", Tone.MUTED), age)]

    def draw(self, update: Update, now: Instant) -> None:
        """Show list and detail."""
        super().draw(update, now)
        self._draw_detail(update)

    def _draw_detail(self, update: Update) -> None:
        alert = self.table.current
        self.query_one("#detail", Lines).show(alerts.detail(alert, update) if alert is not None else [])

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another alert: show its detail."""
        event.stop()
        self._draw_detail(self.console.shown)

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter shows the detail where it is hidden; where it is shown, it opens the alert's tenant."""
        event.stop()
        if self.has_class("-wide"):
            self._open_tenant()
        else:
            self.add_class("-inside")
            self.query_one("#detail", Text).focus()

    def show_alert(self, key: str) -> None:
        """Put the cursor on an alert; a filter that hides it goes."""
        if not self.table.move_to(key) and super().escape():
            self.table.move_to(key)

    def on_scrolling_opened(self, event: Scrolling.Opened) -> None:
        """Enter on the detail opens the alert's tenant."""
        event.stop()
        self._open_tenant()

    def _open_tenant(self) -> None:
        alert = self.table.current
        if alert is not None and alert.tenant is not None and alert.tenant in self.console.shown.platform.tenants:
            self.console.open_tenant(alert.tenant)
        else:
            self.notify(_("this alert is about no known tenant"), markup=False)

    def escape(self) -> bool:
        """Leave the detail first."""
        if self.has_class("-inside"):
            self.remove_class("-inside")
            self.table.focus()
            return True
        return super().escape()


def no_alerts(update: Update) -> str:
    """Return why there are no alerts to show."""
    if update.snapshot.alerts is not None or update.snapshot.metrics is not None:
        return _("nothing is firing")
    asked = [update.snapshot.sources[name] for name in (SourceName.ALERTMANAGER, SourceName.PROMETHEUS)]
    if all(state.condition.value == "not_configured" for state in asked):
        return _("neither Alertmanager nor Prometheus is configured (alertmanager.url, prometheus.url)")
    return _("no answer yet")

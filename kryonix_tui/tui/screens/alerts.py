"""Alerts: the list, all or by what they have in common, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.alerting import matchers_for
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Scrolling, Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import alert_groups, alert_history, alerts, sources
from kryonix_tui.view.alert_filter import alert_filter
from kryonix_tui.view.alert_groups import AlertGroup
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column
from kryonix_tui.view.filters import Filter

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action

Row = Alert | AlertGroup
ALL = "all"


class AlertsView(ListView[Row]):
    """A row per alert, or per group of them; beside or below it, everything about the one under the cursor.

    `_by` says what the rows have in common, empty: they are alerts. `_from` is where Esc leads back from a group.
    """

    name_of_command = "alerts"
    hints = ("filter", "open", "group", "silence", "silences")

    def __init__(self) -> None:
        super().__init__()
        self._by = ""
        self._from = ""

    def body(self) -> Iterable[Widget]:
        """The list, and the detail beside it where there is room."""
        yield Lines(id="filter-line")
        yield Horizontal(Table[Row](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def columns(self, update: Update) -> Sequence[Column[Any]]:
        """Return the list's columns."""
        if self._by:
            return alert_groups.columns(self._by, update.platform.at)
        return alerts.columns(update, self.console.alarm.fresh)

    def listed(self, update: Update) -> Iterable[Row]:
        """Return all alerts, or all groups, the worst first."""
        return alert_groups.groups(update.platform.alerts, self._by) if self._by else update.platform.alerts

    def compiled(self, text: str) -> Filter[Row]:
        """Return a filter that also knows Alertmanager's matchers."""
        if self._by:
            return super().compiled(text)
        columns = alerts.columns(self.console.shown)
        found: Filter[Any] = alert_filter(text, columns, lambda: self.console.moment().wall)
        return found

    def key(self, item: Row) -> str:
        """An alert is its fingerprint within its source, a group what its alerts have in common."""
        return f"{item.by}/{item.value}" if isinstance(item, AlertGroup) else alerts.key_of(item)

    def tenant_of(self, item: Row) -> str | None:
        """The tenant that the alert or the group is about."""
        if isinstance(item, AlertGroup):
            return item.value or None if item.by == "tenant" else None
        return item.tenant

    @property
    def alert(self) -> Alert | None:
        """The alert under the cursor."""
        item = self.table.current
        return item if isinstance(item, Alert) else None

    def nothing(self, update: Update) -> str:
        """Say whether that is good news or ignorance."""
        return no_alerts(update)

    def remark(self) -> Sequence[Cell]:
        """Say what the rows are, and how old the list is."""
        update, now = self.console.shown, self.console.moment()
        by = f"  {_('by')} {_(alert_groups.TITLES[self._by or self._from])}" if self._by or self._from else ""
        ages = (
            (sources.tile_age(update, name, now), name) for name in (SourceName.ALERTMANAGER, SourceName.PROMETHEUS)
        )
        return [
            Cell(by, Tone.INFO),
            *(cell for age, name in ages for cell in (Cell(f"  {name.value} ", Tone.MUTED), age)),
        ]

    def draw(self, update: Update, now: Instant) -> None:
        """Show list and detail. Whoever sees the list has seen what is new."""
        if not self._by:
            self.console.alarm.look(now)
        super().draw(update, now)
        self._draw_detail(update)

    def _draw_detail(self, update: Update) -> None:
        item = self.table.current
        lines = []
        if isinstance(item, AlertGroup):
            lines = alerts.members(item.alerts)
        elif item is not None:
            lines = alerts.detail(item, update)
        self.query_one("#detail", Lines).show(lines)

    def questions_in_view(self) -> list[Question]:
        """Return what is asked about the past of the alert whose detail is shown."""
        shown = self.has_class("-wide") or self.has_class("-inside")
        asked = alert_history.question(self.alert) if self.alert is not None and shown else None
        return [asked] if asked is not None else []

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another alert: show its detail."""
        event.stop()
        self._draw_detail(self.console.shown)
        self.console.look()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter goes into a group; it shows the detail where it is hidden; where it is shown, it opens the tenant."""
        event.stop()
        item = self.table.current
        if isinstance(item, AlertGroup):
            self._enter(item)
        elif self.has_class("-wide"):
            self._open_tenant()
        else:
            self.add_class("-inside")
            self.query_one("#detail", Text).focus()
            self.console.look()

    # Groups -----------------------------------------------------------------------------------------------------------

    def command_group(self) -> None:
        """Choose what the rows have in common."""
        from kryonix_tui.tui.screens.menu import Menu

        choices = [(by, _(alert_groups.TITLES[by])) for by in alert_groups.BY]
        self.console.push_screen(
            Menu(_("A line per"), [(ALL, _("Alert")), *choices], self._by or self._from or ALL), self._group_chosen
        )

    def _group_chosen(self, by: str | None) -> None:
        if by is not None:
            self._show_by("" if by == ALL else by, "")

    def _show_by(self, by: str, origin: str, terms: str = "") -> None:
        """Show other rows, with another filter."""
        self._by, self._from = by, origin
        self._marked = {}
        self._apply(terms)
        self.redraw()

    def _enter(self, group: AlertGroup) -> None:
        self._show_by("", group.by, group.terms)
        self.table.move_to(alerts.key_of(group.alerts[0]))

    def show_alert(self, key: str) -> None:
        """Put the cursor on an alert; a filter or a grouping that hides it goes."""
        if self._by:
            self._show_by("", "")
        if not self.table.move_to(key) and super().escape():
            self.table.move_to(key)

    def command_filter(self, terms: str = "") -> None:
        """Filter alerts; groups go where their alerts are asked for."""
        if terms and self._by:
            self._show_by("", "", terms)
        else:
            super().command_filter(terms)

    # Silences ---------------------------------------------------------------------------------------------------------

    def why_not_silence(self) -> str:
        """Alertmanager must be configured."""
        return self.console.why_not_silence()

    def command_silence(self) -> None:
        """Ask what to silence, with this alert proposed, or nothing where there is none."""
        self.console.ask_silence(matchers_for(self.alert) if self.alert is not None else ())

    def actions(self) -> list[Action]:
        """Offer a silence, too."""
        from kryonix_tui.tui.actions import Action

        silence = Action("silence", _("Silence it and those like it"), self.command_silence, self.why_not_silence())
        return [*super().actions(), *([silence] if self.console.operator else [])]

    # Going on, and back -----------------------------------------------------------------------------------------------

    def on_scrolling_opened(self, event: Scrolling.Opened) -> None:
        """Enter on the detail opens the alert's tenant."""
        event.stop()
        self._open_tenant()

    def _open_tenant(self) -> None:
        alert = self.alert
        if alert is not None and alert.tenant is not None and alert.tenant in self.console.shown.platform.tenants:
            self.console.open_tenant(alert.tenant)
        else:
            self.notify(_("this alert is about no known tenant"), markup=False)

    def escape(self) -> bool:
        """Leave the detail first, then marks and filter, then the group."""
        if self.has_class("-inside"):
            self.remove_class("-inside")
            self.table.focus()
            return True
        if self._from and not self._marked:
            self._show_by(self._from, "")
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

"""Alerts: the list, under headings of what they have in common if wished, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, Matcher
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.alerting import matchers_for, matchers_for_tenants, matchers_for_values
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Scrolling, Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import alert_groups, alert_history, alerts, sources
from kryonix_tui.view.alert_completion import alert_completions
from kryonix_tui.view.alert_filter import alert_filter
from kryonix_tui.view.alert_groups import Entry
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column, column_named, sort_items
from kryonix_tui.view.filters import Filter

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action

Row = Alert | Entry
ALL = "all"


class AlertsView(ListView[Row]):
    """A row per alert; beside or below it, everything about the one under the cursor.

    `_by` says what the headings are that the alerts stand under, empty: there are none. Below the headings whose keys are
    in `_folded`, the alerts are hidden.
    """

    name_of_command = "alerts"
    hints = ("filter", "open", "group", "silence", "silences")

    def __init__(self) -> None:
        super().__init__()
        self._by = ""
        self._folded: set[str] = set()

    def body(self) -> Iterable[Widget]:
        """The list, and the detail beside it where there is room."""
        yield Lines(wrap=True, id="filter-line")
        yield Horizontal(Table[Row](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def columns(self, update: Update) -> Sequence[Column[Any]]:
        """Return the list's columns."""
        of_alerts = alerts.columns(update, self.console.alerting.alarm.fresh)
        return alert_groups.columns(of_alerts, update.platform.at.wall, self._folded) if self._by else of_alerts

    def listed(self, update: Update) -> Iterable[Row]:
        """Return all alerts, the worst first; under headings, with these."""
        return alert_groups.entries(update.platform.alerts, self._by) if self._by else update.platform.alerts

    def compiled(self, text: str) -> Filter[Row]:
        """Return a filter of alerts that also knows Alertmanager's matchers."""
        columns = alerts.columns(self.console.shown)
        found: Filter[Any] = alert_filter(text, columns, lambda: self.console.moment().wall)
        return found

    def completer(self, update: Update) -> Callable[[str], list[str]]:
        """Also complete predicates and labels."""
        return alert_completions(update.platform.alerts, alerts.columns(update))

    def key(self, item: Row) -> str:
        """An alert is its fingerprint within its source; under headings, within its group."""
        return item.key if isinstance(item, Entry) else alerts.key_of(item)

    def tenant_of(self, item: Row) -> str | None:
        """The tenant that the alert, or all below the heading, is about."""
        if isinstance(item, Entry) and item.alert is None:
            return item.group.value or None if item.group.by == "tenant" else None
        alert = _alert_of(item)
        return alert.tenant if alert is not None else None

    @property
    def alert(self) -> Alert | None:
        """The alert under the cursor."""
        item = self.table.current
        return _alert_of(item) if item is not None else None

    def nothing(self, update: Update) -> str:
        """Say whether that is good news or ignorance."""
        return no_alerts(update)

    def remark(self) -> Sequence[Cell]:
        """Say what the rows are, and how old the list is."""
        update, now = self.console.shown, self.console.moment()
        by = f"  {_('by')} {_(alert_groups.TITLES[self._by])}" if self._by else ""
        ages = (
            (sources.tile_age(update, name, now), name) for name in (SourceName.ALERTMANAGER, SourceName.PROMETHEUS)
        )
        return [
            Cell(by, Tone.INFO),
            *(cell for age, name in ages for cell in (Cell(f"  {name.value} ", Tone.MUTED), age)),
        ]

    def draw(self, update: Update, now: Instant) -> None:
        """Show list and detail. Whoever sees the list has seen what is new."""
        self.console.alerting.alarm.look(now)
        if self._by:
            self._draw_groups(update)
        else:
            super().draw(update, now)
        self._draw_detail(update)

    def _draw_groups(self, update: Update) -> None:
        """Show the alerts that pass the filter under their headings, which stand as the first of each does."""
        everything, of_alerts = update.platform.alerts, alerts.columns(update)
        found = [alert for alert in everything if self._filter(alert)]
        column = column_named(of_alerts, self._sort[0])
        if column is not None:
            found = sort_items(found, column, reverse=self._sort[1])
        rows = {entry.key: entry for entry in alert_groups.entries(found, self._by, self._folded)}
        known = self.rows(update) if self._marked else {}
        self._marked = {key: None for key in self._marked if key in known}
        self.table.say_when_empty(self._why_empty(update))
        self.table.show_rows(self.columns(update), rows, tuple(rows), self._sort, self._marked)
        self._say(len(found), len(everything))

    def _draw_detail(self, update: Update) -> None:
        item, alert = self.table.current, self.alert
        lines = []
        if alert is not None:
            lines = alerts.detail(alert, update)
        elif isinstance(item, Entry):
            lines = alerts.members(item.group.alerts)
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
        """Enter folds a heading; it shows the detail where it is hidden; where it is shown, it opens the tenant."""
        event.stop()
        item = self.table.current
        if isinstance(item, Entry) and item.alert is None:
            self._fold(self._folded ^ {item.group.key})
        elif self.has_class("-wide"):
            self._open_tenant()
        else:
            self.add_class("-inside")
            self.query_one("#detail", Text).focus()
            self.console.look()

    # Groups -----------------------------------------------------------------------------------------------------------

    def command_group(self) -> None:
        """Choose what the headings are."""
        from kryonix_tui.tui.screens.menu import Menu

        choices = [(by, _(alert_groups.TITLES[by])) for by in alert_groups.BY]
        self.console.push_screen(
            Menu(_("A heading per"), [(ALL, _("none")), *choices], self._by or ALL), self._group_by
        )

    def _group_by(self, by: str | None) -> None:
        if by is None:
            return
        at, self._by = self.alert, "" if by == ALL else by
        self._marked = {}
        self._fold(set())
        if at is not None:
            self._find(alerts.key_of(at))

    def _fold(self, folded: set[str]) -> None:
        """Hide the alerts below these headings, and show all others."""
        self._folded = folded
        self.redraw()

    def show_alert(self, key: str) -> None:
        """Put the cursor on an alert; a heading opens for it, a filter that hides it goes."""
        if not self._find(key) and super().escape():
            self._find(key)

    def _find(self, key: str) -> bool:
        if not self._by:
            return self.table.move_to(key)
        # An alert may be below several headings: the first will do.
        self._fold(set())
        return any(self.table.move_to(found) for found in self.table.order if found.endswith(f"/{key}"))

    def command_filter(self, terms: str = "") -> None:
        """Filter alerts; whoever asks for certain ones sees them."""
        if terms:
            self._folded = set()
        super().command_filter(terms)

    # Silences ---------------------------------------------------------------------------------------------------------

    def why_not_silence(self) -> str:
        """Alertmanager must be configured, and at most one can be proposed."""
        return self.console.alerting.why_not_silence() or self.not_single()

    def command_silence(self) -> None:
        """Ask what to silence, with this alert proposed, or what a heading says; nothing where that is none."""
        item = self.single
        self.console.alerting.ask_silence(_matchers(item) if item is not None else ())

    def actions(self) -> list[Action]:
        """Offer a silence, too, and to fold or open all headings."""
        from kryonix_tui.tui.actions import Action

        silence = Action("silence", _("Silence it and those like it"), self.command_silence, self.why_not_silence())
        shown = self.console.shown.platform.alerts
        headings = {group.key for group in alert_groups.groups(shown, self._by)} if self._by else set()
        why = "" if self._by else _("there are no headings")
        return [
            *super().actions(),
            *([silence] if self.console.operator else []),
            Action("fold", _("Fold all headings"), lambda: self._fold(headings), why),
            Action("unfold", _("Open all headings"), lambda: self._fold(set()), why),
        ]

    # Going on, and back -----------------------------------------------------------------------------------------------

    def on_scrolling_opened(self, event: Scrolling.Opened) -> None:
        """Enter on the detail opens the alert's tenant."""
        event.stop()
        self._open_tenant()

    def _open_tenant(self) -> None:
        alert = self.alert
        if alert is not None and alert.tenant is not None and alert.tenant in self.console.shown.platform.tenants:
            self.console.navigation.open_tenant(alert.tenant)
        else:
            self.notify(_("this alert is about no known tenant"), markup=False)

    def escape(self) -> bool:
        """Leave the detail first, then marks and filter."""
        if self.has_class("-inside"):
            self.remove_class("-inside")
            self.table.focus()
            return True
        return super().escape()


def _alert_of(item: Row) -> Alert | None:
    return item.alert if isinstance(item, Entry) else item


def _matchers(item: Row) -> tuple[Matcher, ...]:
    """Return matchers for an alert, or for all below a heading, where labels can say that."""
    alert = _alert_of(item)
    if alert is not None:
        return matchers_for(alert)
    assert isinstance(item, Entry)  # noqa: S101 - no alert: a heading
    group = item.group
    if group.by == "tenant":
        return matchers_for_tenants([group.value] if group.value else [])
    if group.by == "receiver" or not group.value:
        return ()
    # What looks alike on screen need not be so.
    return matchers_for_values(
        group.by, sorted({found.exact_labels.get(group.by, "") for found in group.alerts} - {""})
    )


def no_alerts(update: Update) -> str:
    """Return why there are no alerts to show."""
    if update.snapshot.alerts is not None or update.snapshot.metrics is not None:
        return _("nothing is firing")
    asked = [update.snapshot.sources[name] for name in (SourceName.ALERTMANAGER, SourceName.PROMETHEUS)]
    if all(state.condition.value == "not_configured" for state in asked):
        return _("neither Alertmanager nor Prometheus is configured (alertmanager.url, prometheus.url)")
    return _("no answer yet")

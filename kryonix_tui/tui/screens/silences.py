"""Silences: who holds back what, until when, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.tui.list_view import ListView
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Text
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import silences, sources
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column
from kryonix_tui.view.silences import SilenceRow

if TYPE_CHECKING:
    from kryonix_tui.tui.actions import Action


class SilencesView(ListView[SilenceRow]):
    """A row per silence that has not ended."""

    name_of_command = "silences"
    hints = ("back", "filter", "silence", "extend", "expire")
    first_sort = ("left", False)

    def body(self) -> Iterable[Widget]:
        """The list, and the detail beside it where there is room."""
        yield Lines(wrap=True, id="filter-line")
        yield Horizontal(Table[SilenceRow](self.key, id="list"), Text(wrap=True, id="detail"), id="split")

    def columns(self, update: Update) -> Sequence[Column[SilenceRow]]:
        """Return the list's columns."""
        del update
        return silences.columns()

    def listed(self, update: Update) -> Iterable[SilenceRow]:
        """Return all silences, with what is left of them at this moment."""
        facts = update.snapshot.alerts
        known = facts.value.silences if facts else ()
        now = self.console.moment().wall
        return silences.rows(known, update.platform.alerts, now, self.console.config.alerts.ending)

    def key(self, item: SilenceRow) -> str:
        """A silence is its id."""
        return item.silence.silence_id

    def nothing(self, update: Update) -> str:
        """Say whether that is known."""
        state = update.snapshot.sources[SourceName.ALERTMANAGER]
        if state.condition is Condition.NOT_CONFIGURED:
            return _("no Alertmanager is configured (alertmanager.url)")
        return _("nothing is silenced") if update.snapshot.alerts is not None else _("no answer yet")

    def remark(self) -> Sequence[Cell]:
        """Say how old the list is, and how many silences hold back nothing."""
        update = self.console.shown
        forgotten = sum(row.standing.forgotten for row in self.listed(update))
        cells = [
            Cell(f"  {_('silences')} ", Tone.MUTED),
            sources.tile_age(update, SourceName.ALERTMANAGER, self.console.moment()),
        ]
        if forgotten:
            text = ngettext(
                "{count} holds back nothing: forgotten?", "{count} hold back nothing: forgotten?", forgotten
            ).format(count=forgotten)
            cells.append(Cell(f"  ▲ {text}", Tone.WARNING))
        return cells

    def draw(self, update: Update, now: Instant) -> None:
        """Show list and detail."""
        super().draw(update, now)
        self._draw_detail()

    def _draw_detail(self) -> None:
        row = self.table.current
        lines = silences.detail(row, self.console.moment().wall) if row is not None else []
        self.query_one("#detail", Lines).show(lines)

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Another silence: show its detail."""
        event.stop()
        self._draw_detail()

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter shows the detail where it is hidden."""
        event.stop()
        if not self.has_class("-wide"):
            self.add_class("-inside")
        self.query_one("#detail", Text).focus()

    def escape(self) -> bool:
        """Leave the detail first."""
        if self.has_class("-inside") or self.query_one("#detail", Text).has_focus:
            self.remove_class("-inside")
            self.table.focus()
            return True
        return super().escape()

    def actions(self) -> list[Action]:
        """Offer what can be done with a silence."""
        from kryonix_tui.tui.actions import Action

        common = [action for action in super().actions() if action.name in ("copy", "mark")]
        if not self.console.operator:
            return common
        return [
            *common,
            Action("extend", _("Extend it"), self.command_extend, self.why_not_extend()),
            Action("expire", _("End it now"), self.command_expire, self.why_not_expire()),
        ]

    def command_silence(self) -> None:
        """Ask what to silence, with the matchers of this one proposed."""
        row = self.single
        if row is None:
            self.console.alerting.ask_silence(())
        else:
            self.console.alerting.ask_silence_like(row.silence.silence_id)

    def why_not_silence(self) -> str:
        """An Alertmanager must be configured, and at most one can be proposed."""
        return self.console.alerting.why_not_silence() or self.not_single()

    def why_not_extend(self) -> str:
        """There must be a silence, and one at a time."""
        return self.not_single(_("nothing is silenced"))

    why_not_expire = why_not_extend

    def command_extend(self) -> None:
        """Ask until when, and let it last so long."""
        row = self.single
        if row is not None:
            self.console.alerting.ask_extend(row.silence.silence_id)

    def command_expire(self) -> None:
        """End it, after its plan was shown."""
        row = self.single
        if row is not None:
            self.console.alerting.expire_silence(row.silence.silence_id)

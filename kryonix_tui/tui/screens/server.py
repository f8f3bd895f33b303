"""Server: what it says of itself, where its time goes, and the metrics stack."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Container, Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import Target
from kryonix_tui.model.server import CommandStat, SlowLogEntry
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Page
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import overview, server

GROUPS = 10


class ServerView(View):
    """Groups of figures, then tables: commands, slow log, scrape targets."""

    name_of_command = "server"

    def body(self) -> Iterable[Widget]:
        """Everything scrolls as one page."""
        yield Lines(id="server-findings")
        yield Page(
            Container(*(Lines(id=f"group-{number}", classes="group") for number in range(GROUPS)), id="groups"),
            Horizontal(
                Table[CommandStat](lambda stat: stat.name, id="commands", classes="titled"),
                Table[SlowLogEntry](lambda entry: str(entry.entry_id), id="slow-log", classes="titled"),
                id="tables",
            ),
            Table[Target](lambda target: f"{target.job} {target.instance}", id="targets", classes="titled"),
            id="page",
        )

    def on_mount(self) -> None:
        """Name the boxes."""
        self.query_one("#commands").border_title = _("Commands by time")
        self.query_one("#slow-log").border_title = _("Slow log")
        self.query_one("#targets").border_title = _("Scrape targets")
        super().on_mount()

    def draw(self, update: Update, now: Instant) -> None:
        """Show groups and tables."""
        findings = self.query_one("#server-findings", Lines)
        troubled = overview.server_lines(update)
        findings.display = bool(troubled)
        findings.show(troubled)
        groups = server.groups(update, now)
        for number in range(GROUPS):
            widget = self.query_one(f"#group-{number}", Lines)
            widget.display = number < len(groups)
            if number < len(groups):
                widget.show(groups[number].lines())
        self._draw_tables(update, now)

    def _draw_tables(self, update: Update, now: Instant) -> None:
        reading, metrics = update.snapshot.server, update.snapshot.metrics
        facts = reading.value if reading else None
        commands = self.query_one("#commands", Table)
        commands.say_when_empty(_("no answer yet"))
        busiest = sorted(facts.commands, key=lambda stat: -stat.microseconds) if facts else []
        commands.show(server.COMMAND_COLUMNS, busiest, ("time", True))
        slow_log = self.query_one("#slow-log", Table)
        refused = facts is not None and "slowlog" in facts.unavailable
        slow_log.say_when_empty(_("not permitted to this user") if refused else _("no slow commands"))
        slow_log.show(server.slow_log_columns(now), facts.slow_log if facts else ())
        targets = self.query_one("#targets", Table)
        targets.display = metrics is not None
        if metrics is not None:
            targets.show(server.TARGET_COLUMNS, sorted(metrics.value.targets, key=lambda t: (t.up, t.job, t.instance)))

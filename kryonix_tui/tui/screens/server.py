"""Server: what it says of itself, where its time goes, and the metrics stack."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Container, Horizontal
from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import Target
from kryonix_tui.model.neighbours import Cost
from kryonix_tui.model.server import CommandStat, SlowLogEntry
from kryonix_tui.safetext import safe
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.scrolling import Page
from kryonix_tui.tui.widgets.table import Table
from kryonix_tui.view import neighbours, overview, server

GROUPS = 10


class ServerView(View):
    """Groups of figures, then tables: noisy neighbours, commands, slow log, scrape targets."""

    name_of_command = "server"
    hints = ("tenant_open", "tune")

    def body(self) -> Iterable[Widget]:
        """Everything scrolls as one page."""
        yield Lines(id="server-findings")
        yield Page(
            Container(*(Lines(id=f"group-{number}", classes="group") for number in range(GROUPS)), id="groups"),
            Lines(wrap=True, id="neighbours-summary"),
            Table[Cost](lambda cost: cost.tenant or "", id="neighbours", classes="titled"),
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
        self.query_one("#neighbours").border_title = _("Noisy neighbours")
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
        self.query_one("#neighbours-summary", Lines).show(neighbours.summary(update))
        costs = self.query_one("#neighbours", Table)
        costs.say_when_empty(_("nobody stands out"))
        costs.show(neighbours.COLUMNS, update.platform.neighbours.top)
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

    def on_table_opened(self, event: Table.Opened) -> None:
        """Enter opens the tenant of the row."""
        event.stop()
        self.command_tenant_open()

    def command_tune(self, profile: str = "") -> None:
        """Compare the server's settings with a profile."""
        self.console.tuning.choose(profile)

    def command_tenant_open(self) -> None:
        """Open the tenant of the row under the cursor: of a noisy neighbour, or of a slow command."""
        row = self.focused.current if isinstance(self.focused, Table) else None
        tenant = row.tenant if isinstance(row, Cost | SlowLogEntry) else None
        if tenant is None:
            self.notify(_("this row is about no tenant"), markup=False)
        elif tenant not in self.console.shown.platform.tenants:
            self.notify(_("{tenant} has no keys").format(tenant=safe(tenant, 64)), markup=False)
        else:
            self.console.navigation.open_tenant(tenant)

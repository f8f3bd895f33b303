"""A screen that is described as data: a shipped one, or one of the user's own (`:screen NAME`)."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.panelled import PanelledView, described
from kryonix_tui.tui.screens.tenants import no_tenants
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.view.cells import Cell, Line, Tone, line

FIRST = "modules"
"""What is shown before anything was chosen."""


class PanelsView(PanelledView):
    """The panels of a file."""

    name_of_command = "screen"
    hints = ("back", "variable")

    def __init__(self) -> None:
        super().__init__(FIRST)

    def body(self) -> Iterable[Widget]:
        """The heading, what is wrong with the file, and the panels."""
        yield Lines(wrap=True, id="heading")
        yield from self.panel_widgets()

    @property
    def title_text(self) -> str:
        """The title of what is shown."""
        return safe(_(self.described.title), 40)

    async def open(self, name: str) -> None:
        """Show another screen; its file is read anew also where it is the same one."""
        self.described, self.choices = described(name), {}
        await self.recompose()
        self.follow_scrolling()
        self.redraw()

    def draw(self, update: Update, now: Instant) -> None:
        """Show the figures in the panels."""
        tenant = self.current(update) if self.described.about_tenant else None
        nobody = self.described.about_tenant and tenant is None
        self.grid.display = not nobody
        who: list[Line] = [line(Cell(f" {safe(tenant.tenant)}", Tone.STRONG))] if tenant else []
        if nobody:
            who = [line(Cell(no_tenants(update), Tone.MUTED))]
        heading = self.query_one("#heading", Lines)
        lines = [*who, *self.window_lines(update, now)]
        heading.display = bool(lines)
        heading.show(lines)
        if not nobody:
            self.draw_panels(update, now, tenant)

    def tenants_in_view(self) -> list[str]:
        """Return the tenant that is shown, where one is."""
        return [self.console.tenant] if self.described.about_tenant and self.console.tenant is not None else []

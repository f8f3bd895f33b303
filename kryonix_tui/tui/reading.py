"""The feature that asks the monitor to read at once: all sources, or every key of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp


class Reading:
    """Reads what is not waited for."""

    def __init__(self, console: ConsoleApp) -> None:
        self.console = console

    def command_refresh(self) -> None:
        """Read all sources now."""
        self.console.paint_anew()
        if self.console.monitor is not None:
            self.console.monitor.refresh()
            self.console.notify(_("reading all sources"), timeout=2, markup=False)

    def why_not_census(self) -> str:
        """The server must have answered, and one pass at full speed is enough."""
        if self.console.monitor is None or self.console.latest.snapshot.server is None:
            return _("no answer yet")
        return _("it runs at full speed already") if self.console.latest.snapshot.own_load.hurried else ""

    def command_census(self, how: str = "") -> None:
        """Walk over all keys at full speed, after a question that says what it costs."""
        if how not in ("", "full"):
            self.console.notify(_("there is only `census full`"), severity="warning", markup=False)
            return
        from kryonix_tui.tui.screens.confirm import Ask
        from kryonix_tui.view.own_cost import full_census

        self.console.push_screen(Ask(full_census(self.console.latest)), self._hurry_census)

    def _hurry_census(self, yes: bool | None) -> None:  # noqa: FBT001 - what a dialog hands back
        if yes and self.console.monitor is not None:
            self.console.monitor.hurry_census()
            self.console.notify(_("walking over all keys at full speed"), timeout=3, markup=False)

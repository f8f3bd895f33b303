"""The feature that tunes the server: a comparison as a page, from there the plan, and what undoes it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.tui.feature import beside
from kryonix_tui.view.cells import Line

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.maintenance.tuning.comparison import Comparison
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.working import Work

UNDO: Final = "undo"

CHOICES: Final = (
    ("kryonix", N_("the design documents' values, corrected")),
    ("conservative", N_("what protects data, and nothing else")),
    (UNDO, N_("take the last tuning of this server back")),
)
"""What can be done: compare with a profile, or undo."""


class Tuning:
    """Tunes the server."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work

    def choose(self, name: str = "") -> None:
        """Compare with the profile `name`, or undo; without a name, or with another, ask."""
        if name in dict(CHOICES):
            self._tune(name)
            return
        from kryonix_tui.tui.screens.menu import Menu

        choices = [(one, f"{one:<13} {_(text)}") for one, text in CHOICES]
        chosen = self.console.config.tuning.profile
        self.console.push_screen(
            Menu(_("Tune the server"), choices, chosen), lambda one: self._tune(one) if one else None
        )

    def _tune(self, name: str) -> None:
        if name == UNDO:

            async def make(maintenance: Maintenance) -> Operation:
                return await maintenance.undo_tuning()

            self._work.start(_("Undo of the tuning"), make)
        else:
            self._compare(name)

    @beside("tuning")
    async def _compare(self, profile: str) -> None:
        """Look at the server beside the screen, show the comparison, and plan what it would change if that is wished."""
        self.console.notify(_("Tuning: comparing ..."), timeout=3, markup=False)
        found, lines = await asyncio.to_thread(self._compared, profile)
        from kryonix_tui.tui.screens.proposal import Proposal

        await self._work.unoccupied()
        self.console.clear_notifications()
        title = _("Profile {name} and this server").format(name=profile)
        if await self.console.push_screen_wait(Proposal(title, lines, len(found.changes))):
            self._work.start(_("Tuning of the server"), partial(_make, profile=profile))

    def _compared(self, profile: str) -> tuple[Comparison, list[Line]]:
        """Return the comparison and its page. Runs in a thread, with an event loop of its own. Raises KryonixError."""
        from kryonix_tui.maintenance.tuning.page import page

        found = asyncio.run(self._work.maintenance().compared(profile))
        return found, page(found)


async def _make(maintenance: Maintenance, profile: str) -> Operation:
    return await maintenance.tune(profile)

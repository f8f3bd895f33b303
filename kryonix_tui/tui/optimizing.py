"""The feature that optimises: an analysis as a page, from there the plan, and what undoes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.feature import beside
from kryonix_tui.view.cells import Line

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.tui.actions import Action
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.working import Work

Tenants = tuple[str, ...] | None
"""Whom it is about; None: all that this console sees."""

EVERYBODY: Final = "all"
UNDO: Final = "undo"
HISTORY: Final = "history"

CHOICES: Final = (
    (EVERYBODY, N_("what would help all tenants")),
    (UNDO, N_("take the last optimisation back")),
    (HISTORY, N_("what was done, and hit rates since")),
)
"""What can be done where no tenant is shown."""


class Optimizing:
    """Looks what would help, and optimises."""

    def __init__(self, console: ConsoleApp, work: Work) -> None:
        self.console = console
        self._work = work

    def choose(self, name: str = "") -> None:
        """Look at all tenants, undo, or show what was done; without a name, or with another, ask."""
        if name in dict(CHOICES):
            self._optimizing(name)
            return
        from kryonix_tui.tui.screens.menu import Menu

        choices = [(one, f"{one:<8} {_(text)}") for one, text in CHOICES]
        self.console.push_screen(Menu(_("Optimise"), choices), lambda one: self._optimizing(one) if one else None)

    def _optimizing(self, name: str) -> None:
        if name == UNDO:
            self._work.start(_("Undo of the optimisation"), _undo)
        elif name == HISTORY:
            self._show_passes()
        else:
            self.optimize(None)

    @beside("optimizing")
    async def optimize(self, tenants: Tenants) -> None:
        """Look at tenants beside the screen, show what was found, and plan what would help if that is wished."""
        self.console.notify(_("Optimisation: looking ..."), timeout=3, markup=False)
        from kryonix_tui.maintenance.door import Run

        run = Run()
        try:
            draft, count, lines = await asyncio.to_thread(self._analysed, tenants, run)
        except asyncio.CancelledError:
            # The console is left, or somebody looks at others now: the thread ends before its next step.
            run.cancel()
            raise
        from kryonix_tui.tui.screens.proposal import Proposal

        await self._work.unoccupied()
        self.console.clear_notifications()
        if await self.console.push_screen_wait(
            Proposal(_("Analysis of {names}").format(names=_names(tenants)), lines, count)
        ):
            title = _("Optimisation of {names}").format(names=_names(tenants))
            self._work.start(title, partial(_make, tenants=tenants, draft=draft))

    def action(self, tenants: Sequence[str]) -> list[Action]:
        """Return it as an action for rows that are about these tenants; viewers have none."""
        from kryonix_tui.tui.actions import Action

        if not self.console.operator:
            return []
        why_not = "" if tenants else _("there is no tenant")
        return [
            Action("optimize", _("Look what would help, and optimise"), partial(self.optimize, tuple(tenants)), why_not)
        ]

    @beside("optimizing")
    async def _show_passes(self) -> None:
        from kryonix_tui.tui.screens.page import Reader

        lines = await asyncio.to_thread(self._passes)
        self.console.push_screen(Reader(_("Optimisations"), lambda _width: lines))

    def _analysed(self, tenants: Tenants, run: Run) -> tuple[str, int, list[Line]]:
        """Return the digest of the chosen keys, their number, and the page. Runs in a thread. Raises KryonixError."""
        from kryonix_tui.maintenance.optimize.documents import page

        operation = self._work.maintenance().optimizing.apply(tenants)

        async def look() -> None:
            try:
                await operation.look(run)
            finally:
                await operation.close()

        asyncio.run(look())
        return operation.digest, len(operation.changes), list(page(operation))

    def _passes(self) -> list[Line]:
        """Measure what can be measured now, and return what was done. Runs in a thread. Raises KryonixError."""
        from kryonix_tui.maintenance.optimize.documents import history_lines

        optimizing = self._work.maintenance().optimizing
        asyncio.run(optimizing.measure())
        return list(history_lines(optimizing.history()))


async def _make(maintenance: Maintenance, tenants: Tenants, draft: str) -> Operation:
    return maintenance.optimizing.apply(tenants, draft=draft)


async def _undo(maintenance: Maintenance) -> Operation:
    return maintenance.optimizing.undo()


def _names(tenants: Tenants) -> str:
    if tenants is None:
        return _("all tenants")
    return safe(tenants[0], 40) if len(tenants) == 1 else _("{count} tenants").format(count=len(tenants))

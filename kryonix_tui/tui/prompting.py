"""The feature that takes commands from the `:` prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import describe, find
from kryonix_tui.tui.completing import ArgumentError, Completer
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.filter_terms import FilterError

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp
    from kryonix_tui.tui.navigation import Navigation


class Prompting:
    """Takes commands that are typed."""

    def __init__(self, console: ConsoleApp, navigation: Navigation) -> None:
        self.console = console
        self._navigation = navigation
        self.completer = Completer(console)

    def command_prompt(self) -> None:
        """Open the `:` prompt."""
        if isinstance(self.console.screen, View):
            self.completer = Completer(self.console)
            self.console.screen.query_one(Prompt).open(
                ":", "", self.completer.complete, self._carry_out, self.completer.below
            )

    async def _carry_out(self, text: str | None) -> None:
        """Carry out what was typed; what is not understood stays in the prompt. The next key finds its screen there."""
        if text is None:
            return
        name, _blank, rest = text.strip().lstrip(":").partition(" ")
        command, argument = find(name, self.console.offered), rest.strip()
        prompt = self.console.screen.query_one(Prompt)
        if command is None and name:
            prompt.complain(
                _("no command {name}; {key} lists them").format(name=safe(name, 40), key=self.console.key_of("help"))
            )
            return
        if command is not None and argument and not command.takes:
            mistake = _("{what}: takes nothing").format(what=describe(command))
            prompt.complain(mistake, text.rfind(argument))
            return
        try:
            meant = self.completer.understood(command, argument) if command is not None else ""
        except (ArgumentError, FilterError) as error:
            prompt.complain(error.message, text.rfind(argument) + error.at)
            return
        prompt.close()
        if command is not None:
            self.console.run_command(command.name, meant)
        await self._navigation.arrived()

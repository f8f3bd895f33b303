"""The part of the console that takes commands from the `:` prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import describe, find
from kryonix_tui.tui.completing import ArgumentError, Completer
from kryonix_tui.tui.navigation import NavigatingApp
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.view.filter_terms import FilterError

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp


class PromptingApp(NavigatingApp):
    """An app whose commands can be typed. `typed` is what was entered before, by the sign of the prompt."""

    typed: dict[str, list[str]]
    _completer: Completer

    def command_prompt(self) -> None:
        """Open the `:` prompt."""
        if isinstance(self.screen, View):
            self._completer = Completer(cast("ConsoleApp", self))
            self.screen.query_one(Prompt).open(
                ":", "", self._completer.complete, self._carry_out, self._completer.below
            )

    async def _carry_out(self, text: str | None) -> None:
        """Carry out what was typed; what is not understood stays in the prompt. The next key finds its screen there."""
        if text is None:
            return
        name, _blank, rest = text.strip().lstrip(":").partition(" ")
        command, argument = find(name, self.offered), rest.strip()
        prompt = self.screen.query_one(Prompt)
        if command is None and name:
            prompt.complain(
                _("no command {name}; {key} lists them").format(name=safe(name, 40), key=self.key_of("help"))
            )
            return
        if command is not None and argument and not command.takes:
            mistake = _("{what}: takes nothing").format(what=describe(command))
            prompt.complain(mistake, text.rfind(argument))
            return
        try:
            meant = self._completer.understood(command, argument) if command is not None else ""
        except (ArgumentError, FilterError) as error:
            prompt.complain(error.message, text.rfind(argument) + error.at)
            return
        prompt.close()
        if command is not None:
            self.run_command(command.name, meant)
        if self._arriving is not None:
            await self._arriving

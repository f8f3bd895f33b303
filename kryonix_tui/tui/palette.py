"""The registry's commands in Textual's palette."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ClassVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import Command, Scope, describe
from kryonix_tui.tui.feature import console_of
from kryonix_tui.tui.keyboard import key_name
from kryonix_tui.tui.screens.dialog import SUSPEND
from kryonix_tui.view.screens import screen_names


class Palette(CommandPalette):
    """Textual's palette, also for those who type faster than it draws."""

    BINDINGS: ClassVar = [SUSPEND]

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, once: a second Enter in a breath would close what lies under it."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        """Move in the list, whose pages Textual looks up among rows that may not be laid out yet."""
        with suppress(KeyError):
            super()._action_command_list(action)


class RegistryCommands(Provider):
    """Offers the commands of this role, but not the moves within lists."""

    def _commands(self) -> Iterable[Command]:
        return (command for command in console_of(self.app).offered if command.scope is not Scope.LIST)

    async def discover(self) -> Hits:
        """Offer all of them, and the screens."""
        for command in self._commands():
            yield DiscoveryHit(describe(command), self._run(command), help=self._help(command))
        for name, title in _screens():
            yield DiscoveryHit(title, self._open(name), help=f":screen {name}")

    async def search(self, query: str) -> Hits:
        """Offer those that match."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(f"{command.name} {describe(command)}")
            if score > 0:
                yield Hit(score, describe(command), self._run(command), help=self._help(command))
        for name, title in _screens():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, title, self._open(name), help=f":screen {name}")

    def _run(self, command: Command) -> Callable[[], None]:
        console = console_of(self.app)
        return lambda: console.run_command(command.name)

    def _open(self, name: str) -> Callable[[], None]:
        console = console_of(self.app)
        return lambda: console.run_command("screen", name)

    def _help(self, command: Command) -> str:
        keys = ", ".join(key_name(key) for key in console_of(self.app).keys_of(command))
        return f":{command.name}  {keys}" if keys else f":{command.name}"


def _screens() -> list[tuple[str, str]]:
    """Return the screens that are described in files, by name, and what the palette calls them."""
    return [(name, _("Screen: {name}").format(name=safe(name, 40))) for name in screen_names()]

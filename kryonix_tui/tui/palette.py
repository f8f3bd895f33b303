"""The registry's commands in Textual's palette."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from kryonix_tui.tui.commands import Command, Scope, describe, key_name


class Commanded(Protocol):
    """The app, as far as the palette needs it."""

    @property
    def offered(self) -> Iterable[Command]:
        """The commands of this role."""
        ...

    def run_command(self, name: str, argument: str = "") -> None:
        """Carry one out."""
        ...


class CommandPalette(Provider):
    """Offers the commands of this role, but not the moves within lists."""

    def _commands(self) -> Iterable[Command]:
        app = cast("Commanded", self.app)
        return (command for command in app.offered if command.scope is not Scope.LIST)

    async def discover(self) -> Hits:
        """Offer all of them."""
        for command in self._commands():
            yield DiscoveryHit(describe(command), self._run(command), help=self._help(command))

    async def search(self, query: str) -> Hits:
        """Offer those that match."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(f"{command.name} {describe(command)}")
            if score > 0:
                yield Hit(score, describe(command), self._run(command), help=self._help(command))

    def _run(self, command: Command) -> Callable[[], None]:
        app = cast("Commanded", self.app)
        return lambda: app.run_command(command.name)

    @staticmethod
    def _help(command: Command) -> str:
        keys = ", ".join(key_name(key) for key in command.keys)
        return f":{command.name}  {keys}" if keys else f":{command.name}"

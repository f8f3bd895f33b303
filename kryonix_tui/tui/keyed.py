"""An app that knows which commands there are and which keys they have: whatever names a key to somebody asks here."""

from __future__ import annotations

from functools import cached_property

from textual.app import App

from kryonix_tui.config.schema import Config
from kryonix_tui.tui.commands import BY_NAME, COMMANDS, Command
from kryonix_tui.tui.key_rules import Keys, keys_in_force
from kryonix_tui.tui.keyboard import key_name


class KeyedApp(App[int]):
    """An app with the commands of its role. They have the keys that its configuration gives them, else their own."""

    config: Config

    @property
    def operator(self) -> bool:
        """Whether this console may change anything. The credentials are the real boundary."""
        return self.config.role == "operator" and not self.config.read_only

    @property
    def offered(self) -> tuple[Command, ...]:
        """The commands of this role; the others do not exist."""
        return tuple(command for command in COMMANDS if self.operator or not command.operator)

    @cached_property
    def _keys(self) -> Keys:
        return keys_in_force(self.config.ui.keys)

    def keys_of(self, command: Command) -> tuple[str, ...]:
        """Return the keys that a command has, as Textual calls them."""
        return self._keys[command.name]

    def key_of(self, name: str) -> str:
        """Return the first key of the command `name` as people call it, empty for none."""
        return next(map(key_name, self._keys[name]), "")

    def use_keys(self) -> None:
        """Let Textual listen to the keys of the configuration."""
        self.set_keymap(
            {f"kryonix.{name}": ",".join(self._keys[name]) for name in self.config.ui.keys if name in BY_NAME}
        )

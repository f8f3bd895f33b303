"""Keys that the configuration gives to commands (`ui.keys`): which are in force, and what is wrong with them.

A key means one thing on all screens, whatever the screen in front knows and whoever sits there. So a key that two commands
would have is a mistake, also where one of the two has it by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from kryonix_tui.config.load import MAX_PROBLEMS, Loaded
from kryonix_tui.config.reading import did_you_mean
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import N_, _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import BY_NAME, COMMANDS, Command, describe
from kryonix_tui.tui.keyboard import KNOWN, key_called, key_name

FIXED: Final[Mapping[str, str]] = {
    "tab": N_("Tab moves between the parts of a screen, and completes what is typed"),
    "shift+tab": N_("Shift+Tab moves between the parts of a screen"),
    "ctrl+c": N_("Ctrl+C copies what is selected with the mouse, and says how to leave"),
    "ctrl+q": N_("Ctrl+Q always leaves the console"),
}
"""Keys that no command can have, and what they are for."""

TAKEN: Final[Mapping[str, str]] = {
    "ctrl+a": N_("screen takes it for itself"),
    "ctrl+b": N_("tmux takes it for itself"),
    "ctrl+s": N_("terminals with flow control stop at it"),
    "ctrl+h": N_("many terminals send it for Backspace"),
    "ctrl+j": N_("many terminals send it for Enter"),
}
"""Keys that may never arrive, and why."""

Keys = Mapping[str, tuple[str, ...]]
"""Keys by the name of their command, as Textual calls them."""


def keys_in_force(configured: Mapping[str, str]) -> Keys:
    """Return the keys of every command, where `ui.keys` says `configured`. What is wrong there does not count."""
    return {command.name: _own(configured, command) or command.keys for command in COMMANDS}


def _own(configured: Mapping[str, str], command: Command) -> tuple[str, ...]:
    called = (key_called(text) for text in configured.get(command.name, "").split(","))
    return tuple(dict.fromkeys(key for key in called if key is not None))


def checked(loaded: Loaded) -> Loaded:
    """Return the configuration with notes on keys that may never arrive.

    Raises:
        ConfigError: a key of `ui.keys` cannot be what it says; the message has a line for each of them.
    """
    mistakes = key_mistakes(loaded)
    if mistakes:
        more = len(mistakes) - MAX_PROBLEMS
        shown = [*mistakes[:MAX_PROBLEMS], *([_("... and {count} more").format(count=more)] if more > 0 else ())]
        hint = _("docs/keys.md has every key; a command whose key is wanted can be given another one.")
        raise ConfigError("\n".join(shown), hint=hint)
    return replace(loaded, notes=(*loaded.notes, *key_warnings(loaded)))


def key_mistakes(loaded: Loaded) -> list[str]:
    """Return a sentence for each mistake in `ui.keys`, with file, line and key."""
    return [f"{_place(loaded, name)}: {text}" for name, text in _mistakes(loaded)]


def key_warnings(loaded: Loaded) -> list[str]:
    """Return a sentence for each key that may never arrive."""
    configured = loaded.config.ui.keys
    return [
        f"{_place(loaded, name)}: {key_name(key)}: {_(TAKEN[key])}"
        for name in configured
        if name in BY_NAME
        for key in _own(configured, BY_NAME[name])
        if key in TAKEN
    ]


def _place(loaded: Loaded, name: str) -> str:
    key = f"ui.keys.{name}"
    origin = loaded.origins.get(key) or loaded.origins.get("ui.keys", "")
    return ": ".join(filter(None, (origin, safe(key, 80))))


def _mistakes(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Yield the name under which a mistake stands, and what it is."""
    configured = loaded.config.ui.keys
    for name, text in configured.items():
        if name not in BY_NAME:
            yield name, _("there is no command {name}").format(name=safe(name, 40)) + did_you_mean(name, BY_NAME)
            continue
        for part in text.split(","):
            key = key_called(part)
            if key is None:
                yield name, _no_key(part.strip())
            elif key in FIXED:
                yield name, _(FIXED[key])
    yield from _clashes(loaded)


def _no_key(text: str) -> str:
    if not text:
        return _("no key is given")
    return _("there is no key {key}").format(key=safe(text, 40)) + did_you_mean(text, KNOWN)


def _clashes(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Yield each key that two commands would have, where the later one of those that were given it stands."""
    configured = loaded.config.ui.keys
    order = {name: at for at, name in enumerate(configured)}
    keys = keys_in_force(configured)
    owners: dict[str, Command] = {}
    # Defaults come first: what was given beside them is the mistake.
    for command in sorted(COMMANDS, key=lambda command: order.get(command.name, -1)):
        for key in keys[command.name]:
            other = owners.setdefault(key, command)
            if other is command:
                continue
            text = _("{key} would be {one} ({what}) and {other} ({elsewhere})")
            yield (
                command.name,
                text.format(
                    key=key_name(key),
                    one=command.name,
                    what=describe(command),
                    other=other.name,
                    elsewhere=_elsewhere(loaded, other),
                ),
            )


def _elsewhere(loaded: Loaded, command: Command) -> str:
    """Return what a command is for, and where it was given its key."""
    if command.name not in loaded.config.ui.keys:
        return describe(command)
    return f"{describe(command)}; {_place(loaded, command.name)}"

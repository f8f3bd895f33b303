"""`docs/keys.md`: every key and command, from the command registry."""

from __future__ import annotations

from collections.abc import Iterator

from kryonix_tui.tui.commands import COMMANDS, SCOPE_TITLES, Command, Scope
from kryonix_tui.tui.keyboard import key_name

_INTRODUCTION = """\
# Keys and commands

This page is made from the command registry, `kryonix_tui/tui/commands.py` (`make docs`). In the console `?` shows the same,
with your own keys, and `Ctrl+P` finds a command by any part of its name or meaning.

**Commands** are typed after `:`, for instance `:tenant cliente_exemplo` or `:sort keys`. The beginning of a name is enough;
`Tab` completes names and what follows them, `↑` brings back what was entered before.

**Your own keys** go into the configuration, by the command's name; they replace all keys of that command:

```yaml
ui:
  keys:
    refresh: F9
    pause: p,Space
```

Keys are called as on this page, or as Textual calls them: `?` is `question_mark`, `Ctrl+R` is `ctrl+r`; a comma is `comma`.
Capital letters are keys of their own (`k` is not `K`). A key means one thing on all screens: one that two commands would
have is a mistake of the configuration, as are commands and keys that do not exist; `kryonix config check` names them with
their lines. `Tab`, `Shift+Tab`, `Ctrl+C` and `Ctrl+Q` cannot be given to commands. Dialogs have keys of their own.
"""

_NOTES = {
    Scope.SCREENS: "The numbers that are missing belong to screens of later versions.",
    Scope.LIST: "The moving keys of every list; they have no `:` form.",
    Scope.ROWS: "On screens with a list.",
}


def keys_page() -> str:
    """Return the whole page as Markdown."""
    return _INTRODUCTION + "".join(f"\n{line}" for scope in Scope for line in _section(scope)) + "\n"


def _section(scope: Scope) -> Iterator[str]:
    yield f"## {SCOPE_TITLES[scope]}\n"
    if scope in _NOTES:
        yield f"{_NOTES[scope]}\n"
    yield "| keys | command | what it does | name in `ui.keys` |"
    yield "|---|---|---|---|"
    for command in COMMANDS:
        if command.scope is scope:
            yield _row(command)
    yield ""


def _row(command: Command) -> str:
    keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
    typed = "" if command.scope is Scope.LIST else f"`:{' '.join(filter(None, (command.name, command.arguments)))}`"
    return f"| {keys} | {typed} | {command.title} | `{command.name}` |"

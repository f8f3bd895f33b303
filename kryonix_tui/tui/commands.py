"""Every command of the console, once. Keys, footer, help, palette, the `:` prompt and `docs/keys.md` are made from this.

A command is carried out by the method `command_<name>` of the screen that is shown, else of a feature or the app; navigation in
lists is an action of the list itself. `why_not_<name>`, where there is one, returns why it is not available now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding

from kryonix_tui.i18n import N_, _
from kryonix_tui.tui.command import SCOPE_TITLES as SCOPE_TITLES  # noqa: PLC0414 - part of the registry
from kryonix_tui.tui.command import Argument as Argument  # noqa: PLC0414 - part of the registry
from kryonix_tui.tui.command import Command as Command  # noqa: PLC0414 - part of the registry
from kryonix_tui.tui.command import Scope as Scope  # noqa: PLC0414 - part of the registry

COMMANDS: Final = (
    Command("overview", ("1",), N_("The platform at a glance"), Scope.SCREENS, N_("Overview")),
    Command("tenants", ("2",), N_("Every tenant, one row each"), Scope.SCREENS, N_("Tenants")),
    Command(
        "tenant",
        ("3",),
        N_("One tenant, everything"),
        Scope.SCREENS,
        N_("Tenant"),
        arguments=N_("[TENANT]"),
        takes=(Argument.TENANT,),
    ),
    Command(
        "databases",
        ("4",),
        N_("The logical databases"),
        Scope.SCREENS,
        N_("Databases"),
        arguments=N_("[DB]"),
        takes=(Argument.DATABASE,),
    ),
    Command(
        "queues",
        ("5",),
        N_("Every queue: what waits, how fast that changes, and whether anybody takes from it"),
        Scope.SCREENS,
        N_("Queues"),
        arguments=N_("[TENANT]"),
        takes=(Argument.TENANT,),
    ),
    Command("alerts", ("6",), N_("Alerts and their details"), Scope.SCREENS, N_("Alerts")),
    Command(
        "maintenance",
        ("7",),
        N_("Backups, what is under way, the audit log"),
        Scope.SCREENS,
        N_("Maintenance"),
        operator=True,
    ),
    Command("server", ("8",), N_("The Redis server, and the metrics stack"), Scope.SCREENS, N_("Server")),
    Command(
        "screen",
        (),
        N_("Panels of a file: API modules, or one of your own"),
        label=N_("screen"),
        arguments=N_("[NAME]"),
        takes=(Argument.SCREEN,),
    ),
    Command(
        "keys",
        ("K",),
        N_("Keys of this tenant or database, and what is in them; nothing is changed"),
        label=N_("Keys"),
        arguments=N_("[DB] [KIND]"),
        takes=(Argument.DATABASE_NUMBER, Argument.KIND),
    ),
    Command("silences", ("S",), N_("Silences: what is held back, until when, by whom and why"), label=N_("Silences")),
    Command("help", ("question_mark",), N_("All keys and commands"), label=N_("help")),
    Command("prompt", ("colon",), N_("Type a command"), label=N_("command")),
    Command("palette", ("ctrl+p",), N_("Find a command")),
    Command("back", ("escape",), N_("Back; clears marks and the filter first"), label=N_("back")),
    Command("last", ("minus",), N_("The screen before this one")),
    Command("pause", ("p",), N_("Hold what is shown; reading goes on"), label=N_("pause")),
    Command("refresh", ("f5", "ctrl+r"), N_("Read all sources now")),
    Command(
        "census",
        (),
        N_("Walk over all keys at full speed, after saying what it costs"),
        arguments=N_("full"),
        takes=(Argument.PACE,),
    ),
    Command("theme", (), N_("Use another theme"), arguments=N_("NAME"), takes=(Argument.THEME,)),
    Command("suspend", ("ctrl+z",), N_("Stop the console; `fg` in the shell goes on with it")),
    Command("quit", ("q",), N_("Leave the console"), label=N_("quit")),
    Command(
        "filter",
        ("slash",),
        N_("Show only rows that match"),
        Scope.ROWS,
        N_("filter"),
        arguments=N_("[TERMS]"),
        takes=(Argument.TERMS,),
    ),
    Command(
        "sort",
        ("s",),
        N_("Sort by a column"),
        Scope.ROWS,
        N_("sort"),
        arguments=N_("[COLUMN]"),
        takes=(Argument.COLUMN,),
    ),
    Command("sort_left", ("less_than_sign",), N_("Sort by the column to the left"), Scope.ROWS),
    Command("sort_right", ("greater_than_sign",), N_("Sort by the column to the right"), Scope.ROWS),
    Command("reverse", ("r",), N_("Reverse the order"), Scope.ROWS),
    Command("mark", ("space",), N_("Mark this row, or take its mark away"), Scope.ROWS, N_("mark")),
    Command("actions", ("x",), N_("What can be done with the marked rows, or this one"), Scope.ROWS, N_("actions")),
    Command("tenant_alerts", ("a",), N_("Alerts of this tenant, or of the marked ones"), Scope.ROWS, N_("alerts")),
    Command("more", ("n",), N_("Keys and queues: look on and find more"), Scope.ROWS, N_("more")),
    Command(
        "peek",
        ("w",),
        N_("Queues of this tenant, or this one: look at what waits, take nothing"),
        Scope.ROWS,
        N_("peek"),
    ),
    Command(
        "reveal",
        ("i",),
        N_("Queues: show what is in the items; asks first, and is written down"),
        Scope.ROWS,
        N_("reveal"),
        operator=True,
    ),
    *(
        Command(name, (), title, Scope.ROWS, operator=True, danger=True, credential="maintain")
        for name, title in (
            ("move", N_("Queues: move the oldest items to another queue")),
            ("requeue", N_("Queues: put the oldest items behind all others")),
            ("drain", N_("Queues: take the oldest items out into a file")),
            ("drop", N_("Queues: take items that match out into a file")),
            ("replay", N_("Queues: push the items of a file into this queue")),
        )
    ),
    Command(
        "group",
        ("o",),
        N_("Alerts: headings that fold, per tenant, severity, category or receiver"),
        Scope.ROWS,
        N_("group"),
    ),
    Command(
        "silence",
        ("m",),
        N_("Silence this alert, or the alerts of this tenant: what, how long and why is asked"),
        Scope.ROWS,
        N_("silence"),
        operator=True,
        danger=True,
        credential="Alertmanager",
    ),
    Command(
        "extend",
        ("E",),
        N_("Silences: let this one last longer"),
        Scope.ROWS,
        N_("extend"),
        operator=True,
        danger=True,
        credential="Alertmanager",
    ),
    Command(
        "expire",
        ("e",),
        N_("Silences: end this one now"),
        Scope.ROWS,
        N_("end"),
        operator=True,
        danger=True,
        credential="Alertmanager",
    ),
    Command("tenant_open", ("t",), N_("Tenant of this row"), Scope.ROWS, N_("tenant")),
    Command(
        "copy",
        ("c",),
        N_("Send the name of this row, or of the marked ones, to the clipboard (OSC 52)"),
        Scope.ROWS,
        N_("copy"),
    ),
    Command(
        "backup",
        ("b",),
        N_("Back up the whole server; where tenants are shown, this one or the marked ones"),
        Scope.ROWS,
        N_("backup"),
        arguments=N_("[TENANT]"),
        takes=(Argument.ANY_TENANT,),
        operator=True,
        credential="backup",
    ),
    Command(
        "restore",
        ("R",),
        N_("Restore a backup or a part of it; on the Tenant screen, this tenant"),
        Scope.ROWS,
        N_("restore"),
        arguments=N_("[TENANT]"),
        takes=(Argument.ANY_TENANT,),
        operator=True,
        danger=True,
        credential="restore",
    ),
    Command(
        "verify",
        ("v",),
        N_("Check a backup: quick, all data, or a drill on a server that is thrown away"),
        Scope.ROWS,
        N_("verify"),
        arguments=N_("[LEVEL]"),
        takes=(Argument.LEVEL,),
        operator=True,
    ),
    Command(
        "analyse",
        ("A",),
        N_("Count keys, bytes, types and expiry in a backup; no server is asked"),
        Scope.ROWS,
        N_("analyse"),
        operator=True,
    ),
    Command(
        "prune",
        ("P",),
        N_("Remove old backups, after a look at which would go and why the others stay"),
        Scope.ROWS,
        N_("prune"),
        operator=True,
        danger=True,
    ),
    Command(
        "optimize",
        ("O",),
        N_("Look what would help this tenant, the marked ones or all; from there optimise, or undo it"),
        Scope.ROWS,
        N_("optimise"),
        arguments=N_("[TENANT]"),
        takes=(Argument.OPTIMIZATION,),
        operator=True,
        danger=True,
        credential="maintain",
    ),
    Command(
        "tune",
        ("U",),
        N_("Compare the server's settings with a profile; from there change them, or change them back"),
        Scope.ROWS,
        N_("tune"),
        arguments=N_("[PROFILE]"),
        takes=(Argument.PROFILE,),
        operator=True,
        danger=True,
        credential="tune",
    ),
    Command(
        "end_sessions",
        (),
        N_("End all sessions of a tenant; they are saved first"),
        Scope.ROWS,
        arguments=N_("[TENANT]"),
        takes=(Argument.ANY_TENANT,),
        operator=True,
        danger=True,
        credential="maintain",
    ),
    Command(
        "purge",
        (),
        N_("Remove everything of a tenant, after a verified backup of it"),
        Scope.ROWS,
        arguments=N_("[TENANT]"),
        takes=(Argument.ANY_TENANT,),
        operator=True,
        danger=True,
        credential="maintain",
    ),
    Command("log", ("L",), N_("All that an operation has said and found"), Scope.ROWS, N_("log"), operator=True),
    Command("stop", ("X",), N_("Stop what is under way"), Scope.ROWS, N_("stop"), operator=True),
    Command("earlier", ("left_square_bracket",), N_("Charts: half a window back"), Scope.CHARTS),
    Command("later", ("right_square_bracket",), N_("Charts: half a window on"), Scope.CHARTS),
    Command("wider", ("left_curly_bracket",), N_("Charts: a longer window"), Scope.CHARTS),
    Command("closer", ("right_curly_bracket",), N_("Charts: a shorter window"), Scope.CHARTS),
    Command("live", ("0",), N_("Charts: until now again; ends a pause"), Scope.CHARTS),
    Command(
        "variable",
        ("V",),
        N_("Panels: choose what a variable stands for"),
        Scope.CHARTS,
        N_("variable"),
        arguments=N_("[NAME] [VALUE]"),
        takes=(Argument.VARIABLE, Argument.VALUE),
    ),
    Command(
        "charts",
        ("z",),
        N_("Show the charts: in the place of the lists, or scroll to them"),
        Scope.CHARTS,
        N_("charts"),
    ),
    Command(
        "span",
        (),
        N_("Charts: a window of 5m, 15m, 1h, 6h or 24h"),
        Scope.CHARTS,
        arguments=N_("LENGTH"),
        takes=(Argument.SPAN,),
    ),
    Command("open", ("enter",), N_("Open the row"), Scope.LIST, N_("open")),
    Command("up", ("up", "k"), N_("Up"), Scope.LIST),
    Command("down", ("down", "j"), N_("Down"), Scope.LIST),
    Command("first", ("home", "g"), N_("First row"), Scope.LIST),
    Command("last_row", ("end", "G"), N_("Last row"), Scope.LIST),
    Command("half_page_up", ("ctrl+u",), N_("Half a page up"), Scope.LIST),
    Command("half_page_down", ("ctrl+d",), N_("Half a page down"), Scope.LIST),
    Command("page_up_rows", ("pageup",), N_("A page up"), Scope.LIST),
    Command("page_down_rows", ("pagedown",), N_("A page down"), Scope.LIST),
    Command("columns_left", ("left", "h"), N_("Columns that are hidden on the left"), Scope.LIST),
    Command("columns_right", ("right", "l"), N_("Columns that are hidden on the right"), Scope.LIST),
)

BY_NAME: Final = {command.name: command for command in COMMANDS}

AT_ONCE: Final = frozenset(
    {"filter", "prompt", *(command.name for command in COMMANDS if command.scope is Scope.SCREENS)}
)
"""Commands that change where the next keys go. Their keys are looked at before any other, so that what is typed in the
same breath (`2/clinica`) goes to the new screen and into the prompt. Where text is typed, they are characters."""


def bindings(scope: Scope) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """Return the bindings of a scope: actions of the list itself, or `command(name)` for all others."""
    return [
        Binding(
            ",".join(command.keys),
            _action(command),
            command.title,
            show=False,
            priority=command.name in AT_ONCE,
            id=f"kryonix.{command.name}",
        )
        for command in COMMANDS
        if command.scope is scope and command.keys
    ]


def _action(command: Command) -> str:
    if command.scope is Scope.LIST:
        return command.name
    # Textual looks for its palette's action, and adds a key of its own where no binding has it.
    return "app.command_palette" if command.name == "palette" else f"app.command('{command.name}')"


def find(text: str, offered: Iterable[Command] = COMMANDS) -> Command | None:
    """Return the command that `text` names: its whole name, or a beginning of it; of several the shortest name."""
    wanted = text.casefold().replace("-", "_")
    among = list(offered)
    if wanted in BY_NAME and BY_NAME[wanted] in among:
        return BY_NAME[wanted]
    near = [command for command in among if command.name.startswith(wanted) and command.scope is not Scope.LIST]
    return min(near, key=lambda command: len(command.name)) if wanted and near else None


def describe(command: Command) -> str:
    """Return a command's title in the active language."""
    return _(command.title)

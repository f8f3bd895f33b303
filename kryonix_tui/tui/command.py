"""What a command of the console is; `commands.py` has them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kryonix_tui.i18n import N_


class Scope(StrEnum):
    """Where a command is available: everywhere, in lists, or on certain screens."""

    SCREENS = "screens"
    EVERYWHERE = "everywhere"
    LIST = "list"
    ROWS = "rows"
    CHARTS = "charts"


SCOPE_TITLES: Final = {
    Scope.SCREENS: N_("Screens"),
    Scope.EVERYWHERE: N_("Everywhere"),
    Scope.LIST: N_("Moving in lists"),
    Scope.ROWS: N_("Lists"),
    Scope.CHARTS: N_("Charts"),
}


class Argument(StrEnum):
    """What an argument of a command is. `completing.py` knows what each of them can be."""

    TENANT = "tenant"
    ANY_TENANT = "any_tenant"
    """Also one that no census has found: the server, or a backup, knows better."""
    OPTIMIZATION = "optimization"
    DATABASE = "database"
    DATABASE_NUMBER = "database_number"
    KIND = "kind"
    SCREEN = "screen"
    THEME = "theme"
    COLUMN = "column"
    TERMS = "terms"
    SPAN = "span"
    LEVEL = "level"
    PROFILE = "profile"
    PACE = "pace"
    VARIABLE = "variable"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    `keys` are Textual's names. `label` stands in the footer, empty: not there. `arguments` are what `:name` takes, as help
    writes it, and `takes` what each of them is; of several, only the last may have blanks in it.
    `operator`: it exists only in that role. `danger`: it writes to a server, and shows its plan first; `credential` is the
    purpose that it needs.
    """

    name: str
    keys: tuple[str, ...]
    title: str
    scope: Scope = Scope.EVERYWHERE
    label: str = ""
    arguments: str = ""
    takes: tuple[Argument, ...] = ()
    operator: bool = False
    danger: bool = False
    credential: str = ""

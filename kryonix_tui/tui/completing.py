"""What is typed after `:`: what it may go on with, what it is for, and what the argument stands for.

A command of the registry names what its arguments are (`Argument`); this module knows what each of them can be at the moment.
Nothing is computed before it is needed, and names of tenants once for each time that the prompt is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from kryonix_tui.config.reading import did_you_mean
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import N_, _
from kryonix_tui.safetext import safe
from kryonix_tui.tui.commands import Argument, Command, Scope, describe, find
from kryonix_tui.view.cells import Cell, Line, Tone, line

if TYPE_CHECKING:
    from kryonix_tui.tui.app import ConsoleApp

MOST_OFFERED: Final = 100
"""Completions that Tab goes through."""
MOST_SHOWN: Final = 30
"""Completions that stand below the prompt, where there is room."""

FEW: Final = 12
"""Names up to which all of them are said where one is wrong."""

_UNKNOWN: Final[Mapping[Argument, str]] = {
    Argument.TENANT: N_("there is no tenant {name}"),
    Argument.DATABASE: N_("there is no database {name}"),
    Argument.DATABASE_NUMBER: N_("there is no database {name}"),
    Argument.KIND: N_("there is no kind of keys {name}"),
    Argument.SCREEN: N_("there is no screen {name}"),
    Argument.THEME: N_("there is no theme {name}"),
    Argument.COLUMN: N_("there is no column {name}"),
    Argument.SPAN: N_("there is no window of {name}"),
    Argument.LEVEL: N_("there is no level {name}"),
    Argument.PROFILE: N_("there is no profile {name}"),
    Argument.VARIABLE: N_("there is no variable {name}"),
    Argument.PACE: N_("there is only `census full`"),
}
"""What is said of an argument that is none of those that there are. What is not here is not judged."""


class ArgumentError(UsageError):
    """An argument is none of those that there are. It begins at character `at` of what was typed."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Choice:
    """What an argument can be: what the command is given for it, and a word or two on what it means."""

    value: str
    meaning: str = ""


Choices = Mapping[str, Choice]
"""What an argument can be, by what is typed for it."""


class Completer:
    """Completes and understands what is typed after `:` while the prompt is open once."""

    def __init__(self, console: ConsoleApp) -> None:
        self._console = console
        self._known: dict[tuple[Argument, str], Choices | None] = {}
        self._folded: dict[tuple[Argument, str], list[tuple[str, str]]] = {}

    def complete(self, text: str) -> list[str]:
        """Return what `text` may become, the likeliest first; each begins with what was typed, capitals apart."""
        head, blank, rest = text.partition(" ")
        if not blank:
            return list(self._names(head))
        command = find(head.lstrip(":"), self._console.offered)
        if command is None:
            return []
        if command.takes == (Argument.TERMS,):
            return [f"{head} {terms}" for terms in self._terms(rest)]
        argument, given, begun = _last(command, rest)
        if argument is None:
            return []
        before = text[: len(text) - len(begun)]
        return [before + name for name in islice(self._beginning(argument, given, begun), MOST_OFFERED)]

    def below(self, text: str) -> Line:
        """Return what the command is called, takes and does, and what may follow."""
        head, blank, rest = text.partition(" ")
        command = find(head.lstrip(":"), self._console.offered)
        if command is None:
            hint = _("Tab completes   ↑ earlier ones   Esc leaves")
            return line(Cell(f" {hint}", Tone.MUTED)) if not text.strip(":") else ()
        usage = " ".join(filter(None, (f":{command.name}", _(command.arguments))))
        start = len(head) + 1 if blank else 0
        argument, given, _begun = _last(command, rest) if blank else (None, "", "")
        following = [
            self._shown(found[start:].strip(), argument, given) for found in islice(self.complete(text), MOST_SHOWN)
        ]
        cells = [
            Cell(f" {usage}", Tone.ACCENT),
            Cell(f"  {describe(command)}", Tone.PLAIN if not blank else Tone.MUTED),
        ]
        if following:
            listed = Cell("  ".join(following), Tone.PLAIN)
            cells = (
                [cells[0], Cell("  Tab ", Tone.ACCENT), listed]
                if blank
                else [*cells, Cell("  Tab ", Tone.ACCENT), listed]
            )
        return line(*cells)

    def understood(self, command: Command, text: str) -> str:
        """Return the arguments `text` of a command as the command takes them: names that were typed as what they stand for.

        Raises:
            ArgumentError: there is nothing of that name.
            FilterError: the terms of a filter cannot be understood.
        """
        if not text or not command.takes:
            return text
        if command.takes == (Argument.TERMS,):
            self._compiled(text)
            return text
        if len(command.takes) == 1:
            return self._meant(command.takes[0], "", text, 0)
        first, _blank, second = text.partition(" ")
        meant = self._meant(command.takes[0], "", first, 0)
        second = second.strip()
        if not second:
            return meant
        return f"{meant} {self._meant(command.takes[1], meant, second, len(text) - len(second))}"

    def _meant(self, argument: Argument, given: str, typed: str, at: int) -> str:
        choices = self._choices(argument, given)
        if choices is None:
            return typed
        if typed in choices:
            return choices[typed].value
        folded = typed.casefold()
        alike = {choice.value for name, choice in choices.items() if name.casefold() == folded}
        if len(alike) == 1:
            return alike.pop()
        if argument not in _UNKNOWN:
            return typed
        text = _(_UNKNOWN[argument]).format(name=safe(typed, 40))
        raise ArgumentError(text + self._near(argument, given, folded), at)

    def _near(self, argument: Argument, given: str, folded: str) -> str:
        """Return what may have been meant. Of many names those are looked for that have the typed one in them."""
        names = [name for _folded, name in self._names_of(argument, given)]
        if len(names) <= MOST_OFFERED:
            few = "; " + _("there are {names}").format(names=", ".join(names)) if len(names) <= FEW else ""
            return did_you_mean(folded, names) or few
        within = list(islice((name for low, name in self._names_of(argument, given) if folded in low), 2))
        return "; " + _("did you mean {names}?").format(names=", ".join(within)) if within else ""

    # What there is ----------------------------------------------------------------------------------------------------

    def _names(self, head: str) -> Iterator[str]:
        """Yield commands that `head` may become: the one that Enter would carry out, then the others by their names."""
        colon, begun = ":" if head.startswith(":") else "", head.lstrip(":").casefold().replace("-", "_")
        offered = [command for command in self._console.offered if command.scope is not Scope.LIST]
        near = [command for command in offered if begun and command.name.startswith(begun)]
        for command in sorted(near, key=lambda command: len(command.name)):
            if command.name == begun and command.takes:
                yield f"{head} "
            elif command.name != begun:
                yield colon + head.lstrip(":") + command.name[len(begun) :]

    def _beginning(self, argument: Argument, given: str, begun: str) -> Iterator[str]:
        folded = begun.casefold()
        return (
            name for low, name in self._names_of(argument, given) if low.startswith(folded) and len(low) > len(folded)
        )

    def _names_of(self, argument: Argument, given: str) -> list[tuple[str, str]]:
        """Return the names of what an argument can be, each also without capitals."""
        if (argument, given) not in self._folded:
            choices = self._choices(argument, given) or {}
            self._folded[argument, given] = [(name.casefold(), name) for name in choices]
        return self._folded[argument, given]

    def _shown(self, name: str, argument: Argument | None, given: str) -> str:
        choices = (self._choices(argument, given) if argument is not None else None) or {}
        meaning = choices[name].meaning if name in choices else ""
        return f"{name} ({meaning})" if meaning else name

    def _choices(self, argument: Argument, given: str) -> Choices | None:
        """Return what an argument can be, behind the arguments `given`; None where nobody knows."""
        if (argument, given) not in self._known:
            source = getattr(self, f"_{argument.value}", None)
            found: Choices | None = source(given) if source is not None else None
            self._known[argument, given] = found
        return self._known[argument, given]

    def _tenant(self, _given: str) -> Choices | None:
        """The tenants that are known, as they are shown; of two that look alike only the one that is called so."""
        found: dict[str, Choice] = {}
        for tenant in sorted(self._console.shown.platform.tenants, key=str.casefold):
            shown = safe(tenant).strip()
            if shown and (shown == tenant or shown not in found):
                found[shown] = Choice(tenant)
        return found or None

    _any_tenant = _tenant

    def _optimization(self, given: str) -> Choices | None:
        from kryonix_tui.tui.optimizing import CHOICES

        return _listed(CHOICES) if self._console.current_mode == "maintenance" else self._tenant(given)

    def _database(self, _given: str) -> Choices:
        databases = self._console.shown.platform.databases
        numbers = {str(found.db): Choice(str(found.db), safe(found.name, 30)) for found in databases}
        return {**numbers, **{safe(found.name): Choice(str(found.db)) for found in databases if found.name}}

    def _database_number(self, given: str) -> Choices:
        return {name: choice for name, choice in self._database(given).items() if name == choice.value}

    def _kind(self, given: str) -> Choices:
        from kryonix_tui.model.keyspace import OTHER

        patterns = self._console.config.keyspace.patterns
        kinds = [pattern.kind for pattern in patterns if pattern.db is None or str(pattern.db) == given]
        return {kind: Choice(kind) for kind in (*kinds, OTHER)}

    def _screen(self, _given: str) -> Choices:
        from kryonix_tui.view.screens import screen_names

        return {safe(name): Choice(name) for name in screen_names()}

    def _theme(self, _given: str) -> Choices:
        from kryonix_tui.tui.themes import THEMES

        own = [theme.name for theme in THEMES]
        return {name: Choice(name) for name in [*own, *sorted(set(self._console.available_themes) - set(own))]}

    def _column(self, _given: str) -> Choices | None:
        columns = getattr(self._console.view, "columns", None)
        if columns is None:
            return None
        return {column.name: Choice(column.name) for column in columns(self._console.shown)}

    def _span(self, _given: str) -> Choices:
        from kryonix_tui.view.window import SPANS

        names = [f"{span / 3600:g}h" if span >= 3600 else f"{span / 60:g}m" for span in SPANS]
        return {name: Choice(name) for name in names}

    def _level(self, _given: str) -> Choices:
        from kryonix_tui.tui.screens.maintenance import LEVELS

        return _listed(LEVELS)

    def _profile(self, _given: str) -> Choices:
        from kryonix_tui.tui.tuning import CHOICES

        return _listed(CHOICES)

    def _pace(self, _given: str) -> Choices:
        return {"full": Choice("full")}

    def _variable(self, _given: str) -> Choices | None:
        described = getattr(self._console.view, "described", None)
        if described is None:
            return None
        return {found.name: Choice(found.name, safe(found.title, 30)) for found in described.variables}

    # Terms of a filter ------------------------------------------------------------------------------------------------

    @cached_property
    def _complete_terms(self) -> Callable[[str], Sequence[str]] | None:
        completer = getattr(self._console.view, "completer", None)
        return completer(self._console.shown) if completer is not None else None

    def _terms(self, begun: str) -> Sequence[str]:
        complete = self._complete_terms
        return complete(begun)[:MOST_OFFERED] if complete is not None else ()

    def _compiled(self, terms: str) -> None:
        compiled = getattr(self._console.view, "compiled", None)
        if compiled is not None:
            compiled(terms)


def _last(command: Command, rest: str) -> tuple[Argument | None, str, str]:
    """Return which argument is being typed, the one before it, and what there is of it."""
    begun = rest.lstrip()
    first, blank, second = begun.partition(" ")
    if len(command.takes) > 1 and blank:
        return command.takes[1], first, second.lstrip()
    return (command.takes[0] if command.takes else None), "", begun


def _listed(choices: Sequence[tuple[str, str]]) -> Choices:
    return {name: Choice(name, _(meaning)) for name, meaning in choices}

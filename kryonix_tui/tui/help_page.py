"""What the help page says: every command with the keys in force, what the screen in front can do first, and the signs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from rich.cells import cell_len

from kryonix_tui.i18n import N_, _
from kryonix_tui.tui.availability import carrier, why_not
from kryonix_tui.tui.commands import SCOPE_TITLES, Command, Scope, describe
from kryonix_tui.tui.keyboard import key_called, key_name
from kryonix_tui.tui.widgets.lines import wrapped
from kryonix_tui.view.cells import Cell, Line, Tone, line

SIGNS: Final = (
    ("●", Tone.OK, N_("ok")),
    ("▲", Tone.WARNING, N_("warning; of a source: STALE")),
    ("✖", Tone.CRITICAL, N_("critical; of a source: failing")),
    ("○", Tone.MUTED, N_("not enough is known to judge")),
    ("◌", Tone.MUTED, N_("source not configured")),
    ("~ ±", Tone.PLAIN, N_("an estimate, and how far it may be off")),
    ("✓", Tone.INFO, N_("a marked row")),
    ("‹ +3›", Tone.ACCENT, N_("columns that are hidden on the left, and three on the right")),
    ("█▂··", Tone.ACCENT, N_("of a tenant: how many of its keys live in which database")),
    ("10k!", Tone.WARNING, N_("of a database: some keys fit no pattern and name no tenant")),
    ("P m p", Tone.PLAIN, N_("whose hit rate: Prometheus, redis:metrics, redis:perf; ! witnesses disagree")),
)

ROOMY: Final = 84
"""Columns from which what is typed after `:` has a column of its own."""
TIGHT: Final = 56
"""Columns under which the column of keys is narrow."""


class Place(StrEnum):
    """Where a command can be carried out."""

    HERE = "here"
    ANYWHERE = "anywhere"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command as it is now: its keys by Textual's names, and why it is not available (empty: it is)."""

    command: Command
    keys: tuple[str, ...]
    place: Place = Place.ANYWHERE
    why_not: str = ""

    @property
    def typed(self) -> str:
        """What to type for it, empty for moves."""
        if self.command.scope is Scope.LIST:
            return ""
        return " ".join(filter(None, (f":{self.command.name}", _(self.command.arguments))))


class Keyed(Protocol):
    """The app, as far as help needs it."""

    def keys_of(self, command: Command) -> tuple[str, ...]:
        """The keys that a command has in this configuration."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """The lines of a page, and how many commands are on it."""

    lines: tuple[Line, ...]
    count: int


def entries_of(commands: Iterable[Command], places: Sequence[object], app: Keyed) -> list[Entry]:
    """Return what the help page says of commands that `places` carry out, the screen in front being the first of them."""
    found = []
    for command in commands:
        by = carrier(command, places)
        place = Place.ELSEWHERE if by is None else Place.HERE if by is places[0] else Place.ANYWHERE
        found.append(Entry(command, app.keys_of(command), place, why_not(command, places)))
    return found


def page(entries: Sequence[Entry], screen: str, wanted: str, width: int) -> Found:
    """Return the page for `width` columns: the commands that `wanted` finds, those of the screen in front first.

    `wanted` is a key, or words in any order; accents and capitals make no difference.
    """
    pressed = key_called(wanted) if wanted.strip() else None
    by_key = [entry for entry in entries if pressed in entry.keys]
    words = _plain(wanted).split()
    found = [entry for entry in entries if entry not in by_key and all(_has(entry, word) for word in words)]
    lines = [*_section(_("Key {key}").format(key=key_name(pressed or "")), by_key, width)]
    for title, section in _sections(found, screen):
        lines += _section(title, section, width)
    signs = [sign for sign in SIGNS if all(word in _plain(_(sign[2])) for word in words)]
    if signs:
        lines.append(line(Cell(_("Signs"), Tone.ACCENT)))
        lines += [part for sign, tone, meaning in signs for part in hanging(_sign(sign, tone), 10, meaning, width)]
    if not lines:
        lines = [line(Cell(_("nothing found"), Tone.WARNING)), line(Cell(_("Esc shows everything again"), Tone.MUTED))]
    return Found(tuple(lines), len(by_key) + len(found))


def hanging(
    head: Sequence[Cell], indent: int, text: str, width: int, *, tone: Tone = Tone.PLAIN, tail: str = ""
) -> Iterator[Line]:
    """Yield `head`, and beside it in a column from `indent` on a text with a muted `tail`, in as many lines as that takes."""
    body = (Cell(_(text), tone), *((Cell(f"  {tail}", Tone.MUTED),) if tail else ()))
    used = sum(cell_len(cell.text) for cell in head)
    lines = list(wrapped(body, max(10, width - indent)))
    if used >= indent:
        yield tuple(head)
    else:
        yield (*head, Cell(" " * (indent - used)), *lines.pop(0))
    for more in lines:
        yield (Cell(" " * indent), *more)


def _sections(entries: Sequence[Entry], screen: str) -> Iterator[tuple[str, list[Entry]]]:
    """Yield what the screen in front can do (what works now first), what works everywhere, and what only other screens can."""
    of_screens = [entry for entry in entries if entry.command.scope in (Scope.ROWS, Scope.CHARTS)]
    here = [entry for entry in of_screens if entry.place is Place.HERE]
    yield _("On this screen: {name}").format(name=screen), sorted(here, key=lambda entry: bool(entry.why_not))
    for scope in (Scope.LIST, Scope.SCREENS):
        yield _(SCOPE_TITLES[scope]), [entry for entry in entries if entry.command.scope is scope]
    everywhere = [entry for entry in entries if entry.command.scope is Scope.EVERYWHERE]
    yield (
        _(SCOPE_TITLES[Scope.EVERYWHERE]),
        [*everywhere, *(entry for entry in of_screens if entry.place is Place.ANYWHERE)],
    )
    yield _("On other screens"), [entry for entry in of_screens if entry.place is Place.ELSEWHERE]


def _section(title: str, entries: Sequence[Entry], width: int) -> Iterator[Line]:
    if not entries:
        return
    yield line(Cell(title, Tone.ACCENT))
    for entry in entries:
        yield from _entry(entry, width)
    yield line()


def _entry(entry: Entry, width: int) -> Iterator[Line]:
    dimmed = bool(entry.why_not)
    text = describe(entry.command)
    if dimmed and entry.place is not Place.ELSEWHERE:
        text = f"{text} ({entry.why_not})"
    tone = Tone.MUTED if dimmed else Tone.PLAIN
    keys = " ".join(key_name(key) for key in entry.keys)
    head = [Cell(f"  {keys}", Tone.MUTED if dimmed else Tone.STRONG)]
    if width >= ROOMY:
        head = [Cell(f"  {keys:<12}", head[0].tone), Cell(f"{entry.typed} ", Tone.MUTED)]
        yield from hanging(head, 36, text, width, tone=tone)
    else:
        yield from hanging(head, 9 if width < TIGHT else 14, text, width, tone=tone, tail=entry.typed)


def _sign(sign: str, tone: Tone) -> list[Cell]:
    return [Cell(f"  {sign}", tone)]


def _has(entry: Entry, word: str) -> bool:
    """Tell whether a word is in what is said of a command, or is one of its keys."""
    command = entry.command
    said = (command.name, command.name.replace("_", " "), describe(command), _(command.label), _(command.arguments))
    keys = (*entry.keys, *(key_name(key) for key in entry.keys))
    return any(word in _plain(text) for text in (*said, *keys)) or key_called(word) in entry.keys


def _plain(text: str) -> str:
    """Return a text without accents and capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)).casefold()

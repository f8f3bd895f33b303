"""The list of backups, as columns."""

from __future__ import annotations

from collections.abc import Sequence

from kryonix_tui.i18n import N_, _
from kryonix_tui.maintenance.backup.catalogue import Entry
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Tone
from kryonix_tui.view.columns import Column

_STATES = {
    "good": ("●", N_("good"), Tone.OK),
    "sealed": ("◆", N_("sealed"), Tone.INFO),
    "damaged": ("✖", N_("damaged"), Tone.CRITICAL),
}


def _state(entry: Entry) -> Cell:
    glyph, word, tone = _STATES[entry.state.value]
    return Cell(f"{glyph} {_(word)}", tone)


def columns(now: float) -> Sequence[Column[Entry]]:
    """Return the columns of the list of backups; `now` is epoch seconds."""
    return (
        Column("state", N_("State"), 9, _state, lambda e: e.state.value),
        Column("age", N_("Age"), 4, lambda e: Cell(_age(e, now)), lambda e: -_made(e), numeric=True, falling=True),
        Column(
            "scope", N_("Scope"), 20, lambda e: Cell(safe(e.name.scope), Tone.STRONG), lambda e: e.name.scope, most=40
        ),
        Column(
            "size", N_("Size"), 9, lambda e: Cell(formats.size(e.size)), lambda e: e.size, numeric=True, falling=True
        ),
        Column("keys", N_("Keys"), 6, _keys, _count, numeric=True, falling=True, rank=2),
        Column("kind", N_("Kind"), 8, _kind, lambda e: e.facts.consistency if e.facts else None, rank=4),
        Column("signature", N_("Signed"), 8, _signature, lambda e: e.signature.value if e.signature else None, rank=3),
        Column("name", N_("Archive"), 24, _name, lambda e: str(e.name), grows=True, rank=1),
    )


def _made(entry: Entry) -> float:
    return entry.name.made_at.timestamp()


def _age(entry: Entry, now: float) -> str:
    return formats.age(max(0.0, now - _made(entry)))


def _count(entry: Entry) -> float | None:
    return entry.facts.keys if entry.facts else None


def _keys(entry: Entry) -> Cell:
    count = _count(entry)
    return UNKNOWN if count is None else Cell(formats.count(count))


def _kind(entry: Entry) -> Cell:
    if entry.facts is None:
        return UNKNOWN
    fuzzy = entry.facts.consistency == "fuzzy"
    return Cell(_("fuzzy") if fuzzy else _("snapshot"), Tone.WARNING if fuzzy else Tone.MUTED)


def _signature(entry: Entry) -> Cell:
    if entry.signature is None:
        return UNKNOWN
    ours = entry.signature.value == "ours"
    return Cell(entry.signature.value.replace("_", " "), Tone.MUTED if ours else Tone.WARNING)


def _name(entry: Entry) -> Cell:
    if entry.reason:
        return Cell(f"{entry.name}: {entry.reason}", Tone.CRITICAL)
    return Cell(str(entry.name), Tone.MUTED)

"""Keys and what is in them, in words: secrets and personal data masked, everything printable, nothing long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.masking import MASK, mask_key_name
from kryonix_tui.model.keys import FoundKey, KeyValue, Part
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats, values
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.columns import Column

_PAYLOADS: Final = frozenset({"list", "stream", "set"})
"""Types whose parts are messages and the like: of what is no JSON, nothing is shown but its length."""


def name_of(found: FoundKey) -> str:
    """Return the name of a key for people."""
    return safe(mask_key_name(safe(found.key, 400)), 400)


def columns() -> tuple[Column[FoundKey], ...]:
    """Return the columns of the list of keys."""
    return (
        # Keys of one place begin alike: what tells them apart is their end.
        Column("key", N_("Key"), 30, lambda found: Cell(name_of(found), Tone.STRONG), name_of, grows=True, tail=True),
        Column(
            "kind", N_("Kind"), 12, lambda found: Cell(safe(found.kind, 40)), lambda found: found.kind, most=24, rank=1
        ),
        Column(
            "tenant",
            N_("Tenant"),
            12,
            lambda found: Cell(safe(found.tenant or formats.DASH, 64), Tone.ACCENT),
            lambda found: found.tenant,
            most=30,
            rank=2,
        ),
    )


def lines(found: FoundKey, value: KeyValue) -> list[Line]:
    """Return what is known of a key and the beginning of its value."""
    head = [line(Cell(name_of(found), Tone.STRONG))]
    if not value.type:
        return [*head, line(Cell(_("the key is gone"), Tone.MUTED))]
    expiry = _("never") if value.ttl_ms is None else formats.duration(value.ttl_ms / 1000)
    length = formats.size(value.length) if value.type == "string" else formats.full_count(value.length)
    head += [
        _pair(_("type"), safe(value.type, 40)),
        _pair(_("kind"), safe(found.kind, 60)),
        _pair(_("expires in"), expiry),
        _pair(_("length"), length),
        _pair(_("memory"), formats.size(value.bytes)),
        line(),
    ]
    if value.refused:
        return [*head, line(Cell(value.refused, Tone.WARNING))]
    shown = [_part(found, value.type, part) for part in value.parts]
    left = value.length - len(value.parts)
    if value.type != "string" and left > 0:
        shown.append(line(Cell(_("and {count} more").format(count=formats.full_count(left)), Tone.MUTED)))
    return [*head, *shown]


def _part(found: FoundKey, kind: str, part: Part) -> Line:
    # The parts of a set have no names, those of a list only places; a sorted set's value is its score.
    name = safe(values.without_telling(safe(part.name)), 60) if kind in ("hash", "list", "stream") else ""
    if kind == "zset":
        score, member = safe(part.value, 40), values.payload(part.name)
        return line(Cell(f"{score:<12} ", Tone.MUTED), member)
    if kind in _PAYLOADS:
        text = _stream(part.value) if kind == "stream" else values.payload(part.value, cut=part.cut)
    else:
        text = _masked(found, part)
    more = Cell(" …" if part.cut else "", Tone.MUTED)
    return line(Cell(f"{name:<18} " if name else "", Tone.MUTED), text, more)


def _masked(found: FoundKey, part: Part) -> str:
    key = safe(found.key, 400)
    if values.is_personal_key(key):
        return MASK if part.value else ""
    return values.masked(safe(part.name, len(part.name)) or key, part.value, cut=part.cut)


def _stream(names: bytes) -> str:
    return "  ".join(f"{safe(name, 40)}: {MASK}" for name in names.split(b"\0"))


def _pair(name: str, text: str) -> Line:
    return line(Cell(f"{name:<12} ", Tone.MUTED), text)


def kinds(found: Iterable[tuple[tuple[int, str], int]]) -> list[tuple[str, str]]:
    """Return places with keys as choices of a menu: `0/mobile_session`, the most keys first."""
    ordered = sorted(found, key=lambda place: -place[1])
    return [
        (f"{db}/{kind}", f"{db:>2} {safe(kind, 30):<24} {formats.full_count(count):>9}")
        for (db, kind), count in ordered[:200]
        if count
    ]

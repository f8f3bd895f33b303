"""Silences: what each holds back now, how long it will, and whether anybody still thinks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kryonix_tui.i18n import N_, _
from kryonix_tui.model.alert import Alert, Silence
from kryonix_tui.model.matchers import text_of
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.view.columns import Column

YOUNG = 900.0
"""Seconds in which a silence may hold nothing back and is not forgotten: it was made for what is about to be done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a silence does now: alerts that it holds back, seconds left, and what is odd about it."""

    muted: int
    left: float
    ending: bool
    forgotten: bool


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence with its standing."""

    silence: Silence
    standing: Standing
    alerts: tuple[Alert, ...] = ()


def rows(silences: Iterable[Silence], alerts: Sequence[Alert], now: float, ending: float) -> list[SilenceRow]:
    """Return all silences with what they do. `now` is epoch seconds, `ending` from how many seconds on one ends soon."""
    holding: dict[str, list[Alert]] = {}
    for alert in alerts:
        for silence_id in alert.silences:
            holding.setdefault(silence_id, []).append(alert)
    return [_row(silence, holding, now, ending) for silence in silences]


def _row(silence: Silence, holding: Mapping[str, list[Alert]], now: float, ending: float) -> SilenceRow:
    held = tuple(holding.get(silence.silence_id, ()))
    left = max(0.0, silence.ends_at - now)
    forgotten = silence.active and not held and now - silence.starts_at > YOUNG
    return SilenceRow(silence, Standing(len(held), left, silence.active and left <= ending, forgotten), held)


def columns() -> tuple[Column[SilenceRow], ...]:
    """Return the columns of the list of silences."""
    return (
        Column(
            "left",
            N_("Left"),
            10,
            _left,
            lambda row: row.standing.left,
            numeric=True,
            unit="seconds",
        ),
        Column(
            "alerts",
            N_("Alerts"),
            6,
            lambda row: Cell(formats.count(row.standing.muted)),
            lambda row: row.standing.muted,
            numeric=True,
            falling=True,
        ),
        Column("note", N_("Note"), 11, _note, lambda row: _note(row).text, rank=2),
        Column("matchers", N_("Matchers"), 24, lambda row: Cell(_matchers(row), Tone.STRONG), _matchers, grows=True),
        Column(
            "by", N_("By"), 12, lambda row: Cell(row.silence.author), lambda row: row.silence.author, most=30, rank=1
        ),
        Column(
            "reason",
            N_("Reason"),
            16,
            lambda row: Cell(row.silence.comment),
            lambda row: row.silence.comment,
            grows=True,
        ),
        Column(
            "id",
            N_("Id"),
            8,
            lambda row: Cell(row.silence.silence_id, Tone.MUTED),
            lambda row: row.silence.silence_id,
            most=36,
            rank=3,
        ),
    )


def detail(row: SilenceRow, now: float) -> list[Line]:
    """Return everything about a silence, and what it holds back."""
    silence = row.silence
    lines = [
        line(_left(row), "  ", Cell(_matchers(row), Tone.STRONG)),
        line(),
        _pair(_("reason"), silence.comment),
        _pair(_("author"), silence.author),
        _pair(_("since"), formats.clock_time(silence.starts_at, today=now)),
        _pair(_("until"), formats.clock_time(silence.ends_at, today=now)),
        _pair(_("id"), silence.silence_id),
        *([line(_note(row))] if _note(row).text else []),
        line(),
        line(Cell(_("Alerts that it holds back"), Tone.ACCENT)),
    ]
    held = [line(Cell(f"{alert.severity.value:<9} ", Tone.MUTED), safe(alert.name, 80)) for alert in row.alerts[:100]]
    return lines + (held or [line(Cell(_("none"), Tone.MUTED))])


def _pair(name: str, value: str) -> Line:
    return line(Cell(f"{name:<10} ", Tone.MUTED), value)


def _left(row: SilenceRow) -> Cell:
    if not row.silence.active:
        return Cell(_("pending"), Tone.MUTED)
    return Cell(formats.duration(row.standing.left), Tone.WARNING if row.standing.ending else Tone.PLAIN)


def _note(row: SilenceRow) -> Cell:
    if row.standing.forgotten:
        return Cell(f"▲ {_('forgotten?')}", Tone.WARNING)
    return Cell(f"▲ {_('ends soon')}", Tone.WARNING) if row.standing.ending else Cell("")


def _matchers(row: SilenceRow) -> str:
    return safe(text_of(row.silence.matchers), 1000)

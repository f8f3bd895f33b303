"""Queues as rows: how much waits, how fast that changes, and whether anybody takes from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kryonix_tui.i18n import N_, _, ngettext, numerals
from kryonix_tui.model.queues import Certainty, Consumer, QueueList, QueueState, Rate
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line
from kryonix_tui.view.columns import Column
from kryonix_tui.view.sparkline import dots

TREND_WIDTH: Final = 8

GLYPHS: Final = {
    Consumer.NONE: Cell("✖", Tone.CRITICAL),
    Consumer.STALLED: Cell("▲", Tone.WARNING),
    Consumer.UNKNOWN: Cell("○", Tone.MUTED),
    Consumer.WORKING: Cell("●", Tone.OK),
    Consumer.IDLE: Cell("·", Tone.MUTED),
}
"""Whether anybody takes items, as a sign."""

_SIGNS: Final = {Certainty.KNOWN: "", Certainty.ABOUT: "~", Certainty.LEAST: "≥"}


def columns(now: float) -> tuple[Column[QueueState], ...]:
    """Return the columns of the list, with ages at `now` (epoch seconds)."""

    def waits(state: QueueState) -> float | None:
        return max(0.0, now - state.oldest) if state.oldest is not None and state.depth else None

    return (
        Column(
            "consumer",
            N_("St"),
            2,
            lambda state: GLYPHS[state.consumer],
            # Of those that are as bad, the longest come first.
            lambda state: -state.consumer.rank + state.depth / (state.depth + 1000),
            falling=True,
            word=lambda state: state.consumer.value,
            words=tuple(Consumer),
            frozen=True,
        ),
        Column("tenant", N_("Tenant"), 14, _owner, lambda state: state.tenant, most=32, frozen=True),
        Column(
            "queue", N_("Queue"), 10, lambda state: Cell(state.module), lambda state: state.module, most=24, frozen=True
        ),
        _figure("depth", N_("Depth"), 5, _depth, lambda state: state.depth, rank=0),
        Column("trend", N_("Trend"), TREND_WIDTH, _trend, lambda _state: None, rank=6),
        _figure(
            "in", N_("In/min"), 6, lambda state: _rate(state.arriving), lambda state: _per_minute(state.arriving), 4
        ),
        _figure(
            "out", N_("Out/min"), 7, lambda state: _rate(state.leaving), lambda state: _per_minute(state.leaving), 4
        ),
        _figure("net", N_("Net/min"), 7, _net, lambda state: None if state.net is None else 60 * state.net, 3),
        _figure("oldest", N_("Oldest"), 6, lambda state: _age(waits(state)), waits, 1, unit="seconds"),
        _figure("empty", N_("Empty in"), 8, _empty, lambda state: state.seconds_to_empty, 2, unit="seconds"),
        _figure(
            "quiet", N_("Quiet"), 5, lambda state: _age(state.quiet or None), lambda state: state.quiet, 5, "seconds"
        ),
        Column("why", N_("Consumers"), 20, consumers_cell, lambda state: -state.consumer.rank, grows=True, rank=5),
    )


def _figure(
    name: str,
    title: str,
    width: int,
    cell: Callable[[QueueState], Cell],
    value: Callable[[QueueState], float | None],
    rank: int,
    unit: str = "",
) -> Column[QueueState]:
    return Column(name, title, width, cell, value, numeric=True, falling=True, rank=rank, unit=unit)


def _owner(state: QueueState) -> Cell:
    if state.tenant is None:
        return Cell(_("(platform)"), Tone.MUTED)
    return Cell(safe(state.tenant, 64), Tone.STRONG)


def _depth(state: QueueState) -> Cell:
    return Cell(formats.count(state.depth), Tone.PLAIN if state.depth else Tone.MUTED)


def _trend(state: QueueState) -> Cell:
    return Cell(dots([float(depth) for depth in state.recent], TREND_WIDTH, low=0), Tone.ACCENT)


def _per_minute(rate: Rate | None) -> float | None:
    return None if rate is None else 60 * rate.value


def _rate(rate: Rate | None) -> Cell:
    if rate is None:
        return UNKNOWN
    text = f"{_SIGNS[rate.certainty]}{_few(60 * rate.value)}"
    return Cell(text, Tone.PLAIN if rate.value else Tone.MUTED)


def _net(state: QueueState) -> Cell:
    if state.net is None:
        return UNKNOWN
    text = _few(60 * state.net)
    return Cell(f"+{text}" if state.net > 0 else text, Tone.WARNING if state.net > 0 else Tone.PLAIN)


def _few(per_minute: float) -> str:
    """Return a rate: a digit behind the point where it is small."""
    return numerals(f"{per_minute:.1f}".removesuffix(".0")) if abs(per_minute) < 9.95 else formats.count(per_minute)


def _age(seconds: float | None) -> Cell:
    return UNKNOWN if seconds is None else Cell(formats.age(seconds))


def _empty(state: QueueState) -> Cell:
    if not state.depth:
        return Cell(_("empty"), Tone.MUTED)
    if state.net is None:
        return UNKNOWN
    seconds = state.seconds_to_empty
    if seconds is not None:
        return Cell(formats.age(seconds))
    return Cell(_("grows"), Tone.WARNING) if state.net > 0 else Cell(_("stays"), Tone.MUTED)


def consumers_cell(state: QueueState) -> Cell:
    """Return in words whether anybody takes from a queue."""
    quiet = formats.duration(state.quiet)
    texts = {
        Consumer.NONE: _("no consumer: nothing taken for {time}").format(time=quiet),
        Consumer.STALLED: _("stalled: nothing taken for {time}").format(time=quiet),
        Consumer.UNKNOWN: _("not known yet"),
        Consumer.WORKING: _("takes items"),
        Consumer.IDLE: _("nothing waits"),
    }
    tones = {Consumer.NONE: Tone.CRITICAL, Consumer.STALLED: Tone.WARNING}
    return Cell(texts[state.consumer], tones.get(state.consumer, Tone.MUTED))


def heading(state: QueueState, now: float) -> list[Line]:
    """Return what is known of one queue, in a few lines."""
    waits = None if state.oldest is None else now - state.oldest
    oldest = formats.duration(waits) if waits is not None else formats.DASH
    return [
        line(Cell(name_of(state), Tone.STRONG), "  ", GLYPHS[state.consumer], " ", consumers_cell(state)),
        line(
            Cell(
                ngettext("{count} waits", "{count} wait", state.depth).format(count=formats.full_count(state.depth)),
                Tone.PLAIN,
            ),
            Cell("   " + _("oldest {age}").format(age=oldest), Tone.MUTED),
            Cell("   " + (_("empty in ") if state.seconds_to_empty is not None else ""), Tone.MUTED),
            _empty(state),
        ),
        line(
            Cell(_("per minute: "), Tone.MUTED),
            Cell(_("in "), Tone.MUTED),
            _rate(state.arriving),
            Cell(_("  out "), Tone.MUTED),
            _rate(state.leaving),
            Cell(_("  net "), Tone.MUTED),
            _net(state),
            Cell("   " + certainty(state), Tone.MUTED),
        ),
    ]


def certainty(state: QueueState) -> str:
    """Return how the rates of a queue are known."""
    found = {rate.certainty for rate in (state.arriving, state.leaving) if rate is not None}
    if Certainty.ABOUT in found:
        return _("(~ by the items' own times)")
    if Certainty.LEAST in found:
        return _("(≥ at least: items say no time)")
    return ""


def name_of(state: QueueState) -> str:
    """Return what people call a queue."""
    return f"{safe(state.tenant, 64)}/{state.module}" if state.tenant is not None else state.module


def summary(known: QueueList) -> list[Cell]:
    """Return how many queues nobody takes from, for the line above the list."""
    texts = (
        (Consumer.NONE, _("{count} without a consumer"), Tone.CRITICAL),
        (Consumer.STALLED, _("{count} stalled"), Tone.WARNING),
    )
    return [
        Cell(f"  {GLYPHS[consumer].text} {text.format(count=known.consumers[consumer])}", tone)
        for consumer, text, tone in texts
        if known.consumers.get(consumer)
    ]

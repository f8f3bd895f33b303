"""How the sources are: a glyph, a name and an age each."""

from __future__ import annotations

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import N_, _
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.view import formats, sentences
from kryonix_tui.view.cells import Cell, Line, Tone, line

_SHORT = {
    SourceName.REDIS: "redis",
    SourceName.CENSUS: N_("census"),
    SourceName.TENANTS: N_("facts"),
    SourceName.PROMETHEUS: "prom",
    SourceName.ALERTMANAGER: "am",
}


def mark(state: SourceState, now: Instant) -> Cell:
    """Return a glyph for the state: alive, stale, failing, waiting, not configured."""
    if state.condition is Condition.NOT_CONFIGURED:
        return Cell("◌", Tone.MUTED)
    if state.condition is Condition.FAILING:
        return Cell("✖", Tone.CRITICAL)
    if state.condition is Condition.WAITING:
        return Cell("…", Tone.MUTED)
    return Cell("▲", Tone.WARNING) if state.stale(now) else Cell("●", Tone.OK)


def summary(update: Update, now: Instant, *, ages: bool) -> Line:
    """Return all sources in one line, with the ages of their data where there is room."""
    cells: list[Cell] = []
    for name, state in update.snapshot.sources.items():
        stale = state.stale(now)
        text = f" {_(_SHORT[name])}"
        if ages and state.condition is not Condition.NOT_CONFIGURED:
            text += f" {formats.age(state.age(now))}"
        cells += [mark(state, now), Cell(text, Tone.WARNING if stale else Tone.MUTED)]
        if stale:
            cells.append(Cell(" " + _("STALE"), Tone.WARNING))
        cells.append(Cell("  "))
    return tuple(cells[:-1])


def troubles(update: Update, now: Instant, limit: int = 2) -> list[Line]:
    """Return a line for each source that fails or is stale: what happened, how old the shown data are, what to do."""
    lines: list[Line] = []
    for state in update.snapshot.sources.values():
        text = sentences.source_trouble(state, now)
        if text:
            failing = state.condition is Condition.FAILING
            lines.append(line(Cell(f"{'✖' if failing else '▲'} {text}", Tone.CRITICAL if failing else Tone.WARNING)))
    return lines[:limit]


def tile_age(update: Update, source: SourceName, now: Instant) -> Cell:
    """Return how old a tile's figures are; loud where they are stale, a word where there are none."""
    state = update.snapshot.sources[source]
    if state.condition is Condition.NOT_CONFIGURED:
        return Cell(_("not configured"), Tone.MUTED)
    age = state.age(now)
    if age is None:
        waiting = _("no answer") if state.condition is Condition.FAILING else _("waiting")
        return Cell(waiting, Tone.CRITICAL if state.condition is Condition.FAILING else Tone.MUTED)
    if state.stale(now):
        return Cell(_("STALE {age}").format(age=formats.age(age)), Tone.WARNING)
    return Cell(formats.age(age), Tone.MUTED)

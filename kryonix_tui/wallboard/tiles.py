"""What a panel says on the wall: a figure to be written large, lines, or a chart; and how old that is.

What is STALE looks like nothing else: the figure makes room for the word, for its age, and for what it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.screen import Panel
from kryonix_tui.i18n import _
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.tui.widgets.chart import Plot
from kryonix_tui.view import formats, panel_questions, panels, platform_panels, trends
from kryonix_tui.view import tenant as tenant_view
from kryonix_tui.view.cells import Cell, Line, Tone, line, plain
from kryonix_tui.view.panel_questions import Asked, Frame
from kryonix_tui.view.window import Window

_FIGURE: Final = re.compile(r"(?:(?P<mark>[▲✖○]) )?(?P<number>[<>~-]*[0-9][0-9.,]*[kMGT]?(?: ?%)?|–)(?P<unit>.*)")
STEP: Final = 10.0
"""Seconds in which ages grow while all is well."""
_BY_CENSUS: Final = frozenset({"tenants", "sessions", "mobile_share", "session_kinds", "kinds", "memory"})
_BY_TENANTS: Final = frozenset({"troubled", "hit_rate", "queue_depth", "queues", "attention"})


@dataclass(frozen=True, slots=True)
class Tile:
    """One panel. `figure` is to be written large, `lines` under it; `plot` is drawn instead of both. `mark` is the sign of
    what is not ok, before the title.

    `age` stands in the frame. `stale` is empty, or says since when nothing new has come.
    """

    title: str
    age: Cell
    mark: str = ""
    figure: Cell | None = None
    unit: str = ""
    lines: tuple[Line, ...] = ()
    plot: Plot | None = None
    stale: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the tiles of a slide are about: an update and its moment, the variables, and the tenant where it is about one."""

    update: Update
    now: Instant
    frame: Frame
    tenant: Tenant | None = None
    about_tenant: bool = False

    @property
    def identity(self) -> str | None:
        """The tenant's identity."""
        return self.tenant.tenant if self.tenant is not None else None


def tile(panel: Panel, about: About, size: tuple[int, int]) -> Tile:
    """Return what a panel says in so many columns and rows."""
    found = _of_redis(panel, about, size) if panel.redis else _of_prometheus(panel, about, size)
    return replace(found, title=safe(_(panel.title), 60))


def source_of(panel: Panel, about: About) -> SourceName:
    """Return which reading the age of a figure is that of. Redis answers for what the console reads itself."""
    sources = about.update.snapshot.sources
    if panel.redis == "alerts":
        absent = sources[SourceName.ALERTMANAGER].condition is Condition.NOT_CONFIGURED
        return SourceName.PROMETHEUS if absent else SourceName.ALERTMANAGER
    if about.about_tenant:
        return SourceName.CENSUS if panel.redis in _BY_CENSUS | {"keys", "databases"} else SourceName.TENANTS
    if panel.redis in _BY_TENANTS:
        return SourceName.TENANTS
    return SourceName.CENSUS if panel.redis in _BY_CENSUS - {"memory"} else SourceName.REDIS


def age_of(update: Update, source: SourceName, now: Instant) -> tuple[Cell, str]:
    """Return how old the reading of a source is, for a frame, and what to say where that is too old (else empty)."""
    state = update.snapshot.sources[source]
    age, failing = state.age(now), state.condition is Condition.FAILING
    if state.condition is Condition.NOT_CONFIGURED:
        return Cell(_("not configured"), Tone.MUTED), ""
    if age is None:
        return (Cell(_("no answer"), Tone.CRITICAL), _("no answer yet")) if failing else (_waiting(), "")
    if state.stale(now):
        return _stale(age)
    return (Cell(f"✖ {formats.age(age)}", Tone.CRITICAL) if failing else Cell(coarse(age), Tone.MUTED)), ""


def coarse(age: float) -> str:
    """Return the age of what is well, in steps: each second of it would be sent to the terminal, also when nobody looks.

    >>> [coarse(age) for age in (0, 9.9, 10, 29, 60, 150)]
    ['<10s', '<10s', '10s', '20s', '1m', '2m']
    """
    return formats.age(age - age % STEP) if age >= STEP else f"<{formats.age(STEP)}"


def _stale(age: float) -> tuple[Cell, str]:
    said = _("last answer {duration} ago").format(duration=formats.duration(age))
    return Cell(_("STALE {age}").format(age=formats.age(age)), Tone.CRITICAL), said


def _waiting() -> Cell:
    return Cell(_("waiting"), Tone.MUTED)


def _of_redis(panel: Panel, about: About, size: tuple[int, int]) -> Tile:
    age, stale = age_of(about.update, source_of(panel, about), about.now)
    blank = Tile("", age, stale=stale)
    if about.about_tenant and about.tenant is None:
        return replace(blank, lines=(line(Cell(_("no tenant has been found yet"), Tone.MUTED)),))
    subject = tenant_view.Subject(about.tenant, about.update) if about.tenant is not None else None
    if panel.kind == "timeseries":
        track = tenant_view.series(panel, subject) if subject else platform_panels.series(panel, about.update)
        if track is not None:
            start, end = Window(about.frame.span).bounds(about.now)
            ahead, high = round(about.now.wall - about.now.steady), _high(panel)
            plot = Plot(track, start, end, ahead, panel.low, high, told_until=track.told_until)
            return replace(blank, plot=plot)
    lines = (
        tenant_view.panel_lines(panel, subject, size[0])
        if subject
        else platform_panels.panel_lines(panel, about.update, size[0])
    )
    return _said(panel, lines, blank)


def asked(panel: Panel, about: About, columns: int) -> list[Asked]:
    """Return what a panel of so many columns asks Prometheus."""
    return panel_questions.questions(panel, about.frame, columns)


def _of_prometheus(panel: Panel, about: About, size: tuple[int, int]) -> Tile:
    known = panel_questions.answered(asked(panel, about, size[0]), about.update, about.identity)
    age, stale = _age_of_answers(known, about)
    blank = Tile("", age, stale=stale)
    if about.update.snapshot.sources[SourceName.PROMETHEUS].condition is Condition.NOT_CONFIGURED:
        text = Cell(_("Prometheus is not configured (prometheus.url)"), Tone.MUTED)
        return replace(blank, age=Cell(_("not configured"), Tone.MUTED), lines=(line(text),))
    if not panel_questions.over_time(panel):
        return _said(panel, panels.lines(panel, known, size[0]), blank)
    ahead = round(about.now.wall - about.now.steady)
    start, end = Window(about.frame.span).bounds(about.now)
    alone = trends.single(known, ahead) if panel.kind == "timeseries" else None
    if alone is not None and not panels.troubles(known):
        return replace(blank, plot=Plot(alone, start, end, ahead, panel.low, _high(panel)))
    return replace(blank, lines=tuple(trends.rows(panel, known, (start + ahead, end + ahead), size)))


def _age_of_answers(known: Sequence[Asked], about: About) -> tuple[Cell, str]:
    """As `age_of`, for what a panel asked itself: the oldest answer counts."""
    readings = [one.answered.reading for one in known if one.answered and one.answered.reading]
    if not readings:
        failed = any(one.answered and one.answered.trouble for one in known)
        return (Cell(_("no answer"), Tone.CRITICAL), _("no answer yet")) if failed else (_waiting(), "")
    age = max(reading.at.age(about.now) for reading in readings)
    if any(one.answered and one.answered.stale(about.now) for one in known):
        return _stale(age)
    exact = panels.age(known, about.now)
    return (Cell(coarse(age), exact.tone) if exact.tone is Tone.MUTED else exact), ""


def _said(panel: Panel, lines: Sequence[Line], blank: Tile) -> Tile:
    """Return a tile of lines; the figure of one that has just one is taken out of them."""
    if panel.kind not in ("stat", "gauge") or not lines or not lines[0]:
        return replace(blank, lines=tuple(lines))
    cell = lines[0][-1]
    found = _FIGURE.fullmatch(cell.text.strip())
    bar = panel.kind == "gauge" and plain(lines[0][:-1]).strip("█░┊ ") == ""
    if found is None or (len(lines[0]) > 1 and not bar):
        return replace(blank, lines=tuple(lines))
    words = [line(Cell(f"{found['mark']} {_WORDS[found['mark']]()}", cell.tone))] if found["mark"] else []
    under = lines if bar and len(lines[0]) > 1 else lines[1:]
    figure = Cell(found["number"].replace(" ", ""), cell.tone)
    return replace(blank, mark=found["mark"] or "", figure=figure, unit=found["unit"].strip(), lines=(*words, *under))


def _high(panel: Panel) -> float | None:
    return 100 if panel.unit == "percent" and panel.high is None else panel.high


# A tone alone would not be seen by everybody: a word stands under the figure where there is room.
_WORDS: Final = {"▲": lambda: _("warning"), "✖": lambda: _("critical"), "○": lambda: _("unknown")}

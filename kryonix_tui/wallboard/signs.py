"""What stands above every slide: where we are, what time it is, what comes next; and what must not be missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.config.load import Loaded
from kryonix_tui.i18n import _
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats, sources
from kryonix_tui.view.cells import Cell, Line, Tone, line, plain
from kryonix_tui.view.sentences import source_title
from kryonix_tui.wallboard.alerting import Alerting
from kryonix_tui.wallboard.digits import large
from kryonix_tui.wallboard.proof import Proof, how_to_fix

STEP = 5
"""Seconds in which the countdown goes."""
_TALL, _WIDE = 30, 80
"""From this size on, the clock is large."""
_WIDER = 120
"""From this width on, there is room to say how far what was proven goes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wall itself is: what was proven, whether it still counts, whether alerts reach anybody, what broke."""

    proof: Proof
    late: bool
    alerting: Alerting
    accepted: bool = False
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """What comes next, empty where nothing does, and in how many seconds."""

    title: str
    seconds: float

    def cell(self, room: int) -> Cell:
        """Return both in coarse steps, as they fit into so many cells: each step is sent to the terminal."""
        if not self.title:
            return Cell("")
        coarse = formats.duration(max(STEP, math.ceil(self.seconds / STEP) * STEP))
        whole = "  ▸ " + _("next: {title} in {duration}").format(title=self.title, duration=coarse)
        short = f"  ▸ {coarse}"
        return Cell(next((text for text in (whole, short) if cell_len(text) <= room), ""), Tone.MUTED)


def head(
    title: str, following: Following, standing: Standing, about: tuple[Loaded, Update, Instant], size: tuple[int, int]
) -> list[Line]:
    """Return the first lines of a wall of a size: two, or three where the clock has room to be large."""
    loaded, update, now = about
    width, height = size
    clock = clock_time(now.wall)
    digits = large(clock, width, 3) if height >= _TALL and width >= _WIDE else ()
    name = [] if width < _WIDE else [Cell(" KRYONIX ", Tone.ACCENT)]
    first = [*name, *_badges(loaded, short=width < _WIDE), Cell(f" {title} ", Tone.STRONG)]
    second = [Cell(" "), *_health(update, now, standing, width)]
    ends = digits or (clock, "")
    room = width - max(cell_len(end) for end in ends[1:]) - 1 - cell_len(plain(second))
    second.append(following.cell(room))
    rows = [tuple(first), tuple(second), ()]
    return [_ended(row, Cell(f"{end} ", Tone.STRONG), width) for row, end in zip(rows, ends, strict=False)]


def clock_time(wall: float) -> str:
    """Return the time of day to the minute, in the terminal's time zone: seconds would be sent to it every second."""
    return datetime.fromtimestamp(wall).strftime("%H:%M")  # noqa: DTZ006 - local on purpose


def marks(update: Update, now: Instant, standing: Standing) -> list[Line]:
    """Return what must not be missed whatever is shown, a line each."""
    found: list[Line] = []
    proof = standing.proof
    if proof.writable:
        if standing.accepted:
            text = _("NOT READ-ONLY: the Redis user {user} could write (accepted)").format(user=proof.user)
            found.append(line(Cell(f"▲ {text}", Tone.WARNING)))
        else:
            found.append(line(Cell(f"✖ {_('NOT READ-ONLY')}: {safe(proof.sentence(), 300)}", Tone.CRITICAL)))
            found += [line(Cell(f"  {text}", Tone.MUTED)) for text in how_to_fix().splitlines()]
    elif standing.late:
        text = _("READ-ONLY NOT PROVEN for {duration}").format(duration=formats.duration(_age(proof, now)))
        found.append(line(Cell(f"▲ {text}: {safe(proof.trouble, 200)}", Tone.WARNING)))
    elif not proof.known:
        found.append(
            line(Cell(f"▲ {_('READ-ONLY NOT PROVEN')}: {safe(proof.trouble or _('not asked yet'), 200)}", Tone.WARNING))
        )
    if standing.alerting is Alerting.DEAD:
        text = _("ALERTING IS DEAD: Alertmanager answers, but the alert that always fires is not there")
        found.append(line(Cell(f"✖ {text}", Tone.CRITICAL)))
    if standing.broken:
        found.append(line(Cell(f"✖ {standing.broken}", Tone.CRITICAL)))
    return [*found, *_troubles(update, now)]


def _troubles(update: Update, now: Instant) -> list[Line]:
    """Return a short line for each server that fails or is late; what one reading lacks is said by the tiles."""
    found: list[Line] = []
    for name in (SourceName.REDIS, SourceName.PROMETHEUS, SourceName.ALERTMANAGER):
        state = update.snapshot.sources[name]
        age = state.age(now)
        if state.condition is Condition.FAILING and state.trouble is not None:
            kept = _("no data yet") if age is None else _("showing data of {age} ago").format(age=formats.duration(age))
            found.append(line(Cell(f"✖ {source_title(name)}: {_(state.trouble.title)} [{kept}]", Tone.CRITICAL)))
        elif state.stale(now):
            text = _("{name}: STALE, last answer {age} ago")
            found.append(
                line(Cell(f"✖ {text.format(name=source_title(name), age=formats.duration(age))}", Tone.CRITICAL))
            )
    return found


def waiting(proof: Proof, update: Update, now: Instant) -> list[Line]:
    """Return what stands on the wall before it is known whether the user could write: no figure is shown until then."""
    asked = safe(proof.trouble, 300) or _("asking the server ...")
    state = update.snapshot.sources[SourceName.REDIS]
    down = state.condition is Condition.FAILING
    return [
        (),
        line(Cell(_("Proving that this wall cannot write"), Tone.STRONG)),
        (),
        line(Cell("● ", Tone.OK), _("no code that writes is loaded")),
        line(Cell("● ", Tone.OK), _("the guard lets no write pass")),
        line(
            Cell("✖ " if down or proof.trouble else "… ", Tone.CRITICAL if proof.trouble else Tone.MUTED),
            _("the server refuses writes: not known yet"),
        ),
        line(Cell(f"  {asked}", Tone.WARNING if proof.trouble else Tone.MUTED)),
        (),
        line(Cell(_("Nothing is shown before that. It is asked again and again."), Tone.MUTED)),
        line(Cell(clock_time(now.wall), Tone.MUTED)),
    ]


def _age(proof: Proof, now: Instant) -> float | None:
    return proof.at.age(now) if proof.at is not None else None


def _badges(loaded: Loaded, *, short: bool) -> list[Cell]:
    cells: list[Cell] = []
    if loaded.config.production:
        cells.append(Cell(f" ⚠ {'PROD' if short else _('PRODUCTION')} ", Tone.CRITICAL))
    if loaded.context and not short:
        cells.append(Cell(f" @{safe(loaded.context, 24)} ", Tone.INFO))
    if loaded.config.tenants:
        only = _("only {tenants}").format(tenants=safe(", ".join(loaded.config.tenants), 32))
        cells.append(Cell(f" {_('limited') if short else only} ", Tone.WARNING))
    return cells


def _health(update: Update, now: Instant, standing: Standing, width: int) -> Sequence[Cell]:
    """Return the sources and whether alerts reach anybody, quietly: what is wrong with them stands in the marks."""
    short = width < _WIDE
    alive = {
        Alerting.ALIVE: Cell(f"  ● {_('alerting')}", Tone.OK),
        Alerting.DEAD: Cell(f"  ✖ {_('alerting')}", Tone.CRITICAL),
        Alerting.UNKNOWN: Cell(f"  ○ {_('alerting')}", Tone.WARNING),
        Alerting.NOT_CONFIGURED: Cell(f"  ◌ {_('alerting is not watched')}", Tone.MUTED),
    }[standing.alerting]
    # The RESTORE probe proves less than the server's own word on every command: it is said what was proven.
    partly = f" {_('(RESTORE is refused)')}" if standing.proof.partial and width >= _WIDER else ""
    proven = Cell(f"  ● {_('read-only')}{partly}", Tone.OK)
    if standing.proof.writable or standing.late or not standing.proof.known:
        proven = Cell(f"  ✖ {_('read-only')}", Tone.CRITICAL)
    states = [sources.mark(state, now) for state in update.snapshot.sources.values()] if short else []
    # What is cut off where there is no room is said once more by the marks below; this is not.
    return [proven, alive, Cell("  "), *(states or sources.summary(update, now, ages=False))]


def _ended(cells: Line, end: Cell, width: int) -> Line:
    """Return a line that has `end` at its right edge."""
    room = width - cell_len(end.text)
    fitting: list[Cell] = []
    for cell in cells:
        length = cell_len(cell.text)
        if length > room:
            break
        fitting.append(cell)
        room -= length
    return (*fitting, Cell(" " * max(0, room)), end)

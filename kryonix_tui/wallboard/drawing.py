"""Tiles as lines of one picture: frames, large figures, and the word STALE where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from kryonix_tui.i18n import SIGNS, _, language, ngettext
from kryonix_tui.tui.widgets.lines import wrapped
from kryonix_tui.tui.widgets.toned import cut
from kryonix_tui.view import formats
from kryonix_tui.view.cells import UNKNOWN, Cell, Line, Tone, line, plain
from kryonix_tui.wallboard.critical import Exceptional
from kryonix_tui.wallboard.digits import large
from kryonix_tui.wallboard.pages import FRAME, Place
from kryonix_tui.wallboard.tiles import Tile

_QUIET: Final = "╭─╮│╰─╯"
_LOUD: Final = "┏━┓┃┗━┛"
"""Corners and edges: a frame that is loud looks so without any colour, too."""
_EDGES: Final = 6
"""Cells of an upper edge that are neither title nor age."""
_LETTER: Final = 3
"""Rows of the smallest large letters."""
_COLUMN: Final = 60
"""Cells of one that is critical in a list of many: what it is called, and the beginning of why."""


def picture(tiles: Sequence[tuple[Place, Tile]], width: int, height: int) -> list[Line]:
    """Return tiles at their places as lines of a width."""
    rows: list[list[tuple[int, Line]]] = [[] for _row in range(height)]
    for place, tile in tiles:
        for y, drawn in enumerate(framed(tile, place.width, place.height), place.y):
            if y < height:
                rows[y].append((place.x, drawn))
    return [_joined(row, width) for row in rows]


def framed(tile: Tile, width: int, height: int) -> list[Line]:
    """Return a tile in its frame: the title at the left of the upper edge, the age at its right."""
    frame, tone = (_LOUD, Tone.CRITICAL) if tile.stale else (_QUIET, Tone.MUTED)
    inner = max(0, width - FRAME)
    said = tile.age.text
    named = f"{tile.mark} {tile.title}".strip()
    if cell_len(named) + cell_len(said) + _EDGES > inner:
        # The content says it in words; here is no room for more than the age itself.
        said = (
            said.removeprefix(_("STALE")).strip()
            if tile.stale and said.startswith(_("STALE"))
            else "✖"
            if tile.stale
            else said
        )
    age = Cell(f" {_shortened(said, inner // 2)} ", tile.age.tone)
    title = Cell(f" {_shortened(named, inner - cell_len(age.text) - 4)} ", Tone.STRONG)
    edge = max(0, inner - 2 - cell_len(title.text) - cell_len(age.text))
    top = line(
        Cell(frame[0] + frame[1], tone), title, Cell(frame[1] * edge, tone), age, Cell(frame[1] + frame[2], tone)
    )
    body = [
        line(Cell(f"{frame[3]} ", tone), *row, Cell(f" {frame[3]}", tone))
        for row in content(tile, max(1, inner - 2), max(0, height - FRAME))
    ]
    return [_fitted(top, width), *body, line(Cell(frame[4] + frame[1] * inner + frame[6], tone))]


def content(tile: Tile, width: int, height: int) -> list[Line]:
    """Return what stands in a frame, every line as wide as it."""
    if tile.stale:
        lines = _stale(tile, width, height)
    elif tile.figure is not None:
        lines = _figure(tile, tile.figure, width, height)
    elif tile.plot is not None:
        lines = []
    else:
        lines = [part for one in tile.lines for part in wrapped(one, width)]
    rows = [_fitted(one, width) for one in lines[:height]]
    return [*rows, *[_fitted((), width)] * (height - len(rows))]


def _figure(tile: Tile, figure: Cell, width: int, height: int) -> list[Line]:
    """Return a figure as large as it goes with its unit behind or below it, and what stands under it as it fits."""
    text, under = figure.text, list(tile.lines)
    digits, unit = _digits(text, tile.unit, width, height)
    if not digits and (short := _abbreviated(text)) and height > _LETTER:
        # From afar twelve thousand says more than a number in small print; that stands below.
        text, under = short, [line(Cell(text, figure.tone)), *under]
        digits, unit = _digits(text, tile.unit, width, height - 1)
    smaller, _unit = _digits(text, tile.unit, width, max(_LETTER, height - min(len(under), 2)))
    if smaller and height - len(digits) < len(under):
        digits = smaller
    if not digits:
        return [line(Cell(f"{figure.text} {tile.unit}".strip(), figure.tone)), *tile.lines]
    rows = [line(Cell(row, figure.tone)) for row in digits]
    wide = cell_len(digits[-1])
    if unit and wide + 1 + cell_len(unit) <= width:
        rows[-1] = (*rows[-1], Cell(f" {unit}", figure.tone))
        wide += 1 + cell_len(unit)
    elif unit:
        under = [line(Cell(unit, figure.tone)), *under]
    shown = [*(_centred(row, width, wide) for row in rows), *under[: max(0, height - len(rows))]]
    return [*[()] * ((height - len(shown)) // 2), *shown]


def _abbreviated(text: str) -> str:
    """Return a whole number in thousands or millions; empty where it is none, or is short as it is.

    >>> _abbreviated("12,140"), _abbreviated("1,250,000"), _abbreviated("340"), _abbreviated("99.5%")
    ('12k', '1.2M', '', '')
    """
    bare = text.replace(SIGNS.get(language(), SIGNS["en"])[1], "")
    return formats.count(int(bare)) if bare.isdecimal() and len(bare) > _LETTER else ""


def _digits(text: str, unit: str, width: int, height: int) -> tuple[tuple[str, ...], str]:
    """Return a figure's digits and the unit that goes with them; where there is no room, not grouped, then without %."""
    bare = text.replace(SIGNS.get(language(), SIGNS["en"])[1], "")
    after = cell_len(unit) + 1 if unit else 0
    for shown, rest, room in (
        (text, unit, width - after),
        (bare, unit, width - after),
        (bare, unit, width),
        (bare.removesuffix("%"), "%" if bare.endswith("%") else unit, width),
    ):
        if rows := large(shown, room, height):
            return rows, rest
    return (), unit


def _stale(tile: Tile, width: int, height: int) -> list[Line]:
    """Return the word as large as it goes, since when, and what was known then."""
    said = [line(Cell(f"✖ {tile.stale}", Tone.CRITICAL))]
    was = plain((tile.figure, Cell(f" {tile.unit}"))) if tile.figure is not None and tile.figure != UNKNOWN else ""
    if was:
        said.append(line(Cell(_("was {figure}").format(figure=was.strip()), Tone.MUTED)))
    old = [] if tile.figure is not None else [_muted(one) for one in tile.lines]
    room = height - len(said) - min(len(old), height // 2)
    text = _("STALE") if tile.age.text.startswith(_("STALE")) else _("no data").upper()
    word = large(text, width, max(0, room)) or (text,)
    rows = [line(Cell(row, Tone.CRITICAL)) for row in word]
    parts = [part for one in [*said, *old] for part in wrapped(one, width)]
    return [*(_centred(row, width, cell_len(plain(row))) for row in rows), *parts]


def announcement(found: Exceptional, age: Cell, stale: str, width: int, height: int) -> list[Line]:
    """Return what one that is critical is called, as large as it goes, and every reason, the first one large."""
    why = found.reasons
    inner, room = width - FRAME - 2, height - FRAME
    word = _("STALE") if stale else _("critical").upper()
    name = large(found.title, inner, max(_LETTER, room // 3)) or written_large(found.title, inner, room // 2)
    name = name or (found.title,)
    parts = [line(Cell(row, Tone.CRITICAL)) for row in name]
    if stale:
        parts += [(), line(Cell(f"✖ {_('STALE')}: {stale}", Tone.CRITICAL))]
    reasons = [wrapped(line(Cell(f"✖ {reason}", Tone.STRONG)), inner) for reason in why]
    said = [list(reason) for reason in reasons]
    if said:
        # What it takes from the others it must be worth: the first one may be large in half of what is left.
        spare = (room - len(parts) - 1) // 2
        first = written_large(_without_source(why[0]), inner, spare) if spare >= _LETTER else ()
        said[0] = [line(Cell(row, Tone.STRONG)) for row in first] or said[0]
    parts += _listed(said, room - len(parts))
    return loudly(Tile(f"✖ {word}", age, lines=tuple(parts)), width, height)


def _listed(reasons: Sequence[Sequence[Line]], room: int) -> list[Line]:
    """Return reasons in so many rows, a blank one before each where there is room; how many are left out is said."""
    if sum(len(reason) + 1 for reason in reasons) <= room:
        return [row for reason in reasons for row in ((), *reason)]
    rows: list[Line] = []
    for number, reason in enumerate(reasons):
        left = len(reasons) - number
        if len(rows) + len(reason) + (left > 1) > room:
            return [*rows[: max(0, room - 1)], _more(left)]
        rows += reason
    return rows


def _more(count: int) -> Line:
    return line(Cell(_("and {count} more").format(count=count), Tone.MUTED))


def written_large(text: str, width: int, height: int) -> tuple[str, ...]:
    """Return a text in large letters, on several lines where one is not enough; none where it has no room.

    >>> [len(written_large("clinica_da_vila", width, 6)) for width in (60, 40, 10)]
    [3, 6, 0]
    """
    lines = [""]
    for word in re.findall(r"[^ _.-]+[ _.-]*|[ _.-]+", text):
        if lines[-1] and not large((lines[-1] + word).rstrip(), width, _LETTER):
            lines.append("")
        lines[-1] += word
    written = [large(one.rstrip(), width, _LETTER) for one in lines]
    rows = tuple(row for one in written for row in one)
    return large(text, width, height) or (rows if all(written) and len(rows) <= height else ())


def _without_source(reason: str) -> str:
    """Return a reason without the name of who says so, which stands in brackets at its end."""
    said, bracket, _source = reason.rpartition(" (")
    return said if bracket and reason.endswith(")") else reason


def gathering(found: Sequence[Exceptional], age: Cell, width: int, height: int, turn: int = 1) -> list[Line]:
    """Return the slide of those that have none of their own, a line each; where they are too many, others at each turn."""
    inner, room = max(1, width - FRAME - 2), max(1, height - FRAME)
    columns = max(1, inner // _COLUMN)
    fitting = room * columns if len(found) <= room * columns else max(1, (room - 1) * columns)
    start = (turn - 1) * fitting % len(found) if len(found) > fitting else 0
    shown = [*found[start:], *found[:start]][:fitting]
    cells = [
        line(Cell("✖ ", Tone.CRITICAL), Cell(f"{one.title}  ", Tone.STRONG), next(iter(one.reasons), ""))
        for one in shown
    ]
    high = -(-len(cells) // columns)
    wide = inner // columns
    rows = [
        _joined([(wide * x, _fitted(one, wide - 1)) for x, one in enumerate(cells[y::high])], inner)
        for y in range(high)
    ]
    if len(found) > fitting:
        rows.append(
            line(
                Cell(
                    ngettext(
                        "{count} other at the next turns", "{count} others at the next turns", len(found) - fitting
                    ).format(count=len(found) - fitting),
                    Tone.MUTED,
                )
            )
        )
    title = ngettext("{count} more is critical", "{count} more are critical", len(found)).format(count=len(found))
    return loudly(Tile(f"✖ {title}", age, lines=tuple(rows)), width, height)


def loudly(tile: Tile, width: int, height: int) -> list[Line]:
    """Return a tile in a frame that is loud."""
    quiet, loud = _QUIET, _LOUD
    table = str.maketrans(quiet, loud)
    rows = framed(tile, width, height)
    edges = {0, len(rows) - 1}
    return [
        tuple(
            Cell(cell.text.translate(table), Tone.CRITICAL) if y in edges or place in (0, len(row) - 1) else cell
            for place, cell in enumerate(row)
        )
        for y, row in enumerate(rows)
    ]


def _muted(cells: Line) -> Line:
    return tuple(Cell(cell.text, Tone.MUTED) for cell in cells)


def _centred(cells: Line, width: int, wide: int) -> Line:
    return (Cell(" " * max(0, (width - wide) // 2)), *cells)


def _shortened(text: str, width: int) -> str:
    return text if cell_len(text) <= width else cut(text, max(1, width))


def _fitted(cells: Line, width: int) -> Line:
    """Return a line of exactly a width."""
    fitting: list[Cell] = []
    room = width
    for cell in cells:
        length = cell_len(cell.text)
        if length > room:
            fitting.append(Cell(cut(cell.text, room), cell.tone))
            room = 0
            break
        fitting.append(cell)
        room -= length
    return (*fitting, Cell(" " * room)) if room else tuple(fitting)


def _joined(row: Sequence[tuple[int, Line]], width: int) -> Line:
    return _fitted(tuple(_parts(row)), width)


def _parts(row: Sequence[tuple[int, Line]]) -> Iterator[Cell]:
    x = 0
    for start, cells in row:
        if start > x:
            yield Cell(" " * (start - x))
        yield from cells
        x = max(x, start) + cell_len(plain(cells))

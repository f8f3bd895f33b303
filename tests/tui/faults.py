"""What is wrong with what a console shows, whatever screen it is: cut, outside, empty, unseen, unreachable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from textual.app import App
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.errors import NoWidget
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label

from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.commands import BY_NAME, Scope
from kryonix_tui.tui.view import View
from kryonix_tui.tui.widgets.chart import Chart
from kryonix_tui.tui.widgets.lines import Lines
from kryonix_tui.tui.widgets.prompt import Prompt
from kryonix_tui.tui.widgets.scrolling import Page
from kryonix_tui.tui.widgets.table import Table

BLOCKS = " " + "".join(map(chr, range(0x2500, 0x2600)))
"""Lines, bars and shades: what they are drawn for is not read."""
LEAST_CONTRAST, DIMMED_CONTRAST, OTHERS_CONTRAST = 2.0, 1.3, 1.15
"""Between a text and what is behind it; where a dialog is open, what is not part of it is dimmed, and still to be seen.
The themes of others are as they are: there nothing may vanish."""
MAY_BE_EMPTY = (Chart, Input, Prompt)
WITH_SOMETHING_ELSE = ("below", "panels", "fitting", "detail")
"""Places that have nothing in them where another one says why."""


def faults(app: ConsoleApp) -> list[str]:
    """Return a line for each thing that is wrong with the screen in front."""
    strips = app.screen._compositor.render_strips()
    rows = [strip.text for strip in strips]
    found = [*_outside(app, strips), *_invisible(app, strips), *_empty(app, rows), *_cut_labels(app, rows)]
    if isinstance(app.screen, View):
        found += [*_chrome(app.screen, rows), *_hints(app, app.screen), *_titles(app.screen)]
    else:
        found += _dialog(app)
    return [*found, *_unfocused(app)]


def _outside(app: ConsoleApp, strips: list[Strip]) -> Iterator[str]:
    width, height = app.size
    if len(strips) != height:
        yield f"{len(strips)} rows on a terminal of {height}"
    for y, strip in enumerate(strips):
        if strip.cell_length != width:
            yield f"row {y} is {strip.cell_length} cells wide"
    for widget, seen in _shown(app):
        if seen.visible_region != seen.region and not _scrolls(widget):
            yield f"{_name(widget)} is cut: {seen.region} is seen as {seen.visible_region}"


def _invisible(app: ConsoleApp, strips: list[Strip]) -> Iterator[str]:
    least = LEAST_CONTRAST if isinstance(app.screen, View) else DIMMED_CONTRAST
    if not app.theme.startswith("kryonix-"):
        least = OTHERS_CONTRAST
    for y, strip in enumerate(strips):
        for segment in strip:
            style = segment.style
            if style is None or not segment.text.strip(BLOCKS) or style.reverse or not style.color or not style.bgcolor:
                continue
            if _contrast(style.color, style.bgcolor) < least:
                yield f"row {y}: {segment.text!r} can hardly be seen: {style.color.name} on {style.bgcolor.name}"


def _contrast(one: Color, other: Color) -> float:
    """Return how far two colours are apart, as WCAG 2 counts it: 1 to 21; 21 where the terminal chooses either."""
    if one.is_default or other.is_default or one.type is ColorType.STANDARD or other.type is ColorType.STANDARD:
        return 1.0 if one == other and not one.is_default else 21.0
    first, second = sorted(_luminance(colour.get_truecolor()) for colour in (one, other))
    return (second + 0.05) / (first + 0.05)


def _luminance(colour: ColorTriplet) -> float:
    parts = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _empty(app: ConsoleApp, rows: list[str]) -> Iterator[str]:
    for widget, seen in _shown(app):
        if isinstance(widget, MAY_BE_EMPTY) or widget.id in WITH_SOMETHING_ELSE or any(map(_is_shown, widget.children)):
            continue
        if not seen.region.area:
            yield f"{_name(widget)} has no room"
        elif not _text_in(rows, seen.visible_region).strip() and not _scrolls(widget):
            yield f"{_name(widget)} is empty: {seen.visible_region}"


def _cut_labels(app: ConsoleApp, rows: list[str]) -> Iterator[str]:
    for widget, seen in _shown(app):
        if isinstance(widget, Label):
            drawn = _text_in(rows, seen.visible_region).split()
            wanted = Content(str(widget.content)).plain.split()
            if "".join(wanted) != "".join(drawn):
                yield f"{_name(widget)} says {' '.join(drawn)!r} of {' '.join(wanted)!r}"


def _chrome(view: View, rows: list[str]) -> Iterator[str]:
    # The time, or the marks of the sources where a pause and they leave no room for it.
    if not re.search(r" \d\d:\d\d:\d\d$|❚❚ .* [^ ]{5}$", rows[0].rstrip()):
        yield f"the status line is cut: {rows[0]}"
    prompt, hints = view.query_one(Prompt), rows[-1]
    if "…" in hints:
        yield f"the hints are cut: {hints}"
    for command in ("help", "quit"):
        if f" {view.console.key_of(command)} " not in f"{hints} ":
            yield f"no {command} in the hints: {hints}"
    if prompt.is_open and prompt.region.bottom != view.size.height - 1:
        yield f"the prompt is not above the hints: {prompt.region}"
    for lines in view.query("#filter-line, #troubles").results(Lines):
        if lines.display and "…" in _text_in(rows, view.find_widget(lines).visible_region):
            yield f"{_name(lines)} is cut: {_text_in(rows, view.find_widget(lines).visible_region)}"


def _hints(app: ConsoleApp, view: View) -> Iterator[str]:
    bound = {binding.binding.id for binding in view.active_bindings.values()}
    for name in view.hinted():
        command = BY_NAME[name]
        if isinstance(app.focused, Input):
            continue
        if command.keys and f"kryonix.{name}" not in bound:
            yield f"the key of {name} is named and bound to nothing"
        if command.scope is not Scope.LIST and not any(
            hasattr(at, f"command_{name}") for at in (view, *app.everywhere)
        ):
            yield f"{name} is named and does nothing here"
        for target in (view, *app.everywhere):
            if hasattr(target, f"command_{name}"):
                why = getattr(target, f"why_not_{name}", str)()
                if why:
                    yield f"{name} is named and does not work: {why}"
                break


def _titles(view: View) -> Iterator[str]:
    for widget, _seen in _shown(view.app):
        if widget.border_title and cell_len(Content.from_markup(str(widget.border_title)).plain) > widget.size.width:
            yield f"the title of {_name(widget)} is cut: {widget.border_title}"
    for table in view.query(Table):
        for place in table.placed:
            if table.display and cell_len(table._title(place).rstrip("▲▼")) > place.width and not place.column.heading:
                yield f"the title of column {place.column.name} is cut"


def _dialog(app: ConsoleApp) -> Iterator[str]:
    boxes = list(app.screen.query(".dialog"))
    for box in boxes:
        if not app.screen.region.contains_region(box.region):
            yield f"the dialog is not inside: {box.region}"


def _unfocused(app: ConsoleApp) -> Iterator[str]:
    focused = app.focused
    if focused is None:
        if isinstance(app.screen, View) and app.screen.focus_chain:
            yield "nothing has the focus"
    elif not app.screen.find_widget(focused).visible_region.area:
        yield f"{_name(focused)} has the focus and is not seen"


def _shown(app: App[Any]) -> Iterator[tuple[Widget, Any]]:
    for widget in app.screen.walk_children(Widget):
        if all(_is_shown(one) for one in widget.ancestors_with_self if isinstance(one, Widget)):
            yield widget, app.screen.find_widget(widget)


def is_laid_out(app: App[Any]) -> bool:
    """Tell whether everything that is shown has its place."""
    try:
        return all(seen for _widget, seen in _shown(app))
    except NoWidget:
        return False


def _is_shown(widget: Widget) -> bool:
    return widget.display and widget.visible and (widget.id != "too-small")


def _scrolls(widget: Widget) -> bool:
    """Whether what is not seen of a widget comes into sight by scrolling."""
    return any(isinstance(one, Page | ScrollableContainer) for one in widget.ancestors)


def _text_in(rows: list[str], region: Region) -> str:
    cropped = (Strip([Segment(row)]).crop(region.x, region.right) for row in rows[region.y : region.bottom])
    return "\n".join(strip.text for strip in cropped)


def _name(widget: Widget) -> str:
    return f"{type(widget).__name__}#{widget.id}" if widget.id else type(widget).__name__

"""The terminal: is it one, how large, with which colours and characters."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Final

from kryonix_tui import terminals
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe
from kryonix_tui.terminals import Colours

Size = tuple[int, int]
"""Columns and rows."""

SMALLEST: Final[Size] = (40, 12)
"""Below, the console shows a notice and nothing else."""
COMFORTABLE: Final[Size] = (80, 24)
"""Below, the narrow layout leaves columns out."""


def terminal_size() -> Size | None:
    """Return the size of the terminal of this process, None where it has none. A redirected stdout does not matter."""
    for descriptor in (1, 0, 2):
        with contextlib.suppress(OSError):
            columns, rows = os.get_terminal_size(descriptor)
            if columns and rows:
                return columns, rows
    return None


def terminal_checks(environ: Mapping[str, str], size: Size | None) -> Iterator[Check]:
    """Yield what the console will look like in a terminal of `size` with these variables."""
    if size is None:
        text = _("No terminal here: what follows is what the environment says of one")
        yield Check("terminal.size", Level.OK, text, _("`kryonix status` needs none."))
    else:
        yield _size(size)
    yield _colours(environ)
    yield _characters(environ)
    yield _copying(environ)
    if terminals.is_linux_console(environ):
        text = _("The Linux console: lines and glyphs of its font stand for those that it lacks")
        yield Check("terminal.linux", Level.OK, text, _("Ideographs and emoji are shown as question marks."))
    if environ.get("TMUX"):
        hint = _("True colour needs `terminal-features` with RGB in tmux.conf.")
        yield Check("terminal.tmux", Level.OK, _("Inside tmux"), hint)
    if environ.get("STY"):
        hint = _("`altscreen on` in .screenrc gives the shell its lines back when the console ends.")
        yield Check("terminal.screen", Level.OK, _("Inside GNU screen"), hint)


def _copying(environ: Mapping[str, str]) -> Check:
    name = "terminal.copying"
    if not terminals.has_clipboard(environ):
        return Check(name, Level.OK, _("Copied text goes into a file, whose path is said: there is no clipboard here"))
    if environ.get("TMUX"):
        text = _("Copied text goes to tmux as its newest buffer, and by it to the clipboard")
        hint = _(
            "Before tmux 3.2 this needs `set -s set-clipboard on` in tmux.conf; where that is off, only tmux has it."
        )
        return Check(name, Level.OK, text, hint)
    text = _("Copied text is sent to the terminal's clipboard (OSC 52); no terminal says whether it takes it")
    return Check(
        name, Level.OK, text, _("Some have to be told to permit it; inside tmux at your end: `set-clipboard on`.")
    )


def _size(size: Size) -> Check:
    text = _("Terminal of {columns} × {rows} characters").format(columns=size[0], rows=size[1])
    for least, level, hint in (
        (SMALLEST, Level.FAIL, _("The console needs {columns} × {rows} at least.")),
        (COMFORTABLE, Level.OK, _("The narrow layout is used; from {columns} × {rows} on there is more to see.")),
    ):
        if size[0] < least[0] or size[1] < least[1]:
            return Check("terminal.size", level, text, hint.format(columns=least[0], rows=least[1]))
    return Check("terminal.size", Level.OK, text)


def _colours(environ: Mapping[str, str]) -> Check:
    name = "terminal.colours"
    if terminals.cannot_draw(environ):
        text = _("TERM is {value}: the screen cannot be drawn").format(
            value=safe(environ.get("TERM", "")) or _("not set")
        )
        return Check(name, Level.WARN, text, _("Set TERM to what your terminal is, for instance xterm-256color."))
    if environ.get("NO_COLOR") is not None:
        return Check(name, Level.OK, _("No colours, as NO_COLOR asks: glyphs and words say the same"))
    colours = terminals.colours_of(environ)
    if colours is Colours.TRUE:
        return Check(name, Level.OK, _("True colour"))
    hint = _("If your terminal has true colour, COLORTERM=truecolor says so (SSH does not pass it on by itself).")
    return Check(name, Level.OK, _("{count} colours").format(count=int(colours)), hint)


def _characters(environ: Mapping[str, str]) -> Check:
    """Judge the locale by the variables, in the order of POSIX (XBD 8.2)."""
    name = "terminal.characters"
    locale = next((value for key in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(key))), "")
    if locale.lower().replace("-", "").endswith("utf8"):
        return Check(name, Level.OK, _("Characters: UTF-8 ({locale})").format(locale=locale))
    text = _("The locale is {locale}, without UTF-8: the console sends UTF-8 all the same, commands write escapes")
    return Check(name, Level.WARN, text.format(locale=locale or _("not set")), _("Set LANG=C.UTF-8, or your own."))

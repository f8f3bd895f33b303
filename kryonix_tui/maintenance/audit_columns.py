"""The audit log as a list: its columns, for the command line and the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kryonix_tui.i18n import N_
from kryonix_tui.maintenance.audit import Entry
from kryonix_tui.safetext import safe
from kryonix_tui.view.cells import Cell, Tone
from kryonix_tui.view.columns import Column

_TONES: Final = {"done": Tone.OK, "failed": Tone.CRITICAL, "stopped": Tone.WARNING, "refused": Tone.WARNING}


def result_of(entry: Entry) -> str:
    """Return how it ended (`done`, `failed`, ...); for other events what the line says: a reason, or nothing."""
    return _text(entry.details.get("result", entry.details.get("reason", "")))


def who(entry: Entry) -> str:
    """Return `user@host`, and where the session came from."""
    user, host, ssh = (_text(entry.who.get(name, "")) for name in ("user", "host", "ssh"))
    return f"{user}@{host}" + (f" ({ssh})" if ssh else "")


def columns() -> Sequence[Column[Entry]]:
    """Return the columns, oldest information first: when, what, how it ended, on what, by whom."""
    return (
        Column("number", N_("No"), 5, lambda entry: Cell(str(entry.number)), lambda entry: entry.number, numeric=True),
        _column("time", N_("Time"), 20, lambda entry: entry.time[:19] + "Z"),
        _column("event", N_("Event"), 9, lambda entry: entry.event),
        _column("action", N_("Action"), 16, lambda entry: entry.action),
        Column("result", N_("Result"), 9, _result_cell, result_of, most=30),
        _column("plan", N_("Plan"), 16, lambda entry: entry.plan, rank=2),
        _column("target", N_("Server"), 16, lambda entry: entry.target, most=30, rank=1),
        _column("who", N_("Who"), 16, who, most=40, grows=True, rank=1),
    )


def _column(
    name: str,
    title: str,
    width: int,
    text: Callable[[Entry], str],
    *,
    most: int = 0,
    rank: int = 0,
    grows: bool = False,
) -> Column[Entry]:
    return Column(name, title, width, lambda entry: Cell(_text(text(entry))), text, most=most, rank=rank, grows=grows)


def _result_cell(entry: Entry) -> Cell:
    result = result_of(entry)
    return Cell(result, _TONES.get(result, Tone.PLAIN))


def _text(value: object) -> str:
    """Return text of the log for an eye: whoever changed the file may have put anything there."""
    return safe(str(value), 200)

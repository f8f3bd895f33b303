"""A comparison as lines to read, on a terminal or on the screen, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from kryonix_tui.i18n import N_, _
from kryonix_tui.maintenance.tuning.comparison import Comparison, Standing, shown
from kryonix_tui.maintenance.tuning.comparison import Line as Setting
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view.cells import Cell, Line, Tone, line

_HEADINGS: Final = {
    Standing.CHANGE: N_("Can be changed now"),
    Standing.REFUSED: N_("Is not changed"),
    Standing.RESTART: N_("Needs a restart"),
    Standing.ABSENT: N_("Does not exist in this version"),
    Standing.KEPT: N_("Is something else, and good"),
    Standing.SAME: N_("Already so"),
}
"""In the order in which they are read."""

_TONES: Final = {
    Standing.CHANGE: Tone.ACCENT,
    Standing.REFUSED: Tone.WARNING,
    Standing.RESTART: Tone.WARNING,
    Standing.ABSENT: Tone.MUTED,
    Standing.KEPT: Tone.OK,
    Standing.SAME: Tone.OK,
}


def page(found: Comparison) -> list[Line]:
    """Return a comparison as lines: the server, then the parameters by how they stand."""
    return [*_server(found), *(each for standing in _HEADINGS for each in _group(found, standing))]


def as_json(found: Comparison) -> dict[str, Any]:
    """Return the same for scripts. Sizes are bytes; `now` is null where it is not known."""
    server = found.server
    return {
        "profile": found.profile,
        "refusal": found.refusal,
        "server": {
            **asdict(server.target),
            "vendor": server.vendor.name if server.vendor else None,
            "used_memory": server.used,
            "machine_memory": server.machine or None,
            "config_file": bool(server.config_file),
            "replicas": server.replicas,
        },
        "settings": [
            {**asdict(one), "now": None if one.now is None else safe(one.now), "standing": one.standing.value}
            for one in found.lines
        ],
    }


def _server(found: Comparison) -> Iterator[Line]:
    server = found.server
    target = server.target
    yield line(
        Cell(target.place, Tone.STRONG),
        f"  {target.flavour} {target.version} {target.role}, ",
        _("profile {name}").format(name=found.profile),
    )
    machine = formats.size(server.machine) if server.machine else _("unknown")
    text = _("memory: {used} used, machine {machine}").format(used=formats.size(server.used), machine=machine)
    yield line(Cell(text, Tone.MUTED))
    if found.refusal:
        yield line(Cell(f"✖ {found.refusal}", Tone.CRITICAL))


def _group(found: Comparison, standing: Standing) -> Iterator[Line]:
    members = [one for one in found.lines if one.standing is standing]
    if not members:
        return
    yield line()
    yield line(Cell(f"{_(_HEADINGS[standing])} ({len(members)})", _TONES[standing]))
    if standing is Standing.SAME:
        yield line(
            Cell("  " + ", ".join(f"{one.parameter} {shown(one.parameter, one.now)}" for one in members), Tone.MUTED)
        )
        return
    for one in members:
        yield from _setting(one)


def _setting(one: Setting) -> Iterator[Line]:
    wanted = shown(one.parameter, one.wanted)
    values = f"{shown(one.parameter, one.now)} → {wanted}"
    if one.standing in (Standing.KEPT, Standing.ABSENT):
        values = shown(one.parameter, one.now) if one.now is not None else wanted
    mark = (Cell("✖ ", Tone.CRITICAL),) if one.critical else (Cell("• "),)
    yield (*mark, Cell(one.parameter, Tone.STRONG), Cell(f"  {values}"), Cell(f"  ({one.source})", Tone.MUTED))
    if one.reason:
        yield line(f"    {one.reason}")
    if one.standing in (Standing.CHANGE, Standing.RESTART, Standing.REFUSED) and one.why:
        yield line(Cell(f"    {_('why')}: {one.why}", Tone.MUTED))
        if one.standing is Standing.CHANGE:
            yield line(Cell(f"    {_('risk')}: {one.risk}", Tone.MUTED))

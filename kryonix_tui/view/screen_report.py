"""Screens as the command line tells of them: which there are, what is wrong in them, what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kryonix_tui.config.screen import Panel, Screen
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import N_, _
from kryonix_tui.safetext import safe
from kryonix_tui.view import platform_panels, tenant
from kryonix_tui.view.cells import Cell
from kryonix_tui.view.columns import Column
from kryonix_tui.view.screens import load_screen, own_folder, screen_file

SCHEMA = "kryonix.screens/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen with its file; None where the file cannot be used at all. `mistakes` are all that was found."""

    name: str
    file: Path
    screen: Screen | None
    mistakes: tuple[str, ...]

    @property
    def own(self) -> bool:
        """Whether the file is the user's."""
        return self.file.parent == own_folder()


def entry(name: str) -> Entry:
    """Read one screen and examine it.

    Raises:
        ConfigError: `name` is no name of a file, or there is no such file.
    """
    file = screen_file(name)
    if not file.exists():
        raise ConfigError(_("there is no screen {name}").format(name=safe(name, 40)))
    try:
        screen = load_screen(name)
    except ConfigError as error:
        return Entry(name, file, None, (error.message,))
    return Entry(name, file, screen, (*screen.mistakes, *_unknown_figures(screen)))


def _unknown_figures(screen: Screen) -> Iterator[str]:
    """Yield panels whose figure of Redis does not exist. They are drawn, and say so in their place."""
    known = tenant.figure_names if screen.about_tenant else platform_panels.figure_names
    for panel in screen.panels:
        names = known(panel.kind)
        wanted = panel.redis.removeprefix("facts:").split(",") if panel.redis.startswith("facts:") else [panel.redis]
        facts = tenant.FACT_NAMES if panel.redis.startswith("facts:") and screen.about_tenant else ()
        for name in (name.strip() for name in wanted if name):
            if name not in (facts or names):
                text = _("panel {panel}: redis: no figure {name}; there are {known}")
                yield f"{screen.name}.yaml: " + text.format(
                    panel=safe(panel.title, 40), name=safe(name, 40), known=", ".join(facts or names)
                )


def as_data(found: Entry, *, whole: bool) -> dict[str, Any]:
    """Return a screen for JSON: with `whole` everything that its file says."""
    screen = found.screen
    data: dict[str, Any] = {
        "name": found.name,
        "title": screen.title if screen else "",
        "subject": screen.subject if screen else "",
        "file": str(found.file),
        "own": found.own,
        "mistakes": list(found.mistakes),
    }
    if screen is None:
        return data | {"panels": [] if whole else 0}
    if not whole:
        return data | {"panels": len(screen.panels)}
    parts = {"variables": screen.variables, "annotations": screen.annotations, "panels": screen.panels}
    return data | {name: [msgspec.to_builtins(item) for item in items] for name, items in parts.items()}


def entry_columns() -> Sequence[Column[Entry]]:
    """Return the columns of the list of screens."""
    return (
        Column("name", N_("Screen"), 14, lambda e: Cell(safe(e.name, 40)), lambda e: e.name, most=24),
        Column(
            "title", N_("Title"), 16, lambda e: Cell(_(e.screen.title) if e.screen else "–"), lambda e: e.name, most=30
        ),
        Column("subject", N_("About"), 9, lambda e: Cell(e.screen.subject if e.screen else "–"), lambda e: e.name),
        Column(
            "panels",
            N_("Panels"),
            6,
            lambda e: Cell(str(len(e.screen.panels)) if e.screen else "–"),
            lambda e: len(e.screen.panels) if e.screen else None,
            numeric=True,
        ),
        Column(
            "mistakes",
            N_("Mistakes"),
            8,
            lambda e: Cell(str(len(e.mistakes))),
            lambda e: len(e.mistakes),
            numeric=True,
        ),
        Column("file", N_("File"), 20, lambda e: Cell(safe(str(e.file), 200)), lambda e: e.name, grows=True),
    )


def panel_columns() -> Sequence[Column[Panel]]:
    """Return the columns of the list of a screen's panels."""
    return (
        Column("title", N_("Panel"), 20, lambda p: Cell(safe(_(p.title), 60)), lambda p: p.title, most=36),
        Column("kind", N_("Kind"), 10, lambda p: Cell(p.kind), lambda p: p.kind),
        Column("span", N_("Span"), 7, lambda p: Cell(f"{p.span[0]} x {p.span[1]}"), lambda p: p.span[0]),
        Column("unit", N_("Unit"), 10, lambda p: Cell(p.unit or "–"), lambda p: p.unit),
        Column("shows", N_("Shows"), 30, lambda p: Cell(_shows(p)), lambda p: p.title, grows=True),
    )


def _shows(panel: Panel) -> str:
    if panel.redis:
        return safe(f"redis: {panel.redis}", 300)
    return safe("; ".join(" ".join(query.query.split()) for query in panel.asked), 300)

"""The only thing a view hands to a front end: text with a tone. How a tone looks is the theme's business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kryonix_tui.model.alert import Severity
from kryonix_tui.model.tenant import Health


class Tone(StrEnum):
    """What a text means. Never the only sign of it: a glyph or a word goes with every tone that matters."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    ACCENT = "accent"
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Cell:
    """Printable text of one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Cell, ...]
"""Cells that follow each other without a gap."""

UNKNOWN = Cell("–", Tone.MUTED)
"""What stands where a figure is not known. It is never a zero."""


def line(*parts: str | Cell) -> Line:
    """Return a line of cells; bare text is plain."""
    return tuple(part if isinstance(part, Cell) else Cell(part) for part in parts)


def plain(cells: Iterable[Cell]) -> str:
    """Return the text of a line without its tones."""
    return "".join(cell.text for cell in cells)


HEALTH_GLYPH = {Health.OK: "●", Health.WARNING: "▲", Health.CRITICAL: "✖", Health.UNKNOWN: "○"}
HEALTH_TONE = {
    Health.OK: Tone.OK,
    Health.WARNING: Tone.WARNING,
    Health.CRITICAL: Tone.CRITICAL,
    Health.UNKNOWN: Tone.MUTED,
}
SEVERITY_GLYPH = {Severity.CRITICAL: "✖", Severity.WARNING: "▲", Severity.INFO: "◆", Severity.NONE: "·"}
SEVERITY_TONE = {
    Severity.CRITICAL: Tone.CRITICAL,
    Severity.WARNING: Tone.WARNING,
    Severity.INFO: Tone.INFO,
    Severity.NONE: Tone.MUTED,
}


def health_cell(health: Health) -> Cell:
    """Return the glyph of a health in its tone."""
    return Cell(HEALTH_GLYPH[health], HEALTH_TONE[health])

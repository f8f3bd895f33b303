"""What every line passes on its way to the terminal, whatever widget it came from."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from kryonix_tui.safetext import safe


class ControlFilter(LineFilter):
    """The second net: no control character leaves in a segment, whatever widget it came from."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with every text made safe."""
        del background
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(safe(segment.text, 4096), segment.style)
            for segment in segments
        ]


class NoColour(LineFilter):
    """What NO_COLOR asks for: no colour at all, not even grey. Bold, underlined and reversed text stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        del background
        return [
            Segment(segment.text, segment.style and segment.style.without_color, segment.control)
            for segment in segments
        ]

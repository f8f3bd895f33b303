"""The console's own themes. Textual's are there too; `ui.theme` names the one to use.

Every text of ours has a contrast of 4.5:1 with what is under it (WCAG AA), in the contrast theme 7:1 (AAA), the cursor's row
included; a test computes it. What stands back on purpose (muted) has less in the contrast theme: it is made to.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DEFAULT: Final = "kryonix-dark"

CURSOR: Final = "row-cursor"
"""Variable: what is under the row of the cursor, where tones must be read as everywhere."""


def variables_of(theme: Theme) -> dict[str, str]:
    """Return our own variables for a theme that does not set them: one of Textual's."""
    return {CURSOR: f"{theme.primary} 30%"}


THEMES: Final = (
    Theme(
        name="kryonix-dark",
        primary="#4fb3ff",
        secondary="#7a88a1",
        accent="#56d4c8",
        foreground="#d7dde8",
        background="#0d1117",
        surface="#131922",
        panel="#1b2330",
        success="#5fd38d",
        warning="#ffc857",
        error="#ff6b6b",
        dark=True,
        variables={CURSOR: "#18324e"},
    ),
    Theme(
        name="kryonix-light",
        primary="#0b5cad",
        secondary="#5b6678",
        accent="#006a61",
        foreground="#1d2430",
        background="#ffffff",
        surface="#f4f6f9",
        panel="#e6eaf0",
        success="#176b36",
        warning="#7d5100",
        error="#b3261e",
        dark=False,
        variables={CURSOR: "#d6e6f8"},
    ),
    Theme(
        name="kryonix-contrast",
        primary="#ffffff",
        secondary="#d0d0d0",
        accent="#00ffff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        success="#00ff5f",
        warning="#ffff00",
        error="#ff9999",
        dark=True,
        variables={CURSOR: "#00008c"},
    ),
    # Sky blue and yellow of the Okabe-Ito palette, and a red that is neither of them with any common kind of colour blindness.
    Theme(
        name="kryonix-colorblind",
        primary="#56b4e9",
        secondary="#8a94a6",
        accent="#dd8fbb",
        foreground="#e4e7ec",
        background="#101418",
        surface="#161b21",
        panel="#212933",
        success="#56b4e9",
        warning="#f0e442",
        error="#ff6f61",
        dark=True,
        variables={CURSOR: "#16304a"},
    ),
)

"""The console's own themes. Textual's are there too; `ui.theme` names the one to use."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DEFAULT: Final = "kryonix-dark"

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
    ),
    Theme(
        name="kryonix-light",
        primary="#0b62b8",
        secondary="#5b6678",
        accent="#00756c",
        foreground="#1d2430",
        background="#ffffff",
        surface="#f4f6f9",
        panel="#e6eaf0",
        success="#1d7a3e",
        warning="#8a5a00",
        error="#b3261e",
        dark=False,
    ),
    Theme(
        name="kryonix-contrast",
        primary="#ffffff",
        secondary="#d0d0d0",
        accent="#00ffff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#303030",
        success="#00ff5f",
        warning="#ffff00",
        error="#ff5f5f",
        dark=True,
    ),
    # Blue, orange and vermilion of the Okabe-Ito palette: told apart with every common kind of colour blindness.
    Theme(
        name="kryonix-colorblind",
        primary="#56b4e9",
        secondary="#8a94a6",
        accent="#cc79a7",
        foreground="#e4e7ec",
        background="#101418",
        surface="#161b21",
        panel="#212933",
        success="#56b4e9",
        warning="#e69f00",
        error="#ff7043",
        dark=True,
    ),
)

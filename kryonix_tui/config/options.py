"""How this one run behaves: what a command line may say that no configuration file does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`fps` limits how often the screen is drawn per second, None for the front end's own; `verbose` shows details."""

    fps: int | None = None
    verbose: bool = False

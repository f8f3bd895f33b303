"""The folder of the write side: locks, plans, the STOP file, the audit log. All private to the user."""

from __future__ import annotations

from pathlib import Path

from kryonix_tui.paths import state_folder

STOP = "STOP"


def maintenance_folder() -> Path:
    """Return the folder, made (0700) where it is missing.

    Raises:
        OSError: it cannot be made.
    """
    folder = state_folder() / "maintenance"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def stop_file() -> Path:
    """Return the file whose presence stops every operation before its next batch, and keeps new ones from starting."""
    return maintenance_folder() / STOP

"""The folder of the write side: locks, plans, the STOP file, the audit log. All private to the user."""

from __future__ import annotations

from pathlib import Path

from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.paths import state_folder
from kryonix_tui.safetext import safe

STOP = "STOP"


def maintenance_folder() -> Path:
    """Return the folder, made (0700) where it is missing.

    Raises:
        KryonixError: it cannot be made.
    """
    folder = state_folder() / "maintenance"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise not_written(folder, error) from error
    return folder


def not_written(path: Path, error: OSError) -> KryonixError:
    """Return the error to raise where something of this folder cannot be written."""
    return KryonixError(
        _("{path} cannot be written: {reason}").format(
            path=safe(str(path)), reason=safe(error.strerror or type(error).__name__)
        ),
        hint=_("Without it nothing is changed. Free the disk or mend the permissions."),
        title=_("State folder"),
    )


def stop_file() -> Path:
    """Return the file whose presence stops every operation before its next batch, and keeps new ones from starting."""
    return maintenance_folder() / STOP

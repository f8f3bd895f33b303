"""Where files live (XDG), and how private ones are written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

APP = "kryonix"
NOWHERE = Path("/nonexistent")
"""The home of a user without one (a container's number that has no name, HOME not set), as Debian calls it.

Nothing is found there, and whoever would write there is told that it cannot be done.
"""


def config_folder() -> Path:
    """Return the folder of the user's configuration (`$XDG_CONFIG_HOME/kryonix`)."""
    import platformdirs

    return _of_user(platformdirs.user_config_dir)


def state_folder() -> Path:
    """Return the folder of what should survive a restart: remembered sort orders, logs (`$XDG_STATE_HOME/kryonix`)."""
    import platformdirs

    return _of_user(platformdirs.user_state_dir)


def _of_user(folder: Callable[[str], str]) -> Path:
    try:
        return Path(folder(APP))
    except RuntimeError:
        return NOWHERE / APP


def shipped(name: str) -> Path:
    """Return the path of something that ships with the program (`screens`, `config.example.yaml`).

    In a wheel it lies inside the package; in a checkout or an editable install it lies at the top level.
    """
    packaged = Path(__file__).parent / "_shipped" / name
    return packaged if packaged.exists() else Path(__file__).parent.parent / name


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` so that only the owner can read it, whole or not at all.

    The folder is made (0700) where it is missing; the file is 0600 from its first byte.

    Raises:
        OSError: the folder or the file cannot be written; an existing file is then unchanged.
    """
    write_whole(path, text, 0o600, 0o700)


def write_whole(path: Path, text: str, mode: int, folder_mode: int = 0o700) -> None:
    """Write `text` to `path`, whole or not at all, with the permission bits `mode` whatever the umask is.

    Folders are made with `folder_mode` where they are missing. Nobody but the owner can read the file before it is whole.

    Raises:
        OSError: as `write_private`.
    """
    for missing in reversed([folder for folder in path.parents if not folder.exists()]):
        missing.mkdir(mode=folder_mode, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

"""Where a configuration file is looked for, and how it is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kryonix_tui import paths
from kryonix_tui.config.environment import CONFIG_VARIABLE
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

MAX_BYTES: Final = 1_000_000
FILE_NAME: Final = "config.yaml"


@dataclass(frozen=True, slots=True)
class Found:
    """The file to read, None where there is none, and what to tell about files that were passed over."""

    path: Path | None
    notes: tuple[str, ...] = ()


def user_file() -> Path:
    """Return where the user's own configuration lives; it need not exist."""
    return paths.config_folder() / FILE_NAME


def find(explicit: Path | None, environ: Mapping[str, str]) -> Found:
    """Return the first of: `explicit`, `KRYONIX_CONFIG`, `./config.yaml`, the user's file.

    `./config.yaml` counts only when it belongs to the user and nobody else can write it: a folder of someone else must
    not decide which servers get our credentials. The first two are not checked to exist: who names a file wants it read.
    """
    if explicit is not None:
        return Found(explicit)
    named = environ.get(CONFIG_VARIABLE)
    if named:
        return Found(Path(named))
    notes: tuple[str, ...] = ()
    here = Path(FILE_NAME)
    status = _status(here)
    if status is not None:
        if status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return Found(here)
        text = _("./{file} is ignored: it does not belong to you, or others can write it (--config {file} reads it)")
        notes = (text.format(file=FILE_NAME),)
    own = user_file()
    return Found(own if _status(own) else None, notes)


def _status(path: Path) -> os.stat_result | None:
    """Return what the system knows of a regular file, None for all else."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def read_text(path: Path) -> str:
    """Return the content of a configuration file.

    Raises:
        ConfigError: there is none, or it is no text of a sane size.
    """
    shown = safe(str(path))
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):  # a FIFO is what `--config <(command)` gives
            raise ConfigError(_("{path} is not a file").format(path=shown))
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw[:MAX_BYTES].decode("utf-8-sig")
    except FileNotFoundError as error:
        hint = _("`kryonix init` writes a first configuration.")
        raise ConfigError(_("{path}: there is no such file").format(path=shown), hint=hint) from error
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        raise ConfigError(_("{path} cannot be read: {reason}").format(path=shown, reason=reason)) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(_("{path}:{line}: this is not UTF-8 text").format(path=shown, line=line)) from error
    except ValueError as error:  # a NUL in the path
        raise ConfigError(_("{path}: no file can have this name").format(path=shown)) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(_("{path} is too large for a configuration (over 1 MB)").format(path=shown))
    return text

"""Secrets by reference: `${NAME}` for an environment variable, `file:/path` for the content of a file.

They are looked up when a connection needs them, so that showing or checking a configuration touches no secret.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from kryonix_tui.config.fields import is_secret, item_kind
from kryonix_tui.config.schema import Config, Section
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

MAX_FILE_BYTES: Final = 65_536

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE: Final = "file:"


def variable_of(value: str) -> str | None:
    """Return NAME where the whole `value` is `${NAME}`."""
    match = _VARIABLE.fullmatch(value)
    return match.group(1) if match else None


def is_reference(value: str) -> bool:
    """Tell whether `value` only says where the secret is."""
    return variable_of(value) is not None or value.startswith(_FILE)


def secret_text(value: str, key: str) -> str:
    """Return the secret that `value` of the configuration's `key` stands for; other text comes back as it is.

    Raises:
        ConfigError: the variable or file is missing or unreadable. The message names `key`, never the secret.
    """
    name = variable_of(value)
    if name is not None:
        found = os.environ.get(name)
        if found is None:
            text = _("{key}: the environment variable {name} is not set").format(key=key, name=name)
            raise ConfigError(text, hint=_("Set {name} before starting the console.").format(name=name))
        return found
    return _file_text(_path_of(value), key) if value.startswith(_FILE) else value


def _file_text(path: Path, key: str) -> str:
    shown = safe(str(path))
    try:
        if not path.is_file():
            raise ConfigError(_("{key}: there is no file {path}").format(key=key, path=shown))
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        text = raw.decode()
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        raise ConfigError(_("{key}: {path}: {reason}").format(key=key, path=shown, reason=reason)) from error
    except ValueError as error:  # not UTF-8, or a path with a NUL
        raise ConfigError(_("{key}: {path} is no text file").format(key=key, path=shown)) from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(_("{key}: {path} is too large for a secret").format(key=key, path=shown))
    return text.removesuffix("\n").removesuffix("\r")


def secrets(config: Config) -> Iterator[tuple[str, str]]:
    """Yield (key, value as configured) of every secret that is not empty."""
    yield from _secrets(config, "")


def _secrets(section: Section, above: str) -> Iterator[tuple[str, str]]:
    for info in msgspec.structs.fields(section):
        yield from _secrets_of(getattr(section, info.name), info.type, above + info.name)


def _secrets_of(value: Any, kind: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Section):
        yield from _secrets(value, key + ".")
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield from _secrets_of(entry, item_kind(kind, dict), f"{key}.{safe(name, 80)}")
    elif value and is_secret(kind):
        yield key, value


def secret_file_warnings(config: Config) -> list[str]:
    """Return a sentence for each secret file that others than its owner can read. Missing files are not mentioned."""
    found = []
    for key, value in secrets(config):
        if not value.startswith(_FILE):
            continue
        path = _path_of(value)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError):
            continue
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            text = _("{key}: {path} can be read by others (chmod 600 it)")
            found.append(text.format(key=key, path=safe(str(path))))
    return found


def _path_of(value: str) -> Path:
    path = Path(value.removeprefix(_FILE))
    return path.expanduser() if value.startswith(_FILE + "~/") else path

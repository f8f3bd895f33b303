"""The configuration: which file, who else can read or write it, which secrets cannot be read, what is chosen."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.secret import is_reference, secret_file_warnings, secret_text, secrets
from kryonix_tui.doctor.check import Check, Level
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.masking import mask_url
from kryonix_tui.safetext import safe

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_READ: Final = stat.S_IRGRP | stat.S_IROTH


def configuration_checks(loaded: Loaded) -> Iterator[Check]:
    """Yield what is to be said about the configuration in effect, without asking any server."""
    yield _file(loaded)
    for note in loaded.notes:
        yield Check("configuration.note", Level.WARN, note)
    for warning in secret_file_warnings(loaded.config):
        yield Check("configuration.secret_file", Level.WARN, warning)
    for key, value in secrets(loaded.config):
        try:
            secret_text(value, key)
        except ConfigError as error:
            yield Check("configuration.secret", Level.WARN, error.message, error.hint)
    yield _choice(loaded)


def _file(loaded: Loaded) -> Check:
    name, path = "configuration.file", loaded.path
    if path is None:
        text = _("No configuration file: defaults, environment and flags are in effect")
        return Check(name, Level.OK, text, _("`kryonix init` tests your servers and writes a file."))
    try:
        status = path.stat()
    except OSError:  # it was read a moment ago; a pipe may be gone by now
        return Check(name, Level.OK, _("Configuration file {path}").format(path=path))
    mode = stat.S_IMODE(status.st_mode)
    text = _("Configuration file {path}, mode {mode:04o}").format(path=path, mode=mode)
    private = _("`chmod 600` it.")
    if status.st_uid not in (os.geteuid(), 0) or mode & _OTHERS_WRITE:
        text = _("{file}: others can change which servers get your credentials").format(file=text)
        return Check(name, Level.FAIL, text, _("Make it your own and `chmod 600` it."))
    if mode & _OTHERS_READ and _holds_secrets(loaded, path):
        return Check(name, Level.WARN, _("{file}: others can read the passwords in it").format(file=text), private)
    return Check(name, Level.OK, text)


def _holds_secrets(loaded: Loaded, path: Path) -> bool:
    """Tell whether the file itself, not a place that it refers to, holds a secret."""
    return any(
        _literal(value) and loaded.origins.get(key, safe(str(path))).startswith(safe(str(path)))
        for key, value in secrets(loaded.config)
    )


def _literal(value: str) -> bool:
    """Tell whether a value is itself the secret. A URL is one only with a password in it."""
    return not is_reference(value) and ("://" not in value or mask_url(value) != value)


def _choice(loaded: Loaded) -> Check:
    config = loaded.config
    role = _("Role {role}").format(role=config.role)
    parts = [f"{role} ({_('read-only')})" if config.read_only else role]
    parts.append(_("context {name}").format(name=loaded.context) if loaded.context else _("no context"))
    if config.production:
        parts.append(_("production"))
    return Check("configuration.choice", Level.OK, ", ".join(parts))

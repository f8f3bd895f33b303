"""The file that `kryonix init` writes, and the secret beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from kryonix_tui import paths
from kryonix_tui.config.document import Document
from kryonix_tui.config.load import Loaded, combine
from kryonix_tui.config.secret import is_reference
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

PASSWORD_FILE = "redis-monitor.password"  # noqa: S105 - the name of a file
BACKUP_SUFFIX = ".bak"

_HEAD = """\
# Written by `kryonix init`. Every other key has its default; `kryonix config show` lists them,
# config.example.yaml explains them.
"""


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """What the user said. `redis` is a URL without a user part; empty text means none."""

    redis: str
    username: str
    password: str
    prometheus: str
    alertmanager: str

    @classmethod
    def of(cls, redis: str, prometheus: str, alertmanager: str) -> Answers:
        """Take user and password out of a Redis URL."""
        url, username, password = _without_user(redis)
        return cls(url, username, password, prometheus, alertmanager)


@dataclass(frozen=True, slots=True)
class Written:
    """The configuration file, and the files that were made beside it."""

    path: Path
    beside: tuple[Path, ...]


def config_of(answers: Answers) -> Loaded:
    """Return the configuration that the answers make, to be tested.

    Raises:
        ConfigError: an answer cannot be used.
    """
    return combine(Document("init"), {}, _keys(answers))


def write(answers: Answers, target: Path) -> Written:
    """Write the configuration to `target` (0600) and a typed password into a file of its own beside it.

    Existing files are kept with the suffix `.bak`.

    Raises:
        KryonixError: the folder cannot be written.
    """
    beside: list[Path] = []
    keys = _keys(answers)
    try:
        if answers.password and not is_reference(answers.password):
            secret = (target.parent / PASSWORD_FILE).absolute()
            beside += [*_put_aside(secret), secret]
            paths.write_private(secret, answers.password + "\n")
            keys["redis.credentials.monitor.password"] = f"file:{secret}"
        beside += _put_aside(target)
        paths.write_private(target, _HEAD + _yaml(keys))
    except OSError as error:
        reason = safe(error.strerror or type(error).__name__)
        text = _("{path} cannot be written: {reason}").format(path=safe(str(target)), reason=reason)
        raise KryonixError(text, hint=_("`--config FILE` names another place.")) from error
    return Written(target, tuple(beside))


def _put_aside(path: Path) -> list[Path]:
    """Rename an existing file to its backup, and return that."""
    if not path.exists():
        return []
    return [path.replace(path.with_name(path.name + BACKUP_SUFFIX))]


def _keys(answers: Answers) -> dict[str, object]:
    """Return the answers by dotted key, without the empty ones."""
    found: dict[str, object] = {
        "redis.url": answers.redis,
        "redis.credentials.monitor.username": answers.username,
        "redis.credentials.monitor.password": answers.password,
        "prometheus.url": answers.prometheus,
        "alertmanager.url": answers.alertmanager,
    }
    return {key: value for key, value in found.items() if value}


def _yaml(keys: dict[str, object]) -> str:
    import yaml

    nested: dict[str, object] = {}
    for key, value in keys.items():
        *above, last = key.split(".")
        section = nested
        for part in above:
            below = section.setdefault(part, {})
            assert isinstance(below, dict)  # noqa: S101 - no key is above another
            section = below
        section[last] = value
    return str(yaml.safe_dump(nested, sort_keys=False, allow_unicode=True))


def _without_user(url: str) -> tuple[str, str, str]:
    if is_reference(url):
        return url, "", ""
    try:
        parts = urlsplit(url)
        username, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError as error:
        raise ConfigError(_("redis.url: expected a URL")) from error
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), username, password

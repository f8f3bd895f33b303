"""What is run, and when: the command lines of the scheduled backup, and of what is repeated."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Config
from kryonix_tui.config.secret import secrets, variable_of
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.backup import store_credentials
from kryonix_tui.safetext import safe

FOLDERS: Final = ("XDG_CONFIG_HOME", "XDG_STATE_HOME")
"""Variables that say where locks, keys and the audit log are: a scheduled run has to find the same ones."""

UNATTENDED: Final = ("--yes", "--role", "operator")
"""Options of every scheduled command: nobody is there to be asked, and who reads by day may be a viewer."""

Command = tuple[str, ...]


class Step(NamedTuple):
    """One command of a night. What fails `alone` keeps nothing from running."""

    words: Command
    alone: bool = False


STEPS: Final = (Step(("queues", "prune"), alone=True), Step(("backup", "create")), Step(("backup", "prune")))
"""What runs every night, in this order, until one fails that is not alone.

Files of queue items hold what people wrote: they go when they are old, whatever becomes of the backup. Old backups only
go when there is a new one.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """`STEPS`, every day at `hour`:`minute`, local time: `program`, the words of a step, `options`.

    `repeated` are the words of what runs `every` so many minutes, empty: there is none. All of it is printable text:
    neither a unit nor a crontab can hold anything else without becoming something else.
    """

    program: Command
    options: Command
    hour: int
    minute: int
    environment: tuple[tuple[str, str], ...] = ()
    repeated: Command = ()
    every: int = 15

    @property
    def time(self) -> str:
        """The time of day, HH:MM."""
        return f"{self.hour:02}:{self.minute:02}"

    def command(self, words: Command) -> Command:
        """Return the whole command of a step."""
        return (*self.program, *words, *self.options)


def job_of(loaded: Loaded, environ: Mapping[str, str] = os.environ) -> Job:
    """Return the job of a configuration; it optimises, where that is wished for.

    Raises:
        ConfigError: there is no configuration file, or a path cannot stand in a unit or a crontab.
    """
    path = _config_file(loaded)
    context = ("--context", loaded.context) if loaded.context else ()
    start, options = program(), (*UNATTENDED, *context, "--config", str(path))
    environment = tuple((name, environ[name]) for name in FOLDERS if environ.get(name))
    optimize = loaded.config.optimize
    repeated = ("optimize", "run", "--all") if optimize.schedule else ()
    for text in (word for words in (start, options, *environment) for word in words):
        # Also false for bytes that are no UTF-8.
        if not text.isprintable():
            raise ConfigError(
                _("{text} cannot stand in a schedule: it has a character that does not print").format(text=safe(text)),
                hint=_("Rename the file or folder."),
            )
    hour, minute = map(int, loaded.config.backup.time.split(":"))
    return Job(start, options, hour, minute, environment, repeated, optimize.every)


def program() -> Command:
    """Return the words that start this very kryonix, from any folder."""
    script = Path(sys.executable).with_name("kryonix")
    if os.access(script, os.X_OK):
        return (str(script),)
    # Without -P, -m would look into the current folder first.
    return (sys.executable, "-P", "-m", "kryonix_tui")


def next_run(hour: int, minute: int, now: datetime) -> datetime:
    """Return when it is `hour`:`minute` next after `now`, both local."""
    day = now.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None)
    if day <= now.replace(tzinfo=None):
        day += timedelta(days=1)
    return day.astimezone()


def left_out(loaded: Loaded) -> Iterator[str]:
    """Yield a sentence for everything that holds here and now, but not in a scheduled run."""
    others = sorted(
        f"{key} ({origin})"
        for key, origin in loaded.origins.items()
        if origin.startswith(("flag ", "env ")) and key not in ("role", "context", "lang", "ui.mouse")
    )
    if others:
        yield _("the scheduled run reads the configuration file alone, without {settings}").format(
            settings=", ".join(others)
        )
    yield from _credentials_left_out(loaded.config)
    variables = sorted(_variables(loaded.config))
    if variables:
        yield _(
            "secrets are taken from the environment ({names}), which a scheduled run may not have: file:/path is safer"
        ).format(names=", ".join(variables))


def _credentials_left_out(config: Config) -> Iterator[str]:
    place = config.backup.destination
    missing = () if config.backup.instance_credentials else store_credentials.required(place)
    names = sorted({*store_credentials.variables(place), *missing})
    if names:
        yield _(
            "a scheduled run needs the credentials of {place} in its own environment (EnvironmentFile= in a drop-in of "
            "the unit, or lines before ours in the crontab): {names}"
        ).format(place=safe(place), names=", ".join(names))


def _variables(config: Config) -> set[str]:
    return {name for _key, value in secrets(config) if (name := variable_of(value))}


def _config_file(loaded: Loaded) -> Path:
    if loaded.path is None:
        raise ConfigError(
            _("there is no configuration file that a scheduled run could read"),
            hint=_("`kryonix init` writes one; --config names another."),
        )
    path = Path(os.path.abspath(loaded.path))  # noqa: PTH100 - a link stays a link, `..` does not
    if not path.is_file():
        raise ConfigError(_("{path} is not a file that stays").format(path=safe(str(path))))
    return path

"""The flags that every command takes, before or after its name; of two the later one counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kryonix_tui import __version__
from kryonix_tui.cli import completing
from kryonix_tui.cli.exits import note
from kryonix_tui.config.options import RunOptions
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.config.load import Loaded

F = TypeVar("F", bound=Callable[..., object])


@dataclass(slots=True)
class Shared:
    """What the shared flags said, by parameter name."""

    given: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Path | None:
        """The file of --config."""
        return Path(self.given["config"]) if "config" in self.given else None

    @property
    def overrides(self) -> dict[str, object]:
        """The keys of the configuration that flags set."""
        from kryonix_tui.config.load import FLAGS

        keys = {flag.removeprefix("--").replace("-", "_"): key for key, flag in FLAGS.items() if key != "context"}
        found = {key: self.given[name] for name, key in keys.items() if name in self.given}
        if "ui.mouse" in found:  # the one flag that says what not to do
            found["ui.mouse"] = not found["ui.mouse"]
        return found

    @property
    def options(self) -> RunOptions:
        """What concerns this run alone."""
        return RunOptions(fps=self.given.get("fps"), verbose=bool(self.given.get("verbose")))

    @property
    def names_servers(self) -> bool:
        """Whether a flag names a server or a context."""
        return bool(self.given.keys() & {"redis", "prometheus", "alertmanager", "context"})

    def load(self) -> Loaded:
        """Return the configuration in effect; what the user should know about it is told on stderr.

        Raises:
            ConfigError: it cannot be used.
        """
        from kryonix_tui import logs
        from kryonix_tui.config.load import load

        logs.to_stderr() if self.options.verbose else logs.quiet()
        loaded = load(self.config, self.overrides, self.given.get("context"), os.environ)
        for message in loaded.notes:
            note(message)
        return loaded


def shared_of(context: click.Context) -> Shared:
    """Return the one object that all levels of a command line share."""
    shared = context.find_root().ensure_object(Shared)
    assert isinstance(shared, Shared)  # noqa: S101 - nothing else is ever put there
    return shared


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is not None and parameter.name:
        shared_of(context).given[parameter.name] = value


def _version(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's form
    if asked and not context.resilient_parsing:
        click.echo(f"kryonix {__version__}")
        context.exit()


def shared_flags(command: F) -> F:
    """Give a command the shared flags. It reads them through `shared_of`, not as parameters."""
    flag: dict[str, Any] = {"expose_value": False, "callback": _remember, "default": None}
    switch = {**flag, "is_flag": True, "flag_value": True}
    options = (
        click.option(
            "--config", metavar="FILE", help=_("Read this configuration file."), shell_complete=completing.paths, **flag
        ),
        click.option(
            "--context",
            metavar="NAME",
            help=_("Use the servers of this context."),
            shell_complete=completing.contexts,
            **flag,
        ),
        click.option("--redis", metavar="URL", help=_("Redis: redis://, rediss:// or unix:// URL."), **flag),
        click.option("--prometheus", metavar="URL", help=_("Prometheus: base URL."), **flag),
        click.option("--alertmanager", metavar="URL", help=_("Alertmanager: base URL."), **flag),
        click.option("--role", type=click.Choice(["viewer", "operator"]), help=_("What the console offers."), **flag),
        click.option("--read-only", help=_("Offer nothing that writes."), **switch),
        click.option("--lang", type=click.Choice(["pt_BR", "en"]), help=_("Language."), **flag),
        click.option("--no-mouse", help=_("Leave the mouse to the terminal."), **switch),
        click.option(
            "--fps", type=click.IntRange(1, 120), metavar="N", help=_("Draw at most so often a second."), **flag
        ),
        click.option("-v", "--verbose", help=_("Say more; print tracebacks."), **switch),
        click.option(
            "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_("Show the version.")
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command

"""The commands by name. A command's module is imported when it is called or listed."""

from __future__ import annotations

import importlib
from typing import Any, Final

import click

from kryonix_tui.cli.exits import FINE, ReaderGoneError
from kryonix_tui.cli.shared import Shared, shared_flags, shared_of
from kryonix_tui.cli.surroundings import names_servers, need_terminal
from kryonix_tui.i18n import _

COMMANDS: Final = (
    "init",
    "status",
    "doctor",
    "analyse",
    "alerts",
    "queues",
    "backup",
    "restore",
    "optimize",
    "tenant",
    "tune",
    "schedule",
    "audit",
    "notify",
    "screens",
    "provision",
    "exporter",
    "wallboard",
    "serve",
    "demo",
    "config",
    "completion",
)
"""Each is the object `command` of `kryonix_tui.cli.<name>_command`."""


class Program(click.Group):
    """A group whose commands are imported lazily."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kryonix_tui.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command that `args` begin with; an unknown one is refused with what is near."""
        from kryonix_tui.config.reading import did_you_mean

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            text = _("there is no command {name}").format(name=args[0])
            raise click.UsageError(text + did_you_mean(args[0], COMMANDS), ctx) from error


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_("The console of a multi-tenant platform on Redis, Prometheus and Alertmanager. Without a command: the TUI."),
)
@shared_flags
@click.pass_context
def program(context: click.Context) -> int:
    """Open the TUI, unless a command was given."""
    if context.invoked_subcommand is not None:
        return FINE
    return _tui(context)


def _tui(context: click.Context) -> int:
    need_terminal(_("the console needs a terminal"), _("`kryonix status` prints one snapshot, also into a pipe."))
    shared: Shared = shared_of(context)
    loaded = shared.load()
    if loaded.path is None and not names_servers(shared, loaded.origins):
        from kryonix_tui.cli.first_run import choose

        return choose(context, shared)
    from kryonix_tui import bootstrap

    return bootstrap.run_tui(loaded, shared.options) or FINE

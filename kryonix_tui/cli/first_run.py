"""The first run: no configuration yet, a person at the keyboard, three ways to go on."""

from __future__ import annotations

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.shared import Shared
from kryonix_tui.i18n import _


def choose(context: click.Context, shared: Shared) -> int:
    """Offer `init`, `demo`, or the Redis of this machine, and do what was chosen."""
    from kryonix_tui import bootstrap
    from kryonix_tui.config.schema import Redis

    here = Redis().url
    click.echo(_("There is no configuration yet. What would you like to do?"))
    click.echo("  1  " + _("set up: name your servers, test them, write a configuration (kryonix init)"))
    click.echo("  2  " + _("look at a living demo platform (kryonix demo)"))
    click.echo("  3  " + _("connect to {url}").format(url=here))
    click.echo("  q  " + _("quit"))
    answer = click.prompt(_("Your choice"), type=click.Choice(["1", "2", "3", "q"]), default="1", show_choices=False)
    if answer == "q":
        return FINE
    if answer == "3":
        shared.given["redis"] = here
        return bootstrap.run_tui(shared.load(), shared.options) or FINE
    from kryonix_tui.cli import demo_command, init_command

    chosen = init_command.command if answer == "1" else demo_command.command
    code = chosen.main([], prog_name=f"kryonix {chosen.name}", parent=context, standalone_mode=False)
    return code if isinstance(code, int) else FINE

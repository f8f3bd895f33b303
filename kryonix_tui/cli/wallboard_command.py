"""`kryonix wallboard`: the read-only wall."""

from __future__ import annotations

import click

from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.cli.surroundings import need_terminal
from kryonix_tui.i18n import _


@click.command("wallboard", help=_("Fill a screen that nobody touches: it rotates, and proves that it cannot write."))
@click.option(
    "--accept-writable-user", "accepted", is_flag=True, help=_("Show it although the Redis user could write.")
)
@click.option("--lock", "locked", is_flag=True, help=_("Let no key end it: only SIGTERM and SIGHUP do."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, accepted: bool, locked: bool) -> int:
    """Run the wallboard."""
    need_terminal(_("the wallboard needs a terminal"), _("`kryonix status` prints one snapshot, also into a pipe."))
    shared = shared_of(context)
    loaded = shared.load()
    from kryonix_tui import bootstrap

    return bootstrap.run_wallboard(loaded, shared.options, locked=locked, accepted=accepted)

"""`kryonix demo`: a living platform to look at."""

from __future__ import annotations

import click

from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.cli.surroundings import need_terminal
from kryonix_tui.i18n import _


@click.command("demo", help=_("Start a living platform on this machine and look at it. It vanishes on exit."))
@click.option("--tenants", type=click.IntRange(3, 100_000), default=40, show_default=True, help=_("Tenants to invent."))
@click.option(
    "--keys", type=click.IntRange(100, 10_000_000), default=20_000, show_default=True, help=_("Keys to seed.")
)
@click.option("--serve-only", is_flag=True, help=_("Print the URLs of its servers and wait; no console."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, tenants: int, keys: int, serve_only: bool) -> int:
    """Run the demo platform, and the console on it."""
    if not serve_only:
        need_terminal(_("the console needs a terminal"), _("`kryonix demo --serve-only` runs the platform alone."))
    shared = shared_of(context)
    loaded = shared.load()
    from kryonix_tui import bootstrap

    return bootstrap.run_demo(loaded, shared.options, tenants=tenants, keys=keys, serve_only=serve_only)

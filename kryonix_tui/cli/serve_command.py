"""`kryonix serve`: the console in a browser, always read-only."""

from __future__ import annotations

import asyncio
import os

import click

from kryonix_tui.cli.exits import note
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.cli.surroundings import names_servers
from kryonix_tui.config.listening import is_loopback
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _


@click.command(
    "serve", help=_("Show the console in a browser until a signal ends it. Nobody can change anything there.")
)
@click.option("--host", metavar="HOST", help=_("Address to listen on."))
@click.option("--port", type=click.IntRange(0, 65_535), help=_("Port to listen on; 0 takes a free one."))
@click.option("--token", metavar="TOKEN", help=_("What must be shown to open it; also file:/path."))
@click.option("--wallboard", is_flag=True, help=_("Show the wallboard."))
@click.option(
    "--accept-writable-user",
    "accepted",
    is_flag=True,
    help=_("Show the wallboard although the Redis user could write."),
)
@shared_flags
@click.pass_context
def command(
    context: click.Context,
    *,
    host: str | None,
    port: int | None,
    token: str | None,
    wallboard: bool,
    accepted: bool,
) -> int:
    """Serve until a signal ends it."""
    if accepted and not wallboard:
        raise UsageError(
            _("--accept-writable-user is about the wallboard"), hint=_("Say --wallboard, too, or leave it out.")
        )
    from msgspec.structs import replace

    from kryonix_tui import logs
    from kryonix_tui.browser.child import child_of
    from kryonix_tui.browser.server import serve
    from kryonix_tui.config.secret import is_reference, variable_of

    shared = shared_of(context)
    loaded = shared.load()
    if loaded.path is None and not names_servers(shared, loaded.origins):
        raise UsageError(_("there are no servers to show"), hint=_("`kryonix init` writes a configuration."))
    logs.to_stderr()
    given = {"host": host, "port": port, "token": token}
    settings = replace(loaded.config.serve, **{name: value for name, value in given.items() if value is not None})
    words = ("wallboard", *(("--accept-writable-user",) if accepted else ())) if wallboard else ()
    environ = {name: value for name, value in os.environ.items() if name != variable_of(settings.token)}
    child = child_of(shared.given, loaded, environ, words)

    def opened(address: str) -> None:
        click.echo(f"serve={address}")
        note(_("Whoever opens it sees all that a viewer sees: tenants, keys, alerts, figures. Nothing can be changed."))
        if not is_loopback(settings.host):
            note(_("What is shown and the token are not encrypted: put a proxy with TLS in front."))
        if token and not is_reference(token):
            note(_("Everybody on this machine can read the token on the command line: --token file:/path hides it."))

    asyncio.run(serve(settings, child, opened))
    return os.EX_OK

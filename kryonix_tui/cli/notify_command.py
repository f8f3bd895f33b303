"""`kryonix notify`: do notifications arrive, and alerts as such."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from kryonix_tui.cli.exits import FAILED, FINE
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _


@click.group("notify", no_args_is_help=False, help=_("Notifications about operations and alerts."))
@shared_flags
def command() -> None:
    """Hold the commands on notifications."""


@command.command("test", help=_("Send a test message to every destination; exits with 1 where one was not told."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.notify/1)."))
@shared_flags
@click.pass_context
def test_command(context: click.Context, *, json_output: bool) -> int:
    """Send a test message."""
    config = shared_of(context).load().config
    import asyncio

    from kryonix_tui.maintenance.actor import current_actor
    from kryonix_tui.maintenance.notify.message import test_message
    from kryonix_tui.maintenance.notify.notifier import AppriseNotifier, language_of

    notifier = AppriseNotifier(config.notifications, language_of(config))
    deliveries = asyncio.run(notifier.deliver(test_message(notifier.words, current_actor())))
    if not deliveries:
        raise ConfigError(
            _("nobody is to be notified"),
            hint=_("Set notifications.urls, or notifications.evolution_url and _numbers."),
        )
    if json_output:
        found = [{"destination": delivery.destination, "error": delivery.trouble or None} for delivery in deliveries]
        click.echo(json.dumps({"schema": "kryonix.notify/1", "deliveries": found}, indent=2))
    else:
        for delivery in deliveries:
            click.echo(f"{delivery.destination}: {delivery.trouble or _('sent')}")
    return FAILED if any(delivery.trouble for delivery in deliveries) else FINE


@command.command(
    "listen", help=_("Take alerts from Alertmanager's webhook and notify people of them, until a signal ends it.")
)
@click.option("--listen", metavar="HOST:PORT", help=_("Where to listen; port 0 takes a free one."))
@click.option("--token-file", metavar="FILE", help=_("File with the bearer token that Alertmanager must show."))
@shared_flags
@click.pass_context
def listen_command(context: click.Context, *, listen: str | None, token_file: str | None) -> int:
    """Listen until a signal ends it."""
    import asyncio

    from msgspec.structs import replace

    from kryonix_tui import logs
    from kryonix_tui.maintenance.notify.listener import serve

    config = shared_of(context).load().config
    logs.to_stderr()
    given = {"listen": listen, "token": f"file:{Path(token_file).absolute()}" if token_file else None}
    wanted = {name: value for name, value in given.items() if value is not None}
    asyncio.run(serve(replace(config, notifications=replace(config.notifications, **wanted))))
    return os.EX_OK

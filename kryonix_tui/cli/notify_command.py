"""`kryonix notify`: do notifications arrive?"""

from __future__ import annotations

import json

import click

from kryonix_tui.cli.exits import FAILED, FINE
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _


@click.group("notify", no_args_is_help=False, help=_("Notifications about operations."))
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

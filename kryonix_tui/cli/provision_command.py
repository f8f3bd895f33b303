"""`kryonix provision`: what the servers need, generated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from kryonix_tui.cli.exits import FINE, note
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import UsageError
from kryonix_tui.i18n import _

LATER: Final = ("prometheus", "alertmanager", "grafana", "compose", "systemd")
STDOUT: Final = "-"


@click.command("provision", help=_("Generate what the servers need. So far: --only acl, the Redis users."))
@click.option("--only", metavar="NAMES", help=_("What to generate, separated by commas: acl."))
@click.option("--output", metavar="DIR", default=STDOUT, help=_("Write files into this folder; - prints them."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.provision/1)."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, only: str | None, output: str, json_output: bool) -> int:
    """Generate the Redis users."""
    _check(only)
    config = shared_of(context).load().config
    from kryonix_tui.provision import acl

    users = acl.acl_users(config)
    files = [] if output == STDOUT else [str(acl.write(users, Path(output)))]
    if json_output:
        document = {"schema": "kryonix.provision/1", "acl": acl.as_json(users), "files": files}
        click.echo(json.dumps(document, indent=2))
    elif not files:
        click.echo(acl.as_text(users), nl=False)
    else:
        note(_("written: {path}").format(path=files[0]))
    note(_("put a password of its own in for each PASSWORD, run the lines with redis-cli, then ACL SAVE"))
    return FINE


def _check(only: str | None) -> None:
    names = {name.strip() for name in (only or "").split(",") if name.strip()}
    if not names:
        raise UsageError(_("say what to generate"), hint=_("So far there is --only acl."))
    for name in sorted(names - {"acl"}):
        text = _("--only {name} comes later") if name in LATER else _("--only {name} is not known")
        raise UsageError(text.format(name=name), hint=_("So far there is --only acl."))

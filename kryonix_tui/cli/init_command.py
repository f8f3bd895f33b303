"""`kryonix init`: ask for the servers, test them, write a first configuration."""

from __future__ import annotations

import sys

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.first_configuration import Answers, config_of, write
from kryonix_tui.cli.questions import confirmed
from kryonix_tui.cli.shared import Shared, shared_flags, shared_of
from kryonix_tui.config import files
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.schema import Redis
from kryonix_tui.errors import KryonixError, RefusedError, UnreachableError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.model.permissions import SUGGESTED_USER, monitor_acl_line
from kryonix_tui.safetext import safe


@click.command("init", help=_("Ask for the servers (or take them from flags), test them, write a configuration."))
@click.option("--yes", is_flag=True, help=_("Ask nothing: take the flags and the defaults."))
@click.option("--force", is_flag=True, help=_("Replace an existing file (kept as .bak); write even if a test fails."))
@shared_flags
@click.pass_context
def command(context: click.Context, *, yes: bool, force: bool) -> int:
    """Write the user's first configuration."""
    shared = shared_of(context)
    asking = not yes and sys.stdin.isatty()
    if not asking and not yes and "redis" not in shared.given:
        text = _("there is no terminal to ask on")
        raise UsageError(text, hint=_("Give --redis URL, or --yes for redis://127.0.0.1:6379."))
    target = shared.config or files.user_file()
    _may_write(str(target), exists=target.exists(), asking=asking, force=force)
    answers = _ask(shared) if asking else _of_flags(shared)
    loaded = config_of(answers)
    _test(loaded, asking=asking, force=force)
    written = write(answers, target)
    click.echo(_("Written: {path}").format(path=safe(str(target), 4096)))
    for path in written.beside:
        click.echo(_("Beside it: {path}").format(path=safe(str(path), 4096)))
    click.echo(_("A Redis user that can only read; the administrator puts in a password and runs:"))
    click.echo(monitor_acl_line(SUGGESTED_USER))
    return FINE


def _may_write(path: str, *, exists: bool, asking: bool, force: bool) -> None:
    if not exists or force:
        return
    text = _("{path} exists").format(path=safe(path, 4096))
    if not asking:
        raise RefusedError(text, hint=_("--force replaces it and keeps the old one as .bak."))
    if not confirmed(_("{path} exists. Replace it? The old one is kept as .bak").format(path=safe(path, 4096))):
        raise RefusedError(text, hint=_("Nothing was changed."))


def _of_flags(shared: Shared) -> Answers:
    given = shared.given
    return Answers.of(given.get("redis", Redis().url), given.get("prometheus", ""), given.get("alertmanager", ""))


def _ask(shared: Shared) -> Answers:
    given = shared.given
    redis = given.get("redis") or click.prompt(_("Redis URL"), default=Redis().url)
    answers = Answers.of(redis, "", "")
    username, password = answers.username, answers.password
    if not password:
        username = click.prompt(_("Redis user (empty: the default user)"), default=username, show_default=False)
        password = click.prompt(
            _("Its password (hidden; empty: none)"), default="", hide_input=True, show_default=False
        )
    prometheus = given.get("prometheus")
    if prometheus is None:
        prometheus = click.prompt(_("Prometheus URL (empty: none)"), default="", show_default=False)
    alertmanager = given.get("alertmanager")
    if alertmanager is None:
        alertmanager = click.prompt(_("Alertmanager URL (empty: none)"), default="", show_default=False)
    return Answers(answers.redis, username, password, prometheus, alertmanager)


def _test(loaded: Loaded, *, asking: bool, force: bool) -> None:
    """Show how each server answers; a failure stops unless it is accepted."""
    from kryonix_tui import bootstrap

    failed = []
    for name, ok, message in bootstrap.test_servers(loaded.config):
        mark = _("ok") if ok else _("fail")
        click.echo(f"{mark:<6} {safe(name)}: {safe(message, 2000)}")
        if not ok:
            failed.append(safe(name))
    if not failed or force:
        return
    if asking and confirmed(_("Write the configuration all the same?")):
        return
    raise _stopped(failed)


def _stopped(failed: list[str]) -> KryonixError:
    text = _("no configuration was written: {names} failed the test").format(names=", ".join(failed))
    return UnreachableError(text, hint=_("Correct the address, or --force writes it all the same."))

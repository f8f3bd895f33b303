"""`kryonix config`: what is in effect, from where, and is it sound."""

from __future__ import annotations

import json
import os

import click

from kryonix_tui.cli.exits import FAILED, FINE, USAGE, note, tell
from kryonix_tui.cli.shared import Shared, shared_flags, shared_of
from kryonix_tui.config import files, show
from kryonix_tui.config.load import Loaded, load
from kryonix_tui.config.secret import secret_file_warnings, secret_text, secrets
from kryonix_tui.errors import ConfigError
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_JSON = click.option("--json", "json_output", is_flag=True, help=_("Print JSON."))


@click.group("config", no_args_is_help=False, help=_("The configuration in effect."))
@shared_flags
def command() -> None:
    """Hold the commands on the configuration."""


@command.command("show", help=_("Print every key with its value and where it comes from; secrets are masked."))
@_JSON
@shared_flags
@click.pass_context
def show_command(context: click.Context, *, json_output: bool) -> None:
    """Print the effective configuration."""
    loaded = shared_of(context).load()
    click.echo(json.dumps(show.as_json(loaded), indent=2) if json_output else show.as_text(loaded))


@command.command("path", help=_("Print the file that is read; exits with 1 where there is none."))
@_JSON
@shared_flags
@click.pass_context
def path_command(context: click.Context, *, json_output: bool) -> int:
    """Print the path of the configuration file, without reading it."""
    found = files.find(shared_of(context).config, os.environ)
    path = None if found.path is None else str(found.path.absolute())
    for message in found.notes:
        note(message)
    if json_output:
        click.echo(json.dumps({"schema": "kryonix.config-path/1", "path": path}))
    elif path is not None:
        click.echo(safe(path, 4096))
    else:
        own = safe(str(files.user_file()), 4096)
        note(_("no configuration file; `kryonix init` writes {path}").format(path=own))
    return FINE if path is not None else FAILED


@command.command("check", help=_("Check file, environment and flags, every context, and that secrets can be read."))
@_JSON
@shared_flags
@click.pass_context
def check_command(context: click.Context, *, json_output: bool) -> int:
    """Check everything that can be checked without a server."""
    problems, warnings = _check(shared_of(context))
    if json_output:
        report = {"schema": "kryonix.config-check/1", "problems": problems, "warnings": warnings}
        click.echo(json.dumps(report, indent=2))
    else:
        for warning in warnings:
            note(warning)
        for problem in problems:
            tell(_("Configuration"), problem)
        if not problems:
            click.echo(_("The configuration is sound."))
    return USAGE if problems else FINE


def _check(shared: Shared) -> tuple[list[str], list[str]]:
    """Return the problems and the warnings of the chosen context and of all others."""
    problems: dict[str, None] = {}
    warnings: dict[str, None] = {}
    try:
        chosen = load(shared.config, shared.overrides, shared.given.get("context"), os.environ)
    except ConfigError as error:
        return error.message.splitlines(), []
    if chosen.config.ui.keys:
        from kryonix_tui.tui.key_rules import key_mistakes, key_warnings

        problems |= dict.fromkeys(key_mistakes(chosen))
        warnings |= dict.fromkeys(key_warnings(chosen))
    others = [name for name in chosen.config.contexts if name != chosen.context]
    for name in (None, *others):
        try:
            loaded = chosen if name is None else load(shared.config, {}, name, os.environ)
        except ConfigError as error:
            problems |= dict.fromkeys(error.message.splitlines())
            continue
        problems |= dict.fromkeys(_unreadable_secrets(loaded))
        warnings |= dict.fromkeys((*loaded.notes, *secret_file_warnings(loaded.config)))
    return list(problems), list(warnings)


def _unreadable_secrets(loaded: Loaded) -> list[str]:
    found = []
    for key, value in secrets(loaded.config):
        try:
            secret_text(value, key)
        except ConfigError as error:
            found.append(error.message)
    return found

"""`kryonix tune`: the server's settings compared with a profile, changed, and changed back."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.operations import carried_out, maintenance_of, operating
from kryonix_tui.cli.shared import shared_flags
from kryonix_tui.errors import RefusedError
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.maintenance.tuning.operation import TuneApply
    from kryonix_tui.model.operation import Plan

F = TypeVar("F", bound=Callable[..., object])

SCHEMA: Final = "kryonix.tune_plan/1"

_REWRITE: Final = click.option(
    "--rewrite", is_flag=True, help=_("Let the server write its configuration file as well (CONFIG REWRITE).")
)


def _choice_flags(command: F) -> F:
    """Give a command the flags that say what is compared."""
    for option in (
        _REWRITE,
        click.option("--only", multiple=True, metavar="PARAM", help=_("Only this parameter of the profile.")),
        click.option("--profile", type=click.Choice(["kryonix", "conservative"]), help=_("Which settings are wanted.")),
    ):
        command = option(command)
    return command


@click.group("tune", no_args_is_help=True, help=_("Compare the server's settings with a profile, and change them."))
@shared_flags
def command() -> None:
    """Hold the commands on the server's settings."""


@command.command("plan", help=_("Say what is already so, what can change now, and what cannot, and why."))
@_choice_flags
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.tune_plan/1)."))
@shared_flags
@click.pass_context
def plan_command(
    context: click.Context, *, profile: str | None, only: tuple[str, ...], rewrite: bool, json_output: bool
) -> int:
    """Compare, and print it. A plan that would be refused is printed, too, and ends as refused."""
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.tuning.page import as_json, page
    from kryonix_tui.view.cells import plain

    plan, made_of = asyncio.run(_planned(maintenance, profile or "", only, rewrite=rewrite))
    found = made_of.comparison
    assert found is not None  # noqa: S101 - the plan is made of it
    if json_output:
        click.echo(json.dumps({"schema": SCHEMA, "hash": plan.hash, **as_json(found)}, indent=2))
    else:
        click.echo("\n".join(plain(line).rstrip() for line in page(found)))
    if plan.refusal:
        raise RefusedError(plan.refusal, hint=made_of.hint)
    if not json_output and found.changes:
        flags = [*(["--profile", profile] if profile else []), *(word for one in only for word in ("--only", one))]
        words = shlex.join([*flags, *(["--rewrite"] if rewrite else []), "--plan", plan.hash])
        click.echo(_("`kryonix tune apply {flags}` changes it.").format(flags=words), err=True)
    return FINE


@command.command("apply", help=_("Change what can be changed now. Shows it first; `tune undo` takes it back."))
@_choice_flags
@operating
def apply_command(
    context: click.Context, *, profile: str | None, only: tuple[str, ...], rewrite: bool, **flags: Any
) -> int:
    """Plan, ask, set."""
    return carried_out(context, lambda at: at.tune(profile or "", only, rewrite=rewrite), "tune.apply", "tune", **flags)


@command.command("undo", help=_("Give back what the last `tune apply` on this server has changed."))
@_REWRITE
@operating
def undo_command(context: click.Context, *, rewrite: bool, **flags: Any) -> int:
    """Plan, ask, set back."""
    return carried_out(context, lambda at: at.undo_tuning(rewrite=rewrite), "tune.undo", "tune", **flags)


async def _planned(
    maintenance: Maintenance, profile: str, only: tuple[str, ...], *, rewrite: bool
) -> tuple[Plan, TuneApply]:
    """Return the plan, stored for `--plan`, and what it was made by."""
    operation = await maintenance.tune(profile, only, rewrite=rewrite)
    try:
        return await maintenance.door.plan(operation), operation
    finally:
        await operation.close()

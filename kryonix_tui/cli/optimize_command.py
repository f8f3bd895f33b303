"""`kryonix optimize`: look at tenants, let some of their keys live longer or end, and undo it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.operations import Teller, carried_out, maintenance_of, operating
from kryonix_tui.cli.shared import shared_flags
from kryonix_tui.errors import NotPermittedError, RefusedError, UsageError
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.maintenance.optimize.operation import Optimize
    from kryonix_tui.maintenance.optimize.undo import OptimizeUndo
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Plan

F = TypeVar("F", bound=Callable[..., object])

_TENANT: Final = click.option("--tenant", "tenants", multiple=True, metavar="T", help=_("This tenant."))
_ALL: Final = click.option("--all", "everybody", is_flag=True, help=_("All tenants that this console sees."))


def _whom(command: F) -> F:
    """Give a command the flags that say which tenants are meant."""
    return _TENANT(_ALL(command))


@click.group("optimize", no_args_is_help=True, help=_("Find out what would help tenants, do it, and undo it."))
@shared_flags
def command() -> None:
    """Hold the commands on optimisation."""


@command.command("plan", help=_("Say what is known of tenants, what would help them, and which keys that changes."))
@_whom
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.optimize_plan/1)."))
@shared_flags
@click.pass_context
def plan_command(context: click.Context, *, tenants: tuple[str, ...], everybody: bool, json_output: bool) -> int:
    """Look, and print what was found. What keeps the plan from being carried out is said as well."""
    chosen = _chosen(tenants, everybody=everybody)
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.optimize import documents
    from kryonix_tui.view.cells import plain

    teller = Teller()
    operation, plan, trouble = asyncio.run(_planned(maintenance, chosen, teller))
    teller.end()
    if json_output:
        click.echo(documents.plan(operation, plan, trouble.message if trouble else ""))
    else:
        click.echo("\n".join(plain(line).rstrip() for line in documents.page(operation)))
    if trouble is not None:
        raise trouble
    if not json_output and plan is not None and operation.changes:
        click.echo(_("`kryonix optimize apply --plan {hash}` changes these keys.").format(hash=plan.hash), err=True)
    return FINE


@command.command("apply", help=_("Change the keys of a plan. Shows it first; `optimize undo` takes it back."))
@_whom
@operating
def apply_command(context: click.Context, *, tenants: tuple[str, ...], everybody: bool, **flags: Any) -> int:
    """Plan, ask, change."""
    return _carried_out(context, tenants, everybody=everybody, automatic=False, **flags)


@command.command("run", help=_("The same for schedules: keeps quiet hours, and touches dead weight only if told to."))
@_whom
@operating
def run_command(context: click.Context, *, tenants: tuple[str, ...], everybody: bool, **flags: Any) -> int:
    """Plan, ask unless nobody can be asked, change."""
    return _carried_out(context, tenants, everybody=everybody, automatic=True, **flags)


@command.command("warm", help=_("Call the tenants' API for keys that are predicted and not there (optimize.warm)."))
@_whom
@operating
def warm_command(context: click.Context, *, tenants: tuple[str, ...], everybody: bool, **flags: Any) -> int:
    """Plan, ask, call."""
    chosen = _chosen(tenants, everybody=everybody)
    return carried_out(context, lambda at: at.optimizing.warm(chosen), "optimize.warm", "monitor", **flags)


@command.command("undo", help=_("Give the keys of a pass (the last one, or PASS) their old expiry back."))
@click.argument("pass_id", metavar="[PASS]", default="")
@_TENANT
@operating
def undo_command(
    context: click.Context, *, pass_id: str, tenants: tuple[str, ...], plan_hash: str | None, **flags: Any
) -> int:
    """Plan, ask, undo."""

    def make(at: Maintenance) -> OptimizeUndo:
        planned = at.door.recall(plan_hash).parameters.get("pass", "") if plan_hash and not pass_id else pass_id
        return at.optimizing.undo(planned, tenants)

    return carried_out(context, make, "optimize.undo", "maintain", plan_hash=plan_hash, **flags)


@command.command("history", help=_("List what was optimised and undone, and whether hit rates are other since."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.optimize_history/1)."))
@shared_flags
@click.pass_context
def history_command(context: click.Context, *, json_output: bool) -> int:
    """Measure what can be measured now, and print the passes."""
    maintenance = maintenance_of(context)
    from kryonix_tui.maintenance.optimize import documents
    from kryonix_tui.view.cells import plain

    asyncio.run(maintenance.optimizing.measure())
    found = list(maintenance.optimizing.history())
    if json_output:
        click.echo(documents.history(found))
    else:
        click.echo("\n".join(plain(line).rstrip() for line in documents.history_lines(found)))
    return FINE


def _carried_out(
    context: click.Context,
    tenants: tuple[str, ...],
    *,
    everybody: bool,
    automatic: bool,
    plan_hash: str | None,
    **flags: Any,
) -> int:
    chosen = None if plan_hash else _chosen(tenants, everybody=everybody)

    async def make(at: Maintenance) -> Optimize:
        if plan_hash:
            return at.optimizing.of_plan(plan_hash)
        if automatic:
            await at.optimizing.measure()
        return at.optimizing.apply(chosen, automatic=automatic)

    action = "optimize.run" if automatic else "optimize.apply"
    return carried_out(context, make, action, "maintain", plan_hash=plan_hash, **flags)


async def _planned(
    maintenance: Maintenance, tenants: tuple[str, ...] | None, teller: Teller
) -> tuple[Optimize, Plan | None, RefusedError | NotPermittedError | None]:
    """Return what was found, its plan, and why there is none where the right to change keys is missing."""
    from kryonix_tui.maintenance.door import Run

    operation = maintenance.optimizing.apply(tenants)
    try:
        await operation.look(Run(teller.tell))
        try:
            return operation, await maintenance.door.plan(operation), None
        except (RefusedError, NotPermittedError) as trouble:
            return operation, None, trouble
    finally:
        await operation.close()


def _chosen(tenants: tuple[str, ...], *, everybody: bool) -> tuple[str, ...] | None:
    """Return the tenants that are meant, None for all.

    Raises:
        UsageError: nobody is named, or somebody and everybody.
    """
    if bool(tenants) == everybody:
        raise UsageError(_("--tenant T or --all: one of them"))
    return None if everybody else tenants

"""`kryonix optimize`: look at tenants, let some of their keys live longer or end, and undo it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import click

from kryonix_tui.cli.exits import FINE
from kryonix_tui.cli.operations import JSON, PLAN, YES, Teller, carry_out
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import NotPermittedError, RefusedError, UsageError
from kryonix_tui.i18n import _

if TYPE_CHECKING:
    from kryonix_tui.maintenance.optimize.operation import Optimize
    from kryonix_tui.maintenance.optimize.undo import OptimizeUndo
    from kryonix_tui.maintenance.optimize.warm import Warm
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
    maintenance = _maintenance(context)
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
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def apply_command(
    context: click.Context,
    *,
    tenants: tuple[str, ...],
    everybody: bool,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Plan, ask, change."""
    return _carried_out(
        context, tenants, everybody=everybody, yes=yes, plan_hash=plan_hash, json_output=json_output, automatic=False
    )


@command.command("run", help=_("The same for schedules: keeps quiet hours, and touches dead weight only if told to."))
@_whom
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def run_command(
    context: click.Context,
    *,
    tenants: tuple[str, ...],
    everybody: bool,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Plan, ask unless nobody can be asked, change."""
    return _carried_out(
        context, tenants, everybody=everybody, yes=yes, plan_hash=plan_hash, json_output=json_output, automatic=True
    )


@command.command("warm", help=_("Call the tenants' API for keys that are predicted and not there (optimize.warm)."))
@_whom
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def warm_command(
    context: click.Context,
    *,
    tenants: tuple[str, ...],
    everybody: bool,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Plan, ask, call."""
    chosen = _chosen(tenants, everybody=everybody)
    maintenance = _maintenance(context)
    from kryonix_tui.model.operation import Purpose

    async def make() -> Warm:
        return maintenance.optimizing.warm(chosen)

    return carry_out(
        maintenance,
        make,
        action="optimize.warm",
        purpose=Purpose.MONITOR,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )


@command.command("undo", help=_("Give the keys of a pass (the last one, or PASS) their old expiry back."))
@click.argument("pass_id", metavar="[PASS]", default="")
@_TENANT
@YES
@PLAN
@JSON
@shared_flags
@click.pass_context
def undo_command(
    context: click.Context,
    *,
    pass_id: str,
    tenants: tuple[str, ...],
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Plan, ask, undo."""
    maintenance = _maintenance(context)
    from kryonix_tui.maintenance.optimize.undo import UNDO
    from kryonix_tui.model.operation import Purpose

    async def make() -> OptimizeUndo:
        if plan_hash and not pass_id:
            plan = maintenance.door.recall(plan_hash)
            return maintenance.optimizing.undo(plan.parameters.get("pass", ""), tenants)
        return maintenance.optimizing.undo(pass_id, tenants)

    return carry_out(
        maintenance,
        make,
        action=UNDO,
        purpose=Purpose.MAINTAIN,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )


@command.command("history", help=_("List what was optimised and undone, and whether hit rates are other since."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.optimize_history/1)."))
@shared_flags
@click.pass_context
def history_command(context: click.Context, *, json_output: bool) -> int:
    """Measure what can be measured now, and print the passes."""
    maintenance = _maintenance(context)
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
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
    automatic: bool,
) -> int:
    chosen = None if plan_hash else _chosen(tenants, everybody=everybody)
    maintenance = _maintenance(context)
    from kryonix_tui.maintenance.optimize.operation import APPLY, RUN
    from kryonix_tui.model.operation import Purpose

    async def make() -> Optimize:
        if plan_hash:
            return maintenance.optimizing.of_plan(plan_hash)
        if automatic:
            await maintenance.optimizing.measure()
        return maintenance.optimizing.apply(chosen, automatic=automatic)

    return carry_out(
        maintenance,
        make,
        action=RUN if automatic else APPLY,
        purpose=Purpose.MAINTAIN,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )


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


def _maintenance(context: click.Context) -> Maintenance:
    loaded = shared_of(context).load()
    from kryonix_tui.maintenance.service import Maintenance

    return Maintenance(loaded.config)

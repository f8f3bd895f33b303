"""What every writing command does: show the plan, have it confirmed, carry it out, and say how it ended.

Without a terminal nothing is asked: `--yes` is needed, and `--plan HASH` where the plan was made by an earlier call. A
first Ctrl-C (or SIGTERM) stops before the next batch, a second one at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from kryonix_tui.cli.exits import FAILED, FINE
from kryonix_tui.cli.questions import confirmed
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import RefusedError, UsageError
from kryonix_tui.i18n import _
from kryonix_tui.view import plans as words
from kryonix_tui.view.cells import plain

if TYPE_CHECKING:
    from kryonix_tui.maintenance.door import Operation, Run
    from kryonix_tui.maintenance.service import Maintenance
    from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose

SCHEMA: Final = "kryonix.operation/1"

YES = click.option("--yes", is_flag=True, help=_("Do not ask. No safety check is skipped."))
PLAN = click.option("--plan", "plan_hash", metavar="HASH", help=_("Carry out the plan that an earlier call made."))
JSON = click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.operation/1)."))


def operating(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the flags of all that write; what it gets besides its own goes to `carried_out`."""
    for decorate in (click.pass_context, shared_flags, JSON, PLAN, YES):
        function = decorate(function)
    return function


def maintenance_of(context: click.Context) -> Maintenance:
    """Return what can be done with the configuration of a command. Raises ConfigError."""
    config = shared_of(context).load().config
    from kryonix_tui.maintenance.service import Maintenance

    return Maintenance(config)


def carried_out(
    context: click.Context,
    make: Callable[[Maintenance], Operation | Awaitable[Operation]],
    action: str,
    purpose: str,
    *,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Do the whole of a command that is `operating`; `purpose` is the name of a `Purpose`, empty for none. As `carry_out`."""
    maintenance = maintenance_of(context)
    from kryonix_tui.model.operation import Purpose

    async def made() -> Operation:
        operation = make(maintenance)
        return await operation if isinstance(operation, Awaitable) else operation

    return carry_out(
        maintenance,
        made,
        action=action,
        purpose=Purpose(purpose) if purpose else None,
        yes=yes,
        plan_hash=plan_hash,
        json_output=json_output,
    )


def carry_out(
    maintenance: Maintenance,
    make: Callable[[], Awaitable[Operation]],
    *,
    action: str,
    purpose: Purpose | None,
    yes: bool,
    plan_hash: str | None,
    json_output: bool,
) -> int:
    """Take an operation (`action` and `purpose` are those of what `make` makes) to its end; return the exit code.

    Raises:
        KryonixError: it was not let through, or failed.
    """
    errand = _Errand(maintenance, make, action, purpose, yes, plan_hash, json_output)
    try:
        return asyncio.run(errand.carried_out())
    except asyncio.CancelledError as interrupted:
        raise KeyboardInterrupt from interrupted


@dataclass(frozen=True, slots=True)
class _Errand:
    """One operation as it was asked for; the fields are the arguments of `carry_out`."""

    maintenance: Maintenance
    make: Callable[[], Awaitable[Operation]]
    action: str
    purpose: Purpose | None
    yes: bool
    plan_hash: str | None
    json_output: bool

    @property
    def unattended(self) -> bool:
        """Whether this is a scheduled run, or another that nobody watches: what keeps it from starting is told."""
        return self.yes and self.plan_hash is None and not sys.stdin.isatty()

    async def carried_out(self) -> int:
        """Plan, ask, carry out, report."""
        from kryonix_tui.maintenance.door import Run
        from kryonix_tui.model.operation import Result

        teller = Teller()
        run = Run(teller.tell, lambda text: click.echo(text, err=True))
        async with contextlib.AsyncExitStack() as held:
            operation, plan = await self._planned(run, teller, held)
            confirmation = _confirmed(plan, yes=self.yes, json_output=self.json_output)
            with _stoppable(run):
                outcome = await self.maintenance.door.run(
                    operation,
                    plan,
                    run,
                    confirmation=confirmation,
                    stored=self.plan_hash is not None,
                    unattended=self.unattended,
                )
        teller.end()
        _report(plan, outcome, json_output=self.json_output)
        return FINE if outcome.result is Result.DONE else FAILED

    async def _planned(self, run: Run, teller: Teller, held: contextlib.AsyncExitStack) -> tuple[Operation, Plan]:
        """Return operation and plan, and show it; where there is none to carry out, somebody has to know of it.

        Raises:
            KryonixError: this console changes nothing, there is no plan, or it is refused.
        """
        door, plan = self.maintenance.door, None
        try:
            door.admit()
            operation = await self.make()
            held.push_async_callback(operation.close)
            plan = door.recall(self.plan_hash) if self.plan_hash else await door.plan(operation, run)
            teller.end()
            _show(plan, json_output=self.json_output)
            _refuse_where_said(plan)
        except Exception as error:
            teller.end()
            if self.unattended:
                await door.missed(self.action, self.purpose, error, plan, run)
            raise
        return operation, plan


def _refuse_where_said(plan: Plan) -> None:
    if plan.refusal:
        raise RefusedError(plan.refusal)


def _show(plan: Plan, *, json_output: bool) -> None:
    """Print the plan for people, to stderr: stdout is for results."""
    if not json_output:
        click.echo(words.title(plan.action), err=True)
        for line in words.blast_radius(plan):
            click.echo(f"  {plain(line)}".rstrip(), err=True)


def _confirmed(plan: Plan, *, yes: bool, json_output: bool) -> str:
    """Return the confirmation of the plan.

    Raises:
        UsageError: nobody can be asked, and nobody said yes beforehand.
        RefusedError: the answer was no.
    """
    if yes:
        return plan.confirmation
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        if json_output:
            click.echo(json.dumps({"schema": SCHEMA, "plan": _plan_json(plan)}, indent=2))
        raise UsageError(
            _("nobody can be asked here: --yes is needed"),
            hint=_("--plan {hash} --yes carries out the plan above.").format(hash=plan.hash),
        )
    with _interruptible():
        if plan.confirmation:
            typed = click.prompt(
                _("Type {text} to go on").format(text=plan.confirmation), default="", show_default=False, err=True
            )
            return str(typed)
        if not confirmed(_("Go on?"), err=True):
            raise RefusedError(_("not confirmed"))
    return ""


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question. asyncio would cancel a task instead, which does not run while somebody is asked."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _report(plan: Plan, outcome: Outcome, *, json_output: bool) -> None:
    if json_output:
        click.echo(json.dumps({"schema": SCHEMA, "plan": _plan_json(plan), "outcome": asdict(outcome)}, indent=2))
        return
    for line in words.outcome_lines(outcome):
        click.echo(plain(line))


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {**asdict(plan), "hash": plan.hash}


class Teller:
    """Shows progress on a terminal's last line, a few times a second."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()
        self._shown = False

    def tell(self, progress: Progress) -> None:
        """Show it, unless something was shown just now."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._last > 0.2:
            self._last, self._shown = now, True
            text = plain(words.progress_line(progress, now - self._started))
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    def end(self) -> None:
        """Clear the line; what is told next begins anew."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
        self._started, self._shown = time.monotonic(), False


class _stoppable:  # noqa: N801 - used as `with _stoppable(run)`
    """While it runs, the first SIGINT or SIGTERM cancels between batches; the next one interrupts."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def stop() -> None:
            if self._run.cancelled and task is not None:
                task.cancel()
            click.echo(_("stopping before the next batch; once more stops at once"), err=True)
            self._run.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)

    def __exit__(self, *_error: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

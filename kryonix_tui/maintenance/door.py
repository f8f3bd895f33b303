"""The door: every change to the outside world goes through `Door.run`, in this order.

    plan -> admit (role, STOP) -> confirm -> lock -> does the plan still fit? -> audit "started" -> apply -> verify -> audit "finished" -> notify

An operation says what it would do (`plan`), does it in batches (`apply`) and checks what it did (`verify`). Between two
batches it calls `Run.checkpoint`, which stops it where somebody cancelled, put a STOP file there, or took its lock.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final, Protocol

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError, RefusedError, StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.actor import Actor, current_actor
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.locks import Connection, RedisLock, file_lock, redis_lock
from kryonix_tui.maintenance.seen import TENANTS, confine
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose, Result, Scope, Target
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe

PLAN_SECONDS: Final = 3600
"""How long a plan may wait for its confirmation."""

FRESH_SECONDS: Final = 15
"""A plan that is older is compared with a new one before it is carried out."""


class Run:
    """What an operation gets while it runs: a place to tell progress, and the question whether to go on."""

    def __init__(
        self, tell: Callable[[Progress], None] = lambda _progress: None, log: Callable[[str], None] = lambda _text: None
    ) -> None:
        self._tell = tell
        self._log = log
        self.cancelled = False
        self.lock: RedisLock | None = None

    def cancel(self) -> None:
        """Stop before the next batch."""
        self.cancelled = True

    def progress(self, done: float, total: float | None, unit: str, step: str = "") -> None:
        """Tell how far it is."""
        self._tell(Progress(done, total, unit, step))

    def say(self, text: str) -> None:
        """Add a line to the operation's log; it is made printable here."""
        self._log(safe(text, 500))

    def checkpoint(self) -> None:
        """Go on, or not.

        Raises:
            StoppedError: somebody cancelled, there is a STOP file, or the lock was lost.
        """
        if self.cancelled:
            raise StoppedError(_("cancelled"))
        if stop_file().exists():
            raise StoppedError(
                _("there is a STOP file"), hint=_("Remove {path} to allow changes again.").format(path=stop_file())
            )
        if self.lock is not None:
            self.lock.check()

    async def between_batches(self) -> None:
        """Go on, or not, after a look at the lock itself: for operations that write.

        Raises:
            StoppedError: as `checkpoint`.
            SourceError: the server did not answer.
        """
        if self.lock is not None:
            await self.lock.confirm()
        self.checkpoint()


class Operation(Protocol):
    """A change to the outside world. One object is one run of it.

    `action` is its stable name (`backup.create`), `purpose` the Redis credential it needs, if any. `writer` is the
    connection that the Redis lock is taken on, None where Redis is not written to; it is known from the start, before
    `plan`.
    """

    action: str

    @property
    def purpose(self) -> Purpose | None:
        """The Redis credential that it needs."""
        ...

    @property
    def writer(self) -> Connection | None:
        """The connection to lock on."""
        ...

    async def plan(self, run: Run | None = None) -> Plan:
        """Look, count, and say what would happen. Changes nothing. `run` is told where that takes long.

        Raises KryonixError; StoppedError where it was stopped.
        """
        ...

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Do it, in batches. Raises KryonixError; StoppedError where it was stopped."""
        ...

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Check what was done and return the outcome to report. Raises VerificationError."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Notifier(Protocol):
    """Tells people. Never raises: what went wrong is returned as a printable text."""

    async def tell(self, plan: Plan, outcome: Outcome, who: Actor, audit_hash: str) -> str:
        """Return what could not be told, empty where all was."""
        ...


class Door:
    """Lets operations through, one configuration's worth of rules."""

    def __init__(self, config: Config, *, notifier: Notifier | None = None, audit: AuditLog | None = None) -> None:
        self._config = config
        self._notifier = notifier
        self._audit = audit or AuditLog()
        self._visible = Visible(config.tenants)
        self.actor = current_actor()

    def admit(self) -> None:
        """Look whether this console may change anything at all.

        Raises:
            RefusedError: role, read-only, or a STOP file.
        """
        if self._config.read_only:
            raise RefusedError(_("this console is read-only"), hint=_("Start it without --read-only."))
        if self._config.role != "operator":
            raise RefusedError(_("the role viewer changes nothing"), hint=_("Use --role operator."))
        if stop_file().exists():
            raise RefusedError(
                _("there is a STOP file"), hint=_("Remove {path} to allow changes again.").format(path=stop_file())
            )

    async def plan(self, operation: Operation, run: Run | None = None) -> Plan:
        """Return the operation's plan, stored so that `--plan HASH` finds it; `run` hears how far it is.

        Raises:
            RefusedError: it concerns tenants that this console does not see.
            KryonixError: there is none.
        """
        plan = await operation.plan(run)
        confine(plan, self._visible)
        plans.keep(plan)
        return plan

    def recall(self, plan_hash: str) -> Plan:
        """Return a plan that an earlier call made. Raises as `plan` and `plans.recall`."""
        plan = plans.recall(plan_hash)
        confine(plan, self._visible)
        return plan

    async def missed(self, action: str, purpose: Purpose | None, error: Exception, plan: Plan | None, run: Run) -> None:
        """Write down and tell that an operation that nobody watches got no `plan`, or one that is refused.

        What keeps the backup of the night from starting must not go unnoticed. Raises nothing: the caller raises `error`.
        """
        now = time.time()
        await self._stayed_out("missed", plan or Plan(action, purpose, Target(""), Scope(), {}, now, now), error, run)

    async def run(
        self,
        operation: Operation,
        plan: Plan,
        run: Run,
        *,
        confirmation: str = "",
        stored: bool = False,
        unattended: bool = False,
    ) -> Outcome:
        """Carry out a plan that was confirmed with `confirmation`; `stored`: it was made by an earlier call.

        `unattended`: nobody watches, so people are also told when it was not let through.

        Raises:
            RefusedError: it was not let through (DriftError, LockedError).
            KryonixError: it failed; the audit log says how far it came.
        """
        async with AsyncExitStack() as held:
            try:
                await self._let_in(operation, plan, run, held, confirmation, stored=stored)
                self._note("started", plan, _beginning(plan, run))
            except Exception as error:
                refused = isinstance(error, RefusedError)
                if refused or unattended:
                    await self._stayed_out("refused" if refused else "missed", plan, error, run, tell=unattended)
                raise
            ending = await self._carried_out(operation, plan, run)
        if isinstance(ending.error, Exception | None):
            ending = await self._told(plan, ending, run)
        if ending.error is not None:
            raise ending.error
        return ending.outcome

    async def _let_in(
        self, operation: Operation, plan: Plan, run: Run, held: AsyncExitStack, confirmation: str, *, stored: bool
    ) -> None:
        """Ask everything that must be so before anything is done, and take the locks; `held` gives them back."""
        self.admit()
        confine(plan, self._visible)
        if plan.refusal:
            raise RefusedError(plan.refusal)
        if plan.confirmation and confirmation != plan.confirmation:
            raise RefusedError(
                _("the confirmation is not {text}").format(text=safe(plan.confirmation)), title=_("Not confirmed")
            )
        held.enter_context(file_lock(plan.action.replace(".", "-"), self.actor))
        if operation.writer is not None:
            run.lock = await held.enter_async_context(redis_lock(operation.writer, self.actor))
            if run.lock.inherited is not None:
                text = _("the lock of {who}, whose process has ended, was taken over")
                run.say(text.format(who=run.lock.inherited.who))
        # Only now, for whoever held a lock before may have changed what the plan is about.
        old = stored or abs(time.time() - plan.made_at) > FRESH_SECONDS
        fresh = await operation.plan(run) if old else plan
        plans.check(plan, fresh, tolerance=self._config.maintenance.tolerance / 100, now=time.time())

    async def _stayed_out(self, event: str, plan: Plan, error: Exception, run: Run, *, tell: bool = True) -> None:
        """Write down, and tell, why nothing was begun. The error stands, also where it cannot be written down."""
        outcome = _failure(error)
        details = {"reason": str(error)}
        if event == "missed":
            details = {"result": outcome.result.value, "summary": outcome.summary}
        audit_hash = ""
        with contextlib.suppress(KryonixError):
            audit_hash = self._note(event, plan, details)
        if tell:
            await self._told(plan, _Ending(outcome, audit_hash, error), run)

    async def _carried_out(self, operation: Operation, plan: Plan, run: Run) -> _Ending:
        """Apply and verify, and write down how it ended, whatever happened: nothing is awaited in between."""
        began = time.monotonic()
        error: BaseException | None = None
        try:
            run.checkpoint()
            outcome = await operation.apply(plan, run)
            outcome = await operation.verify(plan, outcome, run)
        except BaseException as caught:  # the end of an operation that was interrupted is written down as well
            error, outcome = caught, _failure(caught)
        outcome = replace(outcome, figures={"seconds": round(time.monotonic() - began, 3), **outcome.figures})
        details = {
            "result": outcome.result.value,
            "summary": outcome.summary,
            "figures": dict(outcome.figures),
            "artefact": outcome.artefact,
        }
        try:
            return _Ending(outcome, self._note("finished", plan, details), error)
        except KryonixError as unwritten:
            # It is done already: the outcome says what the log cannot.
            return _Ending(_noticed(outcome, safe(str(unwritten))), "", error)

    async def _told(self, plan: Plan, ending: _Ending, run: Run) -> _Ending:
        """Tell people, and say where that did not work. It changes no result and raises nothing."""
        if self._notifier is None:
            return ending
        try:
            untold = await self._notifier.tell(plan, ending.outcome, self.actor, ending.audit_hash)
        except Exception as error:
            untold = _("nobody was told: {error}").format(error=type(error).__name__)
        if not untold:
            return ending
        run.say(untold)
        with contextlib.suppress(KryonixError):
            self._note("untold", plan, {"reason": untold})
        return replace(ending, outcome=_noticed(ending.outcome, untold))

    def _note(self, event: str, plan: Plan, details: Mapping[str, object]) -> str:
        if plan.scope.tenants:
            details = {TENANTS: list(plan.scope.tenants), **details}
        entry = self._audit.append(
            event, action=plan.action, plan=plan.hash, who=self.actor, target=plan.target.place, details=details
        )
        return entry.hash


@dataclass(frozen=True, slots=True)
class _Ending:
    """How it ended: the outcome, the hash of its audit line (empty where it could not be written), what was raised."""

    outcome: Outcome
    audit_hash: str
    error: BaseException | None


def _beginning(plan: Plan, run: Run) -> dict[str, object]:
    """Return what the audit log says when an operation begins."""
    details: dict[str, object] = {"counts": dict(plan.counts), "parameters": dict(plan.parameters)}
    if run.lock is not None and run.lock.inherited is not None:
        details["lock"] = f"taken over from {run.lock.inherited.who}, since {safe(run.lock.inherited.since, 40)}"
    return details


def _failure(error: BaseException) -> Outcome:
    """Return the outcome of an operation that raised `error`. What is no `Exception` is an interruption."""
    result = Result.FAILED
    if isinstance(error, StoppedError) or not isinstance(error, Exception):
        result = Result.STOPPED
    elif isinstance(error, RefusedError):
        result = Result.REFUSED
    return Outcome(result, safe(error.message if isinstance(error, KryonixError) else type(error).__name__))


def _noticed(outcome: Outcome, notice: str) -> Outcome:
    return replace(outcome, notices=(*outcome.notices, notice))

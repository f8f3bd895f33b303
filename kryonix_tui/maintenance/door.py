"""The door: every change to the outside world goes through `Door.run`, in this order.

    plan -> confirm -> admit (role, plan still fits) -> lock -> audit "started" -> apply -> verify -> audit "finished" -> notify

An operation says what it would do (`plan`), does it in batches (`apply`) and checks what it did (`verify`). Between two
batches it calls `Run.checkpoint`, which stops it where somebody cancelled, put a STOP file there, or took its lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final, Protocol

from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError, RefusedError, StoppedError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.actor import Actor, current_actor
from kryonix_tui.maintenance.audit import AuditLog
from kryonix_tui.maintenance.folders import stop_file
from kryonix_tui.maintenance.locks import Connection, RedisLock, file_lock, redis_lock
from kryonix_tui.model.operation import Outcome, Plan, Progress, Purpose, Result
from kryonix_tui.safetext import safe

PLAN_SECONDS: Final = 3600
"""How long a plan may wait for its confirmation."""


class Run:
    """What an operation gets while it runs: a place to tell progress, and the question whether to go on."""

    def __init__(self, tell: Callable[[Progress], None], log: Callable[[str], None]) -> None:
        self._tell = tell
        self._log = log
        self._cancelled = False
        self.lock: RedisLock | None = None

    def cancel(self) -> None:
        """Stop before the next batch."""
        self._cancelled = True

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
        if self._cancelled:
            raise StoppedError(_("cancelled"))
        if stop_file().exists():
            raise StoppedError(
                _("there is a STOP file"), hint=_("Remove {path} to allow changes again.").format(path=stop_file())
            )
        if self.lock is not None:
            self.lock.check()


class Operation(Protocol):
    """A change to the outside world. One object is one run of it.

    `action` is its stable name (`backup.create`), `purpose` the credential it needs. `writer` is the connection that
    the Redis lock is taken on, None where Redis is not written to.
    """

    action: str
    purpose: Purpose

    @property
    def writer(self) -> Connection | None:
        """The connection to lock on."""
        ...

    async def plan(self) -> Plan:
        """Look, count, and say what would happen. Changes nothing. Raises KryonixError."""
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

    async def plan(self, operation: Operation) -> Plan:
        """Return the operation's plan, stored so that `--plan HASH` finds it."""
        plan = await operation.plan()
        plans.keep(plan)
        return plan

    async def run(
        self, operation: Operation, plan: Plan, run: Run, *, confirmation: str = "", stored: bool = False
    ) -> Outcome:
        """Carry out a plan that was confirmed with `confirmation`; `stored`: it was made by an earlier call.

        Raises:
            RefusedError: it was not let through (DriftError, LockedError).
            KryonixError: it failed; the audit log says how far it came.
        """
        self.admit()
        if plan.confirmation and confirmation != plan.confirmation:
            raise RefusedError(
                _("the confirmation is not {text}").format(text=safe(plan.confirmation)), title=_("Not confirmed")
            )
        fresh = await operation.plan() if stored else plan
        plans.check(plan, fresh, tolerance=self._config.maintenance.tolerance / 100, now=time.time())
        async with AsyncExitStack() as held:
            held.enter_context(file_lock(plan.action.replace(".", "-"), self.actor))
            if operation.writer is not None:
                run.lock = await held.enter_async_context(redis_lock(operation.writer, self.actor))
            self._note("started", plan, {"counts": dict(plan.counts), "parameters": dict(plan.parameters)})
            outcome = await self._carried_out(operation, plan, run)
        return await self._told(plan, outcome)

    async def _carried_out(self, operation: Operation, plan: Plan, run: Run) -> Outcome:
        try:
            run.checkpoint()
            outcome = await operation.apply(plan, run)
            return await operation.verify(plan, outcome, run)
        except BaseException as error:
            stopped = isinstance(error, StoppedError) or not isinstance(error, Exception)
            text = error.message if isinstance(error, KryonixError) else type(error).__name__
            outcome = Outcome(Result.STOPPED if stopped else Result.FAILED, safe(text))
            await self._told(plan, outcome, tell=isinstance(error, Exception))
            raise

    async def _told(self, plan: Plan, outcome: Outcome, *, tell: bool = True) -> Outcome:
        """Write down how it ended, tell people, and say where that did not work."""
        details = {
            "result": outcome.result.value,
            "summary": outcome.summary,
            "figures": dict(outcome.figures),
            "artefact": outcome.artefact,
        }
        audit_hash = self._note("finished", plan, details)
        if self._notifier is None or not tell:
            return outcome
        untold = await self._notifier.tell(plan, outcome, self.actor, audit_hash)
        if not untold:
            return outcome
        self._note("notification failed", plan, {"reason": untold})
        return replace(outcome, notices=(*outcome.notices, untold))

    def _note(self, event: str, plan: Plan, details: Mapping[str, object]) -> str:
        entry = self._audit.append(
            event, action=plan.action, plan=plan.hash, who=self.actor, target=plan.target.place, details=details
        )
        return entry.hash

"""Undo a pass: each key gets its old expiry back if it still has the one that it was given; the others are reported."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.errors import StoppedError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.calm import Calm
from kryonix_tui.maintenance.optimize.journal import Pass
from kryonix_tui.maintenance.optimize.operation import by_database, not_needed
from kryonix_tui.maintenance.optimize.writing import Wanted, expiries, fate_of, write
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import require
from kryonix_tui.maintenance.redis_operation import RedisOperation
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.model.optimization import Change, Fate
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view import optimization as words

UNDO: Final = "optimize.undo"

_MOST_NAMED: Final = 100
"""Tenants that a plan and the audit log name."""


@dataclass(slots=True)
class OptimizeUndo(RedisOperation):
    """Implements `door.Operation`: undo `done`, or the part of it that is about `tenants`."""

    done: Pass
    tenants: tuple[str, ...] = ()
    action: str = UNDO
    _seen: Overview | None = None
    _fates: Counter[Fate] = field(default_factory=Counter)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is to be undone."""
        wanted = set(self.tenants)
        return tuple(change for change in self.done.changes if not wanted or change.tenant in wanted)

    async def plan(self, run: Run | None = None) -> Plan:
        """Compare every key with the journal. Nothing is written.

        Raises:
            RefusedError: the user for maintenance may not do what is needed.
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        run = run or Run()
        seen = self._seen = await look(self.writer)
        fates: Counter[Fate] = Counter()
        over = 0
        for db, batch in by_database(self.changes):
            run.checkpoint()
            found = await expiries(self.writer, db, [change.key for change in batch])
            for change, now in zip(batch, found, strict=True):
                fate = fate_of(_back(change), now)
                fates[fate] += 1
                over += fate is Fate.DONE and change.old_ms is not None and change.old_ms <= seen.now_ms()
            run.progress(fates.total(), len(self.changes), "keys", _("comparing"))
        if fates[Fate.DONE]:
            await require(self.writer, self.keyspace, optional=not_needed())
        return self._plan(seen, fates, over)

    def _plan(self, seen: Overview, fates: Counter[Fate], over: int) -> Plan:
        now = time.time()
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=self._scope,
            # Only what is undone counts for the plan: what others do to keys meanwhile is looked at when they are written.
            counts={"keys": len(self.changes)},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={"pass": self.done.id},
            effects=tuple(self._effects(fates, over)),
            refusal=self._refusal(seen),
        )

    @property
    def _scope(self) -> Scope:
        """Return whom it is about; where those are very many, the databases, unless it matters who is seen."""
        tenants = self.tenants or self.done.beginning.tenants
        if len(tenants) <= _MOST_NAMED or Visible(self.config.tenants).limited:
            return Scope(tenants)
        return Scope((), tuple(sorted({change.db for change in self.changes})))

    def _effects(self, fates: Counter[Fate], over: int) -> Iterator[str]:
        yield ngettext(
            "{count} key gets its old expiry back.", "{count} keys get their old expiry back.", fates[Fate.DONE]
        ).format(count=formats.full_count(fates[Fate.DONE]))
        if over:
            yield ngettext(
                "{count} of them would have ended by now: it ends at once.",
                "{count} of them would have ended by now: they end at once.",
                over,
            ).format(count=formats.full_count(over))
        if fates[Fate.ALREADY]:
            text = ngettext("{count} key has it already.", "{count} keys have it already.", fates[Fate.ALREADY])
            yield text.format(count=formats.full_count(fates[Fate.ALREADY]))
        if fates[Fate.CHANGED]:
            text = ngettext(
                "{count} key was written by others since: it stays as it is.",
                "{count} keys were written by others since: they stay as they are.",
                fates[Fate.CHANGED],
            )
            yield text.format(count=formats.full_count(fates[Fate.CHANGED]))
        if fates[Fate.GONE]:
            yield ngettext("{count} key is gone.", "{count} keys are gone.", fates[Fate.GONE]).format(
                count=formats.full_count(fates[Fate.GONE])
            )

    def _refusal(self, seen: Overview) -> str:
        if not self.done.undoable:
            return _("the time for undoing this is over: its keys are not known any more")
        if not self.changes:
            return _("this pass changed nothing of these tenants")
        if self.done.beginning.place != seen.target.place:
            return _("that was another server: {place}").format(place=safe(self.done.beginning.place, 100))
        return ""

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Write batch by batch. Whoever is stopped, or killed, starts again: what is done already is seen."""
        del plan
        fates = self._fates = Counter()
        calm = Calm(self.writer, self.config.optimize.latency, self.config.redis.budget / 100)
        try:
            for db, batch in by_database(self.changes):
                await run.between_batches()
                await calm.check()
                fates.update(await write(self.writer, db, [_back(change) for change in batch]))
                run.progress(fates.total(), len(self.changes), "keys", _("writing"))
                await calm.rest(len(batch))
        except StoppedError:
            self._note(fates, Result.STOPPED)
            raise
        self._note(fates, Result.DONE)
        done = formats.full_count(fates[Fate.DONE])
        parts = [
            f"{formats.full_count(fates[fate])} {_(words.FATES[fate])}"
            for fate in Fate
            if fate is not Fate.DONE and fates[fate]
        ]
        text = "; ".join(
            [
                ngettext(
                    "{count} key has its old expiry again", "{count} keys have their old expiry again", fates[Fate.DONE]
                ).format(count=done),
                *parts,
            ]
        )
        return Outcome(Result.DONE, text, {fate.value: fates[fate] for fate in Fate if fates[fate]}, (), self.done.id)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Look that no key is left that has what the pass gave it.

        Raises:
            VerificationError: there is one that nobody kept from being undone.
        """
        del plan, run
        left = 0
        for db, batch in by_database(self.changes):
            found = await expiries(self.writer, db, [change.key for change in batch])
            left += sum(now == change.new_ms for change, now in zip(batch, found, strict=True))
        if left > self._fates[Fate.BUSY]:
            raise VerificationError(
                ngettext(
                    "{count} key still has the expiry that it was given",
                    "{count} keys still have the expiry that they were given",
                    left,
                ).format(count=left)
            )
        return outcome

    def _note(self, fates: Counter[Fate], result: Result) -> None:
        counted = {fate.value: fates[fate] for fate in Fate if fates[fate]}
        details = {"at": time.time(), "result": result.value, "fates": counted, "tenants": list(self.tenants)}
        journal.add(self.done.id, "undone", details)


def _back(change: Change) -> Wanted:
    """Return the way back of a change."""
    return Wanted(change.key, change.new_ms, change.old_ms)

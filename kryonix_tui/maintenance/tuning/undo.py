"""Undo the last application of a profile: what still is what we wrote becomes what it was; the rest is reported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kryonix_tui.errors import DriftError, KryonixError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.tuning import journal
from kryonix_tui.maintenance.tuning.comparison import shown, told
from kryonix_tui.maintenance.tuning.journal import Journal, Past, Written
from kryonix_tui.maintenance.tuning.on_settings import OnSettings
from kryonix_tui.maintenance.tuning.profiles import AOF, LIMIT, POLICY, SNAPSHOTS
from kryonix_tui.maintenance.tuning.reading import Server, current, read
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.model.server import EVICTS_ALL
from kryonix_tui.view import formats

UNDO: Final = "tune.undo"


class Fate(StrEnum):
    """What becomes of a setting: it is given back, it is so already, somebody else has set it, it would do harm."""

    RESTORE = "restore"
    SO = "already so"
    CHANGED = "changed"
    HARMFUL = "harmful"


@dataclass(frozen=True, slots=True)
class Return:
    """One setting on its way back. `now` is None where the parameter does not exist any more."""

    written: Written
    now: str | None
    fate: Fate


@dataclass(slots=True)
class TuneUndo(OnSettings):
    """One undo of the newest run of which something is left."""

    action: str = UNDO
    _past: Past | None = None
    _returns: tuple[Return, ...] = ()

    async def plan(self, run: Run | None = None) -> Plan:
        """Look what is left of the last run. Raises SourceError, RefusedError."""
        del run
        server = await read(self.clients, (), self.config.tuning)
        past = self._past = journal.last(server.target.place)
        forbidden = await self._forbidden() if past is not None else None
        if forbidden is not None:
            raise forbidden
        now = time.time()
        self._returns = tuple([await self._return(written, server) for written in _backwards(past)])
        parameters = {"rewrite": "yes" if self.rewrite else "no"}
        if past is not None:
            parameters["run"] = past.path.stem
        parameters |= {
            one.written.parameter: f"{told(one.now)} → {told(one.written.old)}"
            for one in self._returns
            if one.fate is Fate.RESTORE
        }
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=server.target,
            scope=Scope(),
            counts={fate.value: sum(one.fate is fate for one in self._returns) for fate in Fate},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters=parameters,
            effects=tuple(_effects(self._returns, past, rewrite=self.rewrite)),
            undo="kryonix tune apply",
            backup_age=holdings.age(self.destination, self.config, Scope(), now),
            refusal="" if past is not None else _("nothing was set on this server that is not undone already"),
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Give back one setting after the other, the last one first."""
        del plan
        past = self._past
        if past is None:
            raise DriftError(_("the undo was not planned in this run"))
        book, restored = Journal(past.path), 0
        for one in self._returns:
            await run.between_batches()
            written = one.written
            run.progress(restored, len(self._returns), "settings", written.parameter)
            if one.fate is Fate.RESTORE and await current(self.clients, written.parameter) == written.new:
                try:
                    await self._set(written.parameter, written.old)
                except KryonixError as error:
                    raise _refused(written.parameter, restored, error) from error
                restored += 1
                book.undone(written.parameter, "restored")
            elif one.fate is Fate.HARMFUL:
                self.notices.append(_harm(one))
            else:
                if one.fate is not Fate.SO:
                    self.notices.append(_changed(one))
                book.undone(written.parameter, one.fate.value)
        if self.rewrite:
            await self._rewritten(book)
        text = ngettext(
            "{count} of {total} setting is what it was",
            "{count} of {total} settings are what they were",
            len(self._returns),
        )
        so = restored + sum(one.fate is Fate.SO for one in self._returns)
        summary = text.format(count=so, total=len(self._returns))
        return Outcome(Result.DONE, summary, {"restored": restored, "left": len(self._returns) - so})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Wait for an AOF that is switched on again; each setting was read back when it was set."""
        del plan
        if any(one.written.parameter == AOF and one.written.old == "yes" for one in self._returns):
            await self._aof_written(run)
        return Outcome(outcome.result, outcome.summary, outcome.figures, (*outcome.notices, *self.notices))

    async def _return(self, written: Written, server: Server) -> Return:
        """Judge one setting. A run that was cut off may have set it, or not."""
        now = await current(self.clients, written.parameter)
        if now == written.old:
            return Return(written, now, Fate.SO)
        if now != written.new:
            return Return(written, now, Fate.CHANGED)
        limit = int(written.old) if written.parameter == LIMIT and written.old.isdecimal() else 0
        return Return(written, now, Fate.HARMFUL if 0 < limit <= server.used else Fate.RESTORE)


def _backwards(past: Past | None) -> tuple[Written, ...]:
    return past.written[::-1] if past is not None else ()


def _effects(returns: tuple[Return, ...], past: Past | None, *, rewrite: bool) -> Iterator[str]:
    if past is not None:
        text = _("What was set at {time} is undone: {run}.")
        yield text.format(time=formats.clock_time(past.at), run=journal.summary(past))
    for one in returns:
        if one.fate is Fate.CHANGED:
            yield _changed(one)
        elif one.fate is Fate.HARMFUL:
            yield _harm(one)
        elif one.fate is Fate.RESTORE:
            name = one.written.parameter
            yield f"{name}: {shown(name, one.now)} → {shown(name, one.written.old)}"
            yield from _warnings(one.written)
    if past is not None and past.rewritten and not rewrite:
        yield _("The server's configuration file has the new values: --rewrite lets it write the old ones.")


def _warnings(written: Written) -> Iterator[str]:
    """Yield what the old value means, where that is not harmless."""
    if written.parameter == AOF and written.old == "no":
        yield _("The AOF is switched off again, as it was: a crash loses what changed since the last save.")
    if written.parameter == SNAPSHOTS and not written.old:
        yield _("Snapshots are switched off again, as they were.")
    if written.parameter == POLICY and written.old.startswith(EVICTS_ALL):
        yield _("{policy} comes back: it evicts queues and configuration like cache.").format(policy=written.old)


def _changed(one: Return) -> str:
    return _("{parameter} was set to something else since ({now}), and is left").format(
        parameter=one.written.parameter, now=shown(one.written.parameter, one.now)
    )


def _harm(one: Return) -> str:
    return _("{parameter} is left: more than its old value ({old}) is used by now").format(
        parameter=one.written.parameter, old=shown(one.written.parameter, one.written.old)
    )


def _refused(parameter: str, done: int, error: KryonixError) -> KryonixError:
    return KryonixError(
        ngettext(
            "{parameter} could not be given back, {count} setting was before it: {reason}",
            "{parameter} could not be given back, {count} settings were before it: {reason}",
            done,
        ).format(parameter=parameter, count=done, reason=error.message),
        hint=_("`kryonix tune undo` goes on where this one ended."),
        title=error.title,
    )

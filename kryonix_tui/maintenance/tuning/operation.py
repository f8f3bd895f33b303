"""Apply a profile to the server, through the door: parameter by parameter, each written down before and read back after.

The policy of eviction is set before the limit at which it acts, and undone after it. A parameter that is no longer what
the plan saw is left alone. What is set holds until the server restarts, unless CONFIG REWRITE was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from kryonix_tui.errors import DriftError, KryonixError, StoppedError, UsageError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.backup import holdings
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.permissions import not_permitted
from kryonix_tui.maintenance.tuning.comparison import Comparison, Line, Standing, compare, raises, shown, told
from kryonix_tui.maintenance.tuning.journal import Journal
from kryonix_tui.maintenance.tuning.on_settings import OnSettings
from kryonix_tui.maintenance.tuning.profiles import AOF, LIMIT, POLICY, PROFILES
from kryonix_tui.maintenance.tuning.reading import Server, current, read
from kryonix_tui.model.operation import Outcome, Plan, Result, Scope
from kryonix_tui.model.server import EVICTS_ALL
from kryonix_tui.safetext import safe
from kryonix_tui.sources.redis import info

APPLY: Final = "tune.apply"


@dataclass(slots=True)
class TuneApply(OnSettings):
    """One application of `profile`, or of the parameters `only` of it."""

    profile: str = "kryonix"
    only: tuple[str, ...] = ()
    action: str = APPLY
    comparison: Comparison | None = None
    hint: str = ""
    """What to do where the plan is refused for a permission."""

    def __post_init__(self) -> None:
        """Refuse what no profile has. Raises UsageError."""
        OnSettings.__post_init__(self)
        if self.profile not in PROFILES:
            raise UsageError(_("there is no profile {name}").format(name=safe(self.profile, 40)))
        known = {name for setting in PROFILES[self.profile] for name in (setting.parameter, setting.older)}
        strange = [name for name in self.only if name not in known]
        if strange:
            raise UsageError(
                _("the profile {profile} has no parameter {name}").format(
                    profile=self.profile, name=safe(strange[0], 60)
                ),
                hint=_("`kryonix tune plan` lists those that it has."),
            )

    async def plan(self, run: Run | None = None) -> Plan:
        """Compare, and say what would be set. Raises SourceError, RefusedError."""
        del run
        found = await self.compare()
        server = found.server
        forbidden = None if found.refusal else await self._forbidden()
        self.hint = forbidden.hint if forbidden else ""
        now = time.time()
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=server.target,
            scope=Scope(),
            counts={standing.value: found.count(standing) for standing in Standing},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={
                "profile": self.profile,
                **({"only": ", ".join(sorted(self.only))} if self.only else {}),
                "rewrite": "yes" if self.rewrite else "no",
                **{line.parameter: f"{told(line.now)} → {told(line.wanted)}" for line in found.changes},
            },
            effects=(*_effects(found, rewrite=self.rewrite), *filter(None, [self.hint])),
            undo="kryonix tune undo",
            backup_age=holdings.age(self.destination, self.config, Scope(), now),
            refusal=found.refusal or (forbidden.message if forbidden else "") or _rewrite_refused(self.rewrite, server),
        )

    async def compare(self) -> Comparison:
        """Look at the server and compare. Raises SourceError, RefusedError where the settings may not be read."""
        server = await read(self.clients, PROFILES[self.profile], self.config.tuning)
        self.comparison = found = compare(self.profile, server, self.config.tuning, self.only)
        if server.forbidden and not found.refusal:
            raise await not_permitted(self.clients, self.keyspace, ["config|get"])
        return found

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Set one parameter after the other, each written down before."""
        found = self.comparison
        if found is None:
            raise DriftError(_("the settings were not compared in this run"))
        journal = Journal.begin(plan.target.place, plan.hash, self.profile)
        done: list[str] = []
        for line in found.changes:
            await _go_on(run, len(done))
            run.progress(len(done), len(found.changes), "settings", line.parameter)
            refusal = await self._changed_since(line.parameter, line.now)
            if not refusal and line.parameter == LIMIT:
                refusal = await self._too_full(line.wanted) or await self._evicts_all(line)
            if refusal:
                self.notices.append(refusal)
                continue
            try:
                journal.setting(line.parameter, line.now or "", line.wanted)
                await self._set(line.parameter, line.wanted)
            except KryonixError as error:
                raise _broken_off(line.parameter, error, len(done)) from error
            done.append(line.parameter)
            # Undo needs the line before; without this one it asks the server.
            with suppress(KryonixError):
                journal.is_set(line.parameter, line.wanted)
        if self.rewrite:
            await self._rewritten(journal)
        with suppress(KryonixError):
            journal.end()
        text = (
            ngettext("{count} of {total} setting changed", "{count} of {total} settings changed", len(found.changes))
            if found.changes
            else _("everything is already so")
        )
        summary = text.format(count=len(done), total=len(found.changes))
        return Outcome(Result.DONE, summary, {"changed": len(done), "left": len(found.changes) - len(done)})

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Look at everything again: is it so, was something evicted, is the AOF complete?"""
        del plan
        before = self.comparison
        assert before is not None  # noqa: S101 - it was applied
        changed = {line.parameter for line in before.changes}
        if AOF in changed:
            await self._aof_written(run)
        after = await read(self.clients, PROFILES[self.profile], self.config.tuning)
        evicted = after.evicted - before.server.evicted
        if evicted > 0:
            self.notices.append(
                ngettext("{count} key was evicted meanwhile", "{count} keys were evicted meanwhile", evicted).format(
                    count=evicted
                )
            )
        return Outcome(outcome.result, outcome.summary, outcome.figures, (*outcome.notices, *self.notices))

    async def _changed_since(self, parameter: str, planned: str | None) -> str:
        """Return that somebody else has set a parameter since the plan, empty where nobody has."""
        if await current(self.clients, parameter) == planned:
            return ""
        return _("{parameter} was changed by somebody else meanwhile, and left").format(parameter=parameter)

    async def _too_full(self, wanted: str) -> str:
        """Return that a limit is below what is used by now, empty where it is not."""
        fields: Mapping[str, str] = info.parse_info(await self.clients.call(0, "INFO", "memory"))
        if info.integer(fields, "used_memory") < int(wanted):
            return ""
        return _("maxmemory was left: more than that is used by now")

    async def _evicts_all(self, line: Line) -> str:
        """Return that a limit would let queues be evicted: the policy is another one than the plan counted on."""
        policy = await current(self.clients, POLICY) or ""
        if raises(line) or not policy.startswith(EVICTS_ALL):
            return ""
        return _("maxmemory was left: with {policy} this limit would evict queues and configuration").format(
            policy=safe(policy, 40)
        )


def _effects(found: Comparison, *, rewrite: bool) -> Iterator[str]:
    server = found.server
    for line in found.changes:
        yield _("{parameter}: {now} → {wanted}: {why}. Risk: {risk}").format(
            parameter=line.parameter,
            now=shown(line.parameter, line.now),
            wanted=shown(line.parameter, line.wanted),
            why=line.why,
            risk=line.risk,
        )
    for line in found.lines:
        if line.standing in (Standing.REFUSED, Standing.RESTART) and line.reason:
            yield _("{parameter} stays {now}: {reason}").format(
                parameter=line.parameter, now=shown(line.parameter, line.now), reason=line.reason
            )
    if found.refusal:
        return
    if not found.changes:
        yield _("Nothing has to be changed.")
    elif not rewrite:
        yield _("At the next restart the old values are back; --rewrite lets the server write its configuration file.")
    if server.replicas or server.replica:
        yield ngettext(
            "Each server of a replication has settings of its own: primary and {count} replica need it alike.",
            "Each server of a replication has settings of its own: primary and {count} replicas need it alike.",
            server.replicas,
        ).format(count=server.replicas)


async def _go_on(run: Run, done: int) -> None:
    """Go on, or not: who stops it in the middle is told what was done. Raises as `Run.between_batches`."""
    try:
        await run.between_batches()
    except StoppedError:
        if done:
            run.say(
                ngettext(
                    "{count} setting was changed before; `kryonix tune undo` takes it back",
                    "{count} settings were changed before; `kryonix tune undo` takes them back",
                    done,
                ).format(count=done)
            )
        raise


def _rewrite_refused(rewrite: bool, server: Server) -> str:  # noqa: FBT001 - one of two
    if rewrite and not server.config_file:
        return _("the server runs without a configuration file: --rewrite cannot be done")
    return ""


def _broken_off(parameter: str, error: KryonixError, done: int) -> KryonixError:
    """Return the error of a run that did not get further than `parameter`."""
    return KryonixError(
        ngettext(
            "{parameter} could not be set, {count} setting was before it: {reason}",
            "{parameter} could not be set, {count} settings were before it: {reason}",
            done,
        ).format(parameter=parameter, count=done, reason=error.message),
        hint=_("`kryonix tune undo` takes back what was set."),
        title=error.title,
    )

"""Optimise: look at tenants, and give some of their keys another expiry. Every key of a plan is known before it is begun.

The keys are chosen once. Whoever confirms later, or comes with `--plan HASH`, changes these very keys and no others, and
each only if its expiry still is what the plan says.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import msgspec

from kryonix_tui.analysis.optimization.advice import advise, changes_of, within
from kryonix_tui.analysis.optimization.hours import is_quiet, window_of
from kryonix_tui.config.optimize import Optimize as Limits
from kryonix_tui.errors import ConfigError, DriftError, KryonixError, StoppedError, UsageError, VerificationError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.optimize import drafts, journal, results
from kryonix_tui.maintenance.optimize.calm import Calm
from kryonix_tui.maintenance.optimize.drafts import Draft
from kryonix_tui.maintenance.optimize.journal import Beginning, Journal
from kryonix_tui.maintenance.optimize.reading import Findings, TenantReading
from kryonix_tui.maintenance.optimize.writing import BATCH, Wanted, expiries, write
from kryonix_tui.maintenance.overview import Overview, look
from kryonix_tui.maintenance.permissions import require
from kryonix_tui.maintenance.purposes import COMMANDS
from kryonix_tui.maintenance.redis_operation import RedisOperation
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope
from kryonix_tui.model.optimization import EXTENDING, Advice, Change, Fate, Recommendation, TenantAnalysis
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.view import formats
from kryonix_tui.view import optimization as words

APPLY: Final = "optimize.apply"
RUN: Final = "optimize.run"

USED: Final = ("pexpiretime", "pexpireat", "persist", "watch", "time", "info")
"""What of its purpose optimisation needs."""

_SHOWN: Final = 12
"""Recommendations that a plan names."""

_VERIFIED: Final = 200
"""Keys of each database that are read again afterwards."""


@dataclass(slots=True)
class Optimize(RedisOperation):
    """One pass over `tenants`; None: over all that this console sees.

    `automatic`: nobody looks at it first, so that quiet hours count, and dead weight is only touched where that was asked
    for. `draft` is the digest of the keys of an earlier plan.
    """

    tenants: tuple[str, ...] | None
    automatic: bool = False
    draft: str = ""
    action: str = ""
    analyses: tuple[TenantAnalysis, ...] = ()
    advice: tuple[Recommendation, ...] = ()
    _found: Findings | None = None
    _planned: Draft | None = None
    _written: Counter[tuple[str, Advice]] = field(default_factory=Counter)
    """Keys that were changed, by tenant and advice."""
    _fresh: bool = False
    """It was looked just now, so that a plan needs no second look."""

    def __post_init__(self) -> None:
        """Name itself.

        Raises:
            ConfigError: the quiet hours cannot be read.
        """
        self.action = RUN if self.automatic else APPLY
        quiet = self.config.optimize.quiet_hours
        if quiet and window_of(quiet) is None:
            raise ConfigError(
                _("optimize.quiet_hours: {text} is not HH:MM-HH:MM").format(text=safe(quiet, 40)),
                hint=_("For instance 22:00-06:00."),
            )

    @property
    def changes(self) -> tuple[Change, ...]:
        """The keys of the plan, none before there is one."""
        return self._planned.changes if self._planned is not None else ()

    @property
    def digest(self) -> str:
        """Name of the chosen keys, empty before there are any."""
        return self._planned.digest if self._planned is not None else ""

    async def plan(self, run: Run | None = None) -> Plan:
        """Look at the tenants, and say which keys would be changed. Nothing is written to the server.

        Raises:
            UsageError: the keys of an earlier plan are not known any more.
            DriftError: most keys of an earlier plan are other than they were.
            RefusedError: the user for maintenance may not do what is needed.
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        run = run or Run()
        seen = await look(self.writer)
        if self._planned is None and self.draft:
            self._planned = drafts.recall(self.draft)
        if self._planned is None:
            await self.look(run)
        elif not self._fresh:
            await self._look_again(self._planned.changes)
        self._fresh = False
        if self.changes:
            await require(self.writer, self.keyspace, optional=not_needed())
        return self._plan(seen)

    async def look(self, run: Run) -> None:
        """Look at the tenants, and choose keys. Needs no more than the monitor's user may do.

        Raises:
            UsageError: there is nothing of a tenant that was named.
            SourceError: the server does not answer.
            StoppedError: `run` was stopped.
        """
        limits = self.config.optimize
        longest = 2 * max(limits.cap, limits.busy_ttl)
        reading = TenantReading(
            self.config, self.keyspace, partial(journal.settled, seconds=longest, unasked=self.automatic)
        )
        try:
            found = self._found = await reading.read(self.tenants, run)
        finally:
            await reading.close()
        self.analyses = found.tenants
        strangers = [safe(known.tenant, 40) for known in found.tenants if _is_stranger(known)] if self.tenants else []
        if strangers:
            raise UsageError(
                _("there is nothing of {names}").format(names=", ".join(strangers)),
                hint=_("`kryonix status` lists the tenants."),
                title=_("Unknown tenant"),
            )
        if self.automatic:
            limits = _automatic(limits)
        # Those who miss most come first, should the limit of the pass not be enough for all.
        ordered = sorted((each for each in self.analyses if self._may(each)), key=_need)
        advised = [each for known in ordered for each in advise(known, limits, found.now_ms)]
        self.advice, self._fresh = within(advised, limits.changes), True
        changes = changes_of(self.advice)
        touched = {change.tenant for change in changes}
        hit = {
            known.tenant: (known.hit_rate.chosen.value, known.hit_rate.chosen.source)
            for known in self.analyses
            if known.tenant in touched and known.hit_rate is not None
        }
        self._planned = Draft(changes, tuple(self._effects(found)), hit)
        drafts.keep(self._planned)

    def _may(self, known: TenantAnalysis) -> bool:
        """Tell whether a tenant may be changed now; where its time is not known, its quiet hours are not either."""
        quiet = window_of(self.config.optimize.quiet_hours) if self.automatic else None
        return quiet is None or is_quiet(quiet, known.timezone, known.at) is True

    async def _look_again(self, changes: Sequence[Change]) -> None:
        """Look whether keys that were chosen before still are what they were.

        Raises:
            DriftError: most of them are not: it is another world than the one that was judged.
        """
        fit = 0
        for db, batch in by_database(changes):
            found = await expiries(self.writer, db, [change.key for change in batch])
            raw = [-1 if change.old_ms is None else change.old_ms for change in batch]
            fit += sum(now in (old, change.new_ms) for now, old, change in zip(found, raw, batch, strict=True))
        if 2 * fit < len(changes):
            raise DriftError(
                ngettext(
                    "{fit} of {count} key still is what the plan says",
                    "{fit} of {count} keys still are what the plan says",
                    len(changes),
                ).format(fit=fit, count=len(changes)),
                hint=_("Look at a new plan."),
            )

    def _plan(self, seen: Overview) -> Plan:
        assert self._planned is not None  # noqa: S101 - made just before
        now, changes = time.time(), self._planned.changes
        counts = Counter(change.advice.value for change in changes)
        touched = {change.tenant for change in changes}
        everybody = self.tenants is None and not Visible(self.config.tenants).limited
        asked = () if everybody else self.tenants or tuple(sorted(touched)) or tuple(self.config.tenants)
        hours = formats.duration(self.config.optimize.undo_hours * 3600)
        return Plan(
            action=self.action,
            purpose=self.purpose,
            target=seen.target,
            scope=Scope(asked),
            counts={"tenants": len(touched), "keys": len(changes), **dict(sorted(counts.items()))},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters={"changes": self._planned.digest},
            effects=(*self._planned.effects, *(self.writer.notices if changes else ())),
            undo=_("kryonix optimize undo, for {time}").format(time=hours) if changes else "",
        )

    def _effects(self, found: Findings) -> Iterator[str]:
        """Yield what a plan tells: the advice, what it rests on, and what finding out has cost."""
        wanted = sorted((each for each in self.advice if each.changes), key=lambda each: -len(each.changes))
        if not wanted:
            yield _("Nothing is to be changed.")
        for each in wanted[:_SHOWN]:
            yield f"{safe(each.tenant, 40)}: {words.evidence(each)}. {words.expected(each)}"
        if len(wanted) > _SHOWN:
            yield ngettext(
                "And {count} more recommendation; --json has all keys.",
                "And {count} more recommendations; --json has all keys.",
                len(wanted) - _SHOWN,
            ).format(count=len(wanted) - _SHOWN)
        yield from dict.fromkeys(words.risk(each) for each in wanted)
        hints = sum(not each.changes and each.advice not in EXTENDING for each in self.advice)
        if hints:
            yield ngettext(
                "{count} hint changes nothing: `kryonix optimize plan` names it.",
                "{count} hints change nothing: `kryonix optimize plan` names them.",
                hints,
            ).format(count=hints)
        skipped = sum(not self._may(known) for known in self.analyses)
        if skipped:
            yield ngettext(
                "{count} tenant is left out: it is not its quiet time, or its time is not known.",
                "{count} tenants are left out: it is not their quiet time, or their time is not known.",
                skipped,
            ).format(count=formats.full_count(skipped))
        text = ngettext("{count} key was met by a walk", "{count} keys were met by a walk", found.walked)
        reads = ngettext(
            "{count} read of ours is in the server's hit ratio.",
            "{count} reads of ours are in the server's hit ratio.",
            found.reads,
        )
        counted = text.format(count=formats.full_count(found.walked))
        yield f"{counted}; {reads.format(count=formats.full_count(found.reads))}"
        if found.without_metrics:
            yield _("Prometheus is no witness: {reason}").format(reason=safe(found.without_metrics, 200))
        if wanted:
            yield _("Each key is read once more when its turn comes: one that is other than planned is left alone.")
        if wanted and self.config.optimize.keep_result:
            yield _(
                "The result is written to ai:analysis_result of each changed tenant, in the place of what is there."
            )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Write batch by batch, each into the journal first."""
        if self._planned is None:
            raise DriftError(_("the keys were not chosen in this run"))
        changes = self._planned.changes
        if not changes:
            return Outcome(Result.DONE, _("nothing had to be changed"))
        limits = self.config.optimize
        now = time.time()
        with suppress(KryonixError):
            journal.forget_old(now)
        beginning = Beginning(
            plan.hash,
            plan.target.place,
            now,
            now + limits.undo_hours * 3600,
            tuple(sorted({change.tenant for change in changes})),
            self._planned.hit,
        )
        fates: Counter[Fate] = Counter()
        calm = Calm(self.writer, limits.latency, self.config.redis.budget / 100)
        with Journal(beginning) as log:
            try:
                for db, batch in by_database(changes):
                    await run.between_batches()
                    await calm.check()
                    log.batch(batch)
                    done = await write(self.writer, db, [Wanted(c.key, c.old_ms, c.new_ms) for c in batch])
                    log.applied(done)
                    fates.update(done)
                    self._written.update(
                        (c.tenant, c.advice) for c, fate in zip(batch, done, strict=True) if fate is Fate.DONE
                    )
                    run.progress(fates.total(), len(changes), "keys", _("writing"))
                    await calm.rest(len(batch))
            except KryonixError as error:
                if isinstance(error, StoppedError):
                    log.ended(Result.STOPPED)
                _explain(error, fates, log.id)
                raise
            log.ended(Result.DONE)
        return Outcome(Result.DONE, _summary(fates), _figures(fates), artefact=log.id)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read some of the keys again, and keep the result where that is wished for."""
        del run
        if not outcome.artefact:
            return outcome
        looked = other = 0
        for db in sorted({change.db for change in self.changes}):
            some = [change for change in self.changes if change.db == db][:_VERIFIED]
            found = await expiries(self.writer, db, [change.key for change in some])
            looked += len(some)
            other += sum(now != change.new_ms for now, change in zip(found, some, strict=True))
        explained = outcome.figures.get("keys_left", 0)
        notices = outcome.notices
        if looked and other == looked and not explained:
            raise VerificationError(_("none of the keys has the expiry that it was given"))
        if other > explained:
            again = int(other - explained)
            text = ngettext(
                "{count} key was written by others again", "{count} keys were written by others again", again
            )
            notices += (text.format(count=again),)
        if self.config.optimize.keep_result and self._found is not None:
            notices += await results.keep(self.writer, self.keyspace, self.analyses, self._written, plan.hash)
        return replace(outcome, notices=notices)


def _automatic(limits: Limits) -> Limits:
    """Return the limits of a pass that nobody looks at: dead weight only where that was asked for as well."""
    return limits if limits.clean_up else msgspec.structs.replace(limits, dead_weight=False)


def _is_stranger(known: TenantAnalysis) -> bool:
    return not known.counts and known.hit_rate is None and not known.response_ms and not known.timezone


def _need(known: TenantAnalysis) -> float:
    """Return a sort key: the hit rate, tenants without one last."""
    return known.hit_rate.chosen.value if known.hit_rate is not None else 101.0


def not_needed() -> tuple[str, ...]:
    """Return the commands of the purpose that others need."""
    return tuple(name for name in COMMANDS[Purpose.MAINTAIN] if name not in USED)


def by_database(changes: Sequence[Change]) -> Iterator[tuple[int, list[Change]]]:
    """Yield changes in batches of one database each."""
    for db in sorted({change.db for change in changes}):
        here = [change for change in changes if change.db == db]
        for start in range(0, len(here), BATCH):
            yield db, here[start : start + BATCH]


def _summary(fates: Counter[Fate]) -> str:
    done = formats.full_count(fates[Fate.DONE])
    parts = [
        f"{formats.full_count(fates[fate])} {_(words.FATES[fate])}"
        for fate in Fate
        if fate is not Fate.DONE and fates[fate]
    ]
    return "; ".join(
        [
            ngettext("{count} key got another expiry", "{count} keys got another expiry", fates[Fate.DONE]).format(
                count=done
            ),
            *parts,
        ]
    )


def _explain(error: KryonixError, fates: Counter[Fate], pass_id: str) -> None:
    """Add to an error what was done until then, and how to take it back."""
    text = ngettext(
        "{reason}; {done} key got another expiry before",
        "{reason}; {done} keys got another expiry before",
        fates[Fate.DONE],
    )
    error.message = text.format(reason=error.message, done=formats.full_count(fates[Fate.DONE]))
    hint = _("`kryonix optimize undo {id}` takes that back, and looks at keys that were being written.").format(
        id=pass_id
    )
    error.hint = " ".join(part for part in (error.hint, hint) if part)


def _figures(fates: Counter[Fate]) -> dict[str, float]:
    left = fates.total() - fates[Fate.DONE] - fates[Fate.ALREADY]
    return {"keys": fates[Fate.DONE], "keys_left": left, **{fate.value: fates[fate] for fate in Fate if fates[fate]}}

"""Silences as operations of the door: planned, confirmed, written down, told.

Alertmanager has no locks and needs none: a silence is made or ended in one request, and whatever somebody else does in
between is seen when it is checked afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kryonix_tui.config.alerts import Alerts
from kryonix_tui.errors import UsageError, VerificationError
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.actor import current_actor
from kryonix_tui.maintenance.door import PLAN_SECONDS, Run
from kryonix_tui.maintenance.silences.alertmanager import EXPIRED, Alertmanager, Held, Wanted
from kryonix_tui.maintenance.silences.preview import heard_again, means_everything, muted_lines, shown
from kryonix_tui.model.alert import Matcher
from kryonix_tui.model.metrics import TENANT_LABEL
from kryonix_tui.model.operation import Outcome, Plan, Purpose, Result, Scope, Target
from kryonix_tui.safetext import safe
from kryonix_tui.view.formats import clock_time, duration

SILENCE: Final = "alerts.silence"
EXTEND: Final = "alerts.extend"
EXPIRE: Final = "alerts.expire"
LONGEST_REASON: Final = 500
_CLOCKS: Final = 5.0
"""Seconds by which our clock and Alertmanager's may differ without a word."""


@dataclass
class _OnSilences:
    """What the operations share: they write to no Redis, and each is one request."""

    alertmanager: Alertmanager
    purpose: Purpose | None = None
    writer: None = None

    async def close(self) -> None:
        """Close connections."""
        await self.alertmanager.close()

    async def _planned(
        self,
        action: str,
        matchers: Iterable[Matcher],
        parameters: Mapping[str, str],
        effects: Iterable[str],
        *,
        refusal: str = "",
        undo: str = "",
        confirmation: str = "",
    ) -> Plan:
        now = time.time()
        place = Target(self.alertmanager.peer.base, "Alertmanager", await self.alertmanager.version())
        return Plan(
            action=action,
            purpose=None,
            target=place,
            scope=_scope(matchers),
            counts={},
            made_at=now,
            expires_at=now + PLAN_SECONDS,
            parameters=dict(parameters),
            effects=tuple(effects),
            undo=undo,
            confirmation=confirmation,
            refusal=refusal,
        )


@dataclass
class SilenceCreate(_OnSilences):
    """Implements `door.Operation`: hold back what fits `matchers` for `seconds`, for a `reason`."""

    matchers: tuple[Matcher, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    limits: Alerts = field(default_factory=Alerts)
    action: str = SILENCE

    def __post_init__(self) -> None:
        """Refuse what could only be refused later.

        Raises:
            UsageError: no reason, or it would last too long.
        """
        self.reason = " ".join(self.reason.split())
        if not self.matchers:
            raise UsageError(_("no matchers"))
        if not self.reason:
            raise UsageError(_("a silence needs a reason"), hint=_("Say why, for those who find it later."))
        if len(self.reason) > LONGEST_REASON:
            raise UsageError(_("the reason is too long: at most {count} characters").format(count=LONGEST_REASON))
        check_length(self.seconds, self.limits)

    async def plan(self, run: Run | None = None) -> Plan:
        """Ask Alertmanager what it would hold back."""
        del run
        everything = await self.alertmanager.alerts()
        muted = await self.alertmanager.alerts(self.matchers)
        broad = means_everything(self.matchers, muted, everything)
        effects = [*muted_lines(muted)]
        if broad:
            effects.insert(0, _("these matchers name nothing in particular: they hold back (nearly) everything"))
        wanted = frozenset(self.matchers)
        for held in await self.alertmanager.silences():
            if frozenset(held.matchers) == wanted:
                text = _("the same is silenced already until {time}, by {who}: {why}")
                effects.append(
                    text.format(time=clock_time(held.ends_at), who=safe(held.author, 80), why=safe(held.comment, 120))
                )
        return await self._planned(
            self.action,
            self.matchers,
            {
                "matchers": shown(self.matchers),
                "for": f"{self.seconds:.0f}",
                "reason": safe(self.reason, LONGEST_REASON),
                "author": author(),
            },
            effects,
            undo="kryonix alerts expire ID",
            confirmation=_("everything") if broad else "",
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Make it."""
        del plan
        run.checkpoint()
        now = time.time()
        wanted = Wanted(self.matchers, now, now + self.seconds, author(), self.reason)
        made = await self.alertmanager.put(wanted)
        text = _("silenced until {time}").format(time=clock_time(wanted.ends_at))
        return Outcome(Result.DONE, text, artefact=safe(made, 80))

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read it again, and count what it holds back."""
        del plan, run
        held = await self.alertmanager.silence(outcome.artefact)
        if held.state == EXPIRED or frozenset(held.matchers) != frozenset(self.matchers):
            raise VerificationError(_("the silence {id} is not what it should be").format(id=outcome.artefact))
        muted = await self.alertmanager.alerts(self.matchers)
        quiet = sum(outcome.artefact in alert.silences for alert in muted)
        return Outcome(outcome.result, outcome.summary, {"alerts": quiet}, _late(held, self.seconds), outcome.artefact)


@dataclass
class SilenceExtend(_OnSilences):
    """Implements `door.Operation`: let a silence end `seconds` from now instead."""

    silence_id: str = ""
    seconds: float = 0.0
    limits: Alerts = field(default_factory=Alerts)
    action: str = EXTEND

    def __post_init__(self) -> None:
        """Refuse what could only be refused later. Raises UsageError."""
        check_length(self.seconds, self.limits)

    async def plan(self, run: Run | None = None) -> Plan:
        """Look whether it is still there, and what it holds back."""
        del run
        held = await self.alertmanager.silence(self.silence_id)
        muted = await self.alertmanager.alerts(held.matchers)
        left = max(0.0, held.ends_at - time.time())
        refusal = _("it has ended: make a new one") if held.state == EXPIRED else ""
        return await self._planned(
            self.action,
            held.matchers,
            {"silence": held.silence_id, "matchers": shown(held.matchers), "for": f"{self.seconds:.0f}"},
            [
                _("ends in {after} instead of {before}").format(after=duration(self.seconds), before=duration(left)),
                *muted_lines(muted),
            ],
            refusal=refusal,
            undo="kryonix alerts expire ID",
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """Give it another end; who made it and why stays."""
        del plan
        run.checkpoint()
        held = await self.alertmanager.silence(self.silence_id)
        if held.state == EXPIRED:
            return Outcome(Result.FAILED, _("it has ended meanwhile"))
        ends = time.time() + self.seconds
        made = await self.alertmanager.put(
            Wanted(held.matchers, held.starts_at, ends, held.author, held.comment, held.silence_id)
        )
        return Outcome(Result.DONE, _("silenced until {time}").format(time=clock_time(ends)), artefact=safe(made, 80))

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read it again."""
        del plan, run
        if outcome.result is not Result.DONE:
            raise VerificationError(outcome.summary)
        held = await self.alertmanager.silence(outcome.artefact)
        if held.state == EXPIRED or abs(held.ends_at - time.time() - self.seconds) > 60 + _CLOCKS:
            raise VerificationError(_("the silence {id} is not what it should be").format(id=outcome.artefact))
        return outcome


@dataclass
class SilenceExpire(_OnSilences):
    """Implements `door.Operation`: end a silence now."""

    silence_id: str = ""
    action: str = EXPIRE

    async def plan(self, run: Run | None = None) -> Plan:
        """Say what reaches people again."""
        del run
        held = await self.alertmanager.silence(self.silence_id)
        effects = [*heard_again(await self.alertmanager.alerts(held.matchers), held.silence_id)]
        return await self._planned(
            self.action,
            held.matchers,
            {
                "silence": held.silence_id,
                "matchers": shown(held.matchers),
                "made by": safe(held.author, 80),
                "because": safe(held.comment, 200),
            },
            effects,
            refusal=_("it has ended already") if held.state == EXPIRED else "",
        )

    async def apply(self, plan: Plan, run: Run) -> Outcome:
        """End it; where somebody else was faster, that is what was wanted."""
        del plan
        run.checkpoint()
        held = await self.alertmanager.silence(self.silence_id)
        if held.state == EXPIRED:
            return Outcome(Result.DONE, _("somebody else has ended it meanwhile"), artefact=held.silence_id)
        await self.alertmanager.expire(held.silence_id)
        return Outcome(Result.DONE, _("the silence has ended"), artefact=held.silence_id)

    async def verify(self, plan: Plan, outcome: Outcome, run: Run) -> Outcome:
        """Read it again."""
        del plan, run
        held = await self.alertmanager.silence(outcome.artefact)
        if held.state != EXPIRED:
            raise VerificationError(_("the silence {id} has not ended").format(id=outcome.artefact))
        return outcome


def _scope(matchers: Iterable[Matcher]) -> Scope:
    """Return the tenant that a silence is for, where its matchers name one; else it is for anybody."""
    named = [m.value for m in matchers if m.name == TENANT_LABEL and m.is_equal and not m.is_regex and m.value]
    return Scope(tuple(named[:1]))


def author() -> str:
    """Return who silences: user@host, as Alertmanager shows it to everybody."""
    who = current_actor()
    return f"{who.user}@{who.host}"


def check_length(seconds: float, limits: Alerts) -> None:
    """Refuse a silence that is too long, or has no length.

    Raises:
        UsageError: it is; the message says what is allowed.
    """
    if not 0 < seconds <= limits.max_silence:
        raise UsageError(
            _("a silence lasts at most {longest}").format(longest=duration(limits.max_silence)),
            hint=_("alerts.max_silence in the configuration says so."),
        )


def _late(held: Held, seconds: float) -> tuple[str, ...]:
    """Return a notice where Alertmanager's clock says another length than was meant."""
    if abs(held.ends_at - held.starts_at - seconds) <= _CLOCKS:
        return ()
    return (
        _("Alertmanager's clock differs from ours: the silence ends at {time}").format(time=clock_time(held.ends_at)),
    )

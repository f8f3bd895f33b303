"""What interrupts the rotation: the platform or a tenant that is critical, with every reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.i18n import _
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.tenant import Finding, Health, Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import sentences
from kryonix_tui.view.overview import attention
from kryonix_tui.wallboard.alerting import Alerting

PLATFORM: Final = "platform"
ALERTING: Final = "alerting"
"""The cause of the platform's trouble where nobody would be alerted."""
_TENANT: Final = "tenant:"


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One that is critical. `name` identifies it; `title` and `reasons` are to be read; `source` says how old it is.

    `causes` are what makes it critical, by names that stay as long as the cause does. What is `said` of the platform stands
    there; of a tenant the `findings` and their moment do.
    """

    name: str
    title: str
    said: tuple[str, ...]
    source: SourceName
    causes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    at: Instant | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason as a sentence, the worst first. Of ten thousand few are read: those of a tenant are made then."""
        if self.at is None:
            return self.said
        findings = sorted(self.findings, key=lambda finding: finding.level.rank)
        return tuple(sentences.reason(finding, self.at) for finding in findings)


def exceptional(update: Update, now: Instant, state: Alerting) -> list[Exceptional]:
    """Return all that is critical: the platform first, then the tenants, those longest in trouble before the others."""
    platform = tuple(_platform(update, now, state))
    reasons, causes = tuple(reason for _cause, reason in platform), tuple(cause for cause, _reason in platform)
    found = [Exceptional(PLATFORM, _("Platform"), reasons, SourceName.REDIS, causes)] if platform else []
    return [*found, *(_tenant(tenant, update) for tenant in attention(update) if tenant.health is Health.CRITICAL)]


def was_judged(name: str, before: Update, after: Update) -> bool:
    """Tell whether `before` knew better of one that is critical in `after`: else it is news, but nothing has become worse.

    Who hears a server for the first time only learns how things are.
    """
    known = [
        [snapshot.server, snapshot.census, snapshot.metrics, snapshot.alerts]
        for snapshot in (before.snapshot, after.snapshot)
    ]
    if any(earlier is None and later is not None for earlier, later in zip(*known, strict=True)):
        return False
    if name == PLATFORM:
        return before.snapshot.server is not None
    tenant = before.platform.tenants.get(name.removeprefix(_TENANT))
    return tenant is not None and tenant.health in (Health.OK, Health.WARNING)


def tenant_of(name: str) -> str | None:
    """Return the tenant that an exception is about, None for the platform."""
    return name.removeprefix(_TENANT) if name.startswith(_TENANT) else None


def _platform(update: Update, now: Instant, state: Alerting) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the platform as (cause, sentence)."""
    redis = update.snapshot.sources[SourceName.REDIS]
    if redis.condition is Condition.FAILING:
        yield "redis", sentences.source_trouble(redis, now)
    if state is Alerting.DEAD:
        yield ALERTING, _("Alerting is dead: the alert that always fires is not there")
    for finding in update.platform.findings:
        if finding.level is Health.CRITICAL:
            yield f"{finding.concern} {finding.subject}", sentences.reason(finding, update.platform.at)
    for alert in update.platform.alerts:
        if _is_platforms(alert, update):
            about = f" ({safe(alert.tenant, 40)})" if alert.tenant else ""
            said = f"{alert.name}{about}: {alert.summary}" if alert.summary else f"{alert.name}{about}"
            yield f"alert {alert.name} {alert.tenant}", said


def _is_platforms(alert: Alert, update: Update) -> bool:
    """Tell whether an alert is critical and no tenant's that has a slide of its own."""
    firing = alert.severity is Severity.CRITICAL and alert.state is AlertState.FIRING
    return firing and (alert.tenant is None or alert.tenant not in update.platform.tenants)


def _tenant(tenant: Tenant, update: Update) -> Exceptional:
    worst = [finding for finding in tenant.findings if finding.level is Health.CRITICAL]
    causes = tuple([f"{finding.concern} {finding.subject}" for finding in worst]) or ("",)
    name, title = f"{_TENANT}{tenant.tenant}", safe(tenant.tenant, 40)
    return Exceptional(name, title, (), SourceName.TENANTS, causes, tenant.findings, update.platform.at)

"""Several Prometheus: one for all tenants, and tenants that have one of their own.

A tenant's figures come from its own store, whatever the common one says. A question goes to the store of the tenant that
it is about; one about several tenants can only be answered by the common store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kryonix_tui.errors import KryonixError, ReplyError
from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import MetricsFacts, Sample
from kryonix_tui.model.ports import MetricsPort
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.safetext import safe


@dataclass(frozen=True, slots=True)
class TenantStores:
    """Implements `model.ports.MetricsPort`. `common` is None where every tenant has a store of its own."""

    common: MetricsPort | None
    own: Mapping[str, MetricsPort]

    async def fetch(self) -> MetricsFacts:
        """Read all stores, side by side. One that fails leaves its tenants without figures, and is named in `missing`.

        Raises:
            SourceError: the common store failed, or all of them did.
        """
        tasks = [_attempt(port) for port in self.own.values()]
        common, *answers = await asyncio.gather(_attempt(self.common), *tasks)
        found = dict(zip(self.own, answers, strict=True))
        good = {tenant: facts for tenant, facts in found.items() if isinstance(facts, MetricsFacts)}
        bad = {tenant: facts for tenant, facts in found.items() if isinstance(facts, KryonixError)}
        if isinstance(common, KryonixError):
            raise common
        if common is None and not good:
            raise next(iter(bad.values()))
        return _together(common or MetricsFacts(), good, bad, self.own)

    async def ask(self, question: Question) -> Answer:
        """Ask the one store that can know.

        Raises:
            SourceError: it did not answer, or there is none.
        """
        from kryonix_tui.sources.prometheus.limiting import tenants_named

        named = await asyncio.to_thread(tenants_named, question.expression)
        if named is not None and len(named) == 1 and (own := self.own.get(*named)) is not None:
            return await own.ask(question)
        if self.common is None:
            raise ReplyError(
                _("there is no Prometheus for all tenants: this can only be asked of one tenant"),
                hint=_("Set prometheus.url, or look at one tenant."),
                title=_("Query"),
            )
        return await self.common.ask(question)

    async def close(self) -> None:
        """Close all connections."""
        ports = [*self.own.values(), *([self.common] if self.common else [])]
        await asyncio.gather(*(port.close() for port in ports), return_exceptions=True)


async def _attempt(port: MetricsPort | None) -> MetricsFacts | KryonixError | None:
    if port is None:
        return None
    try:
        return await port.fetch()
    except KryonixError as error:
        return error


def _together(
    common: MetricsFacts,
    good: Mapping[str, MetricsFacts],
    bad: Mapping[str, KryonixError],
    own: Mapping[str, MetricsPort],
) -> MetricsFacts:
    tenants: dict[str, Mapping[str, Sample]] = {
        tenant: samples for tenant, samples in common.tenants.items() if tenant not in own
    }
    alerts = [alert for alert in common.rule_alerts if alert.tenant not in own]
    for tenant, facts in good.items():
        if tenant in facts.tenants:
            tenants[tenant] = facts.tenants[tenant]
        alerts += [
            replace(alert, fingerprint=f"{alert.fingerprint}@{tenant}")
            for alert in facts.rule_alerts
            if alert.tenant == tenant
        ]
    every = [common, *good.values()]
    return replace(
        common,
        tenants=tenants,
        targets=tuple(target for facts in every for target in facts.targets),
        rules=replace(
            common.rules,
            recording=sum(facts.rules.recording for facts in every),
            alerting=sum(facts.rules.alerting for facts in every),
            failing={rule: why for facts in every for rule, why in facts.rules.failing.items()},
        ),
        rule_alerts=tuple(sorted(alerts, key=lambda alert: alert.severity.rank)),
        version=common.version or next((facts.version for facts in good.values()), ""),
        discarded=sum(facts.discarded for facts in every),
        truncated=any(facts.truncated for facts in every),
        missing={**common.missing, **{safe(tenant, 60): error.message for tenant, error in bad.items()}},
    )

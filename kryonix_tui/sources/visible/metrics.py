"""Prometheus, of the visible tenants. What it is asked is limited in `sources.prometheus.limiting`; this is about answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kryonix_tui.i18n import _
from kryonix_tui.model.metrics import TENANT_LABEL, MetricsFacts
from kryonix_tui.model.ports import MetricsPort
from kryonix_tui.model.question import Answer, Question
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.visible.alerting import visible_alerts


@dataclass(frozen=True, slots=True)
class VisibleMetrics:
    """Implements `model.ports.MetricsPort` over another one."""

    inner: MetricsPort
    visible: Visible

    async def fetch(self) -> MetricsFacts:
        """Read what may be shown. Targets are known by their job alone, and errors of rules are not told. Raises as the port."""
        facts = await self.inner.fetch()
        return replace(
            facts,
            tenants=self.visible.of(facts.tenants),
            targets=tuple(replace(target, instance="", error="") for target in facts.targets),
            rules=replace(facts.rules, failing=dict.fromkeys(facts.rules.failing, _("not shown"))),
            rule_alerts=visible_alerts(facts.rule_alerts, self.visible),
        )

    async def ask(self, question: Question) -> Answer:
        """Answer a question, without series that bear the name of somebody else. Raises as the port."""
        answer = await self.inner.ask(question)
        seen = (
            one
            for one in answer.series
            if self.visible.sees(one.labels.get(TENANT_LABEL, "")) or not one.labels.get(TENANT_LABEL)
        )
        return replace(answer, series=tuple(seen))

    async def close(self) -> None:
        """Close all connections."""
        await self.inner.close()

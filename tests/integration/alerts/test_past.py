"""From a rule in a real Prometheus to the list in the console: expression, past, and Alertmanager beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kryonix_tui.analysis.alert_list import all_alerts
from kryonix_tui.config.schema import HttpServer
from kryonix_tui.model.alert import AlertState
from kryonix_tui.model.question import Answered
from kryonix_tui.model.source import Reading
from kryonix_tui.sources.alertmanager import AlertmanagerSource
from kryonix_tui.sources.prometheus import PrometheusSource
from kryonix_tui.view import alert_history
from kryonix_tui.view.cells import plain
from tests.integration.alerts.operators import Ended, kryonix, post
from tests.metrics_servers import RunningServer, TenantExporter, prometheus
from tests.servers import Server
from tests.unit.builders import NOW, snapshot, update

pytestmark = pytest.mark.xdist_group("metrics")

HOSTILE = 'x"} or vector(1) #'
RULES = {
    "groups": [
        {
            "name": "tenants",
            "rules": [
                {
                    "alert": "Missed",
                    "expr": "cache_hits < 50",
                    "labels": {"severity": "warning"},
                    "annotations": {"summary": "few hits"},
                }
            ],
        }
    ]
}


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[RunningServer]:
    with TenantExporter() as exporter:
        exporter.hits.labels(HOSTILE).set(1)
        exporter.hits.labels("well").set(99)
        folder = tmp_path / "prometheus"
        folder.mkdir()
        with prometheus(folder, {"tenants": exporter.address}, RULES) as running:
            yield running


async def test_a_rule_explains_the_alert_and_its_past_is_drawn(rules: RunningServer, server: RunningServer) -> None:
    source, alertmanager = PrometheusSource(HttpServer(url=rules.url)), AlertmanagerSource(HttpServer(url=server.url))
    try:
        async with asyncio.timeout(60):
            while not (metrics := await source.fetch()).rule_alerts:  # noqa: ASYNC110 - nobody tells when a rule fires
                await asyncio.sleep(0.2)
        (held,) = metrics.rule_alerts
        assert (held.rule, held.expression, held.tenant) == ("tenants / Missed", "cache_hits < 50", HOSTILE)
        post(server, "Missed", HOSTILE, job="tenants", instance=held.labels["instance"])
        facts = await alertmanager.fetch()
        taken = snapshot(alerts=facts, metrics=metrics)
        (merged,) = all_alerts(taken)
        assert (merged.source, merged.state) == ("alertmanager", AlertState.FIRING)
        assert (merged.rule, merged.expression) == ("tenants / Missed", "cache_hits < 50")
        question = alert_history.question(merged)
        assert question is not None
        async with asyncio.timeout(60):
            # `ALERTS` appears with the evaluation after the one that fired; the end of the span is a whole step.
            while True:
                at = replace(NOW, wall=time.time())
                answer = await source.ask(replace(question, until=(at.wall // 900 + 1) * 900))
                if answer.series:
                    break
                await asyncio.sleep(0.2)
        assert {value for series in answer.series for _at, value in series.points} == {2.0}
        assert all(len(series.points) <= 96 for series in answer.series)
    finally:
        await source.close()
        await alertmanager.close()
    shown = update(replace(taken, taken_at=at, answers={question: Answered(900.0, Reading(answer, at))}))
    drawn = [plain(cells) for cells in alert_history.lines(merged, shown)]
    assert drawn[1].endswith("█ prometheus")
    assert drawn[1].startswith("·" * 40)


def test_the_command_line_lists_what_only_prometheus_and_the_console_hold(
    rules: RunningServer, server: RunningServer, one_redis: Server
) -> None:
    with one_redis.client(3) as metrics:
        metrics.hset("metrics:tenant:gama", "cache_hit_rate", "40")

    def listed() -> Ended:
        return kryonix(server, "alerts", "list", "--json", prometheus=rules.url, redis=one_redis.url)

    end = time.monotonic() + 60
    found: list[dict[str, object]] = []
    while len(found) < 2 and time.monotonic() < end:
        found = listed().document["alerts"]
    own = ("CacheHitRateLow", "console", "pending", "gama")
    assert [(alert["name"], alert["source"], alert["state"], alert["tenant"]) for alert in found] == [
        ("Missed", "prometheus", "firing", HOSTILE),
        own,
    ]
    assert found[0]["expression"] == "cache_hits < 50"
    rules.process.terminate()
    rules.process.wait()
    ended = listed()
    assert (ended.code, [alert["name"] for alert in ended.document["alerts"]]) == (0, [own[0], "SourceStale"])
    assert "what only Prometheus holds is missing" in ended.err

"""A silence that is planned in one language and made in another; what holds everything back is typed in either."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kryonix_tui import i18n
from kryonix_tui.config.schema import Config, HttpServer
from kryonix_tui.maintenance import plans
from kryonix_tui.maintenance.door import Run
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.matchers import parse
from kryonix_tui.view.plans import blast_radius
from tests.integration.alerts.operators import post, silences
from tests.metrics_servers import RunningServer

pytestmark = pytest.mark.xdist_group("metrics")


async def test_a_silence_of_everything_is_planned_in_portuguese_and_made_in_english(server: RunningServer) -> None:
    post(server, "QueueBacklog", "acme")
    post(server, "CacheHitRateLow", "beta")
    at = Maintenance(Config(role="operator", alertmanager=HttpServer(url=server.url)))
    silence = at.silence(parse('alertname=~".+"'), 5400, "why")
    i18n.use_language("pt_BR")
    planned = await at.door.plan(silence)
    i18n.use_language("en")
    fresh = await silence.plan()
    assert planned.confirmation != fresh.confirmation == "everything"
    assert planned.parameters["for"] == "5400"
    assert any("1 h 30 min" in str(line) for line in blast_radius(fresh))
    assert replace(planned, made_at=0.0, expires_at=0.0).hash == replace(fresh, made_at=0.0, expires_at=0.0).hash
    plans.check(planned, fresh, tolerance=0.0, now=time.time())
    await at.door.run(silence, at.door.recall(planned.hash), Run(), confirmation=planned.confirmation, stored=True)
    assert len(silences(server)) == 1
    await silence.close()

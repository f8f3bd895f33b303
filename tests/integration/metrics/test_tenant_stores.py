"""One Prometheus for many tenants and one for a single tenant, both real."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from kryonix_tui import bootstrap
from kryonix_tui.config.schema import Config, Prometheus, TenantStore
from kryonix_tui.model.ports import MetricsPort
from kryonix_tui.model.question import Question
from tests.metrics_servers import TenantExporter, prometheus

RULES = {
    "groups": [
        {"name": "t", "rules": [{"record": "tenant:cache_hit_rate", "expr": "100 * cache_hits / cache_lookups"}]}
    ]
}
SECONDS = 60.0


async def rates(port: MetricsPort, expected: set[str]) -> dict[str, float]:
    """Read until all the expected tenants have figures: Prometheus offers no event."""
    deadline = time.monotonic() + SECONDS
    while True:
        facts = await port.fetch()
        if expected <= set(facts.tenants):
            return {tenant: found["cache_hit_rate"].value for tenant, found in facts.tenants.items()}
        assert time.monotonic() < deadline, facts
        await asyncio.sleep(0.1)


async def test_each_tenant_is_read_where_it_is(tmp_path: Path) -> None:
    for name in ("all", "own"):
        (tmp_path / name).mkdir()
    with (
        TenantExporter() as shared,
        TenantExporter() as single,
        prometheus(tmp_path / "all", {"x": shared.address}, RULES) as everybody,
        prometheus(tmp_path / "own", {"x": single.address}, RULES) as own,
    ):
        for exporter, figures in ((shared, {"acme": 10, "beta": 20}), (single, {"acme": 90, "beta": 99})):
            for tenant, hits in figures.items():
                exporter.hits.labels(tenant).set(hits)
                exporter.lookups.labels(tenant).set(100)
        settings = Prometheus(url=everybody.url, per_tenant={"acme": TenantStore(url=own.url)})
        port = bootstrap.metrics_of(Config(prometheus=settings))
        assert port is not None
        try:
            assert await rates(port, {"acme", "beta"}) == {"acme": 90, "beta": 20}
            for tenant, hits in (("acme", 90), ("beta", 20)):
                answer = await port.ask(Question(f'cache_hits{{tenant_id="{tenant}"}}'))
                assert [series.newest for series in answer.series] == [hits]
        finally:
            await port.close()

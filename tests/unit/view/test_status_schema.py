from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.schema import Config, Redis
from kryonix_tui.demo.documented import documented
from kryonix_tui.model.alert import Alert, AlertFacts, AlertState, Severity
from kryonix_tui.monitor.monitor import Monitor, Sources
from kryonix_tui.sources.redis import RedisSource
from kryonix_tui.view.status import encode, status
from tests.servers import Server

SCHEMA = Path(__file__).parents[3] / "docs" / "status.schema.json"
ALERT = Alert(
    fingerprint="1",
    name="QueueBacklog",
    severity=Severity.CRITICAL,
    state=AlertState.FIRING,
    source="alertmanager",
    starts_at=1_700_000_000,
    tenant="cliente_exemplo",
    labels={"queue": "whatsapp"},
    annotations={"summary": "1,200 jobs wait"},
)


class OneAlert:
    """An Alertmanager with one alert."""

    async def fetch(self) -> AlertFacts:
        return AlertFacts((ALERT,), version="0.25.0")

    async def close(self) -> None: ...


async def document_of(server: Server) -> dict[str, Any]:
    """Return what `kryonix status --json` says of a server."""
    config = Config(redis=Redis(url=server.url))
    keyspace = keyspace_map(config.keyspace)
    sources = Sources(RedisSource(config.redis, keyspace), None, OneAlert())
    monitor = Monitor(sources, keyspace, config.intervals, config.thresholds)
    try:
        document: dict[str, Any] = json.loads(encode(status(await monitor.collect(None))))
    finally:
        await monitor.close()
    return document


@pytest.fixture
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


async def test_a_real_document_is_what_the_schema_promises(
    redis_server: Server, validator: Draft202012Validator
) -> None:
    for db, command in documented():
        with redis_server.client(db) as client:
            client.execute_command(*command)
    document = await document_of(redis_server)
    assert [error.message for error in validator.iter_errors(document)] == []
    # Every part is there, so that none was judged by its absence.
    assert all(document[part] for part in ("server", "census", "databases", "alerts", "system_queues", "sources"))
    assert any(tenant["hit_rate"] and tenant["hit_rate"]["witnesses"] for tenant in document["tenants"])
    assert any(tenant["findings"] for tenant in document["tenants"])


SPOILERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a missing part": lambda document: document.pop("tenants"),
    "a number as text": lambda document: document["server"].update(keys="many"),
    "a database without a name": lambda document: document["databases"][0].pop("name"),
    "an unknown age": lambda document: document["sources"][0].update(age_s="old"),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS.keys())
async def test_the_schema_notices(
    one_redis: Server, validator: Draft202012Validator, spoil: Callable[[dict[str, Any]], object]
) -> None:
    document = await document_of(one_redis)
    assert validator.is_valid(document)
    spoil(document)
    assert not validator.is_valid(document)

"""`kryonix status --json`: the platform as a document for scripts. What it looks like is in `status_document`."""

from __future__ import annotations

import msgspec

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.masking import mask_key_name
from kryonix_tui.model.alert import Alert
from kryonix_tui.model.neighbours import Cost, Neighbours
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.source import SourceState
from kryonix_tui.model.tenant import Database, Finding, HitRate, Platform, Sessions, Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import creation, sentences
from kryonix_tui.view.status_document import (
    SCHEMA,
    AlertPart,
    BigKeyPart,
    CensusPart,
    CostPart,
    CreationPart,
    DatabasePart,
    FindingPart,
    HitRatePart,
    NeighboursPart,
    OwnLoadPart,
    ServerPart,
    SessionsPart,
    SourcePart,
    Status,
    TenantPart,
    WitnessPart,
)


def status(update: Update, tenant: str | None = None) -> Status:
    """Return the document, of all tenants or of the one with identity `tenant`."""
    platform, now = update.platform, update.snapshot.taken_at
    numbers = [database.db for database in platform.databases]
    tenants = sorted(platform.tenants.values(), key=lambda found: found.tenant)
    return Status(
        schema=SCHEMA,
        time=now.iso(),
        server=_server(update),
        census=_census(update),
        databases=[_database(database) for database in platform.databases],
        tenants=[_tenant(found, numbers, now) for found in tenants if tenant in (None, found.tenant)],
        system_queues={safe(module): depth for module, depth in platform.system_queues.items()},
        alerts=[_alert(alert) for alert in platform.alerts if tenant in (None, alert.tenant)],
        sources=[_source(state, now) for state in update.snapshot.sources.values()],
        neighbours=_neighbours(platform.neighbours, tenant),
        own_load=_own_load(update.snapshot.own_load),
        limited_to=[safe(pattern) for pattern in update.snapshot.limited_to],
    )


def encode(document: Status) -> str:
    """Return the document as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Status)}


def find_tenant(platform: Platform, name: str) -> str | None:
    """Return the identity of the tenant that is called or shown as `name`."""
    if name in platform.tenants:
        return name
    return next((identity for identity in platform.tenants if safe(identity) == name), None)


def _server(update: Update) -> ServerPart | None:
    reading = update.snapshot.server
    if reading is None:
        return None
    server, now = reading.value, update.snapshot.taken_at
    return ServerPart(
        flavour=server.flavour,
        version=server.version,
        mode=server.mode,
        role=server.replication.role,
        uptime_s=server.uptime_seconds,
        used_memory=server.memory.used,
        maxmemory=server.memory.limit,
        maxmemory_policy=server.memory.policy,
        connected_clients=server.clients.connected,
        ops_per_second=server.traffic.ops_per_second,
        round_trip_ms=round(server.round_trip_ms, 3),
        hit_ratio=update.platform.totals.server_hit_ratio,
        keys=update.platform.keys or 0,
        findings=[_finding(finding, now) for finding in update.platform.findings],
        key_bytes=update.platform.bytes,
    )


def _census(update: Update) -> CensusPart | None:
    reading = update.snapshot.census
    if reading is None:
        return None
    census = reading.value
    return CensusPart(
        complete=census.complete,
        keys=census.keys,
        seconds=round(census.seconds, 3),
        fraction=round(census.fraction, 4),
        sampled=census.sampled,
    )


def _database(database: Database) -> DatabasePart:
    return DatabasePart(
        db=database.db,
        name=safe(database.name),
        purpose=safe(database.purpose),
        exists=database.exists,
        keys=database.keys or 0,
        tenant_keys=database.tenant_keys or 0,
        system_keys=database.system_keys or 0,
        unattributed=database.unattributed or 0,
        expires=database.expires or 0,
        average_ttl_ms=database.average_ttl_ms or 0,
        kinds={safe(kind): count for kind, count in sorted(database.kinds.items())},
        tenant_keys_margin=database.margin,
        bytes=database.bytes,
    )


def _creation(tenant: Tenant) -> CreationPart | None:
    names = ("creation_status", "creation_estimate", "creation_step", "creation_next_step")
    texts = {name: tenant.text(name) or None for name in names}
    progress = tenant.number("creation_progress")
    if progress is None and not any(texts.values()):
        return None
    return CreationPart(
        status=texts["creation_status"],
        progress=progress,
        estimated_completion=texts["creation_estimate"],
        step=texts["creation_step"],
        next_step=texts["creation_next_step"],
    )


def _tenant(tenant: Tenant, databases: list[int], now: Instant) -> TenantPart:
    facts: dict[str, float | str] = {}
    if tenant.facts is not None:
        facts = {**tenant.facts.numbers, **tenant.facts.texts}
    return TenantPart(
        id=safe(tenant.tenant),
        state=creation.state(tenant),
        health=tenant.health.value,
        findings=[_finding(finding, now) for finding in tenant.findings],
        keys=tenant.keys,
        keys_by_db=[tenant.keys_by_db.get(db, 0) for db in databases],
        hit_rate=_hit_rate(tenant.hit_rate, now) if tenant.hit_rate else None,
        sessions=_sessions(tenant.sessions),
        queues={safe(module): depth for module, depth in tenant.queues.items()},
        queues_oldest_s=_ages(tenant, now),
        creation=_creation(tenant),
        alerts=tenant.firing,
        facts=facts,
        metrics={safe(name): sample.value for name, sample in tenant.metrics.items()},
        malformed=tenant.facts.malformed if tenant.facts else 0,
        keys_margin=tenant.keys_margin,
        bytes=tenant.bytes,
    )


def _ages(tenant: Tenant, now: Instant) -> dict[str, float]:
    oldest = tenant.facts.oldest if tenant.facts else {}
    return {safe(module): round(max(0.0, now.wall - since), 3) for module, since in oldest.items()}


def _neighbours(known: Neighbours, tenant: str | None) -> NeighboursPart:
    slow = known.slow
    return NeighboursPart(
        span_s=round(slow.span, 3) if slow else None,
        slow_s=round(slow.total.seconds, 6) if slow else None,
        slow_calls=slow.total.calls if slow else None,
        lost=slow.lost if slow else 0,
        cut=slow.cut if slow else False,
        growth_s=known.growth_seconds and round(known.growth_seconds, 3),
        costs=[_cost(cost) for cost in known.top if tenant in (None, cost.tenant)],
    )


def _cost(cost: Cost) -> CostPart:
    return CostPart(
        tenant=None if cost.tenant is None else safe(cost.tenant),
        slow_s=round(cost.slow.seconds, 6),
        slow_calls=cost.slow.calls,
        slow_share=None if cost.slow_share is None else round(cost.slow_share, 2),
        modules={safe(module): round(seconds, 6) for module, seconds in cost.slow.modules.items()},
        keys_per_minute=cost.keys_per_minute,
        queue_per_minute=cost.queue_per_minute,
        bytes=cost.bytes,
        big_keys=[BigKeyPart(db=key.db, key=mask_key_name(safe(key.key)), bytes=key.bytes) for key in cost.big_keys],
    )


def _own_load(own: OwnLoad) -> OwnLoadPart:
    return OwnLoadPart(
        commands=own.commands,
        commands_per_second=round(own.commands_per_second, 3),
        share=own.share,
        replica_share=own.replica_share,
        budget=own.budget,
    )


def _hit_rate(rate: HitRate, now: Instant) -> HitRatePart:
    return HitRatePart(
        value=rate.chosen.value,
        source=rate.chosen.source,
        age_s=round(rate.chosen.at.age(now), 3),
        disagree=rate.disagree,
        witnesses=[
            WitnessPart(source=other.source, value=other.value, age_s=round(other.at.age(now), 3))
            for other in rate.others
        ],
    )


def _sessions(sessions: Sessions) -> SessionsPart:
    return SessionsPart(
        mobile=sessions.mobile,
        sdk=sessions.sdk,
        websocket=sessions.websocket,
        by_platform={"sampled": sessions.sampled, **{n: c for n, c in sessions.platforms.items() if n != "sampled"}},
    )


def _finding(finding: Finding, now: Instant) -> FindingPart:
    return FindingPart(
        concern=finding.concern.value,
        level=finding.level.value,
        text=sentences.reason(finding, now),
        value=finding.value,
        limit=finding.limit,
        subject=safe(finding.subject),
    )


def _alert(alert: Alert) -> AlertPart:
    return AlertPart(
        name=alert.name,
        severity=alert.severity.value,
        state=alert.state.value,
        tenant=None if alert.tenant is None else safe(alert.tenant),
        source=alert.source,
        since=Instant(alert.starts_at, 0).iso() if alert.starts_at else None,
        summary=alert.summary,
        labels=dict(alert.labels),
    )


def _source(state: SourceState, now: Instant) -> SourcePart:
    age = state.age(now)
    trouble = state.trouble
    return SourcePart(
        name=state.name.value,
        state=state.condition.value,
        age_s=None if age is None else round(age, 3),
        error=f"{trouble.title}: {trouble.message}" if trouble else None,
        hint=trouble.hint if trouble and trouble.hint else None,
    )

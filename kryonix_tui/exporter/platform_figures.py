"""What is written about the platform as a whole: the server, its databases, the census, the sources, the exporter itself."""

from __future__ import annotations

from kryonix_tui import __version__
from kryonix_tui.exporter.freshness import Freshness
from kryonix_tui.exporter.labels import label
from kryonix_tui.exporter.page import Page
from kryonix_tui.model import exported
from kryonix_tui.model.server import ServerFacts
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.source import Condition, SourceName, SourceState
from kryonix_tui.model.tenant import Database, Platform


def platform_figures(page: Page, platform: Platform, of: Freshness) -> None:
    """Write all of it."""
    page.add(exported.BUILD_INFO, 1, __version__)
    sources = of.snapshot.sources
    for state in sources.values():
        _source(page, state)
    _own(page, of.snapshot.own_load)
    _census(page, of)
    redis = sources[SourceName.REDIS]
    if redis.condition is not Condition.WAITING:
        page.add(exported.REDIS_UP, redis.condition is Condition.OK)
    if of.snapshot.server is not None and of.server:
        _server(page, of.snapshot.server.value)
        _condition(page, of.snapshot.server.value)
        for queue, items in platform.system_queues.items():
            page.add(exported.SYSTEM_QUEUE_DEPTH, items, label(queue))
        for database in platform.databases:
            if database.exists:
                _database(page, database, of)


def _source(page: Page, state: SourceState) -> None:
    if state.condition is Condition.NOT_CONFIGURED:
        return
    name = state.name.value
    if state.condition is not Condition.WAITING:
        page.add(exported.SOURCE_UP, state.condition is Condition.OK, name)
    if state.last_good is not None:
        page.add(exported.SOURCE_READ, state.last_good.wall, name)
    page.add(exported.SOURCE_FAILURES, state.failures, name)


def _own(page: Page, load: OwnLoad) -> None:
    page.add(exported.OWN_COMMANDS, load.commands)
    page.add(exported.OWN_SHARE, load.share, "primary")
    page.add(exported.OWN_SHARE, load.replica_share, "replica")
    page.add(exported.OWN_BUDGET, load.budget)


def _census(page: Page, of: Freshness) -> None:
    page.add(exported.CENSUS_PROGRESS, of.snapshot.census_progress)
    reading = of.snapshot.census
    page.add(exported.CENSUS_COMPLETE, reading is not None and reading.value.complete)
    if reading is not None and reading.value.complete:
        page.add(exported.CENSUS_READ, reading.at.wall)
        page.add(exported.CENSUS_SECONDS, reading.value.seconds)
        page.add(exported.CENSUS_KEYS, reading.value.keys if of.census else None)


def _server(page: Page, server: ServerFacts) -> None:
    page.add(exported.REDIS_INFO, 1, label(server.flavour), label(server.version), label(server.replication.role))
    page.add(exported.REDIS_UPTIME, server.uptime_seconds)
    page.add(exported.REDIS_ROUND_TRIP, server.round_trip_ms / 1000)
    page.add(exported.REDIS_MEMORY, server.memory.used)
    page.add(exported.REDIS_MEMORY_LIMIT, server.memory.limit or None)
    page.add(exported.REDIS_CLIENTS, server.clients.connected)
    page.add(exported.REDIS_REJECTED, server.clients.rejected)
    traffic = server.traffic
    page.add(exported.REDIS_COMMANDS, traffic.commands)
    # Where the server's counters were reset, ours may be more than its own: then nobody knows.
    hits, misses = traffic.hits - server.own_hits, traffic.misses - server.own_misses
    page.add(exported.REDIS_HITS, hits if hits >= 0 else None)
    page.add(exported.REDIS_MISSES, misses if misses >= 0 else None)
    page.add(exported.REDIS_EVICTED, traffic.evicted)
    page.add(exported.REDIS_EXPIRED, traffic.expired)


def _condition(page: Page, server: ServerFacts) -> None:
    kept, copied = server.persistence, server.replication
    page.add(exported.REDIS_SAVED, kept.last_save or None)
    page.add(exported.REDIS_SAVE_OK, kept.save_ok)
    page.add(exported.REDIS_AOF_OK, kept.aof_ok if kept.aof_enabled else None)
    if copied.role == "master":
        page.add(exported.REDIS_REPLICAS, copied.replicas)
    elif copied.role == "slave":
        page.add(exported.REDIS_LINK_UP, copied.link_up)
        page.add(exported.REDIS_LAG, copied.lag_bytes)


def _database(page: Page, database: Database, of: Freshness) -> None:
    db = str(database.db)
    page.add(exported.DATABASE_INFO, 1, db, label(database.name))
    page.add(exported.DATABASE_KEYS, database.keys, db)
    page.add(exported.DATABASE_EXPIRING, database.expires, db)
    if of.census:
        page.add(exported.DATABASE_OWNED, database.tenant_keys, db, "tenant")
        page.add(exported.DATABASE_OWNED, database.system_keys, db, "platform")
        page.add(exported.DATABASE_OWNED, database.unattributed, db, "unknown")
        page.add(exported.DATABASE_BYTES, database.bytes, db)

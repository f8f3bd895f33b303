"""The only place that joins concrete sources, services and a front end."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from kryonix_tui.config.keyspace import keyspace_map
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.options import RunOptions
from kryonix_tui.config.schema import Config
from kryonix_tui.errors import KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.visible import Visible

if TYPE_CHECKING:
    from kryonix_tui.analysis.update import Update
    from kryonix_tui.doctor.deep.ports import AuditPort, Teller
    from kryonix_tui.headless import FailOn
    from kryonix_tui.model.keys import KeysPort
    from kryonix_tui.model.ports import AlertsPort, MetricsPort, RedisPort
    from kryonix_tui.model.queues import QueuesPort
    from kryonix_tui.monitor.monitor import Monitor, Sources


def sources_of(config: Config) -> Sources:
    """Return the ports that `config` describes. Nothing is connected yet.

    Raises:
        ConfigError: an address or a secret cannot be used.
    """
    from kryonix_tui.monitor.monitor import Sources

    redis, keys, queues = _redis_ports(config)
    return Sources(redis, metrics_of(config), alerts_of(config), Visible(config.tenants), keys, queues)


def redis_of(config: Config) -> RedisPort:
    """Return Redis as this console may see it. Raises as `sources_of`."""
    return _redis_ports(config)[0]


def queues_of(config: Config) -> QueuesPort:
    """Return what looks at waiting items, as this console may see them. Raises as `sources_of`."""
    return _redis_ports(config)[2]


def _redis_ports(config: Config) -> tuple[RedisPort, KeysPort, QueuesPort]:
    """Return Redis for regular readings, for looking into single keys and at waiting items, all as this console may see it."""
    from kryonix_tui.sources.redis import RedisSource

    source, visible = RedisSource(config.redis, keyspace_map(config.keyspace)), Visible(config.tenants)
    keys, queues = source.browser(visible), source.queues(visible)
    if not visible.limited:
        return source, keys, queues
    from kryonix_tui.sources.visible import VisibleRedis

    return VisibleRedis(source, visible), keys, queues


def metrics_of(config: Config) -> MetricsPort | None:
    """Return Prometheus as this console may see it, None where there is none. Raises as `sources_of`."""
    if not config.prometheus.url and not config.prometheus.per_tenant:
        return None
    from kryonix_tui.sources import metrics

    return metrics.metrics_of(config)


def alerts_of(config: Config) -> AlertsPort | None:
    """Return Alertmanager as this console may see it, None where there is none. Raises as `sources_of`."""
    if not config.alertmanager.url:
        return None
    from kryonix_tui.sources.alertmanager import AlertmanagerSource

    source, visible = AlertmanagerSource(config.alertmanager), Visible(config.tenants)
    if not visible.limited:
        return source
    from kryonix_tui.sources.visible import VisibleAlerts

    return VisibleAlerts(source, visible, config.wallboard.watchdog)


def monitor_of(config: Config) -> Monitor:
    """Return a monitor over the servers of `config`. It starts reading when it is run."""
    return _monitor_over(sources_of(config), config)


def _monitor_over(sources: Sources, config: Config) -> Monitor:
    from kryonix_tui.monitor.monitor import Monitor

    keyspace = keyspace_map(config.keyspace)
    return Monitor(sources, keyspace, config.intervals, config.thresholds, config.alerts.checks)


def run_status(
    loaded: Loaded, *, json_output: bool, tenant: str | None, fail_on: FailOn | None, wait_census: bool
) -> int:
    """Print one snapshot and return the exit code."""
    from kryonix_tui import headless

    async def read() -> int:
        update = await headless.collect(monitor_of(loaded.config), wait_census=wait_census)
        return headless.report(update, json_output=json_output, tenant=tenant, fail_on=fail_on)

    return asyncio.run(read())


def tenants_in_redis(config: Config) -> tuple[str, ...]:
    """Walk over all keys once and return the tenants that are at work, by name; those that are only being created are
    not, nor those whose id the exporter cannot give as it is: under another name they would be missed for ever.

    Raises:
        SourceError: Redis could not be read.
    """
    from kryonix_tui import headless
    from kryonix_tui.exporter.labels import stands_as_it_is

    update = asyncio.run(headless.collect(monitor_of(config), wait_census=True))
    found = (tenant.tenant for tenant in update.platform.tenants.values() if not tenant.creating)
    return tuple(sorted(tenant for tenant in found if stands_as_it_is(tenant)))


def run_doctor(loaded: Loaded, *, json_output: bool, deep: bool, teller: Teller) -> int:
    """Check everything, print what was found, and return the exit code; `teller` hears how far a `deep` one is."""
    from kryonix_tui import doctor

    config = loaded.config

    async def examine() -> int:
        return await doctor.run(
            loaded,
            sources_of(config),
            json_output=json_output,
            audit=_audit_of(config) if deep else None,
            teller=teller,
        )

    return asyncio.run(examine())


def _audit_of(config: Config) -> AuditPort:
    from kryonix_tui.sources.redis.audit import Auditor

    return Auditor(config.redis, keyspace_map(config.keyspace))


def run_exporter(config: Config) -> None:
    """Serve figures for Prometheus until a signal ends it. Only Redis is read: see `exporter`."""
    from kryonix_tui.exporter.run import serve
    from kryonix_tui.monitor.monitor import Monitor, Sources

    async def read() -> None:
        keyspace = keyspace_map(config.keyspace)
        sources = Sources(redis_of(config), visible=Visible(config.tenants))
        await serve(config, Monitor(sources, keyspace, config.intervals, config.thresholds))

    asyncio.run(read())


def run_tui(loaded: Loaded, options: RunOptions) -> int:
    """Run the console until its user leaves it.

    The monitor is made in a thread beside the screens: what one of them waits for, the other uses. Until there is
    something to show, no garbage is looked for: among what modules are made of there is none.

    Raises:
        ConfigError: keys that the configuration gives to commands cannot be theirs.
    """
    from kryonix_tui import logs

    if loaded.config.ui.keys:
        from kryonix_tui.tui.key_rules import checked

        loaded = checked(loaded)
    gc.disable()
    logs.to_file(verbose=options.verbose)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="monitor") as beside:
        making = beside.submit(_starting_monitor, loaded.config)
        from kryonix_tui.tui.app import run

        return run(loaded, options, making.result)


def _starting_monitor(config: Config) -> Monitor:
    monitor = monitor_of(config)
    monitor.listen(_started)
    return monitor


def _started(_update: Update) -> None:
    """Look for garbage from now on, and only among what was made since: the rest stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def run_wallboard(loaded: Loaded, options: RunOptions, *, locked: bool, accepted: bool) -> int:
    """Fill this terminal until it is ended, always read-only, whatever the role. Raises as `wallboard.app.run`."""
    from kryonix_tui import logs
    from kryonix_tui.wallboard.app import Reader, run

    logs.to_file(verbose=options.verbose)

    def reader() -> Reader:
        sources = sources_of(loaded.config)
        return Reader(_monitor_over(sources, loaded.config), sources.redis.permissions)

    return run(loaded, options, reader, locked=locked, accepted=accepted)


def run_demo(loaded: Loaded, options: RunOptions, *, tenants: int, keys: int, serve_only: bool) -> int:
    """Start a living platform and look at it, until its user leaves; with `serve_only`, print where it is and wait."""
    from kryonix_tui.config.load import over
    from kryonix_tui.demo.platform import DemoPlatform
    from kryonix_tui.demo.platform import serve_only as wait

    platform = DemoPlatform(tenants=tenants, keys=keys)
    if serve_only:
        wait(platform)
        return 0
    with platform:
        return run_tui(replace(over(loaded, platform), notes=platform.notes), options)


def test_servers(config: Config) -> list[tuple[str, bool, str]]:
    """Try every configured server once: its name, whether it answered, and what it said."""

    async def attempt() -> list[tuple[str, bool, str]]:
        sources = sources_of(config)
        found: list[tuple[str, bool, str]] = []
        try:
            server = await sources.redis.server()
            found.append(("Redis", True, f"{server.flavour} {server.version}"))
        except KryonixError as error:
            found.append(("Redis", False, str(error)))
        for name, port in (("Prometheus", sources.metrics), ("Alertmanager", sources.alerts)):
            if port is None:
                continue
            try:
                facts = await port.fetch()
                found.append((name, True, facts.version or _("answers")))
            except KryonixError as error:
                found.append((name, False, str(error)))
        await sources.close()
        return found

    return asyncio.run(attempt())

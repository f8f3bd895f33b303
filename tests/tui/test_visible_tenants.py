"""A console limited to some tenants, on real Redis, Prometheus and Alertmanager: no other tenant's name, anywhere."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import yaml
from textual.pilot import Pilot

from kryonix_tui import bootstrap
from kryonix_tui.clock import now
from kryonix_tui.config.load import load
from kryonix_tui.errors import RefusedError
from kryonix_tui.maintenance.service import Maintenance
from kryonix_tui.model.operation import Scope
from kryonix_tui.model.question import Question
from kryonix_tui.model.source import SourceName
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.commands import COMMANDS
from tests import program
from tests.metrics_servers import TenantExporter, alertmanager, prometheus
from tests.servers import Server, seed
from tests.tui.conftest import Clock
from tests.tui.console import WIDE

MINE, OTHER = "minha_clinica", "alheia"
"""A tenant that is seen, and a part of the name of all that are not."""
OTHERS = ("alheia_1", "alheia_2", "xminha_alheia")
PATIENCE = 60.0

RULES = {
    "groups": [
        {
            "name": "tenants",
            "rules": [
                {"record": "tenant:cache_hit_rate", "expr": "100 * cache_hits / cache_lookups"},
                {
                    "alert": "CacheHitRateLow",
                    "expr": "tenant:cache_hit_rate < 90",
                    "labels": {"severity": "critical"},
                    "annotations": {"summary": "{{ $labels.tenant_id }} is slow"},
                },
                {
                    "alert": "PlatformSlow",
                    "expr": 'min(tenant:cache_hit_rate{tenant_id=~"alheia.*"}) < 90',
                    "labels": {"severity": "warning", "where": "alheia_1"},
                    "annotations": {"summary": "ask alheia_1"},
                },
            ],
        }
    ]
}


@dataclass
class Platform:
    """The servers, and the configuration file of whoever sees one tenant."""

    config: Path
    redis: Server
    prometheus: str
    alertmanager: str


@pytest.fixture(autouse=True)
def _real_time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    for place in ("app.now", "view.clock", "starting.now"):
        monkeypatch.setattr(f"kryonix_tui.tui.{place}", now)


@pytest.fixture
def platform(one_redis: Server, tmp_path: Path) -> Iterator[Platform]:
    """Two servers of metrics and a Redis with the keys, the trouble and the alerts of everybody."""
    folders = [tmp_path / name for name in ("prometheus", "alertmanager")]
    for folder in folders:
        folder.mkdir()
    _fill(one_redis)
    with (
        TenantExporter() as exporter,
        prometheus(folders[0], {"tenants": exporter.address}, RULES) as store,
        alertmanager(folders[1]) as notifier,
    ):
        for tenant in (MINE, *OTHERS):
            exporter.hits.labels(tenant).set(50)
            exporter.lookups.labels(tenant).set(100)
        _alert(notifier.url)
        config = tmp_path / "config.yaml"
        content = {
            "tenants": ["minha_*"],
            "role": "operator",
            "redis": {"url": one_redis.url},
            "prometheus": {"url": store.url},
            "alertmanager": {"url": notifier.url},
            "intervals": {"redis": 0.3, "census": 0.5, "tenants": 0.3, "prometheus": 0.5, "alertmanager": 0.5},
            "backup": {"verify": "quick", "destination": str(tmp_path / "backups")},
            "alerts": {"checks": {"lasting": 0.1, "hit_rate_lasting": 0.1, "queue_lasting": 0.1}},
        }
        config.write_text(yaml.safe_dump(content))
        config.chmod(0o600)
        yield Platform(config, one_redis, store.url, notifier.url)


def _fill(server: Server) -> None:
    with closing(server.client()) as client:
        client.config_set("slowlog-log-slower-than", 0)
    for tenant in (MINE, *OTHERS):
        commands = [
            *((0, f"HSET tenant:{tenant}:mobile:session:{n} platform ios") for n in range(5)),
            (1, f"SET tenant:{tenant}:api:crm:clients {'x' * 40_000}"),
            (2, f"RPUSH queue:tenant:{tenant}:{tenant}_jobs {' '.join(['{}'] * 1200)}"),
            (3, f"HSET metrics:tenant:{tenant} cache_hit_rate 20 business_sector {tenant}_sector"),
            (5, f"HSET sdk:tenant:{tenant} tenant_name {tenant}_name subdomain {tenant}.example"),
            (8, f"SET backup-of-{tenant} {'y' * 60_000}"),
            (9, f"HSET perf:tenant:{tenant} cache_hit_rate 88"),
            (9, f"HGETALL perf:tenant:{tenant}"),
            (0, f"KEYS tenant:{tenant}:*"),
        ]
        seed(server, commands)
    seed(server, [(2, "RPUSH queue:system:alheia_creation a")])


def _alert(url: str) -> None:
    def fire(name: str, **labels: str) -> dict[str, Any]:
        return {
            "labels": {"alertname": name, "severity": "critical", **labels},
            "annotations": {"summary": labels.get("tenant_id", "alheia_1 broke it")},
            "generatorURL": "http://p.invalid/graph?g0.expr=up%7Btenant_id%3D%22alheia_1%22%7D",
        }

    alerts = [fire("Mine", tenant_id=MINE), fire("Others", tenant_id=OTHERS[0]), fire("Everybody", cn="alheia.example")]
    httpx.post(f"{url}/api/v2/alerts", json=alerts, trust_env=False).raise_for_status()
    start = datetime.now(UTC)
    for matchers in (
        [{"name": "tenant_id", "value": OTHERS[0], "isRegex": False}],
        [{"name": "tenant_id", "value": MINE, "isRegex": False}],
        [{"name": "tenant_id", "value": f"{MINE}|alheia_1", "isRegex": True}],
        [{"name": "severity", "value": "info", "isRegex": False}],
    ):
        body = {
            "matchers": matchers,
            "startsAt": start.isoformat(),
            "endsAt": (start + timedelta(hours=1)).isoformat(),
            "createdBy": "ops",
            "comment": "mine" if matchers[0]["value"] == MINE else "because of alheia_1",
        }
        httpx.post(f"{url}/api/v2/silences", json=body, trust_env=False).raise_for_status()


def run(platform: Platform, *arguments: str) -> str:
    """Run the command line and return all that it printed."""
    done = program.run(*arguments, "--config", platform.config, env={**os.environ, "COLUMNS": "220"})
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def silent_about_others(text: str) -> str:
    """Fail where another tenant is named, and return the text."""
    at = text.find(OTHER)
    assert at < 0, text[max(0, at - 300) : at + 100]
    return text


def wait_for_alerts(platform: Platform) -> None:
    """Wait until Prometheus holds the alerts of everybody: it offers no event."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = httpx.get(f"{platform.prometheus}/api/v1/alerts", trust_env=False).json()["data"]["alerts"]
        if {alert["labels"].get("tenant_id") for alert in found} >= {MINE, *OTHERS, None}:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


async def back_up(platform: Platform, *scopes: Scope) -> None:
    """Make backups as somebody without limits."""
    config = msgspec.structs.replace(load(platform.config).config, tenants=())
    from tests.integration.maintenance.operators import carried_out

    for scope in scopes:
        maintenance = Maintenance(config)
        await carried_out(maintenance, await maintenance.backup(scope))


async def test_the_command_line_names_nobody_else(platform: Platform) -> None:
    wait_for_alerts(platform)
    await back_up(platform, Scope(), Scope((MINE,)), Scope((OTHERS[0],)), Scope((MINE, OTHERS[1])))
    told = {}
    for command in (
        ["status", "--wait-census"],
        ["status", "--json", "--wait-census"],
        ["alerts", "list"],
        ["alerts", "list", "--json"],
        ["alerts", "silences"],
        ["alerts", "silences", "--json"],
        ["backup", "list"],
        ["backup", "list", "--json"],
        ["backup", "verify", "--level", "quick"],
        ["backup", "prune", "--dry-run"],
        ["audit", "list"],
        ["audit", "list", "--json"],
        ["doctor", "--json"],
        ["schedule", "show"],
    ):
        told[" ".join(command)] = silent_about_others(await asyncio.to_thread(run, platform, *command))
    status = json.loads(told["status --json --wait-census"])
    assert [tenant["id"] for tenant in status["tenants"]] == [MINE]
    assert status["limited_to"] == ["minha_*"]
    assert status["census"]["keys"] == status["server"]["keys"] == status["tenants"][0]["keys"]
    assert status["system_queues"] == {}
    assert {alert["name"] for alert in status["alerts"]} >= {"Mine", "Everybody", "PlatformSlow"}
    assert MINE in told["status --wait-census"]
    assert "minha_*" in told["status --wait-census"]
    assert len(json.loads(told["backup list --json"])["archives"]) == 1
    assert {entry["details"]["tenants"][0] for entry in json.loads(told["audit list --json"])["entries"]} == {MINE}
    assert len(json.loads(told["alerts silences --json"])["silences"]) == 2


async def test_what_concerns_others_is_refused(platform: Platform) -> None:
    await back_up(platform, Scope(), Scope((OTHERS[0],)))
    archives = {
        path.name.split("-")[1]: path
        for path in (platform.config.parent / "backups").iterdir()
        if path.suffix == ".tar"
    }
    refused = "limited to some tenants"
    for command in (
        ["backup", "create", "--yes"],
        ["backup", "create", "--yes", "--tenant", OTHERS[0]],
        ["backup", "create", "--yes", "--db", "3"],
        ["backup", "prune", "--yes"],
        ["backup", "prune", "--dry-run"],
        ["backup", "show", str(archives["full"])],
        ["backup", "verify", str(archives["full"])],
        ["backup", "export", str(archives["full"]), str(platform.config.parent / "out.rdb")],
        ["analyse", str(archives["full"])],
        ["analyse", str(platform.config)],
        ["restore", str(archives["full"]), "--yes", "--policy", "skip"],
        ["restore", str(archives["full"]), "--yes", "--policy", "skip", "--tenant", OTHERS[0]],
        ["alerts", "silence", f"tenant_id={OTHERS[0]}", "--reason", "x", "--yes"],
        ["alerts", "silence", "severity=critical", "--reason", "x", "--yes"],
        ["schedule", "install", "--output", str(platform.config.parent / "units"), "--yes"],
    ):
        text = await asyncio.to_thread(run, platform, *command)
        assert refused in text, (command, text)
        assert not (platform.config.parent / "out.rdb").exists()
    with closing(platform.redis.client(3)) as client:
        client.delete(f"metrics:tenant:{MINE}", f"metrics:tenant:{OTHERS[0]}")
        done = await asyncio.to_thread(
            run, platform, "restore", str(archives["full"]), "--tenant", MINE, "--policy", "skip", "--yes"
        )
        assert refused not in done, done
        assert client.exists(f"metrics:tenant:{MINE}")
        assert not client.exists(f"metrics:tenant:{OTHERS[0]}")
    silenced = await asyncio.to_thread(
        run, platform, "alerts", "silence", f"tenant_id={MINE}", "--reason", "x", "--yes"
    )
    assert refused not in silenced
    silent_about_others(silenced)


async def test_a_plan_of_another_console_is_not_carried_out(platform: Platform) -> None:
    config = load(platform.config).config
    everybody = Maintenance(msgspec.structs.replace(config, tenants=()))
    operation = await everybody.backup(Scope())
    plan = await everybody.door.plan(operation)
    await operation.close()
    with pytest.raises(RefusedError, match="limited"):
        Maintenance(config).door.recall(plan.hash)


async def test_questions_are_limited_by_prometheus(platform: Platform) -> None:
    wait_for_alerts(platform)
    port = bootstrap.metrics_of(load(platform.config).config)
    assert port is not None
    try:
        answer = await port.ask(Question("tenant:cache_hit_rate"))
        assert [series.labels["tenant_id"] for series in answer.series] == [MINE]
        assert (await port.ask(Question("count(tenant:cache_hit_rate)"))).series[0].newest == 1
        past = Question("max_over_time(tenant:cache_hit_rate[30s:1s]) or cache_hits", 20, 1)
        async with asyncio.timeout(60):
            # A busy Prometheus may miss a question's deadline.
            while not (over_time := await port.ask(past)).series:  # noqa: ASYNC110 - Prometheus tells nobody
                await asyncio.sleep(0.1)
        assert {series.labels["tenant_id"] for series in over_time.series} == {MINE}
        assert (await port.ask(Question('tenant:cache_hit_rate{tenant_id="alheia_1"}'))).series == ()
        assert (await port.ask(Question("count_values('tenant_id', cache_hits{tenant_id!~'x'})"))).series == ()
        facts = await port.fetch()
    finally:
        await port.close()
    assert set(facts.tenants) == {MINE}
    assert OTHER not in repr(facts)


@contextmanager
def exporting(platform: Platform) -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "kryonix_tui",
        "exporter",
        "--config",
        str(platform.config),
        "--listen",
        "127.0.0.1:0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            yield urllib.parse.urlsplit(process.stdout.readline().strip().partition("=")[2]).netloc
        finally:
            process.kill()


def test_the_exporter_names_nobody_else(platform: Platform) -> None:
    with exporting(platform) as address:
        deadline = time.monotonic() + PATIENCE
        page = ""
        while f'kryonix_tenant_queue_depth{{module="{MINE}_jobs"' not in page:
            assert time.monotonic() < deadline, page
            time.sleep(0.1)
            with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
                connection.request("GET", "/metrics")
                page = connection.getresponse().read().decode()
    silent_about_others(page)


async def until(app: ConsoleApp, pilot: Pilot[int], holds: Callable[[ConsoleApp], bool]) -> None:
    """Let the monitor work until what the console shows fulfils a condition."""
    async with asyncio.timeout(PATIENCE):
        while not holds(app):
            await pilot.pause(0.05)
    await pilot.pause()


def everything(app: ConsoleApp) -> bool:
    """Whether every source has said something, the own checks included."""
    shown = app.shown
    alerts = {alert.name for alert in shown.platform.alerts}
    sources = shown.snapshot.sources
    return (
        shown.platform.complete
        and MINE in shown.snapshot.facts
        and sources[SourceName.PROMETHEUS].last_good is not None
        and {"Mine", "Everybody", "PlatformSlow"} <= alerts
        and shown.platform.neighbours.slow is not None
    )


async def test_no_screen_names_anybody_else(platform: Platform) -> None:
    wait_for_alerts(platform)
    await back_up(platform, Scope(), Scope((MINE,)), Scope((OTHERS[0],)))
    loaded = load(platform.config)
    app = ConsoleApp(replace(loaded, path=None), lambda: bootstrap.monitor_of(loaded.config))
    async with app.run_test(size=WIDE, notifications=True) as pilot:

        async def look(where: str) -> str:
            # A moment for what is asked of servers, then until it is drawn.
            await pilot.pause(0.05)
            await pilot.pause()
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            at = text.find(OTHER)
            assert at < 0, (where, text)
            return text

        await until(app, pilot, everything)
        assert OTHER not in repr(app.shown.platform), "the platform itself knows of others"
        assert OTHER not in repr(app.shown.snapshot)
        seen = {}
        screens = [command.name for command in COMMANDS if command.keys and command.keys[0] in "12345678"]
        assert {"overview", "tenants", "tenant", "databases", "alerts", "maintenance", "server"} <= set(screens)
        for name in (*screens, "silences", "help"):
            app.run_command(name)
            seen[name] = await look(name)
            assert "only minha_*" in seen[name] or name == "help", seen[name]
            for key in ("down", "enter", "G", "x"):
                await pilot.press(key)
                await look(f"{name} {key}")
            while len(app.screen_stack) > 1:
                await pilot.press("escape")
        assert MINE in seen["tenants"]
        for key in ("colon", *"tenant", "space", "a", "tab"):
            await pilot.press(key)
            await look(f"prompt {key}")
        app.exit(0)

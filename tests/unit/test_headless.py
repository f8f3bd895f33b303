"""`kryonix status` without its servers: what is printed, and how the run ends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.alerts import Checks
from kryonix_tui.config.schema import Intervals
from kryonix_tui.errors import SourceError, UnreachableError, UsageError
from kryonix_tui.headless import collect, collect_alerts, has_findings, missing_alerts, report, table, text
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.census import BigKey, Census
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.server import Memory, SlowLogEntry
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.source import SourceName
from kryonix_tui.monitor.monitor import Monitor, Sources
from kryonix_tui.view import tenants
from kryonix_tui.view.columns import sort_items
from tests.unit.builders import (
    CREATION,
    LIMITS,
    METRICS,
    SESSION,
    WALL,
    alert,
    alerts,
    census,
    facts,
    failing,
    metrics,
    server,
    snapshot,
    tenants_update,
    update,
)
from tests.unit.monitor.fakes import FakeRedis, World, counted

HOSTILE = "evil\x1b]0;pwned\x07\udcff\u202e"
DEAD = UnreachableError("nobody there", hint="Start it.")


def _shown() -> Update:
    counts = {
        "acme": {SESSION: 30, (0, "sdk_session"): 10, METRICS: 1},
        "newcomer": {CREATION: 1},
        "quiet": {METRICS: 1},
        HOSTILE: {METRICS: 1},
    }
    read = [
        facts(
            "acme",
            numbers={"response_time": 145.0},
            texts={"sector": "varejo", "tier": "premium", "name": "Acme"},
            hit_rates={"metrics": 61.0, "perf": 80.0},
            queues={"crm": 1500},
        ),
        facts(HOSTILE, hit_rates={"perf": 99.0}),
    ]
    about = alert(tenant="acme", severity=Severity.WARNING)
    return update(
        snapshot(
            server=server(),
            census=census(counts),
            facts=read,
            metrics=metrics({"quiet": {"cache_hit_rate": 92.5}}),
            alerts=alerts(about),
        )
    )


def test_the_matrix_as_it_looks() -> None:
    shown = _shown()
    columns = [column for column in tenants.columns(shown) if column.name != "trend"]
    by_name = sorted(shown.platform.tenants.values(), key=lambda tenant: tenant.tenant)
    rows = sort_items(by_name, columns[0], reverse=True)
    assert [line.rstrip() for line in table(columns, rows, 140)] == [
        "St Tenant                       Hit %  Sess Mob% Queue  Keys  Bytes Al Databases           ms Sector       Tier     Why",
        "✖  acme                        61.0m!    40   75  1.5k    41      –  1 █··▁············   145 varejo       premium  queue crm 1,500 > 1,000…",
        "●  evil␛]0;pwned␇\\xff\\u{202e}  99.0p      0    –     0     1      –  · ···█············     –",
        "●  newcomer                         –     0    –     –     1      –  · ······█·········     –                       being created",
        "●  quiet                       92.5P      0    –     –     1      –  · ···█············     –",
    ]


def test_narrow_room_keeps_what_matters_most() -> None:
    shown = _shown()
    titles = next(iter(table(tenants.columns(shown), (), 50))).split()
    assert titles[:2] == ["St", "Tenant"]
    assert {"Hit", "Queue", "Al"} <= set(titles)
    for width in range(40, 200, 7):
        assert all(len(line) <= width for line in table(tenants.columns(shown), shown.platform.tenants.values(), width))


def test_the_whole_text_is_harmless_and_says_where_it_is_an_estimate() -> None:
    said = text(_shown())
    assert all(line.isprintable() for line in said.splitlines())
    assert "QueueBacklog" in said
    assert "● redis 1s" in said
    assert "estimates" not in said
    partial = update(snapshot(census=census({"acme": {SESSION: 1}}, complete=False, fraction=0.5)))
    assert "estimates" in text(partial)


def _costly() -> Update:
    counted = census({"acme": {METRICS: 1}, "quiet": {METRICS: 1}})
    sized = replace(counted.tenants["acme"], sizes={METRICS: 5000}, margin=3)
    key = BigKey(6, b"verify:email:someone@host.example", "verification", "acme", 200_000)
    counted = replace(counted, tenants={**counted.tenants, "acme": sized}, sampled=7, big_keys=(key,))
    log = (
        SlowLogEntry(0, int(WALL), 61_000, "GET x", tenant="acme", module="crm"),
        SlowLogEntry(1, int(WALL), 39_000, "KEYS"),
    )
    own = OwnLoad(commands=9, commands_per_second=1.5, share=0.01, budget=0.05)
    return update(snapshot(server=server(slow_log=log), census=counted, own_load=own))


def test_noisy_neighbours_are_told_to_people_and_to_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert "acme = 61 % of the slow time in the last 10 min" in text(_costly())
    assert "61 % in 10 min" in text(_costly(), "acme")
    report(_costly(), json_output=True, tenant=None, fail_on=None)
    document = json.loads(capsys.readouterr().out)
    known = document["neighbours"]
    assert (known["slow_calls"], known["slow_s"], known["lost"], known["cut"]) == (2, 0.1, 0, False)
    acme, nobody = known["costs"]
    assert (acme["tenant"], acme["slow_share"], acme["modules"]) == ("acme", 61.0, {"crm": 0.061})
    assert acme["big_keys"] == [{"db": 6, "key": "verify:email:so•••", "bytes": 200_000}]
    assert (nobody["tenant"], nobody["slow_calls"], nobody["bytes"]) == (None, 1, None)
    assert document["own_load"] == {
        "commands": 9,
        "commands_per_second": 1.5,
        "share": 0.01,
        "replica_share": None,
        "budget": 0.05,
    }
    assert document["census"]["sampled"] == 7
    assert document["server"]["key_bytes"] == 5000
    assert {database["db"]: database["bytes"] for database in document["databases"]}[3] == 5000
    tenants = {tenant["id"]: tenant for tenant in document["tenants"]}
    assert (tenants["acme"]["bytes"], tenants["acme"]["keys_margin"]) == (5000, 3)
    assert (tenants["quiet"]["bytes"], tenants["quiet"]["keys_margin"]) == (None, 0)
    report(_costly(), json_output=True, tenant="quiet", fail_on=None)
    assert json.loads(capsys.readouterr().out)["neighbours"]["costs"] == []


def test_one_tenant_alone() -> None:
    said = text(_shown(), "acme")
    assert "acme" in said
    assert "quiet" not in said
    assert "Mobile sessions" not in said


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(_shown(), json_output=True, tenant=None, fail_on=None) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "kryonix.status/1"
    assert {tenant["id"] for tenant in document["tenants"]} == {
        "acme",
        "newcomer",
        "quiet",
        "evil␛]0;pwned␇\\xff\\u{202e}",
    }
    assert {tenant["id"]: tenant["state"] for tenant in document["tenants"]}["newcomer"] == "creating"


@pytest.mark.parametrize("name", [HOSTILE, "evil␛]0;pwned␇\\xff\\u{202e}"])
def test_a_tenant_is_found_by_its_bytes_and_by_what_is_shown_of_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report(_shown(), json_output=True, tenant=name, fail_on=None)
    document = json.loads(capsys.readouterr().out)
    assert [tenant["id"] for tenant in document["tenants"]] == ["evil␛]0;pwned␇\\xff\\u{202e}"]


def test_a_platform_called_sampled_does_not_hide_the_size_of_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    report(
        tenants_update([facts("acme", platforms={"sampled": 900, "ios": 2}, platforms_sampled=5)]),
        json_output=True,
        tenant=None,
        fail_on=None,
    )
    (tenant,) = json.loads(capsys.readouterr().out)["tenants"]
    assert tenant["sessions"]["by_platform"] == {"sampled": 5, "ios": 2}


def test_an_unknown_tenant_is_refused_before_anything_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError) as refused:
        report(_shown(), json_output=True, tenant="nobody\x1b[2J", fail_on=None)
    assert refused.value.message == "there is no tenant nobody␛[2J"
    assert capsys.readouterr().out == ""


WARNING = facts("acme", hit_rates={"metrics": 70})
CRITICAL = facts("beta", hit_rates={"metrics": 10})


@pytest.mark.parametrize(
    ("shown", "level", "tenant", "found"),
    [
        (tenants_update([facts("acme")]), "warning", None, False),
        (tenants_update([WARNING]), "warning", None, True),
        (tenants_update([WARNING]), "critical", None, False),
        (tenants_update([WARNING, CRITICAL]), "critical", None, True),
        (tenants_update([WARNING, CRITICAL]), "critical", "acme", False),
        (tenants_update([WARNING, CRITICAL]), "critical", "beta", True),
        (tenants_update([facts("acme")], alerts=alerts(alert("Down"))), "critical", None, True),
        (tenants_update([facts("acme")], alerts=alerts(alert("Down"))), "critical", "acme", False),
        (tenants_update([facts("acme")], alerts=alerts(alert(tenant="ghost"))), "critical", None, True),
        (tenants_update([], alerts=alerts(alert(state=AlertState.SILENCED))), "warning", None, False),
        (tenants_update([], alerts=alerts(alert(severity=Severity.WARNING))), "critical", None, False),
        (tenants_update([], alerts=alerts(alert(severity=Severity.NONE))), "warning", None, False),
        (update(snapshot(server=server(round_trip_ms=300))), "critical", None, True),
        (update(snapshot(server=server(database_count=4))), "critical", None, False),
        (update(snapshot(server=server(database_count=4))), "warning", None, True),
    ],
)
def test_findings(shown: Update, level: Any, tenant: str | None, *, found: bool) -> None:
    assert has_findings(shown.platform, level, tenant) is found
    assert report(shown, json_output=True, tenant=tenant, fail_on=level) == int(found)


async def test_connections_are_closed_and_an_update_comes_back() -> None:
    world = World()
    shown = await collect(world.monitor(), wait_census=True)
    assert world.redis.closed == 1
    assert set(shown.platform.tenants) == {"acme"}


@pytest.mark.parametrize("where", ["server", "census", "facts"])
async def test_without_redis_there_is_no_status(where: str) -> None:
    world = World()
    getattr(world.redis, f"{where}_answers").error = DEAD
    with pytest.raises(SourceError) as failed:
        await collect(world.monitor(), wait_census=True)
    assert (failed.value.title, failed.value.message, failed.value.hint) == (
        "Redis: Unreachable",
        "nobody there",
        "Start it.",
    )
    assert failed.value.exit_code == 3
    assert world.redis.closed == 1


async def test_the_metrics_stack_is_not_required() -> None:
    world = World()
    assert world.metrics is not None
    assert world.alerts is not None
    world.metrics.answers.error = world.alerts.answers.error = DEAD
    shown = await collect(world.monitor(), wait_census=True)
    assert "✖ Prometheus: Unreachable: nobody there" in text(shown)


def _watching(world: World) -> Monitor:
    sources = Sources(world.redis, world.metrics, world.alerts)
    return Monitor(sources, KRYONIX, Intervals(), LIMITS, Checks())


async def test_alerts_are_listed_with_those_of_the_console_itself() -> None:
    world = World()
    world.redis.server_answers.value = server(memory=Memory(used=97, limit=100))
    assert world.alerts is not None
    world.alerts.answers.value = alerts(alert(tenant="acme"))
    shown = await collect_alerts(_watching(world))
    assert [(found.name, found.source, found.state) for found in shown.platform.alerts] == [
        ("QueueBacklog", "alertmanager", AlertState.FIRING),
        ("RedisMemoryHigh", "console", AlertState.PENDING),
    ]
    assert list(missing_alerts(shown)) == []
    assert world.redis.closed == 1


async def test_alerts_are_listed_without_redis_where_somebody_else_knows_any() -> None:
    world = World()
    world.redis.server_answers.error = DEAD
    shown = await collect_alerts(_watching(world))
    assert [found.name for found in shown.platform.alerts] == ["RedisDown"]
    assert list(missing_alerts(shown)) == ["Unreachable: nobody there; what the console finds in Redis is missing"]


@pytest.mark.parametrize(("alertmanager", "title"), [(True, "Unreachable"), (False, "Redis: Unreachable")])
async def test_alerts_need_alertmanager_or_else_redis(*, alertmanager: bool, title: str) -> None:
    world = World() if alertmanager else World(alerts=None)
    world.redis.server_answers.error = DEAD
    if world.alerts is not None:
        world.alerts.answers.error = DEAD
    with pytest.raises(SourceError) as failed:
        await collect_alerts(_watching(world))
    assert (failed.value.title, failed.value.exit_code) == (title, 3)


async def test_a_slow_census_is_an_estimate_unless_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kryonix_tui.headless.CENSUS_SECONDS", 0.05)
    steps: list[Census | Exception] = [counted("acme", complete=False, fraction=0.5), counted("acme", "beta")]

    def slow() -> FakeRedis:
        redis = FakeRedis(steps=steps, turns=asyncio.Queue())
        redis.step()
        return redis

    shown = await collect(World(slow()).monitor(), wait_census=False)
    assert not shown.platform.complete
    patient = slow()
    patient.step()
    assert (await collect(World(patient).monitor(), wait_census=True)).platform.complete


def test_a_failing_source_is_told_in_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    report(update(snapshot(failing(SourceName.PROMETHEUS))), json_output=True, tenant=None, fail_on=None)
    sources = {source["name"]: source for source in json.loads(capsys.readouterr().out)["sources"]}
    assert sources["prometheus"]["state"] == "failing"
    assert sources["prometheus"]["error"] == "Unreachable: 127.0.0.1:1 refused the connection"
    assert sources["prometheus"]["hint"] == "Is it running?"
    assert sources["redis"]["error"] is None

"""A snapshot becomes a platform: tenants, databases, alerts, totals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.analysis.alert_list import all_alerts
from kryonix_tui.model.alert import Alert, AlertState, Severity
from kryonix_tui.model.census import Census, DatabaseCensus
from kryonix_tui.model.server import DatabaseSize
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Reading
from kryonix_tui.model.tenant import Health, Platform
from tests.unit.builders import (
    CREATION,
    METRICS,
    NOW,
    QUEUE,
    SESSION,
    WALL,
    ago,
    alert,
    alerts,
    assembler,
    census,
    facts,
    looked_up,
    metrics,
    server,
    snapshot,
)

TWO = {"acme": {METRICS: 1, SESSION: 4}, "beta": {METRICS: 1}}


def _platform(shown: Snapshot) -> Platform:
    return assembler().assemble(shown)


def test_nothing_read_yet_is_an_empty_platform_with_the_maps_databases() -> None:
    platform = _platform(snapshot())
    assert platform.tenants == {}
    assert not platform.complete
    assert [database.db for database in platform.databases] == list(range(16))
    assert platform.databases[0].keys is None
    assert platform.databases[0].tenant_keys is None
    assert platform.totals.hit_rate is None


def test_unchanged_tenants_are_the_same_objects() -> None:
    known = snapshot(census=census(TWO), facts=[facts("acme", hit_rates={"metrics": 90}), facts("beta")])
    made = assembler()
    first = made.assemble(known)
    changed = {**known.facts, "beta": facts("beta", hit_rates={"metrics": 50})}
    second = made.assemble(replace(known, facts=changed, census=Reading(census(TWO), NOW)))
    assert second.tenants["acme"] is first.tenants["acme"]
    assert second.tenants["beta"] is not first.tenants["beta"]
    assert second.tenants["beta"].health is Health.CRITICAL


def test_a_finding_keeps_its_time_over_assemblies() -> None:
    made = assembler()
    for seconds, depth in ((60, 200), (30, 300), (0, 400)):
        read = facts("acme", ago(seconds), queues={"crm": depth})
        platform = made.assemble(replace(snapshot(census=census(TWO), facts=[read]), taken_at=ago(seconds)))
    (finding,) = platform.tenants["acme"].findings
    assert (finding.value, finding.since) == (400, ago(60))


def test_a_tenant_has_its_keys_sessions_queues_and_alerts() -> None:
    counts = {SESSION: 3, (0, "sdk_session"): 2, (5, "sdk_dev_session"): 1, (11, "websocket"): 5, QUEUE: 1}
    read = facts("acme", queues={"crm": 7, "sms": 2}, platforms={"ios": 2}, platforms_sampled=3)
    about = alert(tenant="acme")
    tenant = _platform(snapshot(census=census({"acme": counts}), facts=[read], alerts=alerts(about))).tenants["acme"]
    assert (tenant.sessions.mobile, tenant.sessions.sdk, tenant.sessions.websocket) == (3, 3, 5)
    assert (dict(tenant.sessions.platforms), tenant.sessions.sampled) == ({"ios": 2}, 3)
    assert tenant.keys_by_db == {0: 5, 2: 1, 5: 1, 11: 5}
    assert (tenant.keys, tenant.queue_depth, tenant.alerts) == (12, 9, (about,))


@pytest.mark.parametrize(
    ("counts", "creating"),
    [
        ({CREATION: 1}, True),
        ({CREATION: 1, (6, "auto_setup"): 1}, True),
        ({CREATION: 1, METRICS: 1}, False),
        ({METRICS: 1}, False),
    ],
)
def test_a_tenant_with_keys_of_its_creation_alone_is_being_created(
    counts: dict[tuple[int, str], int], *, creating: bool
) -> None:
    tenant = _platform(snapshot(census=census({"acme": counts}))).tenants["acme"]
    assert tenant.creating is creating
    assert tenant.health is (Health.OK if creating else Health.UNKNOWN)


def test_figures_of_a_census_are_taken_as_they_are_with_their_margin() -> None:
    counted = census({"acme": {SESSION: 100, METRICS: 1}}, complete=False, fraction=0.1)
    estimated = replace(counted.tenants["acme"], margin=40, sizes={SESSION: 9_000})
    platform = _platform(snapshot(census=replace(counted, tenants={"acme": estimated})))
    tenant = platform.tenants["acme"]
    assert (tenant.keys, tenant.keys_margin, tenant.bytes, tenant.sessions.mobile) == (101, 40, 9_000, 100)
    assert not platform.complete


def test_the_roster_is_the_same_object_until_somebody_comes_or_goes() -> None:
    made = assembler()
    first = made.assemble(snapshot(census=census(TWO)))
    assert sorted(first.roster) == ["acme", "beta"]
    second = made.assemble(snapshot(census=census(TWO), facts=[facts("beta")]))
    assert second.roster is first.roster
    assert made.assemble(snapshot(census=census({"beta": {METRICS: 1}}))).roster == ("beta",)


def test_totals_follow_every_change() -> None:
    made = assembler()
    busy = {"acme": {SESSION: 4}, "beta": {SESSION: 1}}
    known = [facts("acme", hit_rates={"metrics": 90}, queues={"crm": 3}), facts("beta", hit_rates={"metrics": 50})]
    first = made.assemble(snapshot(census=census(busy), facts=known)).totals
    assert (first.tenants, first.sessions, first.queue_depth, first.hit_rate, first.critical) == (2, 5, 3, 70, 1)
    better = [known[0], facts("beta", hit_rates={"metrics": 95})]
    second = made.assemble(snapshot(census=census(busy), facts=better)).totals
    assert (second.sessions, second.queue_depth, second.hit_rate, second.critical) == (5, 3, 92.5, 0)
    third = made.assemble(snapshot(census=census({"beta": {SESSION: 7}}), facts=better[1:])).totals
    assert (third.tenants, third.sessions, third.queue_depth, third.hit_rate) == (1, 7, 0, 95)


def test_the_fullest_queue_and_who_is_troubled_follow_every_change() -> None:
    made = assembler()
    keys = census({name: {METRICS: 1, SESSION: 3} for name in ("acme", "beta", "zeta")})

    def after(counted: Census, **depths: int) -> tuple[object, ...]:
        read = [facts(name, queues={"sms": 0, "whatsapp": depth}) for name, depth in depths.items()]
        platform = made.assemble(snapshot(census=counted, facts=read))
        fresh = assembler().assemble(snapshot(census=counted, facts=read))
        assert platform.totals == fresh.totals
        assert {tenant.tenant for tenant in platform.troubled} == {tenant.tenant for tenant in fresh.troubled}
        assert all(platform.tenants[tenant.tenant] is tenant for tenant in platform.troubled)
        kinds = platform.totals.sessions_by_kind
        assert platform.totals.sessions == kinds.total == kinds.mobile == 3 * len(platform.tenants)
        return platform.totals.fullest_queue, sorted(tenant.tenant for tenant in platform.troubled)

    assert after(keys, acme=5, beta=200, zeta=200) == ((200, "whatsapp", "zeta"), ["beta", "zeta"])
    assert after(keys, acme=5, beta=200, zeta=0) == ((200, "whatsapp", "beta"), ["beta"])
    assert after(census({"acme": {METRICS: 1, SESSION: 3}}), acme=5) == ((5, "whatsapp", "acme"), [])
    assert after(census({"acme": {METRICS: 1, SESSION: 3}}), acme=0) == (None, [])


def test_what_follows_from_keys_alone_stays_while_they_do() -> None:
    made = assembler()
    counted = census({"acme": {METRICS: 1, SESSION: 4}})
    first = made.assemble(snapshot(census=counted, facts=[facts("acme", platforms={"ios": 1}, platforms_sampled=1)]))
    read = [facts("acme", ago(-5), platforms={"ios": 2}, platforms_sampled=2)]
    second = made.assemble(snapshot(census=counted, facts=read))
    before, after = first.tenants["acme"], second.tenants["acme"]
    assert after.keys_by_db is before.keys_by_db
    assert (after.keys, after.sessions.mobile, after.sessions.platforms) == (5, 4, {"ios": 2})
    grown = made.assemble(snapshot(census=census({"acme": {METRICS: 1, SESSION: 9}}), facts=read)).tenants["acme"]
    assert (grown.keys, grown.keys_by_db, grown.sessions.mobile) == (10, {0: 9, 3: 1}, 9)


def test_a_complete_census_is_taken_as_it_is() -> None:
    sizes = {0: DatabaseSize(0, 999)}
    platform = _platform(snapshot(census=census({"acme": {SESSION: 10}}), server=server(databases=sizes)))
    assert platform.tenants["acme"].keys == 10
    assert (platform.databases[0].keys, platform.databases[0].tenant_keys) == (999, 10)


def test_keys_of_nobody_are_counted_as_such() -> None:
    counted = Census({2: DatabaseCensus(2, 10, 6, 3, {"queue": 6, "system_queue": 1, "other": 3})}, complete=True)
    database = _platform(snapshot(census=counted)).databases[2]
    assert (database.tenant_keys, database.system_keys, database.unattributed) == (6, 1, 3)


def test_databases_that_the_server_lacks_or_has_beyond_the_map_are_told() -> None:
    sizes = {0: DatabaseSize(0, 5), 1: DatabaseSize(1, 0), 40: DatabaseSize(40, 2)}
    found = {database.db: database for database in _platform(snapshot(server=server(databases=sizes))).databases}
    assert [db for db, database in found.items() if database.exists] == [0, 1, 40]
    assert found[15].keys is None
    assert (found[40].name, found[40].keys) == ("db 40", 2)


def test_alerts_about_unknown_tenants_stay_alerts_and_make_no_tenant() -> None:
    platform = _platform(snapshot(census=census(TWO), alerts=alerts(alert(tenant="ghost"), alert("Watchdog"))))
    assert set(platform.tenants) == {"acme", "beta"}
    assert {found.tenant for found in platform.alerts} == {"ghost", None}


def _held(name: str = "QueueBacklog", **changes: object) -> Alert:
    return alert(name, **{"source": "prometheus", "state": AlertState.PENDING, **changes})


def test_what_prometheus_holds_is_shown_once() -> None:
    labels = {"tenant_id": "acme", "severity": "critical"}
    silenced = alert(labels={**labels, "cluster": "main"}, state=AlertState.SILENCED)
    pending = _held("HighErrors", labels=labels)
    both = _held(labels=labels, state=AlertState.FIRING)
    shown = all_alerts(
        snapshot(alerts=alerts(silenced), metrics=metrics({}, rule_alerts=(both, pending))),
    )
    assert shown == (pending, silenced)


def test_alerts_of_one_rule_are_told_apart_by_every_label_that_both_sides_use() -> None:
    crm = {"tenant_id": "acme", "severity": "critical", "module": "crm", "replica": "a"}
    sms = {**crm, "module": "sms"}
    known = alert(labels={"tenant_id": "acme", "severity": "critical", "module": "crm", "cluster": "main"})
    other = _held(labels=sms)
    shown = all_alerts(snapshot(alerts=alerts(known), metrics=metrics({}, rule_alerts=(_held(labels=crm), other))))
    assert shown == (known, other)


def test_the_worst_and_newest_alerts_come_first() -> None:
    given = (
        alert("old", starts_at=WALL - 100),
        alert("silenced", state=AlertState.SILENCED),
        alert("warning", severity=Severity.WARNING),
        alert("new", starts_at=WALL - 1),
    )
    shown = all_alerts(snapshot(alerts=alerts(*given)))
    assert [found.name for found in shown] == ["new", "old", "warning", "silenced"]


def test_totals() -> None:
    read = [
        facts("acme", hit_rates={"metrics": 90}, queues={"crm": 2000}),
        facts("beta", hit_rates={"metrics": 70}, queues={"crm": 5}),
    ]
    totals = _platform(
        snapshot(server=looked_up(3, 1), census=census(TWO), facts=read, system_queues={"auto_client_creation": 3})
    ).totals
    assert (totals.tenants, totals.sessions, totals.queue_depth) == (2, 4, 2008)
    assert (totals.hit_rate, totals.server_hit_ratio) == (80, 75)
    assert (totals.critical, totals.warning) == (1, 1)


def test_the_figures_of_a_tenant_without_keys_are_not_shown() -> None:
    platform = _platform(snapshot(census=census(TWO), metrics=metrics({"ghost": {"cache_hit_rate": 1.0}})))
    assert "ghost" not in platform.tenants

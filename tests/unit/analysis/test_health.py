"""Each finding at each level, how long it has lasted, and when nothing can be said."""

from __future__ import annotations

from typing import Any

import pytest

from kryonix_tui.analysis.health import keep_since, server_findings, tenant_findings, tenant_health
from kryonix_tui.analysis.limits import judge
from kryonix_tui.config.schema import High, Low
from kryonix_tui.model.alert import AlertState, Severity
from kryonix_tui.model.metrics import Sample
from kryonix_tui.model.server import Clients, Memory, Persistence, Replication, ServerFacts, Traffic
from kryonix_tui.model.tenant import Concern, Finding, Health, HitRate, Tenant, Witness
from tests.unit.builders import LIMITS, NOW, WALL, ago, alert, facts, server

OK, WARNING, CRITICAL = Health.OK, Health.WARNING, Health.CRITICAL


@pytest.mark.parametrize(
    ("value", "threshold", "level"),
    [
        (85.0, Low(warning=85, critical=60), None),
        (84.9, Low(warning=85, critical=60), WARNING),
        (60.0, Low(warning=85, critical=60), WARNING),
        (59.9, Low(warning=85, critical=60), CRITICAL),
        (100.0, High(warning=100, critical=1000), None),
        (100.1, High(warning=100, critical=1000), WARNING),
        (1000.0, High(warning=100, critical=1000), WARNING),
        (1000.1, High(warning=100, critical=1000), CRITICAL),
        (float("nan"), High(warning=100, critical=1000), None),
    ],
)
def test_a_limit_is_crossed_beyond_it(value: float, threshold: High | Low, level: Health | None) -> None:
    verdict = judge(value, threshold)
    assert (verdict.level if verdict else None) is level


def _rate(value: float) -> dict[str, Any]:
    return {"hit_rate": HitRate(Witness("redis:metrics", value, NOW))}


def _number(name: str, value: float) -> dict[str, Any]:
    return {"facts": facts(numbers={name: value})}


@pytest.mark.parametrize(
    ("fields", "concern", "level", "limit", "source"),
    [
        (_rate(61), Concern.HIT_RATE, WARNING, 85, "redis:metrics"),
        (_rate(59), Concern.HIT_RATE, CRITICAL, 60, "redis:metrics"),
        ({"queues": {"crm": 101}}, Concern.QUEUE_DEPTH, WARNING, 100, "redis:queue"),
        ({"queues": {"crm": 1001}}, Concern.QUEUE_DEPTH, CRITICAL, 1000, "redis:queue"),
        (_number("error_rate", 1.5), Concern.ERROR_RATE, WARNING, 1, "redis:perf"),
        (_number("error_rate", 5.5), Concern.ERROR_RATE, CRITICAL, 5, "redis:perf"),
        (_number("response_time", 201), Concern.RESPONSE_TIME, WARNING, 200, "redis:metrics"),
        (_number("response_time", 501), Concern.RESPONSE_TIME, CRITICAL, 500, "redis:metrics"),
        ({"metrics": {"mobile_response_time_p95": Sample(51, WALL)}}, Concern.MOBILE_P95, WARNING, 50, "prometheus"),
        ({"metrics": {"mobile_response_time_p95": Sample(101, WALL)}}, Concern.MOBILE_P95, CRITICAL, 100, "prometheus"),
        ({"alerts": (alert(severity=Severity.WARNING),)}, Concern.ALERT, WARNING, None, "alertmanager"),
        ({"alerts": (alert(),)}, Concern.ALERT, CRITICAL, None, "alertmanager"),
    ],
)
def test_a_tenants_finding(
    fields: dict[str, Any], concern: Concern, level: Health, limit: float | None, source: str
) -> None:
    (finding,) = tenant_findings(Tenant("acme", **fields), LIMITS, NOW)
    assert (finding.concern, finding.level, finding.limit, finding.source) == (concern, level, limit, source)
    assert finding.since == NOW


def test_every_queue_is_judged_by_itself() -> None:
    found = tenant_findings(Tenant("acme", queues={"crm": 90, "sms": 2000, "mail": 90}), LIMITS, NOW)
    assert [(finding.subject, finding.value) for finding in found] == [("sms", 2000)]


@pytest.mark.parametrize(
    "quiet",
    [
        alert(severity=Severity.INFO),
        alert(severity=Severity.NONE),
        alert(state=AlertState.PENDING),
        alert(state=AlertState.SILENCED),
        alert(state=AlertState.INHIBITED),
    ],
)
def test_alerts_that_reach_nobody_are_no_finding(quiet: Any) -> None:
    assert tenant_findings(Tenant("acme", alerts=(quiet,)), LIMITS, NOW) == []


def test_health_is_that_of_the_worst_finding() -> None:
    findings = [Finding(Concern.HIT_RATE, WARNING, NOW), Finding(Concern.ALERT, CRITICAL, NOW)]
    assert tenant_health(Tenant("acme"), findings) is CRITICAL


def test_a_tenant_of_whom_nothing_was_read_is_unknown_and_not_ok() -> None:
    assert tenant_health(Tenant("acme"), ()) is Health.UNKNOWN
    for read in (
        {"facts": facts()},
        _rate(99),
        {"metrics": {"cache_hit_rate": Sample(99, WALL)}},
        {"creating": True},
    ):
        assert tenant_health(Tenant("acme", **read), ()) is OK


@pytest.mark.parametrize(
    ("changes", "concern", "level"),
    [
        ({"round_trip_ms": 51}, Concern.SERVER_LATENCY, WARNING),
        ({"round_trip_ms": 251}, Concern.SERVER_LATENCY, CRITICAL),
        ({"memory": Memory(used=81, limit=100)}, Concern.SERVER_MEMORY, WARNING),
        ({"memory": Memory(used=96, limit=100)}, Concern.SERVER_MEMORY, CRITICAL),
        ({"memory": Memory(limit=100, policy="allkeys-lru")}, Concern.SERVER_EVICTION_POLICY, CRITICAL),
        ({"traffic": Traffic(evicted=3)}, Concern.SERVER_EVICTING, WARNING),
        ({"clients": Clients(rejected=2)}, Concern.SERVER_REJECTING, CRITICAL),
        ({"persistence": Persistence(save_ok=False)}, Concern.SERVER_SAVE_FAILED, CRITICAL),
        ({"persistence": Persistence(aof_enabled=True, aof_ok=False)}, Concern.SERVER_AOF_FAILED, CRITICAL),
        ({"persistence": Persistence(loading=True)}, Concern.SERVER_LOADING, WARNING),
        ({"replication": Replication("slave", link_up=False)}, Concern.SERVER_LINK_DOWN, CRITICAL),
        ({"mode": "cluster", "database_count": 1}, Concern.SERVER_CLUSTER, WARNING),
        ({"database_count": 4}, Concern.SERVER_DATABASES, WARNING),
    ],
)
def test_a_servers_finding(changes: dict[str, Any], concern: Concern, level: Health) -> None:
    (finding,) = server_findings(server(**changes), server(), LIMITS, NOW, 16)
    assert (finding.concern, finding.level) == (concern, level)


@pytest.mark.parametrize(
    "well",
    [
        server(),
        server(memory=Memory(used=99, limit=0)),
        server(memory=Memory(limit=0, policy="allkeys-lru")),
        server(memory=Memory(limit=100, policy="volatile-lru")),
        server(persistence=Persistence(aof_enabled=False, aof_ok=False)),
    ],
)
def test_a_server_that_is_well_has_no_findings(well: ServerFacts) -> None:
    assert list(server_findings(well, server(), LIMITS, NOW, 16)) == []


def _finding(level: Health, since: float, subject: str = "") -> Finding:
    return Finding(Concern.QUEUE_DEPTH, level, ago(since), subject=subject)


@pytest.mark.parametrize(
    ("before", "now", "lasting"),
    [
        (WARNING, WARNING, 60),
        (CRITICAL, CRITICAL, 60),
        (CRITICAL, WARNING, 60),  # what was worse was this bad, too
        (WARNING, CRITICAL, 0),  # it names a limit that was not crossed before
    ],
)
def test_since_when_something_has_been_at_least_as_bad(before: Health, now: Health, lasting: float) -> None:
    (kept,) = keep_since([_finding(now, 0)], [_finding(before, 60)])
    assert kept.since.age(NOW) == lasting


def test_since_is_kept_for_each_subject_and_forgotten_in_between() -> None:
    kept = keep_since([_finding(WARNING, 0, "crm"), _finding(WARNING, 0, "sms")], [_finding(WARNING, 60, "crm")])
    assert {finding.subject: finding.since.age(NOW) for finding in kept} == {"crm": 60, "sms": 0}
    assert keep_since([_finding(WARNING, 0)], keep_since([], kept))[0].since == NOW


def test_two_findings_of_one_name_keep_their_own_time() -> None:
    before = keep_since([_finding(WARNING, 60), _finding(CRITICAL, 30)], ())
    kept = keep_since([_finding(WARNING, 0), _finding(CRITICAL, 0)], before)
    assert [(finding.level, finding.since.age(NOW)) for finding in kept] == [(CRITICAL, 30), (WARNING, 60)]


def test_findings_come_worst_first() -> None:
    kept = keep_since([_finding(WARNING, 0, "a"), _finding(CRITICAL, 0, "b"), _finding(WARNING, 0, "c")], ())
    assert [finding.subject for finding in kept] == ["b", "a", "c"]

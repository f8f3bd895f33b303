"""What is on the page, what is not, and that Prometheus' own parser reads it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant, now
from kryonix_tui.config.schema import Exporter, Intervals
from kryonix_tui.exporter.exposition import Exposition
from kryonix_tui.model import exported
from kryonix_tui.model.census import Census
from kryonix_tui.model.exported import OTHER, Metric
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.server import Memory, Persistence, Replication, Traffic
from kryonix_tui.model.snapshot import OwnLoad
from kryonix_tui.model.source import Condition, Reading, SourceName
from kryonix_tui.safetext import identity
from tests.unit import builders
from tests.unit.builders import QUEUE, SESSION

Series = dict[tuple[str, ...], float]
"""Values by the labels of a family, in the order in which the metric names them."""

HOSTILE = [
    'x"} or vector(1) #',
    "line\nbreak",
    "back\\slash",
    "{{ .Value }}",
    "other",
    "",
    identity(b"evil\x1b]0;pwned\x07\xff"),
    "evil␛]0;pwned␇\\xff",
    "\u202egnp.exe",
    "é" * 4000,
]


def ago(seconds: float) -> Instant:
    at = now()
    return Instant(at.wall - seconds, at.steady - seconds)


def update(
    tenants: Mapping[str, Mapping[builders.Place, int]],
    facts: Iterable[TenantFacts] = (),
    *,
    age: float = 1.0,
    complete: bool = True,
    **fields: Any,
) -> Update:
    """Return what a monitor told that last read everything `age` seconds ago."""
    read = ago(age)
    states = [
        builders.state(name, last_good=read) for name in (SourceName.REDIS, SourceName.CENSUS, SourceName.TENANTS)
    ]
    away = [builders.state(name, Condition.NOT_CONFIGURED) for name in (SourceName.PROMETHEUS, SourceName.ALERTMANAGER)]
    counted = builders.census(tenants, complete=complete)
    fields = {"server": builders.server(), "census": counted} | fields
    readings = {name: Reading(value, read) for name, value in fields.items() if name in ("server", "census")}
    return builders.update(builders.snapshot(*states, *away, facts=tuple(facts), **(fields | readings)))


def exposition(**settings: Any) -> Exposition:
    return Exposition(Exporter(**settings), Intervals())


def told(tenant: str, age: float = 1.0, **fields: Any) -> TenantFacts:
    return builders.facts(tenant, ago(age), **fields)


def read(text: bytes, metric: Metric) -> Series:
    """Return one family of a page, by Prometheus' own parser."""
    return {
        tuple(sample.labels[name] for name in metric.labels): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name == metric.name
    }


def test_a_tenant_has_its_figures() -> None:
    facts = told(
        "acme",
        numbers={"response_time": 145.0, "p95_response_time": 50.0, "error_rate": 0.8, "api_calls_today": 9.0},
        texts={"subdomain": "acme.example", "sector": "medicina", "tier": "premium"},
        hit_rates={"metrics": 87.5, "perf": 89.0},
        queues={"email": 3, "whatsapp": 0},
        malformed=2,
    )
    text = exposition().text(update({"acme": {SESSION: 4, QUEUE: 2}}, [facts]))
    assert read(text, exported.TENANT_INFO) == {("acme", "acme.example", "medicina", "premium"): 1}
    assert read(text, exported.TENANT_SESSIONS) == {
        ("acme", "mobile"): 4,
        ("acme", "sdk"): 0,
        ("acme", "websocket"): 0,
    }
    assert read(text, exported.TENANT_QUEUE_DEPTH) == {("acme", "email"): 3, ("acme", "whatsapp"): 0}
    assert read(text, exported.TENANT_KEYS) == {("acme", "0"): 4, ("acme", "2"): 2}
    assert read(text, exported.TENANT_HIT_RATE) == {("acme", "metrics"): 87.5, ("acme", "perf"): 89}
    assert read(text, exported.TENANT_RESPONSE) == {("acme", "average"): 0.145, ("acme", "p95"): 0.05}
    assert read(text, exported.TENANT_ERROR_RATE) == {("acme", "all"): 0.8}
    assert read(text, exported.TENANT_REQUESTS_TODAY) == {("acme", "api"): 9}
    assert read(text, exported.TENANT_MALFORMED) == {("acme",): 2}
    assert read(text, exported.TENANT_HEALTH) == {("acme",): 0}
    assert read(text, exported.TENANT_READ)["acme",] == pytest.approx(facts.read_at.wall)
    assert read(text, exported.TENANTS) == {("ok",): 1, ("warning",): 0, ("critical",): 0, ("unknown",): 0}
    assert read(text, exported.TENANTS_FOLDED) == {(): 0}


def test_what_nobody_told_is_absent_and_never_0() -> None:
    text = exposition().text(update({"acme": {SESSION: 4}}))
    unknown = (
        exported.TENANT_QUEUE_DEPTH,
        exported.TENANT_HIT_RATE,
        exported.TENANT_RESPONSE,
        exported.TENANT_HEALTH,
        exported.TENANT_BYTES,
        exported.TENANT_REQUESTS_PER_SECOND,
        exported.TENANT_QUEUE_GROWTH,
        exported.REDIS_MEMORY_LIMIT,
        exported.REDIS_LAG,
    )
    assert [read(text, metric) for metric in unknown] == [{}] * len(unknown)
    assert set(read(text, exported.SOURCE_UP)) == {("redis",), ("census",), ("tenants",)}


def test_before_anything_was_read_there_are_only_states() -> None:
    text = exposition().text(builders.update())
    assert read(text, exported.REDIS_UP) == {}
    assert read(text, exported.CENSUS_COMPLETE) == {(): 0}
    assert read(text, exported.TENANTS) == read(text, exported.DATABASE_KEYS) == {}


@pytest.mark.parametrize("silence", [150.0, 10_000.0])
def test_what_has_gone_stale_is_left_out(silence: float) -> None:
    facts = told("acme", silence, queues={"email": 3}, hit_rates={"metrics": 80.0}, texts={"subdomain": "a.example"})
    text = exposition().text(update({"acme": {SESSION: 4}}, [facts], age=silence))
    for metric in (
        exported.TENANT_SESSIONS,
        exported.TENANT_QUEUE_DEPTH,
        exported.TENANT_HIT_RATE,
        exported.TENANT_HEALTH,
        exported.TENANTS,
        exported.DATABASE_KEYS,
        exported.REDIS_MEMORY,
    ):
        assert read(text, metric) == {}, metric.name
    # Who owns a certificate does not change because Redis is away.
    assert set(read(text, exported.TENANT_INFO)) == {("acme", "a.example", "", "")}
    assert read(text, exported.SOURCE_READ)["redis",] == pytest.approx(now().wall - silence, abs=60)


def test_estimates_of_a_first_census_are_not_figures() -> None:
    facts = [told("acme", queues={"email": 3})]
    text = exposition().text(update({"acme": {SESSION: 4}}, facts, complete=False))
    assert read(text, exported.TENANT_SESSIONS) == read(text, exported.TENANTS) == {}
    assert read(text, exported.TENANT_QUEUE_DEPTH) == {("acme", "email"): 3}
    assert read(text, exported.CENSUS_COMPLETE) == {(): 0}


def test_the_others_are_one_sum() -> None:
    tenants = {f"t{number}": {SESSION: 10 - number, QUEUE: 1} for number in range(5)}
    facts = [told(name, queues={"email": 2, "sms": 1}, hit_rates={"metrics": 80.0}) for name in tenants]
    page = exposition(top=2)
    text = page.text(update(tenants, facts))
    assert page.members == ["t0", "t1"]
    sessions = read(text, exported.TENANT_SESSIONS)
    assert {who: sessions[who, "mobile"] for who in ("t0", "t1", OTHER)} == {"t0": 10, "t1": 9, OTHER: 8 + 7 + 6}
    assert read(text, exported.TENANT_QUEUE_DEPTH)[OTHER, OTHER] == 9
    assert {who for who, _witness in read(text, exported.TENANT_HIT_RATE)} == {"t0", "t1"}
    assert read(text, exported.TENANTS_FOLDED) == {(): 3}
    assert {labels[0] for labels in read(text, exported.TENANT_INFO)} == set(tenants)


def test_the_sums_follow_what_changes() -> None:
    tenants = {f"t{number}": {SESSION: 100 - number, (7, f"kind{number}"): 1} for number in range(30)}
    facts = {name: told(name, queues={"email": 2}, numbers={"requests_per_second": 0.1}) for name in tenants}
    page = exposition(top=3)
    for turn in range(12):
        tenants[f"t{turn}"] = {SESSION: 100 + turn * 7}
        tenants.pop(f"t{25 - turn}", None)
        facts[f"t{turn + 5}"] = told(f"t{turn + 5}", 1.0 if turn % 3 else 1000.0, queues={"email": turn, "sms": 1})
        shown = update(tenants, [known for name, known in facts.items() if name in tenants])
        after, fresh = page.text(shown), exposition(top=3)
        fresh._membership = page._membership
        for metric in (exported.TENANT_SESSIONS, exported.TENANT_KEYS, exported.TENANT_QUEUE_DEPTH):
            assert read(after, metric) == read(fresh.text(shown), metric)
        requests = read(after, exported.TENANT_REQUESTS_PER_SECOND)
        assert requests == pytest.approx(read(fresh.text(shown), exported.TENANT_REQUESTS_PER_SECOND))


def test_names_can_be_bounded_and_members_come_first() -> None:
    tenants = {f"t{number}": {SESSION: number} for number in range(6)}
    text = exposition(top=2, names=3).text(update(tenants))
    assert [labels[0] for labels in read(text, exported.TENANT_INFO)] == ["t4", "t5", "t0"]


def test_hostile_names_stay_apart_and_harm_nothing() -> None:
    counted = {name: {SESSION: number + 1} for number, name in enumerate(HOSTILE)}
    facts = [told(name, queues={'q"\n}': 1, "other": 2}, texts={"sector": 'a"\\\nb'}) for name in HOSTILE]
    text = exposition().text(update(counted, facts))
    sessions = {
        labels: value for labels, value in read(text, exported.TENANT_SESSIONS).items() if labels[1] == "mobile"
    }
    assert sorted(sessions.values()) == list(range(1, len(HOSTILE) + 1))
    assert sessions['x"} or vector(1) #', "mobile"] == 1
    assert (OTHER, "mobile") not in sessions
    assert all(character.isprintable() or character == "\n" for character in text.decode())
    assert text.count(b"# TYPE") == len({line.split()[2] for line in text.splitlines() if line.startswith(b"# TYPE")})


def test_a_tenant_with_countless_queues_has_few_series() -> None:
    queues = {f"q{number:04}": 1 for number in range(5000)}
    depths = read(
        exposition().text(update({"acme": {SESSION: 1}}, [told("acme", queues=queues)])), exported.TENANT_QUEUE_DEPTH
    )
    assert len(depths) == 21
    assert sum(depths.values()) == 5000


def test_the_server_its_databases_and_our_own_cost() -> None:
    server = builders.server(
        memory=Memory(used=5, limit=10),
        traffic=Traffic(commands=7, hits=100, misses=50, evicted=3),
        own_hits=40,
        own_misses=60,
        persistence=Persistence(save_ok=False),
        replication=Replication("slave", link_up=False, lag_bytes=9),
    )
    counted = replace(builders.census({"acme": {SESSION: 4}}), seconds=2.5)
    load = OwnLoad(commands=11, share=0.01, budget=0.05)
    text = exposition().text(update({}, server=server, census=counted, own_load=load))
    single = {
        exported.REDIS_UP: 1,
        exported.REDIS_MEMORY: 5,
        exported.REDIS_MEMORY_LIMIT: 10,
        exported.REDIS_COMMANDS: 7,
        exported.REDIS_HITS: 60,
        exported.REDIS_EVICTED: 3,
        exported.REDIS_SAVE_OK: 0,
        exported.REDIS_LINK_UP: 0,
        exported.REDIS_LAG: 9,
        exported.CENSUS_COMPLETE: 1,
        exported.CENSUS_SECONDS: 2.5,
        exported.CENSUS_KEYS: 4,
        exported.OWN_COMMANDS: 11,
        exported.OWN_BUDGET: 0.05,
    }
    assert {metric.name: read(text, metric) for metric in single} == {
        metric.name: {(): value} for metric, value in single.items()
    }
    # More misses of ours than there were: the counters were reset, and nobody knows.
    assert read(text, exported.REDIS_MISSES) == {}
    assert read(text, exported.OWN_SHARE) == {("primary",): 0.01}
    assert read(text, exported.DATABASE_OWNED)["0", "tenant"] == 4


def test_a_failing_source_says_so_and_since_when() -> None:
    read_at = ago(5)
    down = builders.failing(SourceName.REDIS, read_at)
    text = exposition().text(builders.update(builders.snapshot(down, server=builders.server(), census=Census())))
    assert read(text, exported.REDIS_UP) == {(): 0}
    assert read(text, exported.SOURCE_UP)["redis",] == 0
    assert read(text, exported.SOURCE_FAILURES)["redis",] == 1
    assert read(text, exported.SOURCE_READ)["redis",] == pytest.approx(read_at.wall)


def test_promtool_has_nothing_to_say() -> None:
    tenants = {name: {SESSION: 1, QUEUE: 1} for name in [*HOSTILE, "a", "b", "c"]}
    facts = [told(name, queues={"email": 1}, hit_rates={"metrics": 80.0}) for name in tenants]
    page = exposition(top=5)
    page.text(update(tenants, facts))
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=page.text(update(tenants, facts)), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

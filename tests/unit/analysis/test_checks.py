"""The console's own alerts: when they begin, when they end, and that they do not come and go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.alert_list import all_alerts
from kryonix_tui.analysis.assembly import Assembler
from kryonix_tui.config.alerts import Checks
from kryonix_tui.model.alert import CONSOLE, Alert, AlertState, Matcher, Severity, Silence
from kryonix_tui.model.census import Census
from kryonix_tui.model.facts import TenantFacts
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.server import Clients, Memory, Persistence, Replication, ServerFacts, Traffic
from kryonix_tui.model.snapshot import Snapshot
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState
from tests.unit.builders import LIMITS, METRICS, ago, alert, alerts, census, facts, failing, server, snapshot, state

CHECKS = Checks(lasting=60, hit_rate_lasting=60, queue_lasting=60, keep=100, unreachable=15, source_stale=60)


class Watch:
    """A console that looks now and then. Times are seconds since it began."""

    def __init__(self, **settings: Any) -> None:
        self._assembler = Assembler(KRYONIX, LIMITS, replace_checks(**settings))
        self.last: Snapshot | None = None

    def look(self, at: float, *states: SourceState, **fields: Any) -> dict[str, AlertState]:
        """Return the console's own alerts after a look, as {name: state}."""
        moment = ago(-at)
        good = [
            replace(known, last_good=moment) if known.condition is Condition.OK else known for known in _all(states)
        ]
        taken = replace(snapshot(*good, **fields), taken_at=moment)
        self._assembler.assemble(taken)
        self.last = taken
        return {found.name: found.state for found in self.alerts}

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The console's own alerts as they are listed at the next look."""
        return self._assembler._checks.alerts

    def listed(self, **fields: Any) -> list[Alert]:
        """Return the whole list with what others say now."""
        assert self.last is not None
        return list(all_alerts(snapshot(**fields), self.alerts))


def replace_checks(**settings: Any) -> Checks:
    return Checks(**{name: getattr(CHECKS, name) for name in CHECKS.__struct_fields__} | settings)


def _all(given: Iterable[SourceState]) -> list[SourceState]:
    known = {found.name: found for found in given}
    return [known.get(name, state(name)) for name in SourceName]


def _tenant(rate: float | None = 90.0, *, at: float = 0, **queues: int) -> dict[str, Any]:
    rates = {} if rate is None else {"metrics": rate}
    read = facts("acme", ago(-at), hit_rates=rates, queues=queues)
    return {"census": census({"acme": {METRICS: 1}}), "facts": [read], "server": server()}


FULL = server(memory=Memory(used=97, limit=100))
SIGNS: dict[str, tuple[ServerFacts, ServerFacts]] = {
    "RedisMemoryHigh": (FULL, server()),
    "RedisEvicting": (server(traffic=Traffic(evicted=5)), server()),
    "RedisEvictsEverything": (server(memory=Memory(used=1, limit=100, policy="allkeys-lru")), server()),
    "RedisPersistenceFailing": (server(persistence=Persistence(save_ok=False)), server()),
    "RedisReplicationBroken": (server(replication=Replication(link_up=False)), server()),
    "RedisReplicationLag": (server(replication=Replication(lag_bytes=2_000_000)), server()),
}


@pytest.mark.parametrize("name", SIGNS)
def test_a_sign_waits_then_fires_then_goes_on_for_a_while(name: str) -> None:
    watch = Watch()
    bad, good = SIGNS[name]
    assert watch.look(0, server=bad, baseline_server=server()) == {name: AlertState.PENDING}
    assert watch.look(59, server=bad, baseline_server=server()) == {name: AlertState.PENDING}
    assert watch.look(61, server=bad, baseline_server=server()) == {name: AlertState.FIRING}
    assert watch.look(70, server=good, baseline_server=good) == {name: AlertState.FIRING}
    assert watch.look(160, server=good, baseline_server=good) == {name: AlertState.FIRING}
    assert watch.look(162, server=good, baseline_server=good) == {}


@pytest.mark.parametrize("name", SIGNS)
def test_what_does_not_last_never_fires(name: str) -> None:
    watch = Watch()
    bad, good = SIGNS[name]
    for second in range(0, 600, 30):
        well = second % 60
        facts_now = good if well else bad
        assert watch.look(second, server=facts_now, baseline_server=server()).get(name) is not AlertState.FIRING


def test_clients_that_are_turned_away_are_told_at_once() -> None:
    watch = Watch()
    assert watch.look(0, server=server(clients=Clients(rejected=2)), baseline_server=server()) == {
        "RedisRejectingClients": AlertState.FIRING
    }


def test_a_figure_around_its_limit_does_not_flap() -> None:
    watch = Watch(keep=1)
    watch.look(0, server=server(memory=Memory(used=81, limit=100)))
    assert watch.look(61, server=server(memory=Memory(used=81, limit=100))) == {"RedisMemoryHigh": AlertState.FIRING}
    for second in range(70, 1000, 10):
        near = 79 if second % 20 else 81
        assert watch.look(second, server=server(memory=Memory(used=near, limit=100))), second
    watch.look(1010, server=server(memory=Memory(used=75, limit=100)))
    assert watch.look(1012, server=server(memory=Memory(used=75, limit=100))) == {}


def test_redis_that_does_not_answer_and_what_was_known_of_it_stands() -> None:
    watch = Watch()
    watch.look(0, server=FULL)
    watch.look(61, server=FULL)
    down = failing(SourceName.REDIS, ago(-61))
    assert watch.look(70, down, failing(SourceName.TENANTS), server=FULL)["RedisDown"] is AlertState.PENDING
    found = watch.look(1000, down, failing(SourceName.TENANTS), server=FULL)
    # Its memory may have become what it likes; and that tenants cannot be read is no news.
    assert found == {"RedisDown": AlertState.FIRING, "RedisMemoryHigh": AlertState.FIRING}
    found = watch.look(1010, server=server())
    assert found == {"RedisDown": AlertState.FIRING, "RedisMemoryHigh": AlertState.FIRING}
    assert watch.look(1200, server=server()) == {}


def test_a_low_hit_rate_of_a_tenant_is_one_alert_the_worse_one() -> None:
    watch = Watch()
    for second in (0, 70):
        watch.look(second, **_tenant(40.0, at=second))
    (found,) = watch.alerts
    assert (found.name, found.severity, found.tenant) == ("CacheHitRateLow", Severity.CRITICAL, "acme")
    assert (found.state, found.source) == (AlertState.FIRING, CONSOLE)
    assert found.labels["tenant_id"] == "acme"
    assert "40.0 % < 60 %" in found.summary


def test_one_alert_grows_worse_and_milder_and_stays_the_same() -> None:
    watch = Watch(keep=10)
    seen: list[Alert] = []
    for second, rate in ((0, 70.0), (61, 70.0), (70, 40.0), (131, 40.0), (140, 70.0), (160, 70.0)):
        watch.look(second, **_tenant(rate, at=second))
        seen += watch.alerts
    assert [(found.severity, found.state) for found in seen] == [
        (Severity.WARNING, AlertState.PENDING),
        (Severity.WARNING, AlertState.FIRING),
        (Severity.WARNING, AlertState.FIRING),
        (Severity.CRITICAL, AlertState.FIRING),
        (Severity.CRITICAL, AlertState.FIRING),
        (Severity.WARNING, AlertState.FIRING),
    ]
    assert len({(found.fingerprint, found.starts_at) for found in seen}) == 1
    assert "40.0 % < 85 %" in seen[2].summary


def test_a_tenant_whose_rate_stays_low_fires_although_nothing_about_it_changes() -> None:
    watch = Watch()
    same = _tenant(70.0)
    for second in (0, 30, 70):
        found = watch.look(second, **same)
    assert found == {"CacheHitRateLow": AlertState.FIRING}


def test_a_queue_that_only_grows_has_no_consumer() -> None:
    watch = Watch()
    for second, depth in ((0, 5), (20, 9), (50, 9)):
        assert watch.look(second, **_tenant(None, at=second, whatsapp=depth)) == {}
    found = watch.look(90, **_tenant(None, at=90, whatsapp=30))
    assert found == {"QueueWithoutConsumer": AlertState.FIRING}
    assert watch.alerts[0].labels["module"] == "whatsapp"


def test_a_queue_that_sometimes_gets_shorter_has_one() -> None:
    watch = Watch()
    for second, depth in ((0, 5), (20, 90), (50, 80), (70, 200), (110, 199), (125, 300)):
        found = watch.look(second, **_tenant(None, at=second, whatsapp=depth))
        assert found.get("QueueWithoutConsumer") is not AlertState.FIRING


def test_a_long_queue_that_stays_as_it_is_is_not_growing() -> None:
    watch = Watch()
    for second in range(0, 600, 60):
        assert watch.look(second, **_tenant(None, at=second, whatsapp=5000)) == {}


def _counted(*tenants: str, complete: bool = True, fraction: float = 1.0) -> Census:
    return census({name: {METRICS: 1} for name in tenants}, complete=complete, fraction=fraction)


def test_a_tenant_is_missed_only_when_a_whole_pass_did_not_find_it() -> None:
    watch = Watch()
    watch.look(0, census=_counted("acme", "beta"))
    assert watch.look(100, census=_counted("acme", fraction=0.4)) == {}
    assert watch.look(200, census=_counted("acme")) == {"TenantVanished": AlertState.PENDING}
    assert watch.look(261, census=_counted("acme")) == {"TenantVanished": AlertState.FIRING}
    assert watch.alerts[0].tenant == "beta"
    watch.look(270, census=_counted("acme", "beta"))
    assert watch.look(400, census=_counted("acme", "beta")) == {}


def test_many_that_vanish_together_are_one_alert() -> None:
    watch = Watch()
    watch.look(0, census=_counted(*(f"t{number}" for number in range(500))))
    watch.look(10, census=_counted("t1"))
    assert watch.look(80, census=_counted("t1")) == {"TenantsVanished": AlertState.FIRING}
    assert "499" in watch.alerts[0].summary


def test_a_census_and_a_source_that_are_too_old() -> None:
    watch = Watch(census_age=3000)
    old = state(SourceName.CENSUS, Condition.FAILING, last_good=ago(0))
    silent = failing(SourceName.PROMETHEUS, ago(0))
    watch.look(2000, silent)
    watch.look(3100, silent, old)
    assert {(found.name, found.labels.get("module"), found.state) for found in watch.alerts} == {
        ("SourceStale", "prometheus", AlertState.FIRING),
        ("SourceStale", "census", AlertState.PENDING),
        ("CensusOld", None, AlertState.FIRING),
    }
    assert watch.look(4000, state(SourceName.PROMETHEUS), state(SourceName.CENSUS)) == {}


def test_nothing_is_watched_where_that_is_switched_off() -> None:
    watch = Watch(enabled=False)
    watch.look(0, server=FULL)
    assert watch.look(1000, server=FULL) == {}


def _firing_memory() -> Watch:
    watch = Watch()
    watch.look(0, server=FULL)
    watch.look(61, server=FULL)
    return watch


def test_what_alertmanager_says_already_is_said_once() -> None:
    watch = _firing_memory()
    same = alert("RedisMemoryHigh", severity=Severity.CRITICAL)
    assert [(found.name, found.source) for found in watch.listed(alerts=alerts(same))] == [
        ("RedisMemoryHigh", "alertmanager")
    ]
    milder = replace(same, severity=Severity.WARNING)
    assert len(watch.listed(alerts=alerts(milder))) == 2
    waiting = replace(same, state=AlertState.PENDING)
    assert watch.listed(alerts=alerts(waiting))[0].source == CONSOLE
    of_a_tenant = replace(same, tenant="acme")
    assert len(watch.listed(alerts=alerts(of_a_tenant))) == 2


def test_a_silence_of_alertmanager_holds_the_consoles_own_back_too() -> None:
    watch = _firing_memory()
    quiet = Silence("s", (Matcher("alertname", "Redis.*", is_regex=True),), 0, 1e12, "ops", "known")
    (found,) = watch.listed(alerts=alerts(silences=(quiet,)))
    assert (found.state, found.silences) == (AlertState.SILENCED, ("s",))
    other = replace(quiet, matchers=(Matcher("alertname", "Redis", is_regex=True),))
    assert watch.listed(alerts=alerts(silences=(other,)))[0].state is AlertState.FIRING


def test_what_only_prometheus_has_yet_is_as_quiet_as_alertmanager_will_make_it() -> None:
    labels = {"alertname": "QueueBacklog", "severity": "critical", "tenant_id": "acme"}
    held = alert("QueueBacklog", source="prometheus", severity=Severity.CRITICAL, labels=labels)
    quiet = Silence("s", (Matcher("tenant_id", "acme"),), 0, 1e12, "ops", "known")
    listed = _firing_memory().listed(alerts=alerts(silences=(quiet,)), metrics=_held(held))
    assert {(found.name, found.state) for found in listed} == {
        ("RedisMemoryHigh", AlertState.FIRING),
        ("QueueBacklog", AlertState.SILENCED),
    }
    waiting = replace(held, state=AlertState.PENDING)
    listed = _firing_memory().listed(alerts=alerts(silences=(quiet,)), metrics=_held(waiting))
    assert [found.state for found in listed if found.name == "QueueBacklog"] == [AlertState.PENDING]


def test_what_prometheus_knows_explains_an_alert_of_alertmanager() -> None:
    labels = {"alertname": "QueueBacklog", "tenant_id": "acme"}
    held = alert(source="prometheus", labels=labels, rule="tenants / QueueBacklog", expression="x > 1", lasting=60.0)
    (found,) = _firing_memory().listed(
        alerts=alerts(
            alert(labels=labels), silences=(Silence("s", (Matcher("alertname", "RedisMemoryHigh"),), 0, 1, "", ""),)
        ),
        metrics=_held(held),
    )[:1]
    assert (found.source, found.rule, found.expression, found.lasting) == (
        "alertmanager",
        "tenants / QueueBacklog",
        "x > 1",
        60.0,
    )


def _held(*known: Alert) -> Any:
    from tests.unit.builders import metrics

    return metrics({}, rule_alerts=known)


def test_of_ten_thousand_tenants_in_trouble_the_list_is_bounded_and_one_look_costs_what_changed() -> None:
    watch = Watch(hit_rate_lasting=1)
    names = [f"t{number}" for number in range(2000)]
    counted = census({name: {METRICS: 1} for name in names})
    read: list[TenantFacts] = [facts(name, hit_rates={"metrics": 10.0}) for name in names]
    for second in (0, 10):
        watch.look(second, census=Reading(counted, ago(0)), facts=read, server=server())
    assert len(watch.alerts) == 1000


def test_what_was_bad_for_a_moment_and_then_only_near_its_limit_never_fires() -> None:
    watch = Watch()
    watch.look(0, server=server(memory=Memory(used=81, limit=100)))
    for second in range(10, 300, 10):
        found = watch.look(second, server=server(memory=Memory(used=79, limit=100)))
        assert AlertState.FIRING not in found.values(), second
    watch.look(300, **_tenant(84.0, at=300))
    for second in range(310, 600, 10):
        found = watch.look(second, **_tenant(86.0, at=second))
        assert AlertState.FIRING not in found.values(), second


@pytest.mark.parametrize("silent", [SourceName.TENANTS, SourceName.CENSUS])
def test_what_waits_does_not_fire_while_nobody_knows_whether_it_is_still_so(silent: SourceName) -> None:
    watch = Watch(source_stale=10_000)
    watch.look(0, census=_counted("acme", "beta"), facts=[facts("acme", ago(0), hit_rates={"metrics": 70.0})])
    gone = {"census": _counted("acme"), "facts": [facts("acme", ago(0), hit_rates={"metrics": 70.0})]}
    watch.look(10, **gone)
    name = "CacheHitRateLow" if silent is SourceName.TENANTS else "TenantVanished"
    for second in range(20, 1000, 20):
        found = watch.look(second, failing(silent, ago(-10)), **gone)
        assert found[name] is AlertState.PENDING, second
    for second in (1000, 1020, 1050):
        found = watch.look(second, **gone)
    assert found[name] is AlertState.FIRING


def test_what_prometheus_said_of_a_hit_rate_does_not_fire_while_it_is_silent() -> None:
    from tests.unit.builders import metrics

    watch = Watch(source_stale=10_000)
    told = {"census": _counted("acme"), "metrics": metrics({"acme": {"cache_hit_rate": 40.0}})}
    watch.look(0, **told)
    for second in range(10, 1000, 10):
        found = watch.look(second, failing(SourceName.PROMETHEUS, ago(0)), **told)
    assert found["CacheHitRateLow"] is AlertState.PENDING


def test_a_machine_that_slept_tells_of_nothing_that_it_has_not_seen() -> None:
    watch = Watch(source_stale=100_000)
    watch.look(0, **_tenant(90.0, at=0, whatsapp=5))
    watch.look(1, **{**_tenant(90.0, at=0, whatsapp=5), "server": FULL})
    asleep = [state(name, last_good=ago(-1)) for name in SourceName]
    woken = replace(snapshot(*asleep, **{**_tenant(90.0, at=0, whatsapp=5), "server": FULL}), taken_at=ago(-30_000))
    watch._assembler.assemble(woken)
    assert [found.state for found in watch.alerts if found.name == "RedisMemoryHigh"] == [AlertState.PENDING]
    assert watch.look(30_001, **_tenant(90.0, at=30_001, whatsapp=50)) == {}

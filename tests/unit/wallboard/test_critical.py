"""What interrupts, and whether alerts would reach anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.model.alert import Alert, AlertFacts, Severity
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState
from kryonix_tui.model.visible import Visible
from kryonix_tui.sources.visible import VisibleAlerts
from kryonix_tui.wallboard.alerting import GRACE, Alerting, Pulse
from kryonix_tui.wallboard.critical import ALERTING, PLATFORM, exceptional, tenant_of, was_judged
from tests.tui.updates import START, Stage, alert, failing, later, states

WATCHDOG = alert("Watchdog", None, Severity.NONE)


def pulse(update: Update, name: str = "Watchdog", seconds: float = 0.0) -> Alerting:
    """Return what is felt first, of an Alertmanager that has been there for long."""
    found = Pulse(name)
    found.feel(update, later(-GRACE))
    return found.feel(update, later(seconds))


def test_the_alert_that_always_fires_says_that_alerting_lives() -> None:
    assert pulse(Stage(alerts=[WATCHDOG]).update()) is Alerting.ALIVE


def test_without_it_alerting_is_dead_whatever_else_fires() -> None:
    assert pulse(Stage(alerts=[alert("QueueBacklog", "gama")]).update()) is Alerting.DEAD
    assert pulse(Stage(alerts=[WATCHDOG]).update(), "DeadMansSwitch") is Alerting.DEAD


def test_one_that_is_silenced_has_come_as_far() -> None:
    from kryonix_tui.model.alert import AlertState

    silenced = replace(WATCHDOG, state=AlertState.SILENCED)
    assert pulse(Stage(alerts=[silenced]).update()) is Alerting.ALIVE


def test_nobody_is_told_dead_who_was_only_not_asked() -> None:
    stage = Stage(alerts=[])
    assert pulse(stage.update(sources=states(START, failing(SourceName.ALERTMANAGER)))) is Alerting.UNKNOWN
    assert pulse(stage.update(), seconds=60.0) is Alerting.UNKNOWN
    cut = replace(stage.update().snapshot, alerts=Reading(AlertFacts(truncated=True), START))
    assert pulse(replace(stage.update(), snapshot=cut)) is Alerting.UNKNOWN
    absent = SourceState(SourceName.ALERTMANAGER, Condition.NOT_CONFIGURED, 1.0)
    assert pulse(stage.update(sources=states(START, absent))) is Alerting.NOT_CONFIGURED
    assert pulse(stage.update(), "") is Alerting.NOT_CONFIGURED


def read(alerts: AlertFacts, seconds: float = 0.0, *others: SourceState) -> Update:
    """Return what is known when Alertmanager has said this."""
    at = later(seconds)
    update = Stage().update(at, states(at, *others))
    return replace(update, snapshot=replace(update.snapshot, alerts=Reading(alerts, at)))


def test_one_that_has_just_been_started_is_given_time() -> None:
    """Alertmanager forgets its alerts when it is started anew; Prometheus sends them again every minute."""
    found, first, second = Pulse("Watchdog"), AlertFacts((WATCHDOG,), started=1.0), AlertFacts(started=2.0)
    assert found.feel(read(first), START) is Alerting.ALIVE
    assert found.feel(read(second, 5.0), later(5.0)) is Alerting.UNKNOWN
    assert found.feel(read(replace(second, alerts=(WATCHDOG,)), 60.0), later(60.0)) is Alerting.ALIVE
    assert found.feel(read(second, 65.0), later(65.0)) is Alerting.DEAD


def test_one_that_is_never_told_of_it_is_dead_after_that_time() -> None:
    found, empty = Pulse("Watchdog"), AlertFacts(started=2.0)
    assert found.feel(read(empty), START) is Alerting.UNKNOWN
    assert found.feel(read(empty, GRACE - 1), later(GRACE - 1)) is Alerting.UNKNOWN
    assert found.feel(read(empty, GRACE), later(GRACE)) is Alerting.DEAD


@pytest.mark.parametrize(("started", "after"), [(2.0, Alerting.DEAD), (0.0, Alerting.UNKNOWN)])
def test_one_that_was_out_of_reach_is_known_again_where_it_says_when_it_was_started(
    started: float, after: Alerting
) -> None:
    found, empty = Pulse("Watchdog"), AlertFacts(started=started)
    found.feel(read(empty), START)
    assert found.feel(read(empty, GRACE), later(GRACE)) is Alerting.DEAD
    gone = read(empty, GRACE, failing(SourceName.ALERTMANAGER))
    assert found.feel(gone, later(GRACE + 5)) is Alerting.UNKNOWN
    assert found.feel(read(empty, GRACE + 10), later(GRACE + 10)) is after


class Port:
    """An Alertmanager that says what a test wants."""

    def __init__(self, *alerts: Alert) -> None:
        self.facts = AlertFacts(alerts)

    async def fetch(self) -> AlertFacts:
        """As the port."""
        return self.facts

    async def close(self) -> None:
        """As the port."""


@pytest.mark.parametrize("tenant", [None, "somebody_else"])
async def test_the_pulse_is_felt_past_the_limit_of_tenants_and_nothing_else(tenant: str | None) -> None:
    only = Visible(("alfa",))
    theirs = [alert("Watchdog", tenant, Severity.NONE), alert("QueueBacklog", "somebody_else")]
    facts = await VisibleAlerts(Port(*theirs), only, "Watchdog").fetch()
    assert "somebody_else" not in repr(facts)
    assert Pulse("Watchdog").feel(read(facts), START) is Alerting.ALIVE
    without = await VisibleAlerts(Port(*theirs[1:]), only, "Watchdog").fetch()
    update = read(without)
    limited = replace(update, snapshot=replace(update.snapshot, limited_to=only.patterns))
    assert pulse(limited) is Alerting.DEAD


def test_a_critical_tenant_comes_with_every_reason() -> None:
    (found,) = exceptional(Stage().update(), START, Alerting.ALIVE)
    assert tenant_of(found.name) == "gama"
    assert any("hit rate 40.0 %" in reason for reason in found.reasons)
    assert any("QueueBacklog" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        (Stage({}, [alert("RedisDown", None, Severity.CRITICAL)]).update(), "RedisDown"),
        (Stage({}, [alert("TenantGone", "nobody", Severity.CRITICAL)]).update(), "nobody"),
        (Stage({}, []).update(sources=states(START, failing(SourceName.REDIS))), "nobody listens"),
    ],
    ids=["alert", "alert about a tenant that has no keys", "server"],
)
def test_the_platform_comes_first(update: Update, said: str) -> None:
    (found,) = exceptional(update, START, Alerting.ALIVE)
    assert found.name == PLATFORM
    assert tenant_of(found.name) is None
    assert any(said in reason for reason in found.reasons)


def test_dead_alerting_is_the_platforms_trouble() -> None:
    (found,) = exceptional(Stage({}, []).update(), START, Alerting.DEAD)
    assert "Alerting is dead" in found.reasons[0]


def test_only_what_was_better_before_has_become_worse() -> None:
    stage = Stage({"alfa": 90.0, "gama": 40.0}, [])
    before = stage.update()
    assert was_judged("tenant:alfa", before, before)
    assert not was_judged("tenant:gama", before, before)
    assert not was_judged("tenant:new", before, before)
    assert was_judged(PLATFORM, before, before)


@pytest.mark.parametrize("server", ["alerts", "metrics", "census"])
def test_nothing_has_become_worse_where_a_server_is_heard_for_the_first_time(server: str) -> None:
    after = Stage({"alfa": 90.0}, []).update()
    unread: dict[str, Any] = {server: None}
    before = replace(after, snapshot=replace(after.snapshot, **unread))
    assert not was_judged("tenant:alfa", before, after)
    assert not was_judged(PLATFORM, before, after)


def test_each_cause_has_a_name_of_its_own() -> None:
    alerts = [alert("RedisDown", None, Severity.CRITICAL), alert("QueueBacklog", "gama", Severity.CRITICAL)]
    platform, tenant = exceptional(Stage({"gama": 40.0}, alerts).update(), START, Alerting.DEAD)
    assert platform.causes == (ALERTING, "alert RedisDown None")
    assert set(tenant.causes) == {"hit_rate ", "alert QueueBacklog"}

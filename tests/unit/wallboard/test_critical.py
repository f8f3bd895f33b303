"""What interrupts, and whether alerts would reach anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.model.alert import AlertFacts, Severity
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState
from kryonix_tui.wallboard.alerting import Alerting, alerting
from kryonix_tui.wallboard.critical import PLATFORM, exceptional, tenant_of, was_judged
from tests.tui.updates import START, Stage, alert, failing, later, states

WATCHDOG = alert("Watchdog", None, Severity.NONE)


def pulse(update: Update, name: str = "Watchdog", seconds: float = 0.0) -> Alerting:
    return alerting(update, later(seconds), name)


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
    limited = replace(stage.update().snapshot, limited_to=("alfa",))
    assert pulse(replace(stage.update(), snapshot=limited)) is Alerting.UNKNOWN
    absent = SourceState(SourceName.ALERTMANAGER, Condition.NOT_CONFIGURED, 1.0)
    assert pulse(stage.update(sources=states(START, absent))) is Alerting.NOT_CONFIGURED
    assert pulse(stage.update(), "") is Alerting.NOT_CONFIGURED


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
    assert was_judged("tenant:alfa", before)
    assert not was_judged("tenant:gama", before)
    assert not was_judged("tenant:new", before)
    assert was_judged(PLATFORM, before)

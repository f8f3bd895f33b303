"""One alert in full."""

from __future__ import annotations

from dataclasses import replace

from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import Alert, AlertState, Matcher, Silence
from kryonix_tui.model.question import Answer, Answered, LabelledSeries
from kryonix_tui.model.source import Reading
from kryonix_tui.view import alert_history
from kryonix_tui.view.alerts import detail
from kryonix_tui.view.cells import plain
from tests.unit.builders import STEADY, WALL, alert, alerts, snapshot, update

SILENCE = Silence(
    "s-1", (Matcher("tenant_id", "acme"), Matcher("job", "a|b", is_regex=True)), WALL, WALL + 3720, "ops", "move"
)


def _detail(shown: Alert, *silences: Silence) -> list[str]:
    facts = alerts(shown, silences=silences)
    return [plain(line).rstrip() for line in detail(shown, update(snapshot(alerts=facts)))]


def test_everything_that_is_known() -> None:
    lines = _detail(
        alert(
            tenant="acme",
            labels={"tenant_id": "acme", "severity": "critical"},
            annotations={"summary": "1,200 jobs wait", "runbook": "see page 7"},
            receivers=("ops", "mail"),
        )
    )
    assert lines[0] == "✖ critical  QueueBacklog  firing"
    assert lines[1] == "1,200 jobs wait"
    assert lines[3].endswith("(10m)")
    assert [line.split(maxsplit=1) for line in lines[4:7]] == [
        ["tenant", "acme"],
        ["source", "alertmanager"],
        ["receivers", "ops, mail"],
    ]
    labels = lines.index("Labels")
    assert [line.split() for line in lines[labels + 1 : labels + 3]] == [
        ["severity", "critical"],
        ["tenant_id", "acme"],
    ]
    assert "runbook        see page 7" in lines[lines.index("Annotations") :]


def test_what_holds_it_back_and_for_how_long() -> None:
    lines = _detail(alert(state=AlertState.SILENCED, silences=("s-1", "s-2")), SILENCE)
    said = [line.split(maxsplit=1)[1] for line in lines if line.startswith(("silenced by", "until", "matchers"))]
    assert said[0] == "by    ops: move"
    assert said[1].endswith("(1 h 2 min left)")
    assert said[2] == 'tenant_id="acme" job=~"a|b"'
    assert said[3].endswith("s-2")


def test_little_is_known() -> None:
    lines = _detail(alert(starts_at=0.0))
    assert lines[3].endswith("(–)")
    assert lines[4].split() == ["tenant", "none"]
    assert "Annotations" not in lines


def test_a_hostile_tenant_is_shown_harmlessly() -> None:
    assert all(line.isprintable() for line in _detail(alert(tenant="a\x1b[31m\udcff")))


def test_a_hostile_silence_is_shown_harmlessly() -> None:
    silence = replace(SILENCE, matchers=(Matcher("job", "a\x1b[31m\u202e"),))
    lines = _detail(alert(state=AlertState.SILENCED, silences=("s-1",)), silence)
    assert all(line.isprintable() for line in lines)
    assert 'job="a␛[31m\\u{202e}"' in "".join(lines)


def _answered(*points: tuple[float, float], at: float) -> Answered:
    answer = Answer((LabelledSeries({}, points),)) if points else Answer()
    return Answered(900.0, Reading(answer, Instant(at, 0.0)))


def _past(shown: Alert, answered: Answered, wall: float) -> list[str]:
    asked = alert_history.question(shown)
    assert asked is not None
    taken = replace(snapshot(alerts=alerts(shown)), answers={asked: answered}, taken_at=Instant(wall, STEADY))
    return [plain(line) for line in alert_history.lines(shown, update(taken))]


def test_the_past_by_prometheus_goes_on_to_this_moment() -> None:
    hour = WALL // 3600 * 3600
    shown = alert(starts_at=hour - 300)
    _legend, prometheus, own = _past(shown, _answered((hour - 36_000, 2.0), (hour - 18_000, 1.0), at=hour), hour + 60)
    blocks = prometheus.removesuffix(" prometheus")
    assert len(blocks) == 48
    assert (blocks.count("█"), blocks.count("▄"), blocks.count("·")) == (2, 1, 45)
    assert blocks[-1] == "█"
    assert blocks.index("█") < blocks.index("▄")
    assert own == f"{' ' * 48} this console"


def test_prometheus_is_not_asked_about_what_it_cannot_know() -> None:
    assert alert_history.question(alert(source="console")) is None
    assert alert_history.question(alert(tenant="a\udcff")) is None
    hostile = alert_history.question(alert(tenant='x"} or vector(1) #'))
    assert hostile is not None
    assert 'tenant_id="x\\"} or vector(1) #"' in hostile.expression

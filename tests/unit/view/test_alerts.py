"""One alert in full."""

from __future__ import annotations

from kryonix_tui.model.alert import Alert, AlertState, Matcher, Silence
from kryonix_tui.view.alerts import detail
from kryonix_tui.view.cells import plain
from tests.unit.builders import WALL, alert, alerts, snapshot, update

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

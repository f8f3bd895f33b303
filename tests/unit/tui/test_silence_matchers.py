"""What is proposed to be silenced fits labels as they are, not as they look."""

from __future__ import annotations

from dataclasses import replace

from kryonix_tui.analysis.alert_list import all_alerts
from kryonix_tui.model.alert import Alert, AlertFacts, AlertState, Matcher, Silence
from kryonix_tui.model.matchers import fits
from kryonix_tui.model.visible import Visible
from kryonix_tui.safetext import safe
from kryonix_tui.sources.alert_fields import printable, unprintable
from kryonix_tui.sources.visible.alerting import visible_alerts
from kryonix_tui.tui.screens.alerts import _matchers
from kryonix_tui.view.alert_groups import Entry, groups
from tests.unit.builders import alert, metrics, snapshot

HOSTILE = "a\x1b\u202e.b"


def bearing(fingerprint: str, **labels: str) -> Alert:
    """Return an alert as a source makes it of labels."""
    return alert(fingerprint=fingerprint, labels=printable(labels), raw=unprintable(labels))


def test_secrets_stay_hidden_and_what_can_be_shown_is_kept_once() -> None:
    labels = {"password": HOSTILE, "job": "plain", "instance": HOSTILE}
    assert unprintable(labels) == {"instance": HOSTILE}
    assert HOSTILE not in repr(bearing("1", **labels))


def test_a_heading_stands_for_all_that_looks_like_it_and_nothing_else() -> None:
    values = (HOSTILE, safe(HOSTILE), "a.b")
    alerts = [bearing(str(number), category=value) for number, value in enumerate(values)]
    heading, other = groups(alerts, "category")
    assert [len(group.alerts) for group in (heading, other)] == [2, 1]
    for group in (heading, other):
        matchers = _matchers(Entry(group))
        assert [fits(matchers, one.exact_labels) for one in alerts] == [one in group.alerts for one in alerts]
        assert all(matcher.value.isprintable() for matcher in matchers)


def test_a_heading_of_severities_names_the_words_that_rules_use() -> None:
    alerts = [bearing(str(number), severity=word) for number, word in enumerate(("page", "ticket"))]
    (heading,) = groups([replace(one, severity=alerts[0].severity) for one in alerts], "severity")
    assert _matchers(Entry(heading)) == (Matcher("severity", "page|ticket", is_regex=True),)


def test_an_alert_that_only_prometheus_has_is_as_quiet_as_it_will_be() -> None:
    held = replace(bearing("1", instance=HOSTILE), source="prometheus", state=AlertState.FIRING)
    for matcher in (Matcher("instance", HOSTILE), Matcher("instance", r"a\x{1b}\x{202e}\.b", is_regex=True)):
        silence = Silence("s", (matcher,), 0.0, 9e9, "ana", "")
        silenced = AlertFacts(silences=(silence,))
        (found,) = all_alerts(snapshot(alerts=silenced, metrics=metrics({}, rule_alerts=(held,))))
        assert found.state is AlertState.SILENCED


def test_of_what_concerns_everybody_hidden_labels_are_hidden_whole() -> None:
    (seen,) = visible_alerts((bearing("1", instance=HOSTILE, secretive=HOSTILE),), Visible(("acme",)))
    assert "secretive" not in seen.exact_labels

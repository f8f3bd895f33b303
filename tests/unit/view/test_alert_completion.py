"""What a filter of alerts that is being typed may go on with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.view.alert_completion import alert_completions
from kryonix_tui.view.alert_filter import alert_filter
from kryonix_tui.view.alerts import columns_at
from tests.unit.builders import alert

LABELS = {"alertname": "Down", "pod": "web-1", "instance": "10.0.0.1:9100", "category": "são paulo", "evil": "\x1b[2J"}
ALERTS = (
    alert(labels=LABELS, receivers=("mail", "pager duty")),
    replace(alert(), labels={"alertname": "Slow", "job": "api", "pod": 'a"b'}),
)
COLUMNS = columns_at(Instant(1000.0, 0.0))
COMPLETE = alert_completions(ALERTS, COLUMNS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("@s", "@state:"),
        ("@state:f", "@state:firing"),
        ("@fir", "@firing"),
        ("@ag", "@age>"),
        ("!@sil", "!@silenced"),
        ("@receiver:m", "@receiver:mail"),
        ('@receiver:"p', '@receiver:"pager duty"'),
        ('@category:"s', '@category:"são paulo"'),
        ("po", "pod"),
        ("pod", "pod="),
        ("severity=critical pod=w", "severity=critical pod=web-1"),
        ('pod="w', 'pod="web-1"'),
        ("pod!=", "pod!=web-1"),
        ("instance=", "instance=10.0.0.1:9100"),
        ("sev", "severity"),
        ("severity=c", "severity=critical"),
    ],
)
def test_the_likeliest(typed: str, first: str) -> None:
    assert COMPLETE(typed)[0] == first


def test_all_signs_of_matchers_are_offered() -> None:
    assert [found for found in COMPLETE("pod") if found != "pod"] == ["pod=", "pod!=", "pod=~", "pod!~"]
    assert {"severity=", "severity!=", "severity=~", "severity!~"} <= set(COMPLETE("severity"))


@pytest.mark.parametrize("typed", ["@zzz", "pod=zzz", "pod=~w", "evil=", "@state:firing"])
def test_nothing(typed: str) -> None:
    assert COMPLETE(typed) == []


def test_what_is_completed_is_understood_and_fits_somebody() -> None:
    for typed in ("pod=", 'pod="', "job=", "instance=", "@receiver:", "@category:"):
        for found in COMPLETE(typed):
            assert any(map(alert_filter(found, COLUMNS, lambda: 0.0), ALERTS)), found

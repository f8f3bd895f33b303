"""Labels, severities and times of alerts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.clock import Instant
from kryonix_tui.model.alert import Severity
from kryonix_tui.sources.alert_fields import MAX_LABELS, epoch, link, printable, severity_of, tenant_of


@given(st.dictionaries(st.text(), st.text()))
def test_no_label_can_act_on_a_terminal(pairs: dict[str, str]) -> None:
    for text in (*printable(pairs).keys(), *printable(pairs).values()):
        assert not [character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")]


def test_labels_are_bounded_in_number_and_length() -> None:
    shown = printable({f"label{number}": "x" * 10_000 for number in range(1000)})
    assert len(shown) == MAX_LABELS
    assert all(len(value) <= 1001 for value in shown.values())
    (name,) = printable({"n" * 10_000: ""})
    assert len(name) == 201


def test_secrets_are_masked() -> None:
    assert "letmein" not in str(printable({"api_key": "letmein", "Authorization": "letmein", "job": "api"}))
    assert link("http://user:letmein@host/graph?g0=1") == "http://user:•••@host/graph?g0=1"
    assert link("") == ""


@pytest.mark.parametrize(
    ("label", "severity"),
    [("critical", Severity.CRITICAL), (" Warning ", Severity.WARNING), ("page", Severity.NONE), ("", Severity.NONE)],
)
def test_severity(label: str, severity: Severity) -> None:
    assert severity_of({"severity": label}) is severity
    assert severity_of({}) is Severity.NONE


def test_tenant() -> None:
    assert tenant_of({"tenant_id": "acme\x1b"}) == "acme\x1b"  # the identity; printable only where it is shown
    assert tenant_of({"tenant_id": ""}) is None
    assert tenant_of({"tenant_id": "x" * 513}) is None
    assert tenant_of({}) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-01-02T03:04:05Z", 1704164645.0),
        ("2024-01-02T03:04:05.123456789Z", 1704164645.123456),
        ("2024-01-02T05:04:05.5+02:00", 1704164645.5),
        ("2024-01-02T03:04:05", None),
        ("2024-13-02T03:04:05Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_epoch(text: str, seconds: float | None) -> None:
    assert epoch(text) == seconds


@given(st.text())
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    epoch(text)


def test_a_time_is_never_behind_the_last_day_of_the_calendar() -> None:
    end = epoch("9999-12-31T23:59:59-12:00")
    assert end == epoch("9999-12-31T23:59:59Z")
    assert end is not None
    assert Instant(end, 0.0).iso() == "9999-12-31T23:59:59.000+00:00"

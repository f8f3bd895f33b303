"""The filter language, over the columns of the tenant matrix and of the alerts."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import UsageError
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.safetext import safe
from kryonix_tui.view import alerts as alert_view
from kryonix_tui.view import tenants as tenant_view
from kryonix_tui.view.cells import Cell
from kryonix_tui.view.columns import Column, sort_items
from kryonix_tui.view.filter_terms import FilterError, number, quoted
from kryonix_tui.view.filters import compile_filter
from tests.unit.builders import alert, alerts, facts, snapshot, tenants_update, update

UPDATE = tenants_update(
    [
        facts("clinica_sul", texts={"sector": "medicina"}, hit_rates={"metrics": 92.0}, queues={"crm": 150}),
        facts("clinica_norte", texts={"sector": "Medicina"}, hit_rates={"metrics": 40.0}, queues={"crm": 3}),
        facts("loja", texts={"sector": "varejo", "tier": "premium"}),
    ]
)
COLUMNS = tenant_view.columns(UPDATE)
BY_NAME: Column[Tenant] = Column("tenant", "Tenant", 5, lambda t: Cell(t.tenant), lambda t: t.tenant)
TENANTS = list(UPDATE.platform.tenants.values())


def _passing(text: str) -> set[str]:
    wanted = compile_filter(text, COLUMNS)
    return {tenant.tenant for tenant in TENANTS if wanted(tenant)}


ALL, SUL, NORTE, LOJA = {"clinica_sul", "clinica_norte", "loja"}, {"clinica_sul"}, {"clinica_norte"}, {"loja"}


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", ALL),
        ("   ", ALL),
        ("CLINICA", SUL | NORTE),
        ("premium", LOJA),
        ("!clinica", LOJA),
        ("clinica !sul", NORTE),
        ("clinica and !sul", NORTE),
        ("re:^clin.*_sul$", SUL),
        ("re:^VAREJO$", LOJA),
        ("hit<85", NORTE),
        ("hit>=92", SUL),
        ("hit<=40 queue=3", NORTE),
        ("hit!=40", SUL),
        ("queue>100", SUL),
        ("queue>1e2", SUL),
        ("queue=0", LOJA),
        ("sector=medicina", SUL | NORTE),
        ("sector!=medicina", LOJA),
        ("sector=medic", set()),
        ("health=critical", NORTE),
        ("health!=critical", SUL | LOJA),
        ("health=warning", SUL),
        ("tier=nan", set()),
        ("!", set()),
        ("!hit<85", SUL | LOJA),
        ("!re:^clin", LOJA),
        ("!!clinica", SUL | NORTE),
        ("HIT<85", NORTE),
        ("hit<85%", NORTE),
        ("queue>0.1k", SUL),
        ("queue<1M", ALL),
        ("health=critical,warning", SUL | NORTE),
        ("health!=critical,warning", LOJA),
        ('sector="medicina"', SUL | NORTE),
        ('"clinica_sul"', SUL),
        ('"and"', set()),
        ('!"clinica"', LOJA),
        ('re:"^clinica_(sul|norte)$"', SUL | NORTE),
    ],
)
def test_forms(text: str, passing: set[str]) -> None:
    assert _passing(text) == passing


def test_an_unknown_figure_fulfils_no_comparison() -> None:
    for sign in ("<", "<=", ">", ">=", "=", "!="):
        assert "loja" not in _passing(f"hit{sign}50")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nosuch=1", "no column nosuch; there are health, tenant, hit,"),
        ("hit<abc", "hit<abc needs a number"),
        ("hit=abc", "hit=abc needs a number"),
        ("hit<", "hit< needs a number"),
        ("sector<b", "sector<b needs a number"),
        ("re:(", "re:("),
        ("re:" + "(" * 5000, "re:(((("),
        ("re:(?:(?:a{1000}){1000}){1000}", "too many repeats"),
        ("re:\x1b[31m(", "re:␛[31m("),
        ("queue>5parsec", "queue>5parsec needs a number (k, m, g, t)"),
        ("health=critcal", "health is one of critical, warning, unknown, ok"),
        ("sector=", "sector= needs a word"),
        ("hit < 85", "without blanks"),
        ('tenant="clinica', "this quote is not closed"),
    ],
)
def test_what_cannot_be_understood_says_why(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        compile_filter(text, COLUMNS)
    assert says in refused.value.message
    assert refused.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("nosuch=1", 0),
        ("hit<85 nosuch=1", 7),
        ("hit<85 queue>abc", 13),
        ("clinica !health=critcal", 16),
        ("hit<85 re:ab(", 13),
        ('clinica tenant="x', 15),
        ("hit < 85", 4),
    ],
)
def test_a_mistake_says_where_it_stands(text: str, at: int) -> None:
    with pytest.raises(FilterError) as refused:
        compile_filter(text, COLUMNS)
    assert refused.value.at == at


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10MB", "bytes", 10e6),
        ("10MiB", "bytes", 10 * 2**20),
        ("10M", "bytes", 10 * 2**20),
        ("1.5k", "", 1500),
        ("5m", "", 5e6),
        ("5m", "seconds", 300),
        ("2h", "seconds", 7200),
        ("1s", "ms", 1000),
        ("10MB", "", None),
        ("1e400", "", float("inf")),
        (".", "", None),
    ],
)
def test_units(text: str, unit: str, value: float | None) -> None:
    assert number(text, unit) == value


@given(st.text())
def test_a_quoted_text_is_one_word_that_means_itself(text: str) -> None:
    if text and not text.endswith("\\"):
        assert compile_filter(f"tenant={quoted(text)}", [BY_NAME])(Tenant(text))


@pytest.mark.parametrize("name", ["हिन्दी", "evil\x1b[2J", "a\u200bb", "x" * 100])
def test_a_name_fits_what_is_shown_of_it(name: str) -> None:
    for text in (name, safe(name, 64)):
        assert compile_filter(f"tenant={quoted(text)}", [BY_NAME])(Tenant(name))
        assert not compile_filter(f"tenant!={quoted(text)}", [BY_NAME])(Tenant(name))
    assert not compile_filter("tenant=other", [BY_NAME])(Tenant(name))


def test_an_expression_that_was_given_up_says_so_and_fits_nothing_even_turned_round() -> None:
    endless = compile_filter("!re:((a+)+)+$", COLUMNS)
    before = endless.given_up
    assert not endless(Tenant("a" * 5000 + "!"))
    assert (before, endless.given_up) == (False, True)
    assert not endless(Tenant("b"))


def test_an_expression_without_end_is_given_up_for_all_rows_together() -> None:
    rows = [Tenant("a" * 5000 + "!")] * 10_000
    endless = compile_filter("re:((a+)+)+$", COLUMNS)
    started = time.thread_time()
    assert not any(endless(row) for row in rows)
    assert time.thread_time() - started < 5


def test_an_expression_that_is_slow_for_every_row_is_given_up_before_minutes_are_gone() -> None:
    rows = [Tenant(f"tenant-{'a' * 20}-{number}") for number in range(2_000)]
    slow = compile_filter("re:(a?){30}a{30}", COLUMNS)
    started = time.thread_time()
    assert not any(slow(row) for row in rows)
    assert slow.given_up
    assert time.thread_time() - started < 2


def test_an_ordinary_expression_is_never_given_up() -> None:
    rows = [Tenant(f"tenant-{'a' * 40}-{number}") for number in range(5_000)]
    wanted = compile_filter("re:^ten.*a+-(1|2)+$", COLUMNS)
    assert sum(wanted(row) for row in rows) == 2 + 4 + 8 + 16
    assert not wanted.given_up


@given(st.text() | st.text(alphabet="re:!<>=ahitsector()[]{}*+?|\\^$.,0123456789 ", max_size=30))
def test_nothing_that_is_typed_raises_anything_else(text: str) -> None:
    with suppress(UsageError):
        _passing(text)


def test_alerts_are_filtered_by_severity_state_and_time() -> None:
    shown = update(
        snapshot(alerts=alerts(alert("Old"), alert("New", severity=Severity.WARNING, starts_at=1_699_999_990.0)))
    )
    columns = alert_view.columns(shown)

    def names(text: str) -> list[str]:
        return [found.name for found in shown.platform.alerts if compile_filter(text, columns)(found)]

    assert names("severity=critical") == ["Old"]
    assert names("warning") == ["New"]
    assert names("for>300") == ["Old"]
    assert names("state=firing") == ["Old", "New"]
    lasting = next(column for column in columns if column.name == "for")
    assert [found.name for found in sort_items(shown.platform.alerts, lasting, reverse=True)] == ["Old", "New"]

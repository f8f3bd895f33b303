"""Panels of one tenant: every figure that they can name, with data and without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.config.screen import Limits, Panel
from kryonix_tui.model.facts import FACTS
from kryonix_tui.model.tenant import Tenant
from kryonix_tui.view import tenants
from kryonix_tui.view.cells import plain
from kryonix_tui.view.screens import load_screen
from kryonix_tui.view.tenant import Subject, heading, panel_lines, series
from tests.unit.builders import (
    CREATION,
    METRICS,
    NOW,
    QUEUE,
    SESSION,
    alert,
    alerts,
    census,
    facts,
    metrics,
    server,
    snapshot,
    update,
)

READ = facts(
    "acme",
    numbers={"response_time": 145.0, "api_calls_today": 12_345.0, "error_rate": 0.2, "requests_per_second": 12.0},
    texts={"name": "Acme Ltda", "sector": "varejo", "tier": "premium", "timezone": "America/Sao_Paulo"},
    hit_rates={"metrics": 61.0, "perf": 89.2},
    queues={"crm": 7, "whatsapp": 1200},
    oldest={"whatsapp": NOW.wall - 3 * 3600},
    platforms={"android": 2, "ios": 1},
    platforms_sampled=3,
)
SHOWN = update(
    snapshot(
        server=server(),
        census=census({"acme": {SESSION: 3, (11, "websocket"): 1, METRICS: 1, QUEUE: 2}, "new": {CREATION: 1}}),
        facts=[READ],
        metrics=metrics({"acme": {"cache_hit_rate": 88.0}}),
        alerts=alerts(alert(tenant="acme", annotations={"summary": "1,200 wait"})),
    )
)
ACME = Subject(SHOWN.platform.tenants["acme"], SHOWN)
EMPTY = Subject(Tenant("nobody"), update())


def _panel(kind: Any, figure: str, **fields: Any) -> Panel:
    return Panel(title="x", kind=kind, redis=figure, **fields)


def _text(panel: Panel, subject: Subject = ACME) -> list[str]:
    return [plain(line).rstrip() for line in panel_lines(panel, subject)]


@pytest.mark.parametrize("panel", [p for p in load_screen("tenant").panels if p.redis], ids=lambda panel: panel.title)
def test_every_figure_of_the_shipped_screen_exists(panel: Panel) -> None:
    if panel.kind == "timeseries":
        for subject in (ACME, EMPTY):
            track = series(panel, subject)
            assert track is not None
            assert track.last(10) == []
        return
    for subject in (ACME, EMPTY):
        text = "\n".join(_text(panel, subject))
        assert text
        assert "no figure" not in text
        assert "no such fact" not in text


@pytest.mark.parametrize(
    ("panel", "lines"),
    [
        (_panel("stat", "hit_rate", unit="percent"), ["88.0 %", "prometheus ▲ witnesses disagree"]),
        (
            _panel("stat", "hit_rate", unit="percent", thresholds=Limits(90, 60)),
            ["▲ 88.0 %", "prometheus ▲ witnesses disagree"],
        ),
        (_panel("stat", "sessions"), ["4"]),
        (_panel("stat", "mobile_share", unit="percent"), ["75.0 %"]),
        (_panel("stat", "queue_depth", thresholds=Limits(100, 1000)), ["✖ 1,207"]),
        (_panel("stat", "keys"), ["7"]),
        (_panel("stat", "alerts"), ["1"]),
        (_panel("stat", "response_time", unit="ms"), ["145 ms"]),
        (_panel("stat", "requests_per_second", unit="per_second"), ["12/s"]),
        (_panel("stat", "p99_response_time"), ["–"]),
        (_panel("table", "session_kinds"), ["mobile     3", "SDK        0", "WebSocket  1"]),
        (_panel("table", "platforms"), ["android  2", "ios      1", "sample   3"]),
        (_panel("table", "queues"), ["whatsapp  1,200  oldest 3 h", "crm       7"]),
        (
            _panel("table", "witnesses"),
            ["prometheus     88.0 %  now", "redis:metrics  61.0 %  now", "redis:perf     89.2 %  now"],
        ),
        (
            _panel("table", "kinds"),
            [" 0 mobile_session  3", " 2 queue           2", "11 websocket       1", " 3 metrics         1"],
        ),
        (
            _panel("table", "facts:api_calls_today, error_rate,timezone,p95_response_time,nonsense"),
            [
                "api calls today    12,345",
                "error rate         0.2 %",
                "timezone           America/Sao_Paulo",
                "p95 response time  –",
                "nonsense           no such fact",
            ],
        ),
        (_panel("feed", "alerts"), ["✖ critical QueueBacklog firing  1,200 wait"]),
        (
            _panel("feed", "findings"),
            ["✖ queue whatsapp 1,200 > 1,000 (redis:queue)", "✖ alert QueueBacklog is firing (alertmanager)"],
        ),
    ],
    ids=lambda value: value.redis if isinstance(value, Panel) else "",
)
def test_panels(panel: Panel, lines: list[str]) -> None:
    assert _text(panel) == lines


@pytest.mark.parametrize(
    "figure", [name for name, unit in FACTS.items() if unit.value != "text" and name != "hit_rate"]
)
def test_every_numeric_fact_is_a_stat(figure: str) -> None:
    subject = Subject(Tenant("acme", facts=facts(numbers={figure: 3.0})), SHOWN)
    assert _text(_panel("stat", figure), subject) == ["3"]


@pytest.mark.parametrize("kind", ["stat", "table", "feed"])
def test_an_unknown_figure_says_so_and_what_there_is(kind: str) -> None:
    (line,) = _text(_panel(kind, "moon_phase\x1b[2J"))
    assert line.startswith("▲ no figure moon_phase␛[2J; there are ")
    assert line.isprintable()


def test_an_unknown_series_is_none() -> None:
    assert series(_panel("timeseries", "moon_phase"), ACME) is None


def test_nothing_known_is_a_dash_and_no_zero() -> None:
    for figure in ("hit_rate", "queue_depth", "mobile_share", "response_time"):
        assert _text(_panel("stat", figure), EMPTY) == ["–"]
    assert _text(_panel("table", "queues"), EMPTY) == ["–"]
    assert _text(_panel("feed", "alerts"), EMPTY) == ["no alerts"]


def test_the_heading_says_who_it_is_and_why_it_is_not_well() -> None:
    lines = [plain(line) for line in heading(ACME)]
    assert lines[0] == "✖ acme  Acme Ltda · varejo · premium"
    assert len(lines) == 3
    assert lines[1] == "  queue whatsapp 1,200 > 1,000 (redis:queue)"


def test_a_tenant_in_the_making_says_so() -> None:
    subject = Subject(SHOWN.platform.tenants["new"], SHOWN)
    assert plain(heading(subject)[0]).startswith("● new  being created")


def test_of_many_reasons_the_first_are_told_and_the_rest_counted() -> None:
    many = update(
        snapshot(census=census({"acme": {QUEUE: 9}}), facts=[facts("acme", queues={f"q{n}": 500 for n in range(9)})])
    )
    lines = [plain(line) for line in heading(Subject(many.platform.tenants["acme"], many))]
    assert len(lines) == 6
    assert lines[-1] == "  and 5 more"


def test_low_or_high_figures_are_bad_as_the_limits_stand() -> None:
    low, high = Limits(warn=85, critical=60), Limits(warn=100, critical=1000)
    for figure, limits, text in (
        (90, low, "90"),
        (84, low, "▲ 84"),
        (59, low, "✖ 59"),
        (100, high, "100"),
        (101, high, "▲ 101"),
        (1001, high, "✖ 1,001"),
    ):
        subject = Subject(Tenant("acme", facts=facts(numbers={"mobile_users": figure})), SHOWN)
        assert _text(_panel("stat", "mobile_users", thresholds=limits), subject) == [text]


def test_keys_that_were_not_counted_say_how_far_they_may_be_off() -> None:
    tenant = replace(
        ACME.tenant, keys=12_345, keys_margin=67, keys_by_db={0: 12_345}, sizes={(0, "a"): 1024, (0, "b"): 512}
    )
    subject = Subject(tenant, SHOWN)
    assert _text(_panel("stat", "keys"), subject) == ["~12,345 ± 67"]
    assert [text.split()[:4] for text in _text(_panel("table", "databases"), subject)[:2]] == [
        ["all", "~12,345", "±", "67"],
        ["memory", "~1.5", "KiB"],
    ]
    cells = {column.name: column.cell(tenant).text for column in tenants.columns(SHOWN)}
    assert (cells["keys"], cells["bytes"]) == ("~12k", "~1.5K")
    counted = {column.name: column.cell(ACME.tenant).text for column in tenants.columns(SHOWN)}
    assert (counted["keys"], counted["bytes"]) == ("7", "–")


def test_the_strip_has_a_sign_for_every_database_under_its_ruler() -> None:
    strip = next(column for column in tenants.columns(SHOWN) if column.name == "databases")
    text = strip.cell(replace(ACME.tenant, keys_by_db={0: 100, 2: 50, 11: 1})).text
    assert text == "█·▄········▁····"
    assert strip.heading == "0   4   8   12  "
    assert strip.heading.index("12") == 12

"""Panels of Prometheus' answers: what is asked, and how each kind of panel is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.update import Update
from kryonix_tui.config.screen import Annotation, Limits, Panel, Query, Screen, Variable
from kryonix_tui.model.question import Answer, Answered, LabelledSeries, Question
from kryonix_tui.model.source import Reading, Trouble
from kryonix_tui.view import figures, panel_questions, panels, trends
from kryonix_tui.view.cells import Line, Tone, plain
from kryonix_tui.view.panel_questions import Asked, Frame
from tests.unit.builders import NOW, ago, metrics, snapshot, update

LIMITS = Limits(warn=50, critical=100)
LOW = Limits(warn=85, critical=60)
FRAME = Frame({"tenant": "acme", "api_module": None}, 900.0)


def panel(kind: Any, **fields: Any) -> Panel:
    return Panel(title="x", kind=kind, **({"query": "up"} | fields))


def series(value: float, **labels: str) -> LabelledSeries:
    return LabelledSeries(labels, ((NOW.wall, value),))


def past(values: Mapping[float, float], **labels: str) -> LabelledSeries:
    """Return a series by how many seconds ago each value was."""
    return LabelledSeries(labels, tuple((NOW.wall - back, values[back]) for back in sorted(values, reverse=True)))


def asked(shown: Panel, *answers: Any, span: float = 0.0, step: float = 0.0, **known: Any) -> list[Asked]:
    """Return a panel's queries with an answer each: some series, or None where nothing is known."""
    found = []
    for query, answer in zip(shown.asked, answers, strict=True):
        reading = None if answer is None else Reading(Answer(tuple(answer)), known.pop("at", NOW))
        found.append(Asked(query, Question("q", span, step), Answered(10.0, reading, **known)))
    return found


def texts(lines: list[Line]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


# What is asked ------------------------------------------------------------------------------------------------------------


def test_a_panel_asks_for_one_moment_or_for_as_many_points_as_it_has_columns() -> None:
    (now,) = panel_questions.questions(panel("stat", query='up{t="$tenant"}'), FRAME, 60)
    assert now.question == Question('up{t="acme"}')
    for kind in ("timeseries", "heatmap"):
        (past,) = panel_questions.questions(panel(kind, query="rate(up[$__rate_interval])"), FRAME, 60)
        assert past.question == Question("rate(up[60s])", 900.0, 15.0)
    (wide,) = panel_questions.questions(panel("timeseries"), replace(FRAME, span=86_400.0), 100)
    assert wide.question == Question("up", 86_400.0, 900.0)
    (matrix,) = panel_questions.questions(panel("heatmap", by="api_module"), FRAME, 60)
    assert matrix.question == Question("up")


@pytest.mark.parametrize("span", [300.0, 900.0, 3600.0, 21_600.0, 86_400.0])
@pytest.mark.parametrize("columns", [16, 40, 80, 200, 400])
def test_points_are_never_more_than_columns(span: float, columns: int) -> None:
    step = panel_questions.step_of(span, columns)
    assert span / step <= columns or step == max(panel_questions.STEPS)


def test_a_window_that_stands_still_is_asked_about_once() -> None:
    ends = {
        panel_questions.questions(panel("timeseries"), replace(FRAME, until=1_000_000.0 + moved), 60)[0].question
        for moved in (0.0, 1.0, 4.0)
    }
    assert len(ends) == 1


def test_a_figure_of_redis_asks_nothing_and_neither_does_a_query_without_its_tenant() -> None:
    assert panel_questions.questions(panel("stat", redis="keys"), FRAME, 60) == []
    (nobody,) = panel_questions.questions(panel("stat", query='up{t="$tenant"}'), Frame({}, 900.0), 60)
    assert nobody.question is None
    assert texts(panels.lines(panel("stat"), [nobody], 40)) == ["nothing is chosen yet"]


def test_what_is_chosen_is_put_in_and_everything_where_nothing_is() -> None:
    variable = Variable(name="api_module", label="api_module", series='requests{t="$tenant"}')
    screen = Screen("x", "x", (), subject="tenant", variables=(variable,))
    everything = panel_questions.values_of(screen, 'x"}', {})
    assert everything == {"api_module": None, "tenant": 'x"}'}
    frame = Frame(panel_questions.values_of(screen, "acme", {"api_module": "au.th"}), 900.0)
    (one,) = panel_questions.questions(panel("stat", query='up{m=~"$api_module"}'), frame, 60)
    assert one.question == Question('up{m=~"au\\\\.th"}')
    assert panel_questions.choices_of(variable, frame) == Question('group by (api_module) (requests{t="acme"})')


def shown_with_rules(tenants: Mapping[str, Mapping[str, float]]) -> Update:
    return update(snapshot(metrics=metrics(tenants)))


def test_a_rule_of_the_tenant_that_was_read_anyway_is_not_asked_for() -> None:
    shown = shown_with_rules({"acme": {"ai_anomaly_score": 0.3}})
    stat = panel("stat", query='tenant:ai_anomaly_score{tenant_id="$tenant"}')
    (one,) = panel_questions.questions(stat, FRAME, 60)
    known = panel_questions.from_rules(one, shown, "acme")
    assert known is not None
    assert known.reading is not None
    assert known.reading.value.series[0].newest == 0.3
    (absent,) = panel_questions.questions(panel("stat", query='tenant:no_such{tenant_id="$tenant"}'), FRAME, 60)
    nothing = panel_questions.from_rules(absent, shown, "acme")
    assert nothing is not None
    assert nothing.reading is not None
    assert nothing.reading.value.series == ()


@pytest.mark.parametrize(
    "query",
    [
        'tenant:ai_anomaly_score{tenant_id="other"}',
        'tenant:ai_anomaly_score{tenant_id=~"$tenant"}',
        'tenant:ai_anomaly_score{tenant_id="$tenant"} * 2',
        "up",
    ],
)
def test_everything_else_is_asked(query: str) -> None:
    shown = shown_with_rules({"acme": {"ai_anomaly_score": 0.3}})
    (one,) = panel_questions.questions(panel("stat", query=query), FRAME, 60)
    assert panel_questions.from_rules(one, shown, "acme") is None
    chart = panel("timeseries", query='tenant:ai_anomaly_score{tenant_id="$tenant"}')
    (over_time,) = panel_questions.questions(chart, FRAME, 60)
    assert panel_questions.from_rules(over_time, shown, "acme") is None
    labelled = panel("table", query='tenant:ai_anomaly_score{tenant_id="$tenant"}', legend="{{domain}}")
    (named,) = panel_questions.questions(labelled, FRAME, 60)
    assert panel_questions.from_rules(named, shown, "acme") is None
    assert panel_questions.from_rules(one, shown, "nobody") is None


# How it is written ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "answers", "lines"),
    [
        (panel("stat", unit="ms", thresholds=LIMITS), [[series(38.0)]], ["38 ms"]),
        (panel("stat", unit="ms", thresholds=LIMITS, legend="p95"), [[series(70.0)]], ["▲ 70 ms", "p95"]),
        (panel("stat", unit="ms", thresholds=LIMITS), [[series(170.0)]], ["✖ 170 ms"]),
        (panel("stat", unit="percent", thresholds=LOW), [[series(84.0)]], ["▲ 84.0 %"]),
        (panel("stat", unit="ratio"), [[series(0.25)]], ["25.0 %"]),
        (panel("stat", unit="seconds"), [[series(0.25)]], ["250 ms"]),
        (panel("stat", unit="seconds"), [[series(7200.0)]], ["2 h"]),
        (panel("stat", unit="bytes"), [[series(2048.0)]], ["2.0 KiB"]),
        (panel("stat", unit="per_second"), [[series(0.25)]], ["0.25/s"]),
        (panel("stat"), [[series(12345.0)]], ["12,345"]),
        (panel("stat"), [[series(0.12934)]], ["0.1293"]),
        (panel("stat"), [[series(1.0, a="x"), series(2.0, a="y")]], ["a=x  1", "a=y  2"]),
        (
            panel("table", unit="days", thresholds=Limits(warn=15, critical=7), legend="{{cn}}"),
            [[series(3.4, cn="a.example"), series(45.0, cn="b.example.com")]],
            ["a.example      ✖ 3.4 d", "b.example.com  45 d"],
        ),
        (
            panel("feed", legend="{{name}} {{state}}"),
            [[series(1.0, name="b"), series(1.0, name="a", state="x")]],
            ["◆ a x", "◆ b"],
        ),
        (panel("feed"), [[]], ["nothing"]),
        (panel("stat"), [[]], ["no data"]),
        (panel("stat"), [None], ["asking Prometheus ..."]),
    ],
)
def test_how_it_is_now(shown: Panel, answers: list[Any], lines: list[str]) -> None:
    assert texts(panels.lines(shown, asked(shown, *answers), 40)) == lines


def test_a_gauge_shows_where_its_limits_are() -> None:
    gauge = panel("gauge", low=0, high=1, thresholds=Limits(warn=0.6, critical=0.8))
    bar, scale = texts(panels.lines(gauge, asked(gauge, [series(0.3)]), 40))
    assert bar.startswith("█" * 10 + "░")
    assert bar.count("┊") == 2
    assert bar.endswith("  0.3")
    assert scale == "0  ▲ >0.6  ✖ >0.8  1"
    full = panels.lines(gauge, asked(gauge, [series(7.0)]), 40)
    assert "░" not in plain(full[0])
    assert full[0][0].tone is Tone.CRITICAL
    percent = panel("gauge", unit="percent", thresholds=LOW)
    assert texts(panels.lines(percent, asked(percent, [series(90.0)]), 60))[1] == "0 %  ▲ <85 %  ✖ <60 %  100 %"
    assert all(len(text) <= 12 for text in texts(figures.gauge(gauge, 0.3, 12))[:1])
    assert texts(figures.gauge(gauge, None, 40)) == ["–"]


MATRIX = panel(
    "heatmap",
    query="",
    by="api_module",
    queries=(
        Query(query="a", legend="Requests/s", unit="per_second"),
        Query(query="b", legend="Errors", unit="percent", thresholds=Limits(warn=1, critical=5)),
    ),
)


def test_a_matrix_has_a_row_for_each_value_and_a_column_for_each_query() -> None:
    found = asked(
        MATRIX,
        [series(100.0, api_module="auth"), series(10.0, api_module="user")],
        [series(7.0, api_module="auth"), series(0.1, api_module="billing")],
    )
    lines = panels.lines(MATRIX, found, 80)
    assert texts(lines) == [
        "api module    Requests/s   Errors",
        "auth             █ 100/s  █ 7.0 %",
        "billing                –  ░ 0.1 %",
        "user              ░ 10/s        –",
    ]
    assert [cell.tone for cell in lines[1]] == [Tone.STRONG, Tone.PLAIN, Tone.CRITICAL]
    assert "Errors" not in texts(panels.lines(MATRIX, found, 30))[0]
    table = replace_kind(MATRIX)
    assert "█" not in "".join(texts(panels.lines(table, found, 80)))


def replace_kind(shown: Panel) -> Panel:
    import msgspec

    return msgspec.structs.replace(shown, kind="table")


def test_troubles_stand_beside_the_last_answer_and_in_the_title() -> None:
    trouble = Trouble("Timed out", "no answer\x1b[31m", "wait")
    stat = panel("stat")
    old = asked(stat, [series(5.0)], trouble=trouble, at=ago(12))
    assert texts(panels.lines(stat, old, 40)) == ["5", "✖ Timed out: no answer␛[31m"]
    assert panels.age(old, NOW).text == "✖ 12s"
    never = asked(stat, None, trouble=trouble)
    assert texts(panels.lines(stat, never, 40)) == ["✖ Timed out: no answer␛[31m"]
    assert panels.age(never, NOW).text == "no answer"
    assert panels.age(asked(stat, None), NOW).text == "waiting"
    assert panels.age(asked(stat, [series(5.0)], at=ago(3)), NOW).text == "3s"
    assert panels.age(asked(stat, [series(5.0)], at=ago(60)), NOW).text == "STALE 1m"


def test_labels_are_shown_harmlessly() -> None:
    table = panel("table", legend="{{name}}")
    (line,) = texts(panels.lines(table, asked(table, [series(1.0, name="a\x1b]52;c;x\x07\n" + "b" * 500)]), 40))
    assert line.isprintable()
    assert len(line) < 80


# Over time --------------------------------------------------------------------------------------------------------------------

STRETCH = (NOW.wall - 900, NOW.wall)


def test_one_series_is_a_line_to_draw_and_gaps_are_gaps() -> None:
    chart = panel("timeseries")
    found = asked(chart, [past({60: 1.0, 45: 2.0, 0: 3.0})], span=900, step=15)
    ahead = round(NOW.wall - NOW.steady)
    track = trends.single(found, ahead)
    assert track is not None
    points = track.between(NOW.steady - 900, NOW.steady + 1, 100)
    assert [value for _at, value in points if math.isfinite(value)] == [1.0, 2.0, 3.0]
    assert sum(math.isnan(value) for _at, value in points) == 1
    assert points[-1][0] == pytest.approx(NOW.steady, abs=1)
    assert trends.single(asked(chart, [past({0: 1.0}, a="1"), past({0: 1.0}, a="2")]), ahead) is None
    assert trends.single(asked(chart, []), ahead) is None


def test_several_series_are_a_row_each_with_their_newest_figures() -> None:
    chart = panel("timeseries", legend="{{db}}", unit="count")
    many = [past({back: back for back in range(0, 900, 15)}, db=f"db{number}") for number in range(6)]
    rows = texts(trends.rows(chart, asked(chart, many, span=900, step=15), STRETCH, (60, 4)))
    assert [row.split()[0] for row in rows[:3]] == ["db0", "db1", "db2"]
    assert rows[3] == "and 3 more series"
    assert all(len(row) <= 60 for row in rows)
    assert rows[0].endswith(" 0")


def test_a_heatmap_shades_on_one_scale_and_leaves_gaps_empty() -> None:
    heat = panel("heatmap", legend="{{m}}", unit="ms", thresholds=LIMITS)
    low = past(dict.fromkeys(range(0, 900, 15), 10.0), m="b")
    high = past(dict.fromkeys(range(0, 450, 15), 200.0), m="a")
    lines = trends.rows(heat, asked(heat, [low, high], span=900, step=15), STRETCH, (60, 8))
    first, second = texts(lines)
    assert first.startswith("a  ")
    assert first.count("█") in range(20, 30)
    assert first.endswith("200 ms")
    assert second.count("░") > 45
    assert Tone.CRITICAL in {cell.tone for cell in lines[0]}
    assert Tone.CRITICAL not in {cell.tone for cell in lines[1]}


def test_nothing_over_time_says_why() -> None:
    chart = panel("timeseries")
    assert texts(trends.rows(chart, asked(chart, None), STRETCH, (40, 4))) == ["asking Prometheus ..."]
    assert texts(trends.rows(chart, asked(chart, []), STRETCH, (40, 4))) == ["no data"]


def test_events_are_what_appears_or_changes_within_the_window() -> None:
    annotation = Annotation(name="Deployments", query="deployed", text="{{version}} - {{component}}")
    times = range(0, 901, 15)
    answer = (
        past(dict.fromkeys(times, 1.0), version="1", component="old"),
        past({back: 1.0 for back in times if back <= 300}, version="2", component="api"),
        past({back: 2.0 if back <= 60 else 1.0 for back in times}, version="3", component="web"),
        past({back: 0.0 for back in times if back <= 300}, version="4", component="none"),
    )
    one = Asked(
        Query(query="deployed"), Question("deployed", 900.0, 15.0), Answered(15.0, Reading(Answer(answer), NOW))
    )
    found = {(round(NOW.wall - event.at), event.text) for event in trends.events(annotation, one)}
    assert found == {(300, "Deployments: 2 - api"), (60, "Deployments: 3 - web")}


# What nobody expects ------------------------------------------------------------------------------------------------------

LARGE = 1.7e308


@pytest.mark.parametrize("unit", ["", "percent", "ratio", "ms", "seconds", "days", "bytes", "count", "per_second"])
@pytest.mark.parametrize("kind", ["stat", "gauge", "table", "heatmap", "feed"])
def test_no_figure_is_too_large_or_too_small_to_be_written(kind: str, unit: str) -> None:
    for values in ((LARGE, -LARGE), (-LARGE,), (5e-324, 0.0), (LARGE, LARGE)):
        shown = panel(kind, unit=unit, by="n" if kind == "heatmap" else "", thresholds=LIMITS)
        answer = [series(value, n=str(number)) for number, value in enumerate(values)]
        assert panels.lines(shown, asked(shown, answer), 40)
        over = panel("heatmap", unit=unit)
        rows = [past({60: value, 0: -value}, n=str(number)) for number, value in enumerate(values)]
        assert trends.rows(over, asked(over, rows, span=900, step=15), (NOW.wall - 900, NOW.wall), (40, 5))


def test_what_bears_the_same_name_stands_in_a_feed_twice() -> None:
    shown = panel("feed", legend="{{alertname}}")
    answer = [series(1, alertname="Slow", module=module) for module in ("b", "a")]
    assert texts(panels.lines(shown, asked(shown, answer), 40)) == ["◆ Slow", "◆ Slow"]

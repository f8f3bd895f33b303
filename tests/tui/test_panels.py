"""Screens of panels: what they ask Prometheus, what they draw of its answers, and how one gets there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import OptionList

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.model.metrics import MetricsFacts, Sample
from kryonix_tui.model.question import Answer, Answered, LabelledSeries, Question
from kryonix_tui.model.source import Condition, Reading, SourceName, SourceState, Trouble
from kryonix_tui.tui.panelled import PanelledView
from kryonix_tui.tui.widgets.panels import PanelGrid
from kryonix_tui.tui.widgets.scrolling import Page
from tests.tui.conftest import Clock
from tests.tui.console import NARROW, NORMAL, SIZES, WIDE, Console, console
from tests.tui.test_charts import braille, drawn
from tests.tui.updates import START, Stage, states

Say = Callable[[Question], Answer | None]


def over(question: Question, value: float, **labels: str) -> LabelledSeries:
    """Return a series of one value with as many points as were asked for."""
    count = int(question.span / question.step) if question.step else 0
    until = question.until or START.wall
    return LabelledSeries(labels, tuple((until - back * question.step, value) for back in range(count, -1, -1)))


def modules(question: Question) -> Answer:
    """Answer with two API modules, whatever was asked."""
    return Answer((over(question, 12.0, api_module="auth"), over(question, 180.0, api_module="billing")))


def answered(update: Update, asked: list[Question], say: Say = modules, at: Instant = START) -> Update:
    """Return an update in which the questions are answered; None: not yet."""
    answers = {
        question: Answered(10.0, Reading(answer, at)) for question in asked if (answer := say(question)) is not None
    }
    return Update(replace(update.snapshot, answers=answers), update.platform, update.history)


def write(name: str, text: str) -> None:
    """Put a screen into the user's configuration folder."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "kryonix" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)


async def tell_answers(running: Console, update: Update, say: Say = modules, at: Instant = START) -> None:
    """Answer what is asked now."""
    await running.tell(answered(update, running.monitor.asked, say, at))
    await drawn(running)


async def show(running: Console, command: str) -> None:
    """Open a screen and wait until it is laid out and drawn: on a busy machine that takes a few rounds."""
    await running.enter_command(command)
    name = command.removeprefix("screen ")
    async with asyncio.timeout(60):
        while not laid_out(running, name):
            await running.pilot.pause()
    await drawn(running)


def laid_out(running: Console, name: str) -> bool:
    """Whether the panels of a screen have their places, or are hidden on purpose."""
    front = running.app.screen
    if not isinstance(front, PanelledView) or front.described.name != name or not front.query(PanelGrid):
        return False
    placed = front.grid.shown
    return not front.grid.display or front.has_class("-too-small") or all(widget.size for _panel, widget in placed)


def expressions(running: Console) -> set[str]:
    return {question.expression for question in running.monitor.asked}


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW], ids=["wide", "normal", "narrow"])
@pytest.mark.parametrize("name", ["modules", "overview", "wallboard", "tenant"])
async def test_every_shipped_screen_draws_with_answers_and_without(name: str, size: tuple[int, int]) -> None:
    update = Stage().update()
    async with console(size, update) as running:
        await show(running, f"screen {name}")
        assert running.mode == ("tenant" if name == "tenant" else "screen")
        await tell_answers(running, update)
        await running.press("z")
        await tell_answers(running, update)
        assert not running.app.screen.query("#mistakes")
        assert "✖ " not in running.line("heading").replace("✖ gama", "")
        regions = [widget.region for _panel, widget in running.app.screen.query_one(PanelGrid).placed]
        assert not any(one.overlaps(other) for one in regions for other in regions if one is not other)
        assert all(region.right <= size[0] for region in regions)


async def test_the_modules_are_a_matrix_heatmaps_and_trends() -> None:
    update = Stage().update()
    async with console(WIDE, update) as running:
        await show(running, "screen modules")
        assert "asking Prometheus" in running.text
        assert "API modules" in running.line("status")
        await tell_answers(running, update)
        lines = running.text.splitlines()
        head = next(line for line in lines if "api module" in line)
        assert "Requests/s" in head
        assert "Errors" in head
        assert any("auth" in line and "░ 12/s" in line for line in lines)
        assert any("billing" in line and "█ 180/s" in line for line in lines)
        assert "█" * 40 in running.text
        assert braille(running.text)
        assert "Modules now  now" in running.text


async def test_what_is_asked_has_the_tenant_in_it_and_no_more_points_than_columns() -> None:
    async with console(WIDE, Stage({'x"} or vector(1) #': 40.0}).update()) as running:
        await running.press("3")
        asked = running.monitor.asked
        assert any('tenant_id="x\\"} or vector(1) #"' in question.expression for question in asked)
        over_time = [question for question in asked if question.over_time]
        assert over_time
        assert all(question.span / question.step <= WIDE[0] for question in over_time)
        assert all(question.until is None for question in asked)


async def test_only_panels_in_sight_are_asked() -> None:
    update = Stage().update()
    async with console(NARROW, update) as running:
        await show(running, "screen modules")
        above = expressions(running)
        assert any("response_time_p95" in asked for asked in above)
        assert not any("== 0" in asked for asked in above)
        running.app.screen.query_one("#panels", Page).scroll_end(animate=False)
        await running.settle()
        running.app.tick()
        await running.settle()
        below = expressions(running)
        assert any("== 0" in asked for asked in below)
        assert below != above
        await running.press("2")
        running.app.tick()
        assert running.monitor.asked == []


async def test_a_rule_of_the_tenant_that_was_read_anyway_costs_no_question() -> None:
    stage = Stage().update()
    facts = MetricsFacts(tenants={"gama": {"ai_anomaly_score": Sample(0.71, START.wall)}})
    snapshot = replace(stage.snapshot, metrics=Reading(facts, START))
    async with console(WIDE, Update(snapshot, stage.platform, stage.history)) as running:
        running.app.navigation.open_tenant("gama")
        await running.settle()
        assert "▲ 0.71" in running.text
        assert not any("ai_anomaly_score" in asked for asked in expressions(running))
        assert any("http_request_duration" in asked for asked in expressions(running))


async def test_a_panel_that_fails_says_so_and_the_others_live(clock: Clock) -> None:
    update = Stage().update()
    trouble = Trouble("Timed out", "no complete answer within 5 s", "")
    async with console(WIDE, update) as running:
        await show(running, "screen modules")
        await tell_answers(running, update)
        good = answered(update, running.monitor.asked).snapshot.answers
        failing = {
            question: Answered(10.0, known.reading if "error_rate" in question.expression else None, trouble)
            if question.over_time and "request_rate" not in question.expression
            else known
            for question, known in good.items()
        }
        clock.advance(12)
        later = Update(replace(update.snapshot, answers=failing), update.platform, update.history)
        await running.tell(later)
        text = running.text
        assert "✖ Timed out: no complete answer within 5 s" in text
        assert "Errors by module  ✖ 12s" in text
        assert "Response time by module (p95)  no answer" in text
        assert "Requests by module  12s" in text
        assert "█ 180/s" in text
        clock.advance(20)
        running.app.tick()
        await running.settle()
        assert "Requests by module  STALE 32s" in running.text


async def test_without_prometheus_one_remark_stands_for_its_panels_and_nobody_is_asked() -> None:
    absent = SourceState(SourceName.PROMETHEUS, Condition.NOT_CONFIGURED, 1.0)
    update = Stage().update(sources=states(START, absent))
    async with console(WIDE, update) as running:
        await running.press("3")
        await drawn(running)
        assert running.text.count("panels need Prometheus: not configured (prometheus.url)") == 1
        assert "40.0 %" in running.text, "what Redis knows is shown"
        assert "Certificate" not in running.text
        regions = [widget.region for _panel, widget in running.app.screen.query_one(PanelGrid).shown]
        rows = sorted({(region.y, region.bottom) for region in regions})
        assert all(any(bottom == y for _y, bottom in rows) for y, _bottom in rows[1:]), "no gaps between rows"
        await show(running, "screen modules")
        assert "5 panels need Prometheus" in running.text
        assert running.monitor.asked == []
        assert "charts" not in running.line("heading")


async def test_a_window_in_the_past_is_asked_for_and_shown() -> None:
    update = Stage().update()
    async with console(WIDE, update) as running:
        await show(running, "screen modules")
        await running.press("left_square_bracket")
        past = [question for question in running.monitor.asked if question.over_time]
        assert past
        assert all(question.until is not None and question.until < START.wall - 400 for question in past)
        await tell_answers(running, update)
        assert "█" * 40 in running.text
        await running.enter_command("span 24h")
        assert {question.span for question in running.monitor.asked if question.over_time} == {86_400.0}


async def test_a_variable_is_chosen_from_what_there_is() -> None:
    update = Stage().update()
    async with console(WIDE, update) as running:
        await show(running, "screen modules")
        assert "API module: all" in running.line("heading")
        assert any('api_module=~".+"' in asked for asked in expressions(running))
        await running.press("V")
        (choice,) = (asked for asked in expressions(running) if asked.startswith("group by"))
        assert choice == "group by (api_module) (http_requests_total)"
        # A module that is called as the choice of all of them: nobody can choose it, and nothing breaks.
        await tell_answers(
            running, update, lambda question: Answer((*modules(question).series, over(question, 1.0, api_module="*")))
        )
        options = running.app.screen.query_one(OptionList)
        assert [option.id for option in options.options] == ["*", "auth", "billing"]
        await running.press("down", "enter")
        assert "API module: auth" in running.line("heading")
        assert any('api_module=~"auth"' in asked for asked in expressions(running))
        await running.enter_command('variable api_module a"b.c')
        assert any('api_module=~"a\\"b\\\\.c"' in asked for asked in expressions(running))
        await running.enter_command("variable api_module all")
        assert "API module: all" in running.line("heading")
        await running.enter_command("variable planet")
        assert "no variable planet; there are api_module" in running.line("below")
        await running.press("escape")
        await show(running, "screen overview")
        await running.press("V")
        assert "have no variables" in running.said[-1]


async def test_events_are_told_and_marked() -> None:
    write(
        "mine",
        "annotations: [{name: Deployments, query: deployed, text: '{{version}} - {{component}}'}]\n"
        "panels: [{title: Up, kind: timeseries, query: up, span: [24, 10]}]\n",
    )
    update = Stage().update()

    def say(question: Question) -> Answer:
        if question.expression != "deployed":
            return Answer((over(question, 1.0),))
        begun = tuple((START.wall - back, 1.0) for back in range(300, -1, -int(question.step)))
        return Answer((LabelledSeries({"version": "2", "component": "api\x1b[2J"}, begun),))

    async with console(WIDE, update) as running:
        await show(running, "screen mine")
        await tell_answers(running, update, say)
        heading = running.line("heading")
        assert "Deployments: 2 - api␛[2J" in heading
        assert "▼" in heading
        marked = sum(line.count("│") + line.count("┊") + line.count("╎") for line in running.text.splitlines()[3:14])
        await tell_answers(
            running, update, lambda question: None if question.expression == "deployed" else say(question)
        )
        unmarked = sum(line.count("│") + line.count("┊") + line.count("╎") for line in running.text.splitlines()[3:14])
        assert marked > unmarked


async def test_a_screen_of_ones_own_is_found_by_name_and_in_the_palette() -> None:
    write("mine", "title: '[/Mine]'\npanels:\n- {title: '[b]Ops', kind: stat, redis: ops}\n- {title: Bad, kind: pie}\n")
    async with console(WIDE, Stage().update()) as running:
        await show(running, "screen mine")
        assert "[/Mine]" in running.line("status")
        assert "[b]Ops" in running.text
        assert "mine.yaml:4: panel Bad: kind: expected one of" in running.line("mistakes")
        await show(running, "screen modules")
        assert "Modules now" in running.text
        for name in ("overview", "wallboard", "modules"):
            write(name, f"title: Our {name}\npanels: [{{title: Ours, kind: stat, redis: ops}}]\n")
            await show(running, f"screen {name}")
            assert f"Our {name}" in running.line("status")
            assert len(running.app.screen.query_one(PanelGrid).placed) == 1
        await running.enter_command("screen nope")
        assert "there is no screen nope; there are mine, modules" in running.line("below")
        await running.press("escape")
        await running.press("colon", "s", "c", "r")
        await running.press("escape")
        await running.enter_command("screen")
        await running.press("enter")
        assert "[b]Ops" in running.text
        await running.press("minus")
        assert running.mode == "overview"


async def test_a_screen_about_a_tenant_shows_the_one_that_was_opened() -> None:
    write("mine", "subject: tenant\npanels: [{title: Rate, kind: gauge, redis: hit_rate, unit: percent}]\n")
    async with console(WIDE, Stage().update()) as running:
        running.app.navigation.open_tenant("delta")
        await show(running, "screen mine")
        assert "delta" in running.line("heading")
        assert "99.0 %" in running.text
        assert running.monitor.looked_at == ["delta"]
    async with console(WIDE, Stage({}, []).update()) as running:
        await show(running, "screen mine")
        assert running.app.screen.query_one(PanelGrid).display is False


async def test_a_file_that_vanishes_or_breaks_is_said() -> None:
    write("mine", "panels: [")
    async with console(NORMAL, Stage().update()) as running:
        await show(running, "screen mine")
        assert "not valid YAML" in running.line("mistakes")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_any_size_is_survived(size: tuple[int, int]) -> None:
    update = Stage().update()
    async with console(size, update) as running:
        for name in ("modules", "wallboard"):
            running.app.run_command("screen", name)
            await running.settle()
            await tell_answers(running, update)
        await running.resize(*NARROW)
        await tell_answers(running, update)
        assert running.text.strip()


def test_answers_are_those_of_the_questions() -> None:
    """The helper above answers only what was asked."""
    shown: Mapping[Question, Answered] = answered(Stage().update(), [Question("up")]).snapshot.answers
    assert list(shown) == [Question("up")]

"""Charts: one window for all of a screen, drawn beside the event loop, only where they are seen and have changed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from kryonix_tui.analysis.history import History
from kryonix_tui.analysis.series import Series
from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant
from kryonix_tui.tui.widgets import chart
from kryonix_tui.tui.widgets.chart import GROUP, Chart, Plot, draw
from kryonix_tui.view.cells import plain
from tests.tui.conftest import Clock
from tests.tui.console import NARROW, NORMAL, WIDE, Console, console
from tests.tui.updates import START, Stage, later

FIGURES = ("hit_rate", "queue_depth", "sessions", "ops")


def recorded(minutes: float = 60, until: Instant = START) -> Update:
    """Return the small platform with a past, one sample every ten seconds."""
    update = Stage().update(until)
    history = History(10.0)
    for back in range(int(minutes * 60), -1, -10):
        at = later(-back, until)
        figures = dict.fromkeys(FIGURES, 50.0 + at.steady % 40)
        history.record(replace(update.platform, at=at), figures)
    return Update(update.snapshot, update.platform, history)


async def drawn(running: Console) -> None:
    """Wait until every chart is drawn."""
    await running.settle()
    while under_way := [worker for worker in running.app.workers if worker.group == GROUP and not worker.is_finished]:
        await running.app.workers.wait_for_complete(under_way)
        await running.settle()


def picture(running: Console, name: str) -> str:
    """Return what a chart of the overview shows."""
    return rows(running.app.screen.query_one(f"#chart-{name}", Chart))


def rows(widget: Chart) -> str:
    """Return what a chart shows."""
    return "\n".join(plain(row) for row in widget._rows)


def braille(text: str) -> bool:
    """Whether there are dots."""
    return any("\u2801" <= character <= "\u28ff" for character in text)


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which charts were drawn, one after the other."""
    made: list[str] = []
    original: Callable[..., Any] = chart.draw

    def counting(*arguments: Any) -> Any:
        made.append(threading.current_thread().name)
        return original(*arguments)

    monkeypatch.setattr(chart, "draw", counting)
    return made


async def test_the_overview_charts_four_figures_with_times_below_and_values_at_the_right() -> None:
    async with console(WIDE, recorded()) as running:
        await drawn(running)
        for name in FIGURES:
            lines = picture(running, name).splitlines()
            assert braille("\n".join(lines)), name
            assert lines[-1].count(":") >= 2, name
            assert any("◂" in line.rstrip()[-10:] for line in lines), name
        assert "15 min live" in running.text


async def test_the_event_loop_draws_nothing(drawings: list[str]) -> None:
    async with console(WIDE, recorded()) as running:
        await drawn(running)
    assert len(drawings) >= len(FIGURES)
    assert all(name.startswith("charts") for name in drawings)


async def test_a_chart_is_drawn_only_when_it_is_seen_and_has_changed(drawings: list[str], clock: Clock) -> None:
    update = recorded()
    async with console(WIDE, update) as running:
        await drawn(running)
        drawings.clear()
        for _round in range(3):
            running.app.tick()
            await drawn(running)
        assert drawings == [], "nothing has changed"
        await running.press("2")
        await running.tell(recorded(until=clock.advance(30)))
        await drawn(running)
        assert drawings == [], "no chart is in sight"
        await running.press("1")
        await drawn(running)
        assert len(drawings) == len(FIGURES)
        await running.resize(*NORMAL)
        drawings.clear()
        await running.tell(recorded(until=clock.advance(30)))
        await drawn(running)
        assert drawings == [], "there is no room for them"


async def test_of_requests_that_come_while_one_is_drawn_the_newest_wins(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    original: Callable[..., Any] = chart.draw
    ends: list[float] = []

    def slow(points: Any, plot: Plot, size: Any) -> Any:
        if plot.track.version and "ops" in titles.get(id(plot.track), ""):
            ends.append(plot.end)
            begun.set()
            assert go_on.wait(60)
        return original(points, plot, size)

    # While one is drawn, a console is not at rest.
    monkeypatch.setattr("tests.tui.rest.LONGEST", 0.1)
    update = recorded()
    titles = {id(update.history.platform["ops"]): "ops"}
    monkeypatch.setattr(chart, "draw", slow)
    async with console(WIDE, update) as running:
        assert await asyncio.to_thread(begun.wait, 60)
        for _round in range(5):
            clock.advance(60)
            running.app.tick()
            await running.pilot.pause(0)
        go_on.set()
        await drawn(running)
    assert len(ends) == 2
    assert ends[1] >= later(300).steady


async def test_pan_zoom_and_live_move_all_charts_of_a_screen(clock: Clock) -> None:
    async with console(WIDE, recorded()) as running:
        await drawn(running)
        before = [picture(running, name) for name in FIGURES]
        await running.press("left_square_bracket")
        await drawn(running)
        assert "15 min -7 min" in running.line("window")
        panned = [picture(running, name) for name in FIGURES]
        assert all(one != other for one, other in zip(before, panned, strict=True))
        clock.advance(120)
        running.app.tick()
        assert "15 min -9 min" in running.line("window"), "the past does not move"
        await running.press("left_curly_bracket")
        assert "1 h -9 min" in running.line("window")
        await running.press("right_curly_bracket", "right_curly_bracket")
        assert "5 min -9 min" in running.line("window")
        await running.press("0")
        assert "5 min live" in running.line("window")
        await running.enter_command("span 15m")
        clock.advance(-120)
        await running.tell(recorded())
        await drawn(running)
        assert [picture(running, name) for name in FIGURES] == before


async def test_what_cannot_be_moved_says_why() -> None:
    async with console(WIDE, recorded()) as running:
        await running.press("right_square_bracket")
        assert "it ends now already" in running.said[-1]
        await running.enter_command("span 24h")
        await running.press("left_curly_bracket")
        assert "a day is kept" in running.said[-1]
        await running.enter_command("span 7h")
        assert "there is no window of 7h; there are 5m, 15m, 1h, 6h, 24h" in running.line("below")
        await running.press("escape")
        await running.enter_command("span 5m")
        await running.press("right_curly_bracket")
        assert "shortest" in running.said[-1]
        await running.press("2", "left_square_bracket")
        assert running.mode == "tenants"


async def test_a_pause_holds_the_charts_and_live_ends_it(clock: Clock, drawings: list[str]) -> None:
    update = recorded()
    async with console(WIDE, update) as running:
        await drawn(running)
        await running.press("p")
        await drawn(running)
        assert "15 min paused" in running.line("window")
        held = [picture(running, name) for name in FIGURES]
        drawings.clear()
        for _round in range(20):
            at = clock.advance(10)
            update.history.record(replace(update.platform, at=at), dict.fromkeys(FIGURES, 1.0))
            running.app.tick()
        await running.tell(update)
        await drawn(running)
        assert drawings == []
        await running.press("0")
        await drawn(running)
        assert "15 min live" in running.line("window")
        assert not running.app.paused
        assert all(picture(running, name) != was for name, was in zip(FIGURES, held, strict=True)), "data went on"


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
async def test_on_small_screens_the_charts_take_the_place_of_the_lists(size: tuple[int, int]) -> None:
    async with console(size, recorded()) as running:
        await running.press("left_square_bracket")
        assert "z shows them" in running.said[-1]
        await running.press("z")
        await drawn(running)
        assert all(braille(picture(running, name)) for name in FIGURES)
        assert "15 min live" in running.text
        await running.press("left_square_bracket")
        assert "-7 min" in running.text
        assert not running.app.screen.query_one("#lists").display
        await running.press("escape")
        assert running.app.screen.query_one("#lists").display
        assert not running.app.screen.query_one("#charts").display


@pytest.mark.parametrize("size", [WIDE, NORMAL, NARROW], ids=["wide", "normal", "narrow"])
async def test_a_tenants_charts_share_a_window_that_stays_in_sight(size: tuple[int, int]) -> None:
    async with console(size, recorded()) as running:
        await running.press("3")
        await running.press("z")
        await drawn(running)
        assert "15 min live" in running.text
        shown = [widget for widget in running.app.screen.query(Chart) if widget.in_sight and widget._plot is not None]
        assert shown
        assert all(braille(rows(widget)) for widget in shown)
        await running.press("left_square_bracket")
        await drawn(running)
        assert "-7 min" in running.text


async def test_a_time_without_data_says_so() -> None:
    async with console(WIDE, recorded(minutes=20)) as running:
        await running.enter_command("span 6h")
        await running.press("left_square_bracket")
        await drawn(running)
        assert "nothing is known of this time" in picture(running, "ops")
        await running.tell(recorded(minutes=0))
        await running.press("0")
        await drawn(running)
        assert "collecting" in picture(running, "ops")


def plot_of(values: Sequence[float], step: float = 10.0, **bounds: Any) -> Plot:
    """Return a plot of values, one every `step` seconds."""
    series = Series(gap=4 * step)
    for number, value in enumerate(values):
        series.append(number * step, value)
    return Plot(series, 0.0, len(values) * step, 0, **bounds)


def pictured(plot: Plot, size: tuple[int, int]) -> list[str]:
    """Return the lines of a drawing."""
    return [plain(row) for row in draw(plot.track.between(plot.start, plot.end, 2 * size[0]), plot, size)]


@pytest.mark.parametrize("size", [(16, 4), (28, 6), (50, 11), (160, 50)])
@pytest.mark.parametrize(
    "values",
    [
        [5.0] * 100,
        [float(number) for number in range(100)],
        [0.0, 3e38] * 50,
        [-3e38, 3e38] * 50,
        [1e-30, 2e-30] * 50,
        [1.0, float("nan")] * 50,
    ],
    ids=["flat", "rising", "huge", "both ends", "tiny", "alone between gaps"],
)
def test_any_figures_make_a_chart_of_the_size(values: list[float], size: tuple[int, int]) -> None:
    lines = pictured(plot_of(values), size)
    assert len(lines) == size[1]
    assert all(len(line) == size[0] for line in lines)
    assert braille("".join(lines))


def test_no_line_is_drawn_across_a_gap() -> None:
    whole = pictured(plot_of([5.0] * 100, low=0.0, high=10.0), (60, 8))
    torn = pictured(plot_of([5.0] * 30 + [float("nan")] * 40 + [5.0] * 30, low=0.0, high=10.0), (60, 8))
    assert [line[20:30] for line in whole] != [line[20:30] for line in torn]
    assert not braille("".join(line[20:30] for line in torn))
    assert braille("".join(line[2:10] for line in torn))


@pytest.mark.parametrize("size", [(15, 20), (60, 3)])
def test_where_there_is_no_room_it_says_so(size: tuple[int, int]) -> None:
    assert pictured(plot_of([1.0, 2.0] * 50), size) == ["no room for a chart"]


def test_the_scale_of_what_is_counted_ends_at_nothing() -> None:
    assert not any("-" in row for row in pictured(plot_of([0.0, 900.0] * 50), (60, 8)))
    assert any("-54" in row for row in pictured(plot_of([-9.0, 900.0] * 50), (60, 8)))


def test_figures_beside_a_chart_differ() -> None:
    text = "\n".join(pictured(plot_of([1170.0, 1204.0, 1190.0] * 40), (60, 12)))
    assert all(figure in text for figure in ("1,168", "1,206", "1,190"))


@pytest.mark.parametrize("value", [1e6, 1e9, -1e9, 1.7e308, -1.7e308])
@pytest.mark.parametrize("ends", [(0.0, 100.0), (None, None), (50.0, None)])
def test_a_figure_far_beyond_its_scale_is_drawn_at_the_edge(
    value: float, ends: tuple[float | None, float | None]
) -> None:
    """It took gigabytes, or ended the process."""
    points = [(float(at), value if at % 20 else 50.0) for at in range(0, 900, 10)]
    series = Series()
    for at, figure in points:
        series.append(at, figure)
    low, high = ends
    lines = draw(points, Plot(series, 0, 900, 0, low, high), (40, 8))
    assert braille("\n".join(plain(row) for row in lines))

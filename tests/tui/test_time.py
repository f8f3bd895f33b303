"""Ages, staleness, pause, and what is shown while a census runs or a source fails."""

from __future__ import annotations

from kryonix_tui.model.source import Condition, SourceName, SourceState
from tests.tui.conftest import Clock
from tests.tui.console import NARROW, NORMAL, WIDE, console
from tests.tui.updates import START, Stage, failing, later, states

TILES = ("tenants", "sessions", "hit_rate", "queues", "alerts", "memory", "ops", "latency")


async def test_every_tile_has_an_age_that_grows(clock: Clock) -> None:
    async with console(WIDE, Stage().update()) as running:
        assert all("now" in running.line(f"tile-{name}") for name in TILES)
        clock.advance(3)
        running.app.tick()
        await running.settle()
        assert all("3s" in running.line(f"tile-{name}").splitlines()[0] for name in TILES)
        assert "redis 3s" in running.line("status")


async def test_after_two_intervals_a_tile_says_stale(clock: Clock) -> None:
    async with console(WIDE, Stage().update()) as running:
        clock.advance(4)
        running.app.tick()
        assert "STALE" not in running.line("tile-memory")
        clock.advance(1)
        running.app.tick()
        assert "STALE 5s" in running.line("tile-memory")
        assert "STALE" not in running.line("tile-hit_rate")
        clock.advance(116)
        running.app.tick()
        assert all("STALE 2m" in running.line(f"tile-{name}") for name in TILES)
        await running.settle()
        assert "STALE" in running.text


async def test_staleness_is_seen_in_every_layout(clock: Clock) -> None:
    for size in (WIDE, NORMAL, NARROW):
        clock.moment = START
        async with console(size, Stage().update()) as running:
            clock.advance(600)
            for name in ("overview", "tenant"):
                running.app.navigation.go(name)
                running.app.tick()
                await running.settle()
                assert "STALE, last answer 10 min ago" in running.line("troubles")
                assert "▲" in running.line("status")


async def test_a_pause_holds_figures_and_ages(clock: Clock) -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        clock.advance(2)
        await running.press("p")
        clock.advance(60)
        stage.hit_rates["nova"] = 95.0
        await running.tell(stage.update(clock.moment))
        running.app.tick()
        assert "PAUSED 1 min" in running.line("status")
        assert "2s" in running.line("tile-memory")
        await running.press("2")
        assert "nova" not in running.rows()
        await running.press("p")
        assert "nova" in running.rows()
        assert "PAUSED" not in running.line("status")
        assert "redis now" in running.line("status")


async def test_a_failing_source_says_what_happened_and_what_to_do() -> None:
    update = Stage().update(sources=states(START, failing(SourceName.PROMETHEUS)))
    async with console(WIDE, update) as running:
        for key in "123468":
            await running.press(key)
            [line] = running.line("troubles").splitlines()
            assert line.startswith("✖ Prometheus: Unreachable: nobody listens at 127.0.0.1:1")
            assert "Is it running?" in line
            assert line in "\n".join(row.rstrip() for row in running.text.splitlines())
        await running.tell(Stage().update())
        assert not running.app.screen.query_one("#troubles").display


async def test_a_source_that_never_answered_says_so() -> None:
    update = Stage().update(sources=states(START, failing(SourceName.REDIS, None)))
    async with console(WIDE, update) as running:
        assert "no data yet" in running.line("troubles")
        assert "no answer" in running.line("tile-memory")


async def test_a_running_census_shows_its_progress_and_estimates() -> None:
    stage = Stage()
    stage.complete, stage.progress = False, 0.5
    running_census = SourceState(SourceName.CENSUS, Condition.WAITING, 60.0)
    async with console(WIDE, stage.update(sources=states(START, running_census))) as running:
        assert "census ████░░░░ 50 %" in running.line("status")
        assert "~4" in running.line("tile-tenants")
        assert "~" in running.line("tile-sessions")
        await running.press("2")
        assert "estimates" in running.line("filter-line")
        stage.complete = True
        await running.tell(stage.update())
        assert "estimates" not in running.line("filter-line")
        assert "░" not in running.line("status")
        await running.press("1")
        assert "~" not in running.line("tile-tenants")


async def test_an_update_between_two_ticks_is_drawn_at_once(clock: Clock) -> None:
    stage = Stage()
    async with console(WIDE, stage.update()) as running:
        stage.hit_rates = {"sozinho": 10.0}
        await running.tell(stage.update(later(1)))
        assert "sozinho" in running.text

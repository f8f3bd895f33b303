"""The wall in Textual's pilot: what becomes of mistakes of its own, and of a server whose users change."""

from __future__ import annotations

import asyncio
import gc
import random
import sys
from collections.abc import AsyncIterator, Callable, Sized
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from kryonix_tui.clock import Instant
from kryonix_tui.config.wallboard import Turn, Wallboard
from kryonix_tui.model.alert import Severity
from kryonix_tui.model.permissions import RedisPermissions, Witness
from kryonix_tui.model.source import SourceName
from kryonix_tui.model.visible import EVERYBODY
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.wallboard import app as wallboard
from kryonix_tui.wallboard import proof
from kryonix_tui.wallboard.app import Reader, WallboardApp
from kryonix_tui.wallboard.turns import screens
from tests.tui.conftest import Clock
from tests.tui.console import FakeMonitor, loaded
from tests.tui.updates import Stage, alert, failing, states

READ_ONLY = RedisPermissions("kx_mon", can_write=False, witness=Witness.DRY_RUN)
WRITER = RedisPermissions("kx_mon", can_write=True, witness=Witness.DRY_RUN, writes=("SET",))


@dataclass
class Hung:
    """A wall with its monitor, and what its server says of the user."""

    app: WallboardApp
    pilot: Pilot[Any]
    monitors: list[FakeMonitor]
    said: list[RedisPermissions] = field(default_factory=lambda: [READ_ONLY])

    @property
    def text(self) -> str:
        """What is on the wall."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, wanted: Callable[[str], bool]) -> None:
        """Let it live until it shows something."""
        async with asyncio.timeout(60):
            while not wanted(self.text):
                self.app.second()
                await self.pilot.pause(0.01)

    async def tell(self, stage: Stage, **given: Any) -> None:
        """Let an update arrive."""
        self.monitors[-1].tell(stage.update(**given))
        self.app.second()
        await self.pilot.pause()
        await self.pilot.pause()


class Ending(FakeMonitor):
    """A monitor that fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """As the monitor, until it fails."""
        await self.ended.wait()
        raise ExceptionGroup("tasks", [ZeroDivisionError()])


@pytest.fixture(autouse=True)
def _on_its_own(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Other tests of this process have loaded what a wall must not. Its clock stands still."""
    for place in ("app", "proof"):
        monkeypatch.setattr(f"kryonix_tui.wallboard.{place}.now", clock)
    for name in [name for name in sys.modules if name.startswith(proof.WRITE_SIDE)]:
        monkeypatch.delitem(sys.modules, name)


@asynccontextmanager
async def hung(
    make: Callable[[], FakeMonitor] = FakeMonitor,
    size: tuple[int, int] = (120, 40),
    *,
    bell: bool = True,
    locked: bool = False,
) -> AsyncIterator[Hung]:
    """Yield a wall that has proven that it cannot write."""
    monitors: list[FakeMonitor] = []
    said = [READ_ONLY]

    async def ask() -> RedisPermissions:
        return said[-1]

    def reader() -> Reader:
        monitors.append(make())
        return Reader(cast("Monitor", monitors[-1]), ask)

    turns = (Turn(screen="overview", seconds=3600), Turn(screen="tenant", seconds=3600))
    settings = Wallboard(screens=turns, bell=bell)
    found = loaded(wallboard=settings)
    app = WallboardApp(found, screens(settings.screens, EVERYBODY), reader, locked=locked, accepted=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        wall = Hung(app, pilot, monitors, said)
        await wall.until(lambda text: "● read-only" in text)
        yield wall


async def test_a_monitor_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(FakeMonitor):
        async def run(self) -> None:
            if len(wall_monitors) == 1:
                raise ExceptionGroup("tasks", [ZeroDivisionError()])
            await super().run()

    wall_monitors: list[FakeMonitor] = []

    def make() -> FakeMonitor:
        wall_monitors.append(Failing())
        return wall_monitors[-1]

    monkeypatch.setattr(wallboard, "REST", 0.2)
    async with hung(make) as wall:
        await wall.until(lambda text: "reading failed (ZeroDivisionError) and is started again" in text)
        # It is made in a thread, and listened to after that.
        await wall.until(lambda _text: len(wall.monitors) == 2 and wall.monitors[1].running.is_set())
        await wall.tell(Stage({"alfa": 91.0}, []))
        await wall.until(lambda text: "reading failed" not in text)


async def test_what_cannot_be_drawn_is_said_and_drawn_when_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hung() as wall:
        await wall.tell(Stage({"alfa": 91.0}, []))
        with monkeypatch.context() as broken:
            broken.setattr("kryonix_tui.wallboard.scene.picture", lambda *_given: 1 // 0)
            await wall.until(lambda text: "this could not be drawn: ZeroDivisionError" in text)
        await wall.until(lambda text: "Tenants" in text and "could not" not in text)


async def test_a_user_that_becomes_able_to_write_is_marked_when_the_server_was_gone() -> None:
    async with hung() as wall:
        stage = Stage({"alfa": 91.0}, [])
        await wall.tell(stage)
        wall.said.append(WRITER)
        update = stage.update()
        await wall.tell(stage, sources=states(update.snapshot.taken_at, failing(SourceName.REDIS)))
        assert "NOT READ-ONLY" not in wall.text
        await wall.tell(stage)
        await wall.until(lambda text: "NOT READ-ONLY: the Redis user kx_mon could write: SET" in text)
        assert "ACL SETUSER" in wall.text
        assert "Tenants" in wall.text


async def test_after_a_sleep_of_the_machine_everything_is_asked_anew(clock: Clock) -> None:
    """Pauses are measured by a clock that sleeps with the machine: the next question would come in an hour."""
    async with hung() as wall:
        stage = Stage({"alfa": 91.0}, [])
        await wall.tell(stage)
        wall.said.append(WRITER)
        clock.advance(wallboard.SLEPT)
        wall.app.second()
        assert wall.monitors[-1].refreshed == 0
        clock.advance(3 * 86_400.0)
        await wall.until(lambda text: "NOT READ-ONLY" in text)
        assert wall.monitors[-1].refreshed == 1
        assert "STALE" in wall.text


@pytest.mark.parametrize("jump", [-5 * 3600.0, 5 * 3600.0, -400 * 86_400.0])
async def test_a_wall_clock_that_is_set_ages_nothing_and_asks_nothing(clock: Clock, jump: float) -> None:
    async with hung() as wall:
        await wall.tell(Stage({"alfa": 91.0, "gama": 40.0}, []))
        before, moment = wall.app.title_of_slide, clock.moment
        clock.moment = Instant(moment.wall + jump, moment.steady + 1.0)
        wall.app.second()
        await wall.pilot.pause()
        assert (wall.app.title_of_slide, wall.monitors[-1].refreshed) == (before, 0)
        assert "STALE" not in wall.text
        assert "could not be drawn" not in wall.text


@pytest.mark.parametrize(("bell", "rung"), [(True, 1), (False, 0)])
async def test_the_bell_rings_once_for_what_has_become_worse(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, *, bell: bool, rung: int
) -> None:
    """One that comes and goes every ten seconds, for longer than it would have to be gone, is one."""
    rings: list[int] = []
    async with hung(bell=bell) as wall:
        monkeypatch.setattr(wall.app, "bell", lambda: rings.append(1))
        stage = Stage({"alfa": 91.0}, [alert("Watchdog", None, Severity.NONE)])
        await wall.tell(stage)
        for flap in range(40):
            clock.advance(10.0)
            stage.hit_rates["alfa"] = 91.0 if flap % 2 else 40.0
            wall.monitors[-1].tell(stage.update(clock.moment))
            for _paint in range(2):
                wall.app.second()
        assert len(rings) == rung


@pytest.mark.timeout(400)
async def test_weeks_leave_no_trace_in_the_program(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week: servers go and come, the monitor fails, keys are pressed, sizes change, the machine sleeps."""
    monkeypatch.setattr(wallboard, "REST", 0.0)
    # What a test writes into the log is kept with all that it is about.
    monkeypatch.setattr(wallboard.log, "disabled", True)
    dice, ends, told = random.Random(5), list[Ending](), list[Instant]()

    def make() -> FakeMonitor:
        ends.append(Ending())
        return ends[-1]

    async with hung(make, locked=True) as wall:
        stage = Stage({f"tenant{number}": 90.0 for number in range(6)}, [])

        async def live(hours: int) -> tuple[int, ...]:
            for hour in range(hours):
                moment = clock.advance(dice.choice([1.0, 3600.0, 7200.0]))
                stage.hit_rates = {name: dice.choice([90.0, 90.0, 40.0]) for name in stage.hit_rates}
                stage.alerts = dice.choice([[], [alert("Watchdog", None, Severity.NONE)]])
                down = [failing(name) for name in SourceName if dice.random() < 0.2]
                wall.monitors[-1].tell(stage.update(moment, states(moment, *down)))
                app = wall.app
                dice.choice([app.action_leave, app.action_next, app.action_previous, ends[-1].ended.set])()
                if hour % 10 == 0:
                    await wall.pilot.resize_terminal(*dice.choice([(120, 40), (80, 24), (50, 30)]))
                await asyncio.sleep(0)
            await wall.pilot.resize_terminal(80, 24)
            gc.collect()
            kept = (asyncio.all_tasks(), app.workers, app.screen.walk_children(), app._notifications)
            # Modules may be imported at any time; what they are made of is not ours.
            ours = sum(
                type(one).__module__.startswith(("kryonix_tui", "textual", "asyncio")) for one in gc.get_objects()
            )
            return ours, *(len(cast("Sized", one)) for one in kept)

        # What expires by the clock of the terminal would all be there at the end.
        monkeypatch.setattr(wall.app, "notify", lambda *_given, **_options: told.append(clock.moment))
        await live(30)
        before, after = await live(10), await live(40)
        assert "could not be drawn" not in wall.text
        assert after[1:] == before[1:]
        assert after[0] < before[0] + 1500
        assert len(ends) > 5
        assert all(one.age(other) >= wallboard.TOLD for one, other in pairwise(told))


async def test_another_server_is_asked_anew() -> None:
    """After a failover, or a restart between two readings, nothing has failed and yet it is another server."""
    async with hung() as wall:
        stage = Stage({"alfa": 91.0}, [])
        await wall.tell(stage)
        wall.said.append(WRITER)
        update = stage.update()
        reading = update.snapshot.server
        assert reading is not None
        another = replace(reading, value=replace(reading.value, run_id="another"))
        wall.monitors[-1].tell(replace(update, snapshot=replace(update.snapshot, server=another)))
        await wall.until(lambda text: "NOT READ-ONLY" in text)


@pytest.mark.parametrize("size", [(200, 50), (160, 45), (80, 24), (50, 30)])
async def test_every_screen_fills_every_size(size: tuple[int, int]) -> None:
    async with hung(size=size) as wall:
        await wall.tell(Stage({"alfa": 91.0, "beta": 90.0}, []))
        seen = set[str]()
        for _page in range(len(wall.app._scene.rotation.order)):
            rows = wall.text.splitlines()
            assert len(rows) == size[1]
            assert "could not be drawn" not in wall.text
            assert rows[-1].rstrip()[-1:] in ("╯", "┛")
            assert "STALE" not in wall.text
            seen.add(rows[0][:36])
            await wall.pilot.press("n")
            await wall.pilot.pause()
            await wall.pilot.pause()
        assert len(seen) == len(wall.app._scene.rotation.order)


async def test_nothing_but_next_previous_and_quit_does_anything() -> None:
    async with hung() as wall:
        await wall.tell(Stage({"alfa": 91.0}, []))
        before = wall.text
        await wall.pilot.press(
            "1", "7", "colon", "slash", "x", "question_mark", "ctrl+p", "enter", "tab", "escape", "b"
        )
        await wall.pilot.pause()
        assert wall.text == before
        assert {binding.action for binding in wall.app._bindings.key_to_bindings.get("q", [])} == {"leave"}
        actions = {one.action for bindings in wall.app._bindings.key_to_bindings.values() for one in bindings}
        assert actions == {"next", "previous", "leave"}
        assert not wall.app.screen._bindings.key_to_bindings

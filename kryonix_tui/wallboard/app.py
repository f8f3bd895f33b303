"""The wall in a terminal: drawn once a second whatever happens, and a monitor beside it that is started again if it fails.

monitor --Update--> latest ─┐
prover --Proof--> proof ────┼─ every second ─▶ scene ─▶ wall
keys: next, previous, quit ─┘
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from kryonix_tui.analysis.update import Update
from kryonix_tui.clock import Instant, now
from kryonix_tui.config.load import Loaded
from kryonix_tui.config.options import RunOptions
from kryonix_tui.i18n import _
from kryonix_tui.model.permissions import RedisPermissions
from kryonix_tui.model.source import Condition, SourceName
from kryonix_tui.model.visible import Visible
from kryonix_tui.monitor.monitor import Monitor
from kryonix_tui.tui.starting import nothing_yet
from kryonix_tui.tui.terminal import TerminalApp, run_in_terminal
from kryonix_tui.view.cells import Cell, Line, Tone, line
from kryonix_tui.wallboard import signs
from kryonix_tui.wallboard.alerting import Pulse
from kryonix_tui.wallboard.proof import Ask, Proof, Prover, prove_here, refusal
from kryonix_tui.wallboard.scene import Scene
from kryonix_tui.wallboard.turns import Shown, screens
from kryonix_tui.wallboard.wall import Wall

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between two drawings."""
REST: Final = 5.0
"""Seconds after which a monitor that failed is started again."""
SLEPT: Final = 20.0
"""Seconds between two drawings after which this machine has slept: what was read and proven before is asked anew."""
TOLD: Final = 10.0
"""Seconds for which it is said that a wall is locked: whoever leans on a key is told once."""
LEAST_WIDTH, LEAST_HEIGHT = 40, 12


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads the servers, and how the server is asked whether its user could write."""

    monitor: Monitor
    ask: Ask


class WallboardApp(TerminalApp, inherit_bindings=False):
    """The wallboard. `locked`: only signals end it. `accepted`: a user that could write is said, and no reason to stop."""

    TITLE = "KRYONIX"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        ("right,n,space", "next", "Next"),
        ("left,p", "previous", "Previous"),
        ("q,ctrl+c,ctrl+q", "leave", "Quit"),
    ]

    def __init__(
        self, loaded: Loaded, shown: list[Shown], make_reader: Callable[[], Reader], *, locked: bool, accepted: bool
    ) -> None:
        super().__init__(loaded)
        self._make_reader = make_reader
        self._locked = locked
        self._accepted = accepted
        self._reader: Reader | None = None
        self._reads = asyncio.Event()
        self._prover = Prover(self._ask, self.config.wallboard.recheck)
        self._scene = Scene(loaded, shown)
        self._spoken = False
        self._broken = ""
        self._run_id = ""
        self._nudged: dict[SourceName, float] = {}
        self._pulse = Pulse(self.config.wallboard.watchdog)
        self._last_second: Instant | None = None
        self._told_locked: Instant | None = None
        self.latest = nothing_yet(self.config)
        self.title_of_slide = ""
        self.refused: Proof | None = None

    def get_default_screen(self) -> Wall:
        """Return the one screen."""
        return Wall()

    async def on_mount(self) -> None:
        """Begin to read, to prove and to draw."""
        self.end_on_signals()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.action_leave)
        self.run_worker(self._read_for_ever(), name="monitor", exit_on_error=True)
        self.run_worker(self._prover.run(self._proven), name="prover", exit_on_error=True)
        self.set_interval(TICK, self.second)
        self.call_after_refresh(self.second)

    # What is read -----------------------------------------------------------------------------------------------------

    async def _read_for_ever(self) -> None:
        """Read; what fails is said and started again: nobody stands by to do it."""
        while True:
            try:
                self._reader = await asyncio.to_thread(self._make_reader)
                self._reader.monitor.listen(self._arrived)
                self._reads.set()
                await self._reader.monitor.run()
            except Exception as error:
                log.exception("the monitor failed")
                reason = type(_innermost(error)).__name__
                self._broken = _("reading failed ({reason}) and is started again").format(reason=reason)
            await asyncio.sleep(REST)

    async def _ask(self) -> RedisPermissions:
        await self._reads.wait()
        assert self._reader is not None  # noqa: S101 - it is there when it reads
        return await self._reader.ask()

    def _arrived(self, update: Update) -> None:
        """Keep what was read. Where the server was gone, or is another one, nobody knows what its user may do."""
        redis = SourceName.REDIS
        states = [one.snapshot.sources[redis].condition for one in (self.latest, update)]
        server = update.snapshot.server
        run_id = server.value.run_id if server is not None else self._run_id
        if states == [Condition.FAILING, Condition.OK] or self._run_id not in ("", run_id):
            self._prover.again()
        self.latest, self._run_id, self._broken = update, run_id, ""

    def _ask_after_sleep(self, moment: Instant) -> None:
        """Read everything at once where time has passed that nobody noticed: pauses are measured by a clock that sleeps."""
        before, self._last_second = self._last_second, moment
        if before is not None and before.age(moment) > SLEPT:
            log.info("nothing happened for %.0f s: everything is asked anew", before.age(moment))
            self._prover.again()
            if self._reader is not None:
                self._reader.monitor.refresh()

    def _ask_who_fails(self, moment: Instant) -> None:
        """Read a source that fails as often as one that answers: whoever watches a wall does not press a key for it."""
        intervals = self.config.intervals
        for name, seconds in (
            (SourceName.REDIS, intervals.redis),
            (SourceName.PROMETHEUS, intervals.prometheus),
            (SourceName.ALERTMANAGER, intervals.alertmanager),
        ):
            failing = self.latest.snapshot.sources[name].condition is Condition.FAILING
            due = moment.steady - self._nudged.get(name, 0.0) >= seconds
            if failing and due and self._reader is not None:
                self._nudged[name] = moment.steady
                self._reader.monitor.refresh(name)

    def _proven(self, proof: Proof) -> None:
        """Take what the server said. Who could write from the beginning gets no wall; who may later on, a loud one."""
        if proof.writable and not self._shows:
            self.refused = proof
            self.exit(None)
            return
        self._spoken = self._spoken or proof.known
        self.second()

    @property
    def _shows(self) -> bool:
        """Whether figures may be shown: it was proven once, or accepted that it cannot be."""
        return self._spoken or self._accepted

    # What is shown ----------------------------------------------------------------------------------------------------

    def second(self) -> None:
        """A second has passed: draw. A mistake in a drawing is said, and the next second is another one."""
        self.leave_lost_terminal()
        wall = self.screen_stack[0] if self.screen_stack else None
        if not isinstance(wall, Wall) or not wall.is_mounted or not wall.room[0]:
            return
        moment = now()
        self._ask_after_sleep(moment)
        self._ask_who_fails(moment)
        try:
            self._draw(wall, moment)
        except Exception as error:
            log.exception("a slide could not be drawn")
            text = _("this could not be drawn: {reason}").format(reason=type(error).__name__)
            wall.show([], [line(Cell(f"✖ {text}", Tone.CRITICAL))], [], [])

    def on_resize(self) -> None:
        """Another size, other pages."""
        super().on_resize()
        self.call_after_refresh(self.second)

    def _draw(self, wall: Wall, moment: Instant) -> None:
        update, size = self.latest, (self.size.width, self.size.height)
        standing = self._standing(update, moment)
        if size[0] < LEAST_WIDTH or size[1] < LEAST_HEIGHT:
            wall.show([], [], [line(Cell(_("The terminal is too small."), Tone.WARNING))], [])
            return
        if not self._shows:
            wall.show([], [], signs.waiting(standing.proof, update, moment), [])
            return
        marks: list[Line] = signs.marks(update, moment, standing)
        room = wall.room
        sight = self._scene.sight(update, moment, standing, room, size)
        if sight is None:
            return
        self.title_of_slide = sight.title
        wall.show(sight.head, marks, sight.lines, sight.plotted)
        self.call_after_refresh(self._fit, wall, room)
        if sight.rings and self.config.wallboard.bell:
            self.bell()
        if self._reader is not None:
            self._reader.monitor.look_at(sight.tenants)
            self._reader.monitor.ask(sight.questions)

    def _fit(self, wall: Wall, room: tuple[int, int]) -> None:
        """Draw again where the lines above have left another room than the slide was drawn for."""
        if wall.is_attached and wall.room != room:
            self.second()

    def _standing(self, update: Update, moment: Instant) -> signs.Standing:
        state = self._pulse.feel(update, moment)
        return signs.Standing(self._prover.proof, self._prover.late(moment), state, self._accepted, self._broken)

    # What can be done -------------------------------------------------------------------------------------------------

    def action_next(self) -> None:
        """Go on."""
        self._scene.rotation.next(now().steady)
        self.second()

    def action_previous(self) -> None:
        """Go back."""
        self._scene.rotation.previous(now().steady)
        self.second()

    def action_leave(self) -> None:
        """Quit, unless it is locked: then say how it can be ended."""
        if not self._locked:
            self.exit(0)
            return
        text = _("This wall is locked. To end it: kill {process}").format(process=os.getpid())
        moment, told = now(), self._told_locked
        if told is None or told.age(moment) >= TOLD:
            self._told_locked = moment
            self.notify(text, severity="warning", timeout=TOLD, markup=False)


def _innermost(error: BaseException) -> BaseException:
    """Return what happened in a task of a group, the first where there are several."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def run(loaded: Loaded, options: RunOptions, make_reader: Callable[[], Reader], *, locked: bool, accepted: bool) -> int:
    """Run the wallboard in this terminal until it is ended; return the exit code.

    Raises:
        ConfigError: a screen of the rotation cannot be used.
        RefusedError: it could write, and that was not accepted.
    """
    prove_here()
    shown = screens(loaded.config.wallboard.screens, Visible(loaded.config.tenants))
    app = WallboardApp(loaded, shown, make_reader, locked=locked, accepted=accepted)
    log.debug("the wallboard starts")
    code = run_in_terminal(app, options, mouse=False)
    if app.refused is not None:
        raise refusal(app.refused)
    return code

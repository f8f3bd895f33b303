"""One long-lived loop per source: read, publish, wait. Readings never overlap.

A source that fails is tried again with growing, jittered delays; what it gave before stays, with its age.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from kryonix_tui.clock import now
from kryonix_tui.errors import DeadlineError, KryonixError
from kryonix_tui.i18n import _
from kryonix_tui.model.source import Condition, SourceName, SourceState, Trouble

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 15.0
"""Seconds between two attempts at a dead source, unless its own interval is longer."""

Attempt = Callable[[], Awaitable[None]]
"""Reads once and publishes what it got; raises `SourceError` where it could not."""


class Poller:
    """Runs one source's attempts and keeps its state.

    `deadline` is a last resort in seconds against an attempt that never returns; None where an attempt may take as long
    as it needs (a census).
    """

    def __init__(
        self,
        name: SourceName,
        interval: float,
        attempt: Attempt,
        changed: Callable[[SourceState], None],
        deadline: float | None = 30.0,
    ) -> None:
        self.state = SourceState(name, Condition.WAITING, interval)
        self._pause = interval
        self._began = 0.0
        self._attempt = attempt
        self._changed = changed
        self._deadline = deadline
        self._nudged = asyncio.Event()

    def progressed(self) -> None:
        """Say that the reading under way gets on: what it takes so far is no reason to call the last one stale."""
        interval = max(self.state.interval, self._pause + time.monotonic() - self._began)
        self._publish(replace(self.state, interval=interval))

    def nudge(self) -> None:
        """Read now instead of after the wait that is under way."""
        self._nudged.set()

    async def run(self) -> None:
        """Read for ever, until cancelled."""
        while True:
            await self.once()
            await self._wait()

    async def once(self) -> bool:
        """Read once; return whether it went well. Never raises for a source's sake."""
        self._began = time.monotonic()
        limit = asyncio.timeout(self._deadline)
        try:
            async with limit:
                await self._attempt()
        except KryonixError as error:
            self._failed(Trouble(error.title, error.message, error.hint))
        except Exception as error:
            if limit.expired():
                self._failed(no_answer(self._deadline or 0))
                return False
            # A defect in one source must not end the console: it is shown like any failure, and logged with its trace.
            log.exception("reading %s failed unexpectedly", self.state.name)
            self._failed(Trouble(_("Internal error"), type(error).__name__, _("The log has the details.")))
        else:
            self._succeeded()
            return True
        return False

    def _succeeded(self) -> None:
        # From one reading to the next it takes the pause and the reading itself: a census of minutes is not stale.
        interval = self._pause + time.monotonic() - self._began
        good = replace(self.state, condition=Condition.OK, interval=interval, last_good=now(), trouble=None, failures=0)
        self._publish(good)

    def _failed(self, trouble: Trouble) -> None:
        failures = self.state.failures + 1
        if self.state.trouble != trouble:
            log.warning("%s: %s: %s", self.state.name, trouble.title, trouble.message)
        self._publish(replace(self.state, condition=Condition.FAILING, trouble=trouble, failures=failures))

    def _publish(self, state: SourceState) -> None:
        self.state = state
        self._changed(state)

    async def _wait(self) -> None:
        delay = backoff(self._pause, self.state.failures)
        try:
            async with asyncio.timeout(delay):
                await self._nudged.wait()
        except TimeoutError:
            pass
        self._nudged.clear()


def no_answer(seconds: float) -> Trouble:
    """Return the trouble of a reading that was given up after `seconds`."""
    return Trouble(DeadlineError.default_title, _("no answer within {seconds:.0f} s").format(seconds=seconds))


def backoff(interval: float, failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, bounded, jittered by a fifth."""
    if not failures:
        return interval
    longest = max(interval, LONGEST_BACKOFF)
    grown = min(longest, interval * 2.0 ** min(failures - 1, 16))
    return grown * random.uniform(0.8, 1.2)

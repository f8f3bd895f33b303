"""When a console in the pilot is at rest: nothing in its event loop can run, and nothing is about to.

Textual's pilot takes a program for idle that has used little processor time for a while. That waits too long where the
machine is free, and not long enough where it is busy: a thread that gets no processor uses none either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import pytest

SOON = 0.02
"""A timer that is due within so many seconds is waited for: Textual repaints 1/120 s after it was asked to."""

LONGEST = 20.0
"""Seconds of waiting after which a console is taken as it is. Who holds a thread up sets it lower."""

_in_threads: set[asyncio.Future[Any]] = set()


def watch_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pilot wait for `rest` where it waits for an idle program."""
    for place in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{place}.wait_for_idle", rest)
    plain = asyncio.BaseEventLoop.run_in_executor

    def watched(
        loop: asyncio.BaseEventLoop, executor: Executor | None, work: Callable[..., Any], *arguments: Any
    ) -> asyncio.Future[Any]:
        under_way = plain(loop, executor, work, *arguments)
        _in_threads.add(under_way)
        under_way.add_done_callback(_in_threads.discard)
        return under_way

    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", watched)


async def rest(shortest: float = 0.0, longest: float | None = None) -> None:
    """Return when nothing is ready to run, in no thread either, and no timer is due soon.

    It waits for threads and timers no more than `longest` seconds; what is ready to run is run, however long it takes.
    Seconds in which the whole machine stood still do not count.
    """
    del shortest
    longest = LONGEST if longest is None else longest
    loop: Any = asyncio.get_running_loop()
    waited = 0.0
    while waited < longest:
        await asyncio.sleep(0)
        now = loop.time()
        threads = {under_way for under_way in _in_threads if under_way.get_loop() is loop}
        due = [timer.when() for timer in loop._scheduled if not timer.cancelled() and timer.when() < now + SOON]
        if loop._ready:
            continue
        if threads:
            await asyncio.wait(threads, timeout=SOON)
        elif due:
            await asyncio.sleep(max(0.0, min(due) - now))
        else:
            return
        waited += min(SOON, loop.time() - now)

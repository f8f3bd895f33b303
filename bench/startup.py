"""From the command to the first live figures on screen, against a hello-world Textual app's first paint.

Both find bytecode for all that they import, as installed packages have it.
"""

from __future__ import annotations

import compileall
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect

import kryonix_tui
from bench.keyspace import TENANTS, seed
from bench.result import Result, against
from tests.servers import RedisServer

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("HELLO-IS-PAINTED")
Hello().run()
"""

PAINTED = "HELLO-IS-PAINTED"
SKELETON = "Overview"
FIGURES = r"tenant_\d+"
"""A tenant of `platform` by its name: it stands on the overview because its hit rate was read from the server."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a text was on screen: seconds since the start, and seconds of CPU that the program had used by then."""

    wall: float
    cpu: float


def run(*, quick: bool) -> list[Result]:
    """Measure rounds that take turns. What it costs in CPU depends less on what else the machine does."""
    rounds = 3 if quick else 7
    keys = 100_000 if quick else 1_000_000
    ours: list[Moment] = []
    peer: list[Moment] = []
    with platform(keys) as url:
        for _round in range(rounds):
            peer += hello()
            ours.append(console(url)[-1])
    name, rival = f"start to first live figures, {keys:,} keys", "hello-world Textual app"
    return [
        against(name, [at.wall for at in ours], [at.wall for at in peer], rival, "s", 1.25),
        against("the same in CPU", [at.cpu for at in ours], [at.cpu for at in peer], rival, "s", 1.25),
    ]


@contextmanager
def platform(keys: int) -> Iterator[str]:
    """Run a server with so many keys, and with tenants that need attention; give its URL."""
    compileall.compile_dir(Path(kryonix_tui.__file__).parent, quiet=1)
    with RedisServer() as server:
        seed(server.url, keys)
        with server.client(3) as client:
            for number in range(TENANTS):
                client.delete(f"metrics:tenant:tenant_{number}")
                client.hset(f"metrics:tenant:tenant_{number}", "cache_hit_rate", "12.5")
        yield server.url


def hello() -> list[Moment]:
    """Return when a hello-world app had painted."""
    return moments(["-c", HELLO], PAINTED)


def console(url: str) -> list[Moment]:
    """Return when the console had painted its first screen, and when figures were on it."""
    return moments(["-m", "kryonix_tui", "--redis", url], SKELETON, FIGURES)


def moments(arguments: list[str], *patterns: str) -> list[Moment]:
    """Return when Python, called like this, had written each of some patterns to its terminal."""
    start = time.perf_counter()
    child = pexpect.spawn(sys.executable, arguments, dimensions=(40, 140), timeout=30, encoding="utf-8")
    found: list[Moment] = []
    for pattern in patterns:
        child.expect(re.compile(pattern))
        found.append(Moment(time.perf_counter() - start, cpu_seconds(int(child.pid or 0))))
    child.terminate(force=True)
    return found


def cpu_seconds(process: int) -> float:
    """Return the CPU that all threads of a process have used, to the nanosecond (Linux, /proc/PID/task/*/schedstat)."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

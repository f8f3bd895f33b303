"""What the console costs its own machine: CPU and bytes to the terminal beside btop, memory beside a hello-world app.

The wallboard is what will hang on a wall; until there is one, the Overview stands in for it. It looks at the demo's
platform of a thousand living tenants, with Prometheus and Alertmanager where they are installed, and reads the server
every second; it and btop draw in terminals of the same size during the same seconds. By then all keys were walked over
once and all tenants were read. At rest means: nobody presses a key; figures change all the time.
"""

from __future__ import annotations

import os
import select
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import pexpect
import psutil
import redis

from bench.keyspace import seed
from bench.result import Result, against
from kryonix_tui.demo.platform import DemoPlatform
from tests.servers import RedisServer

KRYONIX = Path(sys.executable).parent / "kryonix"
TENANTS = 1000
MANY = 10_000
HIGH, WIDE = 40, 140
CPU_GOAL, BYTES_GOAL, MEMORY_GOAL = 2.0, 4096.0, 2.5
REST = 5.0
"""Seconds without a SCAN after which the walk over all keys has ended."""
ALL_READ = 60.0
"""Seconds until the console has read every tenant once, at the usual pace."""
ALL_READ_SOON = 35.0
"""The same where it reads the next ones every second: enough to see what it holds then."""

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("HELLO-IS-PAINTED")
Hello().run()
"""


def run(*, quick: bool) -> list[Result]:
    """Measure CPU and bytes, then memory."""
    return [*_beside_btop(seconds=10 if quick else 60, rounds=3), *_memory(quick=quick)]


class Watched:
    """A program in a pseudo-terminal whose output is taken and counted as it comes. A context manager."""

    def __init__(self, program: str, *arguments: str, **environment: str) -> None:
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **environment}
        self._child: Any = pexpect.spawn(program, list(arguments), dimensions=(HIGH, WIDE), env=keep | given)
        self._process = psutil.Process(self._child.pid)
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._take)
        self.sent = bytearray()

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._reader.join()
        self._process.kill()
        self._child.wait()
        self._child.close()

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        return float(self._process.memory_info().rss) / 1e6

    def until(self, text: str, seconds: float = 60.0) -> None:
        """Wait until it has written `text`."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.sent:
            assert time.monotonic() < deadline, f"{text!r} was not written: {bytes(self.sent[-2000:])!r}"
            time.sleep(0.05)

    def _take(self) -> None:
        while not self._over.is_set():
            if select.select([self._child.child_fd], [], [], 0.2)[0]:
                try:
                    self.sent += os.read(self._child.child_fd, 65536)
                except OSError:  # it has ended
                    return


def _beside_btop(seconds: float, rounds: int) -> list[Result]:
    """Watch both, in rounds of some seconds."""
    with ExitStack() as stack:
        platform = stack.enter_context(DemoPlatform(TENANTS, 50_000))
        ours = stack.enter_context(_console(*_servers(platform), KRYONIX_INTERVALS_REDIS="1"))
        btop = stack.enter_context(_btop())
        _await_rest(platform.redis_url, ours)
        time.sleep(ALL_READ)
        costs: list[tuple[float, float, float]] = []
        for _round in range(rounds):
            before = ours.cpu, btop.cpu if btop else 0.0, len(ours.sent)
            time.sleep(seconds)
            after = ours.cpu, btop.cpu if btop else 0.0, len(ours.sent)
            mine, other, sent = ((now - then) / seconds for now, then in zip(after, before, strict=True))
            costs.append((100 * mine, 100 * other, sent))
    cpu, peer, sent_each = zip(*costs, strict=True)
    name = f"Overview of {TENANTS:,} tenants at 1 Hz"
    results = [Result(f"{name}, sent", statistics.median(sent_each), BYTES_GOAL, "4 KB/s", "B/s", 1.0)]
    if btop is None:
        print(f"btop is not installed: {name} takes {statistics.median(cpu):.1f} % of a core", flush=True)
        return results
    return [against(f"{name}, CPU", cpu, peer, "btop at 1 Hz", "% of a core", CPU_GOAL), *results]


@contextmanager
def _console(*arguments: str, **environment: str) -> Iterator[Watched]:
    """Run the console with a state folder of its own."""
    with (
        tempfile.TemporaryDirectory() as state,
        Watched(str(KRYONIX), *arguments, XDG_STATE_HOME=state, **environment) as console,
    ):
        yield console


def _servers(platform: DemoPlatform) -> list[str]:
    urls = {
        "--redis": platform.redis_url,
        "--prometheus": platform.prometheus_url,
        "--alertmanager": platform.alertmanager_url,
    }
    return [word for flag, url in urls.items() if url for word in (flag, url)]


@contextmanager
def _btop() -> Iterator[Watched | None]:
    """Run btop as it comes, once a second; None where it is not installed."""
    if shutil.which("btop") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "btop" / "btop.conf"
        config.parent.mkdir()
        config.write_text("update_ms = 1000\n", "utf-8")
        with Watched("btop", "--utf-force", XDG_CONFIG_HOME=folder) as btop:
            yield btop


def _await_rest(url: str, console: Watched) -> None:
    """Wait until the console has walked over all keys once: the server gets no SCAN for some seconds."""
    console.until("KRYONIX")
    with redis.Redis.from_url(url) as client:
        calls, since = 0, time.monotonic()
        while not calls or time.monotonic() - since < REST:
            time.sleep(0.2)
            stats: Mapping[str, Any] = client.info("commandstats")
            now = int(stats.get("cmdstat_scan", {}).get("calls", 0))
            if now != calls:
                calls, since = now, time.monotonic()


def _memory(*, quick: bool) -> list[Result]:
    """Measure the resident memory when all keys and all tenants were read, at two numbers of tenants."""
    keys = 300_000 if quick else 1_000_000
    wait, pace = (ALL_READ_SOON, {"KRYONIX_INTERVALS_TENANTS": "1"}) if quick else (ALL_READ, {})
    with Watched(sys.executable, "-c", HELLO) as hello:
        hello.until("HELLO-IS-PAINTED")
        time.sleep(2)
        peer = hello.megabytes
    results = []
    for tenants in (TENANTS, MANY):
        with RedisServer() as server:
            seed(server.url, keys, tenants)
            with _console("--redis", server.url, **pace) as console:
                _await_rest(server.url, console)
                time.sleep(wait)  # what is known of each tenant is held as well
                ours = console.megabytes
        name = f"resident memory, {keys:,} keys, {tenants:,} tenants"
        results.append(Result(name, ours, peer, "hello-world Textual app", "MB", MEMORY_GOAL))
    return results

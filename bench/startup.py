"""From the command to the first live figures on screen, against a hello-world Textual app's first paint."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pexpect

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

KRYONIX = Path(sys.executable).parent / "kryonix"


def run(*, quick: bool) -> list[Result]:
    """Measure rounds that take turns."""
    rounds = 3 if quick else 7
    ours: list[float] = []
    peer: list[float] = []
    with RedisServer() as server:
        with server.client(3) as client:
            client.hset("metrics:tenant:a_tenant_to_see", mapping={"cache_hit_rate": "12.5"})
        for _round in range(rounds):
            peer.append(seconds_until("HELLO-IS-PAINTED", sys.executable, ["-c", HELLO]))
            # A tenant under its threshold is named on the overview: its hit rate was read from the server.
            ours.append(seconds_until("a_tenant_to_see", str(KRYONIX), ["--redis", server.url]))
    return [against("start to first live figures", ours, peer, "hello-world Textual app", "s", 1.25)]


def seconds_until(text: str, command: str, arguments: list[str]) -> float:
    """Return the seconds until a program has written `text` to its terminal."""
    start = time.perf_counter()
    child = pexpect.spawn(command, arguments, dimensions=(40, 140), timeout=30, encoding="utf-8")
    child.expect_exact(text)
    taken = time.perf_counter() - start
    child.terminate(force=True)
    return taken

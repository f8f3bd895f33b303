"""A wall in a terminal, on servers that a test may kill: a Redis whose user reads only, and settings that wait for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kryonix_tui.model.permissions import monitor_acl_line
from kryonix_tui.sources.redis.guard import ALLOWED
from tests.pty.terminal import Terminal
from tests.servers import Server

USER = "wall"
READS = monitor_acl_line(USER).replace("PASSWORD", "pw").removeprefix("ACL SETUSER ")
"""As it stands in the server's configuration: a server that comes back knows its user."""

QUICK = {
    "KRYONIX_REDIS_CREDENTIALS_MONITOR_USERNAME": USER,
    "KRYONIX_REDIS_CREDENTIALS_MONITOR_PASSWORD": "pw",
    "KRYONIX_INTERVALS_REDIS": "0.5",
    "KRYONIX_INTERVALS_TENANTS": "0.5",
    "KRYONIX_INTERVALS_CENSUS": "0.5",
    "KRYONIX_INTERVALS_PROMETHEUS": "0.5",
    "KRYONIX_INTERVALS_ALERTMANAGER": "0.5",
    "KRYONIX_PROMETHEUS_TIMEOUT": "1",
    "KRYONIX_WALLBOARD_EXCEPTION_SECONDS": "3",
    "KRYONIX_WALLBOARD_RECHECK": "1",
}


@contextmanager
def server() -> Iterator[Server]:
    """Yield a Redis whose user `wall` may read and nothing else."""
    with Server(user=READS) as running:
        yield running


def wall(redis: Server, *arguments: str, size: tuple[int, int] = (120, 40), **environment: Any) -> Terminal:
    """Return a wall on a server, logged in as the user that may only read."""
    return Terminal("wallboard", "--redis", redis.url, *arguments, size=size, environment={**QUICK, **environment})


def proven(text: str) -> bool:
    """Tell whether a wall shows that it cannot write."""
    return "● read-only" in text and "NOT READ-ONLY" not in text


def foreign_calls(redis: Server) -> set[str]:
    """Return the commands that were sent to a server since its statistics were reset, and that are no reads of ours.

    One that was refused counts, too: it was sent. RESTORE may be refused, which is how the wall asks whether it could write.
    """
    with redis.client(protocol=2) as client:
        statistics: dict[str, dict[str, int]] = client.info("commandstats")
    allowed = {name.decode().lower().replace(" ", "|") for name in ALLOWED} | {"config|resetstat"}
    sent = {
        name.removeprefix("cmdstat_")
        for name, figures in statistics.items()
        if figures["calls"] or (figures["rejected_calls"] and name != "cmdstat_restore")
    }
    return sent - allowed

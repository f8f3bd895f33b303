"""Who does it, and from where."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass

from kryonix_tui.safetext import safe


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a machine. `ssh` is the address that the session came from, empty where it is local."""

    user: str
    host: str
    ssh: str = ""
    pid: int = 0

    def __str__(self) -> str:
        return f"{self.user}@{self.host}" + (f" (ssh {self.ssh})" if self.ssh else "")


def current_actor() -> Actor:
    """Return who runs this process. Everything is printable."""
    try:
        # Of the process itself: $USER says what its owner likes.
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER", "")
    if os.getuid() == 0 and behind:
        user = f"{user} (sudo {behind})"
    origin = os.environ.get("SSH_CONNECTION", os.environ.get("SSH_CLIENT", "")).split(" ")[0]
    return Actor(safe(user, 64), safe(socket.gethostname(), 64), safe(origin, 64), os.getpid())

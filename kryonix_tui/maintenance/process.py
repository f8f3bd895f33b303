"""Which process holds a lock, told so that another on the same machine can find out whether it still lives.

A process is its number and the moment it started, within one boot of one machine and one namespace of numbers and of
clocks: a number alone is given to somebody else later, and means another process in a container. Source: `proc(5)`, `kill(2)`.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_AFTER_NAME_STARTED = 19
"""Of the fields of `/proc/PID/stat` after the name, which may hold anything: the start, in clock ticks since the boot."""

_DEAD = frozenset((b"Z", b"X"))
"""States of a process that has ended and that its parent has not noticed yet."""


class Process(msgspec.Struct, frozen=True):
    """A process. `machine` is opaque: equal where numbers mean the same processes; `started` in ticks since the boot."""

    machine: str
    pid: int
    started: int


def this_process() -> Process | None:
    """Return the process that asks; None where the system does not tell enough."""
    try:
        _state, started = _status(os.getpid())
        return Process(_machine(), os.getpid(), started)
    except (OSError, ValueError, IndexError):
        return None


def is_gone(process: Process) -> bool:
    """Tell whether a process has surely ended. False where it lives, is of another machine, or nobody can know."""
    try:
        if process.pid <= 0 or process.machine != _machine():
            return False
        # Asked first, for /proc may hide the processes of other users.
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    except (OSError, OverflowError):
        return False
    try:
        state, started = _status(process.pid)
    except (OSError, ValueError, IndexError):
        return False
    return state in _DEAD or started != process.started


def _machine() -> str:
    boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    numbers = (_PROC / "self/ns/pid").stat().st_ino
    return f"{socket.gethostname()}/{boot}/{numbers}/{_clock()}"


def _clock() -> int:
    """Return which clock the starts of processes are told by: a namespace may have its own, where the kernel knows that."""
    try:
        return (_PROC / "self/ns/time").stat().st_ino
    except FileNotFoundError:
        return 0


def _status(pid: int) -> tuple[bytes, int]:
    """Return a process's state and start. Raises OSError, ValueError, IndexError where they cannot be read."""
    fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    return fields[0], int(fields[_AFTER_NAME_STARTED])

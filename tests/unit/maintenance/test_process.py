"""Which processes are surely gone: killed ones, also unnoticed ones, and never one that might live."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import msgspec
import pytest

from kryonix_tui.maintenance import process
from kryonix_tui.maintenance.process import Process, is_gone, this_process

TELL = """
import sys, msgspec
from kryonix_tui.maintenance.process import this_process
print(msgspec.json.encode(this_process()).decode(), flush=True)
sys.stdin.read()
"""


def me() -> Process:
    found = this_process()
    assert found is not None
    return found


def changed(**changes: object) -> Process:
    return msgspec.structs.replace(me(), **changes)


def test_a_living_process_is_not_gone() -> None:
    assert me().pid == os.getpid()
    assert not is_gone(me())


def test_a_killed_process_is_gone_even_before_its_parent_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        theirs = msgspec.json.decode(other.stdout.readline(), type=Process)
        assert (theirs.machine, theirs.pid) == (me().machine, other.pid)
        assert not is_gone(theirs)
        other.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(theirs), "it is a zombie"
        other.wait()
        assert is_gone(theirs)


def test_a_number_that_was_given_to_another_process_is_no_life() -> None:
    assert is_gone(changed(started=me().started - 1))


@pytest.mark.parametrize("pid", [0, -1, 2**70])
def test_a_number_that_no_process_has_tells_nothing(pid: int) -> None:
    assert not is_gone(changed(pid=pid))


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_gone(changed(machine="other", pid=2**22 - 1, started=0))


def test_by_another_clock_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A namespace may have a clock of its own (`unshare --time`): the same process has another start there."""
    theirs = changed(started=me().started - 1)
    monkeypatch.setattr(process, "_clock", lambda: 1)
    assert not is_gone(theirs)


def test_a_process_that_may_not_be_looked_at_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = changed(started=1)

    def forbidden(_pid: int, _signal: int) -> None:
        raise PermissionError

    def hidden(_pid: int) -> tuple[bytes, int]:
        raise FileNotFoundError

    monkeypatch.setattr(os, "kill", forbidden)
    assert is_gone(theirs), "its start is there to be read"
    monkeypatch.setattr(process, "_status", hidden)
    assert not is_gone(theirs)


def test_a_system_that_tells_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = changed(started=1)

    def unknown() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(process, "_machine", unknown)
    assert this_process() is None
    assert not is_gone(theirs)

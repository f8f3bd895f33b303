"""The journal of a pass on a disk that is nearly full: what is not whole in it is never sent, and swallows nothing."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kryonix_tui.errors import KryonixError
from kryonix_tui.maintenance.optimize import journal
from kryonix_tui.maintenance.optimize.journal import Beginning, Journal
from kryonix_tui.model.operation import Result
from kryonix_tui.model.optimization import Advice, Change, Fate

CHANGE = Change("t1", 1, b"tenant:t1:api:crm:a", Advice.LONGER_TTL, 1000, 2000)
BEGINNING = Beginning("0123456789abcdef", "127.0.0.1:6379", 1_700_000_000.0, 1_800_000_000.0, ("t1",))


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@contextlib.contextmanager
def disk(each: int, room: int = 1_000_000) -> Iterator[None]:
    """Let each write take so many bytes at most, and all of them together so many."""
    honest, left = os.write, room

    def write(descriptor: int, content: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = honest(descriptor, bytes(content)[: min(each, left)])
        left -= done
        return done

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", write)
        yield


def test_a_line_that_the_disk_takes_in_parts_is_whole() -> None:
    with disk(each=10), Journal(BEGINNING) as log:
        log.batch([CHANGE])
        log.applied([Fate.DONE])
        log.ended(Result.DONE)
    (found,) = journal.passes()
    assert (found.changes, found.result, found.pending) == ((CHANGE,), "done", 0)


def test_a_full_disk_is_said_before_anything_is_sent_and_what_follows_can_be_read() -> None:
    with Journal(BEGINNING) as log:
        log.batch([CHANGE])
        log.applied([Fate.DONE])
        with disk(each=1000, room=20), pytest.raises(KryonixError, match="No space left"):
            log.batch([CHANGE])
        log.ended(Result.FAILED)
    with log.path.open("ab") as file:
        file.write(b'{"event":"measu')
    journal.add(log.id, "undone", {"at": 1.0, "fates": {}})
    (found,) = journal.passes()
    assert (found.changes, found.result, len(found.undone)) == ((CHANGE,), "failed", 1)

"""Who did it is what the system says, not what a variable claims."""

from __future__ import annotations

import os
import pwd

import pytest

from kryonix_tui.maintenance.actor import Actor, current_actor


def test_the_user_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("USER", "LOGNAME", "SUDO_USER", "SSH_CONNECTION", "SSH_CLIENT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("USER", "somebody-else")
    found = current_actor()
    assert found.user == pwd.getpwuid(os.getuid()).pw_name
    assert (found.pid, found.ssh) == (os.getpid(), "")


def test_where_the_session_came_from_is_kept_printably(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")
    assert str(current_actor()).endswith(" (ssh 192.0.2.7)")
    monkeypatch.setenv("SSH_CONNECTION", "\x1b[2J")
    assert "\x1b" not in str(current_actor())


def test_behind_root_stands_who_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "ana")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert current_actor().user == f"{pwd.getpwuid(0).pw_name} (sudo ana)"
    # Without sudo anybody may set the variable.
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert current_actor().user == "uid 4000000"


def test_an_actor_reads_as_one_word() -> None:
    assert str(Actor("ana", "host")) == "ana@host"

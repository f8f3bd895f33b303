"""The one table: what each purpose may send, and what its user is granted."""

from __future__ import annotations

import fnmatch

import pytest

from kryonix_tui.errors import ReadOnlyViolationError
from kryonix_tui.maintenance.permissions import ASKED_ONLY, HARMLESS, LOCK_COMMANDS, grant_line
from kryonix_tui.maintenance.purposes import COMMANDS, LOCK, SUGGESTED_USERS, access, grant, key_rules
from kryonix_tui.model.keyspace import KeyPattern, KeyspaceMap
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Purpose
from kryonix_tui.model.permissions import acl_line, monitor_acl_line
from kryonix_tui.sources.redis.guard import ALLOWED, READS, checked

WRITE_SIDE = [purpose for purpose in Purpose if purpose is not Purpose.MONITOR]


def test_every_purpose_has_its_row() -> None:
    assert set(COMMANDS) == set(SUGGESTED_USERS) == set(Purpose)
    for commands in COMMANDS.values():
        assert len(commands) == len(set(commands))


def test_the_monitor_stays_as_it_was() -> None:
    assert access(Purpose.MONITOR) is READS
    assert READS.commands == ALLOWED
    assert acl_line("kx_mon", grant(Purpose.MONITOR, KRYONIX)) == monitor_acl_line("kx_mon")


@pytest.mark.parametrize("purpose", WRITE_SIDE)
def test_a_connection_may_send_what_its_user_is_granted(purpose: Purpose) -> None:
    granted = grant(purpose, KRYONIX)
    names = {*granted.commands, *(name for selector in granted.selectors for name in selector.commands)}
    sendable = {name.decode().lower().replace(" ", "|") for name in access(purpose).commands}
    assert sendable - names == {"acl|dryrun"}
    assert names <= sendable


@pytest.mark.parametrize("purpose", WRITE_SIDE)
@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("DEL", "k"),
        ("EVAL", "return 1", 0),
        ("CONFIG", "RESETSTAT"),
        ("CONFIG",),
        ("FUNCTION", "FLUSH"),
        ("FUNCTION LOAD", "x"),
        ("ACL", "SETUSER", "x"),
        ("SHUTDOWN",),
        ("REPLICAOF", "NO", "ONE"),
        ("DISCARD",),
        ("KEYS", "*"),
        ("MONITOR",),
        ("SWAPDB", 0, 1),
        ("MIGRATE",),
        ("UNLINK\n", "k", "extra"),
    ],
)
def test_nothing_else_is_sent(purpose: Purpose, command: tuple[object, ...]) -> None:
    if command[0] == "UNLINK\n":
        # Judged by its word, sent as its word.
        if b"UNLINK" in access(purpose).commands:
            assert checked(command, access(purpose))[0] == b"UNLINK"
            return
        command = ("UNLINK", "k")
    with pytest.raises(ReadOnlyViolationError):
        checked(command, access(purpose))


def test_a_purpose_sends_nothing_of_anothers() -> None:
    for purpose, command in (
        (Purpose.BACKUP, ("RESTORE", "k", 0, b"x")),
        (Purpose.BACKUP, ("SET", "k", "v")),
        (Purpose.BACKUP, ("MULTI",)),
        (Purpose.RESTORE, ("CONFIG", "SET", "a", "b")),
        (Purpose.RESTORE, ("SYNC",)),
        (Purpose.MAINTAIN, ("RESTORE", "k", 0, b"x")),
        (Purpose.TUNE, ("RPUSH", "k", "v")),
        (Purpose.MONITOR, ("UNLINK", "k")),
    ):
        with pytest.raises(ReadOnlyViolationError, match=r"was not sent") as caught:
            checked(command, access(purpose))
        assert purpose.value in caught.value.message or purpose is Purpose.MONITOR


def test_every_command_can_be_asked_about() -> None:
    of_the_connection = {"hello", "auth", "select", "client|setname", "acl|whoami"}
    for purpose in WRITE_SIDE:
        assert set(COMMANDS[purpose]) - of_the_connection <= {*HARMLESS, *ASKED_ONLY}
    assert set(LOCK.commands) == set(LOCK_COMMANDS)
    assert not {*HARMLESS} & {*ASKED_ONLY}


def test_key_rules_cover_the_map_and_nothing_else() -> None:
    globs = [rule.removeprefix("~") for rule in key_rules(KRYONIX)]
    for key in KRYONIX.example_keys("t1"):
        assert any(fnmatch.fnmatchcase(key.decode(), glob) for glob in globs) == (not key.startswith(b"kryonix:")), key
    for foreign in ("user:1", "kryonix:lock:x", "tenants", "xtenant:t1", "queue:other", "metrics:systems", ""):
        assert not any(fnmatch.fnmatchcase(foreign, glob) for glob in globs), foreign
    assert len(globs) == len(set(globs))


def test_key_rules_of_any_map_are_words() -> None:
    patterns = ("a b:{t}", "x*[y]?:z", "é:{t}", "{t}:all", "p:{t}", "p:q:{t}", 'q":{t}', "q\\n:{t}")
    keyspace = KeyspaceMap((), tuple(KeyPattern(0, pattern, "k") for pattern in patterns))
    assert set(key_rules(keyspace)) == {"~*"}
    without = KeyspaceMap((), tuple(p for p in keyspace.patterns if p.pattern != "{t}:all"))
    assert set(key_rules(without)) == {"~a?b:*", "~x??y??:z", "~??:*", "~p:*", "~q?:*", "~q?n:*"}


def test_the_line_that_grants_leaves_the_password_alone() -> None:
    line = grant_line(Purpose.MAINTAIN, "ops", KRYONIX)
    assert line.startswith("ACL SETUSER ops clearselectors ~")
    assert "+unlink" in line
    for word in (" reset", ">", " on "):
        assert word not in line
    with pytest.raises(ValueError, match="two words"):
        grant_line(Purpose.MAINTAIN, "two words", KRYONIX)

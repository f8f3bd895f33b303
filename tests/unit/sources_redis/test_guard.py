"""The guard judges what is sent, however it is written, and says no to all it does not know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.errors import ReadOnlyViolationError
from kryonix_tui.model.permissions import MONITOR_COMMANDS
from kryonix_tui.sources.redis.guard import ALLOWED, checked


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (("PING",), (b"PING",)),
        (("ping",), (b"ping",)),
        ((b"hMgEt", "k", "f"), (b"hMgEt", "k", "f")),
        ((memoryview(b"SCAN"), 0), (b"SCAN", 0)),
        (("SLOWLOG GET", 32), (b"SLOWLOG", b"GET", 32)),
        (("SLOWLOG", "GET", 32), (b"SLOWLOG", b"GET", 32)),
        ((" slowlog\tget ", 32), (b"slowlog", b"get", 32)),
        (("CLIENT", b"setname", "x"), (b"CLIENT", b"setname", "x")),
        (("ACL DRYRUN", "u", "SET", "k", "v"), (b"ACL", b"DRYRUN", "u", "SET", "k", "v")),
    ],
)
def test_reads_pass_as_the_words_that_were_judged(arguments: tuple[object, ...], sent: tuple[object, ...]) -> None:
    assert checked(arguments) == sent


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("",),
        (" ",),
        ("SET", "k", "v"),
        (b"fLuShAlL",),
        (memoryview(b"DEL"), "k"),
        (bytearray(b"UNLINK"), "k"),
        ("CLIENT KILL", "TYPE", "normal"),
        ("CLIENT", "KILL", "TYPE", "normal"),
        ("CLIENT",),
        ("CLIENT", 7),
        ("CLIENT", ""),
        ("SLOWLOG", b"RESET"),
        ("  SLOWLOG\n RESET",),
        ("LATENCY", "RESET"),
        ("ACL", "SETUSER", "x"),
        ("CONFIG", "GET", "*"),
        ("CONFIG GET", "*"),
        ("MULTI",),
        ("EXEC",),
        ("EVAL", "return 1", 0),
        ("EVALSHA", "0" * 40, 0),
        ("FCALL", "f", 0),
        ("SUBSCRIBE", "c"),
        ("PUBLISH", "c", "x"),
        ("KEYS", "*"),
        ("MONITOR",),
        ("HGETALL", "k"),
        ("SMEMBERS", "k"),
        ("LRANGE", "k", 0, -1),
        ("PING SET", "k", "v"),
        ("SET\x00",),
        ("PING\x00",),
        (1.5,),
        (None,),
        ("ＰＩＮＧ",),
    ],
)
def test_everything_else_is_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(ReadOnlyViolationError):
        checked(arguments)


@given(st.lists(st.one_of(st.text(max_size=12), st.binary(max_size=12), st.integers(), st.none()), max_size=4))
def test_what_passes_is_on_the_list_as_the_server_will_read_it(arguments: list[object]) -> None:
    try:
        sent = checked(arguments)
    except ReadOnlyViolationError:
        return
    words = [bytes(word).upper() for word in sent[:2] if isinstance(word, bytes)]
    assert words[0] in ALLOWED or b" ".join(words) in ALLOWED


def test_the_acl_line_for_administrators_grants_what_the_guard_lets_through() -> None:
    granted = {name.replace("|", " ").upper().encode() for name in MONITOR_COMMANDS}
    optional = {b"ACL DRYRUN", b"SENTINEL GET-MASTER-ADDR-BY-NAME"}
    assert granted | optional >= ALLOWED

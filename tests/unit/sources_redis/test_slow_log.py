"""Slow commands show their name and key, never a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.sources.redis.slow_log import MAX_ENTRIES, SlowLog, latency_events, printable_command

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("AUTH hunter2", "AUTH … 1 more"),
        ("HELLO 3 AUTH user hunter2", "HELLO … 4 more"),
        ("CONFIG SET requirepass hunter2", "CONFIG … 3 more"),
        ("ACL SETUSER x >hunter2", "ACL … 3 more"),
        ("SET tenant:a:x hunter2", "SET tenant:a:x … 1 more"),
        ("hset sdk:tenant:a api_key hunter2", "hset sdk:tenant:a … 2 more"),
        ("EVAL hunter2 1 tenant:a:x hunter2", "EVAL tenant:a:x … 3 more"),
        ("EVAL hunter2 0 hunter2", "EVAL … 3 more"),
        ("GET verify:phone:+5500000000000", "GET verify:phone:+5•••"),
        ("KEYS tenant:a:*", "KEYS tenant:a:*"),
        ("XINFO STREAM tenant:a:s FULL", "XINFO STREAM tenant:a:s … 1 more"),
        ("MODULE.CMD hunter2", "MODULE.CMD … 1 more"),
        ("MIGRATE h 6379 k 0 1 AUTH hunter2", "MIGRATE … 7 more"),
        ("PING", "PING"),
    ],
)
def test_what_is_shown(line: str, shown: str) -> None:
    assert printable_command([part.encode() for part in line.split()]) == shown
    assert SECRET not in shown


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_whatever_was_sent_is_printable(arguments: list[bytes]) -> None:
    assert "\x1b" not in printable_command(arguments)


def test_entries_name_their_tenant() -> None:
    reply = [[7, 1700000000, 12000, [b"HGETALL", b"metrics:tenant:a"], b"127.0.0.1:1", b"app"], [6, 1, 2, [b"PING"]]]
    slow, quick = SlowLog(KRYONIX).entries(reply)
    assert (slow.entry_id, slow.microseconds, slow.tenant, slow.client) == (7, 12000, "a", "127.0.0.1:1")
    assert (quick.command, quick.tenant, quick.client) == ("PING", None, "")


@pytest.mark.parametrize(
    ("line", "tenant", "module"),
    [
        ("LRANGE queue:tenant:a:whatsapp 0 -1", "a", "whatsapp"),
        ("ZUNIONSTORE perf:timeline:tenant:a 2 x y", "a", "perf_timeline"),
        ("ZUNION 2 perf:timeline:tenant:a y", "a", "perf_timeline"),
        ("SCAN 0 MATCH tenant:a:api:crm:* COUNT 100000", "a", "crm"),
        ("SCAN 0 COUNT 100000 match tenant:*", None, "SCAN"),
        ("SCAN 0 COUNT 100000", None, "SCAN"),
        ("LLEN perf:timescale_queue:tenant:a", "a", "timescale"),
        ("GET tenant:a:api:crm:clients", "a", "crm"),
        ("HGETALL metrics:tenant:a", "a", "metrics"),
        ("HGETALL config:auto_setup:a", "a", "auto_setup"),
        ("GET strange:tenant:a:x", "a", "other"),
        ("KEYS tenant:*:api:crm:*", None, "crm"),
        ("KEYS *", None, "KEYS"),
        ("KEYS tenant:a:api:crm:*", "a", "crm"),
        ("GET tenant:[a*:api:crm:x", "[a*", "crm"),
        ("HGETALL template:mobile_session", None, "template"),
        ("FLUSHALL", None, "FLUSHALL"),
        ("EVAL hunter2 0", None, "EVAL"),
    ],
)
def test_whose_a_slow_command_is(line: str, tenant: str | None, module: str) -> None:
    [entry] = SlowLog(KRYONIX).entries([[1, 2, 3, [part.encode() for part in line.split()]]])
    assert (entry.tenant, entry.module) == (tenant, module)


def test_entries_that_were_there_before_are_not_made_anew() -> None:
    log = SlowLog(KRYONIX)
    reply = [[number, 1, 5, [b"GET", b"tenant:a:x"]] for number in range(MAX_ENTRIES + 5, 0, -1)]
    before, after = log.entries(reply), log.entries([[MAX_ENTRIES + 6, 1, 5, [b"PING"]], *reply])
    assert len(before) == len(after) == MAX_ENTRIES
    assert after[1] is before[0]
    # A server that was restarted in the same second: the same number, another entry.
    assert log.entries([[MAX_ENTRIES + 5, 1, 5, [b"PING"]]])[0].command == "PING"


def test_latency_of_redis_and_of_valkey_with_its_further_columns() -> None:
    events = latency_events([[b"command", 1700000000, 5, 9], [b"fork", 1700000001, 1, 2, 30, 4]])
    assert [(event.event, event.latest_ms, event.max_ms) for event in events] == [("command", 5, 9), ("fork", 1, 2)]

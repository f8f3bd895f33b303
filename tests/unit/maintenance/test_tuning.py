"""Profiles against servers, as values: what may change, what must not, and what the journal says after any death."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kryonix_tui.config.tuning import Tuning
from kryonix_tui.maintenance.tuning import journal
from kryonix_tui.maintenance.tuning.comparison import Comparison, Line, Standing, compare
from kryonix_tui.maintenance.tuning.page import as_json, page
from kryonix_tui.maintenance.tuning.profiles import AOF, LIMIT, POLICY, PROFILES, SNAPSHOTS, STOP_WRITES, Effect
from kryonix_tui.maintenance.tuning.reading import Server
from kryonix_tui.maintenance.tuning.vendors import vendor_of
from kryonix_tui.model.operation import Target
from kryonix_tui.view.cells import plain

GB = 1024**3

DEFAULTS = {
    "databases": "16",
    POLICY: "noeviction",
    LIMIT: "0",
    "maxmemory-samples": "5",
    "timeout": "0",
    "tcp-keepalive": "300",
    "tcp-backlog": "511",
    "hash-max-listpack-entries": "512",
    "hash-max-listpack-value": "64",
    "list-max-listpack-size": "-2",
    "set-max-intset-entries": "512",
    "zset-max-listpack-entries": "128",
    SNAPSHOTS: "3600 1 300 100 60 10000",
    "appendfsync": "everysec",
    "auto-aof-rewrite-percentage": "100",
    "auto-aof-rewrite-min-size": "67108864",
    AOF: "no",
    "latency-monitor-threshold": "0",
    "stop-writes-on-bgsave-error": "yes",
}


def a_server(used: int = GB, machine: int = 32 * GB, expiring: int = 50, **changes: str) -> Server:
    """Return a Redis 7 with its defaults and these `changes` (with _ for -)."""
    own = DEFAULTS | {name.replace("_", "-"): value for name, value in changes.items()}
    target = Target("host:6379", "redis", "7.0.15", "r", "master")
    return Server(target, own, machine=machine, used=used, keys=100, expiring=expiring)


def line_of(found: Comparison, parameter: str) -> Line:
    (line,) = [one for one in found.lines if one.parameter == parameter]
    return line


def judged(parameter: str, server: Server, profile: str = "kryonix", limits: Tuning | None = None) -> Line:
    return line_of(compare(profile, server, limits or Tuning()), parameter)


# Memory


@pytest.mark.parametrize(
    ("used", "machine", "limits", "standing", "words"),
    [
        (1 * GB, 32 * GB, {}, Standing.CHANGE, ""),
        (1 * GB, 4 * GB, {}, Standing.REFUSED, "75 % of the 4.0 GiB"),
        # 75 % of a machine is the edge.
        (1 * GB, 16 * GB * 100 // 75 + 100, {}, Standing.CHANGE, ""),
        (1 * GB, 16 * GB * 100 // 75 - 100, {}, Standing.REFUSED, "that the machine has"),
        (1 * GB, 17 * GB, {"most": 95}, Standing.CHANGE, ""),
        (17 * GB, 64 * GB, {}, Standing.REFUSED, "used already"),
        # Nor so close that the first writes evict.
        (15 * GB, 64 * GB, {}, Standing.REFUSED, "used already"),
        (1 * GB, 0, {}, Standing.REFUSED, "not known"),
        (1 * GB, 0, {"maxmemory": "2gb"}, Standing.REFUSED, "not known"),
        (1 * GB, 4 * GB, {"maxmemory": "60%"}, Standing.CHANGE, ""),
        (3 * GB, 4 * GB, {"maxmemory": "60%"}, Standing.REFUSED, "used already"),
    ],
)
def test_a_limit_fits_the_machine_and_what_is_used(
    used: int, machine: int, limits: dict[str, Any], standing: Standing, words: str
) -> None:
    line = judged(LIMIT, a_server(used, machine), limits=Tuning(**limits))
    assert line.standing is standing
    assert words in line.reason


def test_a_share_is_of_the_machine_and_a_limit_that_somebody_chose_stays() -> None:
    assert judged(LIMIT, a_server(machine=10 * GB), "conservative").wanted == str(10 * GB * 60 // 100)
    assert judged(LIMIT, a_server(maxmemory="1234"), "conservative").standing is Standing.KEPT


def test_what_a_container_has_is_said_to_be_unknown_unless_it_is_configured() -> None:
    assert "container" in judged(LIMIT, a_server()).risk
    assert "container" not in judged(LIMIT, replace(a_server(), machine_told=False)).risk


def test_a_limit_that_leaves_no_room_to_save_is_said_to() -> None:
    assert "up to twice" in judged(LIMIT, a_server(machine=24 * GB)).risk
    assert "up to twice" not in judged(LIMIT, a_server(machine=32 * GB)).risk


# Eviction


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
@pytest.mark.parametrize("profile", PROFILES)
def test_what_evicts_queues_is_critical_and_becomes_volatile_lru(profile: str, policy: str) -> None:
    line = judged(POLICY, a_server(maxmemory_policy=policy), profile)
    assert (line.wanted, line.standing, line.critical) == ("volatile-lru", Standing.CHANGE, True)


@pytest.mark.parametrize(
    ("profile", "policy", "expiring", "standing"),
    [
        ("kryonix", "noeviction", 0, Standing.KEPT),
        ("kryonix", "noeviction", 1, Standing.CHANGE),
        ("kryonix", "volatile-lfu", 1, Standing.KEPT),
        ("kryonix", "volatile-lru", 0, Standing.SAME),
        ("conservative", "noeviction", 1, Standing.KEPT),
        ("conservative", "volatile-ttl", 1, Standing.KEPT),
    ],
)
def test_what_evicts_no_queues_stays_where_it_is_as_good(
    profile: str, policy: str, expiring: int, standing: Standing
) -> None:
    line = judged(POLICY, a_server(maxmemory_policy=policy, expiring=expiring), profile)
    assert line.standing is standing
    assert not line.critical


def test_no_limit_is_set_under_a_policy_that_would_evict_queues() -> None:
    server = a_server(maxmemory_policy="allkeys-lru")
    alone = compare("kryonix", server, Tuning(), only=[LIMIT])
    assert line_of(alone, LIMIT).standing is Standing.REFUSED
    assert "evict queues" in line_of(alone, LIMIT).reason
    # To raise one that is there loses nothing.
    raised = compare("kryonix", a_server(maxmemory_policy="allkeys-lru", maxmemory=str(2 * GB)), Tuning(), only=[LIMIT])
    assert line_of(raised, LIMIT).standing is Standing.CHANGE


@pytest.mark.parametrize("profile", PROFILES)
def test_the_policy_is_set_before_the_limit_and_persistence_is_never_switched_off(profile: str) -> None:
    names = [setting.parameter for setting in PROFILES[profile]]
    assert names.index(POLICY) < names.index(LIMIT)
    wanted = {setting.parameter: setting.wanted for setting in PROFILES[profile]}
    assert wanted.get(AOF, "yes") == "yes"
    assert wanted[SNAPSHOTS]
    assert all(setting.why and setting.risk for setting in PROFILES[profile] if setting.effect is not Effect.NEVER)


# Persistence


def test_an_aof_says_what_it_costs_at_once_and_waits_for_a_disk_that_works() -> None:
    line = judged(AOF, a_server())
    assert line.standing is Standing.CHANGE
    assert "1.0 GiB" in line.risk
    assert judged(AOF, replace(a_server(), saving_fails=True)).standing is Standing.REFUSED


def test_writes_are_not_stopped_at_once_on_a_server_that_cannot_save() -> None:
    careless = a_server(stop_writes_on_bgsave_error="no")
    assert judged(STOP_WRITES, careless, "conservative").standing is Standing.CHANGE
    line = judged(STOP_WRITES, replace(careless, saving_fails=True), "conservative")
    assert line.standing is Standing.REFUSED
    assert "refused at once" in line.reason


def test_snapshots_of_somebodys_choice_stay_with_the_conservative_profile_only_while_there_are_any() -> None:
    assert judged(SNAPSHOTS, a_server(save="900 1"), "conservative").standing is Standing.KEPT
    assert judged(SNAPSHOTS, a_server(save=""), "conservative").standing is Standing.CHANGE


# Versions


def test_an_older_server_is_spoken_to_by_the_older_names() -> None:
    server = a_server()
    old = {name.replace("listpack", "ziplist"): value for name, value in server.settings.items()}
    found = compare("kryonix", replace(server, settings=old), Tuning())
    assert line_of(found, "hash-max-ziplist-entries").standing is Standing.CHANGE
    assert not [line for line in found.lines if "listpack" in line.parameter]
    # By either name the same line is meant.
    for name in ("hash-max-ziplist-entries", "hash-max-listpack-entries"):
        assert len(compare("kryonix", server, Tuning(), only=[name]).lines) == 1


def test_what_never_existed_and_what_cannot_change_is_said() -> None:
    found = compare("kryonix", a_server(), Tuning())
    assert line_of(found, "tcp-user-timeout").standing is Standing.ABSENT
    assert "no version" in line_of(found, "tcp-user-timeout").reason
    assert line_of(found, "tcp-backlog").standing is Standing.RESTART
    assert judged("tcp-backlog", a_server(tcp_backlog="4096")).standing is Standing.KEPT
    assert judged("databases", a_server(databases="4")).standing is Standing.RESTART
    gone = {name: value for name, value in DEFAULTS.items() if name != "maxmemory-samples"}
    line = judged("maxmemory-samples", replace(a_server(), settings=gone))
    assert (line.standing, line.reason) == (Standing.ABSENT, "redis 7.0.15 does not have it")


# Servers of others


@pytest.mark.parametrize(
    ("host", "info", "name"),
    [
        ("clustercfg.shop.abc123.memorydb.eu-west-1.amazonaws.com", {}, "Amazon MemoryDB"),
        ("shop.abc123.0001.euw1.cache.amazonaws.com", {}, "Amazon ElastiCache"),
        ("10.0.0.7", {"os": "Amazon ElastiCache"}, "Amazon ElastiCache"),
        ("shop.redis.cache.windows.net", {}, "Azure"),
        ("eager-mole-1.upstash.io", {}, "Upstash"),
        ("127.0.0.1", {"upstash_version": "1.9"}, "Upstash"),
        ("redis-1.c1.eu-west-1-1.ec2.redns.redis-cloud.com.", {}, "Redis Cloud"),
        ("REDIS-1.shop.AIVENCLOUD.com", {}, "Aiven"),
    ],
)
def test_a_vendor_is_known_by_its_hosts_or_its_info(host: str, info: dict[str, str], name: str) -> None:
    vendor = vendor_of(host, info)
    assert vendor is not None
    assert vendor.name == name


@pytest.mark.parametrize("host", ["redis.example.com", "upstash.io.example.com", "notupstash.io", "", "127.0.0.1"])
def test_others_are_nobodys(host: str) -> None:
    assert vendor_of(host, {"os": "Linux 6.1", "redis_version": "7.0.15"}) is None


def test_nothing_is_changed_on_a_vendors_server_and_where_to_go_is_said() -> None:
    server = replace(a_server(), vendor=vendor_of("x.upstash.io", {}))
    found = compare("kryonix", server, Tuning())
    assert not found.changes
    assert "Upstash console" in found.refusal


def test_a_server_without_config_still_tells_its_limit_and_policy() -> None:
    told = {LIMIT: "0", POLICY: "allkeys-lru", AOF: "no"}
    server = replace(a_server(), settings=told, withheld="ERR unknown command 'CONFIG'")
    found = compare("kryonix", server, Tuning())
    assert not found.changes
    assert line_of(found, POLICY).critical
    assert line_of(found, "timeout").now is None
    assert "redis.conf" in found.refusal


# Pages


def test_a_page_says_every_line_once_and_hostile_values_are_made_printable() -> None:
    server = a_server(timeout="\x1b[31m9")
    found = compare("kryonix", server, Tuning())
    text = "\n".join(plain(line) for line in page(found))
    assert "\x1b" not in text
    assert "\x1b" not in str(as_json(found))
    for line in found.lines:
        assert text.count(f" {line.parameter} ") == 1, line
    assert "16.0 GiB" in text


# The journal


@pytest.fixture
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.usefixtures("_state")
def test_a_journal_is_private_and_of_one_server() -> None:
    book = journal.Journal.begin("a:1", "feed", "kryonix")
    book.setting("timeout", "0", "300")
    assert book.path.stat().st_mode & 0o777 == 0o600
    assert book.path.parent.stat().st_mode & 0o777 == 0o700
    assert journal.last("b:1") is None
    found = journal.last("a:1")
    assert found is not None
    assert found.written == (journal.Written("timeout", "0", "300", sure=False),)
    assert not found.ended


STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "is", "undone"]), st.sampled_from(["timeout", "save", "appendonly"])), max_size=12
)


@pytest.mark.usefixtures("_state")
@given(steps=STEPS, cut=st.integers(0, 60))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_was_cut_off_the_lines_before_and_after_it_are_read(steps: list[tuple[str, str]], cut: int) -> None:
    book = journal.Journal.begin("a:1", "feed", "kryonix")
    book.path.unlink()
    book = journal.Journal.begin("a:1", "feed", "kryonix")
    known: dict[str, bool] = {}
    for step, name in steps:
        if step == "set":
            book.setting(name, "old", "new")
            known[name] = False
        elif step == "is":
            book.is_set(name, "new")
            known |= {name: True} if name in known else {}
        else:
            book.undone(name, "restored")
            known.pop(name, None)
    torn = b'{"set": "tcp-keepalive", "old": "300", "new": "60"}'[:cut]
    with book.path.open("ab") as file:
        file.write(torn)
    book.setting("databases", "8", "16")
    found = journal.read(book.path, "a:1")
    assert found is not None
    seen = {one.parameter: one.sure for one in found.written if one.parameter != "tcp-keepalive"}
    assert seen == known | {"databases": False}

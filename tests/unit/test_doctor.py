"""The doctor without servers: what it makes of values, how it reports, and that its checks do not stop each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from kryonix_tui.clock import Instant
from kryonix_tui.config.load import Loaded, load
from kryonix_tui.config.schema import Config, HttpServer, Prometheus, Redis, Sentinel
from kryonix_tui.doctor.check import Check, Level, attempted, worst
from kryonix_tui.doctor.configuration import configuration_checks
from kryonix_tui.doctor.deep.server import database_check, latency_check, loss_checks
from kryonix_tui.doctor.demo import demo_checks
from kryonix_tui.doctor.examination import examine, exit_code
from kryonix_tui.doctor.metrics import alertmanager_checks, prometheus_checks
from kryonix_tui.doctor.redis_server import place, server_checks
from kryonix_tui.doctor.redis_user import user_checks
from kryonix_tui.doctor.report import as_json, as_text
from kryonix_tui.doctor.terminal import terminal_checks
from kryonix_tui.errors import SourceError, UnreachableError
from kryonix_tui.model.alert import Alert, AlertFacts, AlertState, Severity
from kryonix_tui.model.metrics import MetricsFacts, RuleHealth, Sample, Target
from kryonix_tui.model.permissions import RedisPermissions, Witness
from kryonix_tui.model.ports import AlertsPort, MetricsPort, RedisPort
from kryonix_tui.model.server import Memory, Persistence, Replication, ServerFacts
from kryonix_tui.monitor.monitor import Sources

NOW = Instant(wall=1_000_000.0, steady=0.0)
SERVER = ServerFacts(
    flavour="redis",
    version="7.0.15",
    mode="standalone",
    run_id="r",
    uptime_seconds=7200,
    databases={},
    database_count=16,
    round_trip_ms=0.3,
    persistence=Persistence(last_save=1_000_000 - 600),
    replication=Replication(role="master"),
)


def by_name(checks: Iterable[Check]) -> dict[str, Check]:
    """Return checks by name; each name must stand once."""
    listed = list(checks)
    found = {check.name: check for check in listed}
    assert len(found) == len(listed)
    return found


# Configuration


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str, int], dict[str, Check]]:
    """Write a configuration with a mode, and return the checks about it."""

    def write(text: str, mode: int) -> dict[str, Check]:
        path = tmp_path / "own.yaml"
        path.write_text(text)
        path.chmod(mode)
        return by_name(configuration_checks(load(path, environ={})))

    return write


@pytest.mark.parametrize(
    ("text", "mode", "level"),
    [
        ("redis: {url: 'redis://:hush@h'}", 0o600, Level.OK),
        ("redis: {url: 'redis://:hush@h'}", 0o644, Level.WARN),
        ("redis: {credentials: {monitor: {password: hush}}}", 0o640, Level.WARN),
        ("contexts: {a: {prometheus: {bearer_token: hush}}}", 0o644, Level.WARN),
        ("redis: {url: 'redis://h'}", 0o644, Level.OK),
        ("redis: {credentials: {monitor: {password: '${HUSH}'}}}", 0o644, Level.OK),
        ("role: viewer", 0o666, Level.FAIL),
    ],
)
def test_a_file_is_judged_by_what_it_holds_and_who_can_use_it(
    configured: Callable[[str, int], dict[str, Check]], text: str, mode: int, level: Level
) -> None:
    found = configured(text, mode)["configuration.file"]
    assert found.level is level
    assert f"{mode:04o}" in found.text
    assert "hush" not in found.text
    assert bool(found.hint) is (level is not Level.OK)


def test_a_password_that_a_flag_gave_is_no_matter_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("role: viewer\n")
    path.chmod(0o644)
    loaded = load(path, {"redis.url": "redis://:hush@h"}, environ={})
    assert by_name(configuration_checks(loaded))["configuration.file"].level is Level.OK


def test_secrets_that_cannot_be_read_and_those_that_others_can(
    configured: Callable[[str, int], dict[str, Check]], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    secret.chmod(0o644)
    found = configured(
        f"redis: {{credentials: {{monitor: {{password: '${{NOT_THERE}}'}}}}}}\n"
        f"prometheus: {{url: 'http://h', password: 'file:{secret}', username: u}}\n",
        0o600,
    )
    assert found["configuration.secret"].level is Level.WARN
    assert "NOT_THERE" in found["configuration.secret"].text
    assert found["configuration.secret_file"].level is Level.WARN


def test_what_is_chosen_is_said(configured: Callable[[str, int], dict[str, Check]]) -> None:
    found = configured("role: operator\nread_only: true\ncontext: MAIN\ncontexts: {MAIN: {production: true}}\n", 0o600)
    assert found["configuration.choice"].text == "Role operator (read-only), context MAIN, production"


def test_no_file_is_fine_and_notes_are_repeated() -> None:
    found = by_name(configuration_checks(Loaded(Config(), {}, None, "", ("./config.yaml is ignored",))))
    assert found["configuration.file"].level is Level.OK
    assert "kryonix init" in found["configuration.file"].hint
    assert found["configuration.note"] == Check("configuration.note", Level.WARN, "./config.yaml is ignored")


# Redis


def test_a_healthy_server_is_described() -> None:
    found = by_name(server_checks(SERVER, Config(), NOW))
    assert {check.level for check in found.values()} == {Level.OK}
    assert found["redis.server"].text == "Redis 7.0.15 at redis://127.0.0.1:6379: standalone, primary, up 2 h"
    assert found["redis.persistence"].text == "Persistence: last save 10 min ago, 0 changes since, AOF off"


@pytest.mark.parametrize(
    ("changes", "name", "level"),
    [
        ({"version": "6.2.0"}, "redis.server", Level.WARN),
        ({"round_trip_ms": 100.0}, "redis.latency", Level.WARN),
        ({"round_trip_ms": 1000.0}, "redis.latency", Level.FAIL),
        ({"memory": Memory(used=10, limit=1000, policy="allkeys-lru")}, "redis.memory", Level.FAIL),
        ({"memory": Memory(used=99, limit=100, policy="noeviction")}, "redis.memory", Level.FAIL),
        ({"memory": Memory(used=10, policy="allkeys-lfu")}, "redis.policy", Level.WARN),
        ({"persistence": Persistence(save_ok=False)}, "redis.persistence", Level.FAIL),
        ({"persistence": Persistence(aof_enabled=True, aof_ok=False)}, "redis.persistence", Level.FAIL),
        ({"persistence": Persistence(loading=True)}, "redis.persistence", Level.WARN),
        ({"replication": Replication("slave", primary="h:1", link_up=False)}, "redis.replication", Level.FAIL),
        ({"database_count": 4}, "redis.databases", Level.WARN),
    ],
)
def test_what_is_not_well_is_said_with_what_to_do(changes: dict[str, Any], name: str, level: Level) -> None:
    found = by_name(server_checks(replace(SERVER, **changes), Config(), NOW))
    assert {check.name: check.level for check in found.values() if check.level is not Level.OK} == {name: level}
    assert found[name].hint


def test_two_troubles_of_one_subject_share_a_line() -> None:
    memory = Memory(used=90, limit=100, policy="allkeys-lru")
    found = by_name(server_checks(replace(SERVER, memory=memory), Config(), NOW))["redis.memory"]
    assert found.level is Level.FAIL
    assert "memory 90" in found.text
    assert "volatile-lru" in found.text
    assert "maxmemory" in found.hint


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (Redis(url="redis://u:hush@h:1"), "redis://u:•••@h:1"),
        (Redis(host="h", port=7), "h:7"),
        (Redis(socket="/run/r.sock", host="h"), "/run/r.sock"),
        (Redis(sentinel=Sentinel(name="main", nodes=("s:1",))), "main (Sentinel)"),
    ],
)
def test_the_place_is_shown_as_configured_without_the_password(settings: Redis, shown: str) -> None:
    assert place(settings) == shown


READS = {"INFO": True, "SCAN": True, "HMGET": True, "LLEN": True, "SLOWLOG GET": True, "LATENCY LATEST": True}


def test_a_user_that_only_reads_is_what_we_want() -> None:
    permissions = RedisPermissions("kx_mon", READS, can_write=False, witness=Witness.RESTORE)
    found = by_name(user_checks(permissions, frozenset(), with_password=True))
    assert {check.level for check in found.values()} == {Level.OK}
    assert "kx_mon" in found["redis.user"].text
    assert "RESTORE" in found["redis.writes"].text


@pytest.mark.parametrize(
    ("refused", "unavailable", "level", "words"),
    [
        (("SLOWLOG GET",), {"slowlog"}, Level.WARN, "Not permitted: SLOWLOG GET (no slow log)"),
        ((), {"commandstats"}, Level.WARN, "INFO commandstats (no command statistics)"),
        (("SCAN", "LLEN"), set(), Level.FAIL, "SCAN (no tenants, keys and sessions), LLEN (no queue depths)"),
        (("FUTURE",), set(), Level.WARN, "FUTURE (some figures are missing)"),
    ],
)
def test_what_may_not_be_read_is_named_with_what_it_costs(
    refused: tuple[str, ...], unavailable: set[str], level: Level, words: str
) -> None:
    permissions = RedisPermissions("u", READS | dict.fromkeys(refused, False), can_write=False, witness=Witness.DRY_RUN)
    found = by_name(user_checks(permissions, frozenset(unavailable), with_password=True))["redis.reads"]
    assert found.level is level
    assert words in found.text
    assert "\nACL SETUSER kx_mon reset on " in found.hint


@pytest.mark.parametrize(
    ("user", "with_password", "level"),
    [("default", False, Level.WARN), ("default", True, Level.OK), ("app", False, Level.OK), ("?", False, Level.OK)],
)
def test_the_default_user_without_a_password_is_a_warning(user: str, *, with_password: bool, level: Level) -> None:
    permissions = RedisPermissions(user, READS, can_write=False, witness=Witness.DRY_RUN)
    assert by_name(user_checks(permissions, frozenset(), with_password=with_password))["redis.user"].level is level


def test_a_user_that_could_write_is_a_warning_with_the_line_that_helps() -> None:
    writes = ("SET", "DEL", "A", "B", "C", "D", "E", "F")
    permissions = RedisPermissions("u", READS, can_write=True, witness=Witness.DRY_RUN, writes=writes)
    found = by_name(user_checks(permissions, frozenset(), with_password=True))["redis.writes"]
    assert (found.level, found.text) == (
        Level.WARN,
        "This user could write: SET, DEL, A, B, C, D and 2 more (says the server)",
    )
    assert "\nACL SETUSER kx_mon " in found.hint
    unknown = replace(permissions, can_write=None, witness=Witness.NONE, writes=())
    assert by_name(user_checks(unknown, frozenset(), with_password=True))["redis.writes"].level is Level.WARN


# Prometheus and Alertmanager

METRICS = MetricsFacts(
    tenants={"a": {"cache_hit_rate": Sample(90, NOW.wall - 1)}, "b": {"cache_hit_rate": Sample(80, NOW.wall - 1)}},
    targets=(Target("job", "h:1", up=True),),
    version="2.42.0",
)


def metrics(**changes: Any) -> dict[str, Check]:
    return by_name(prometheus_checks(replace(METRICS, **changes), HttpServer(url="http://u:hush@h"), NOW.wall))


def test_a_good_prometheus_is_described() -> None:
    found = metrics()
    assert {check.level for check in found.values()} == {Level.OK}
    assert found["prometheus.server"].text == "Prometheus 2.42.0 at http://u:•••@h"
    assert found["prometheus.rules"].text == "Figures of 2 tenants from 1 rule tenant:*"


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"tenants": {}}, "prometheus.rules", "No tenant:* series"),
        ({"truncated": True}, "prometheus.rules", "more than the console keeps"),
        ({"rules": RuleHealth(failing={"tenant:x": "many-to-many"})}, "prometheus.failing", "tenant:x: many-to-many"),
        ({"targets": (Target("job", "h:1", up=False, error="refused"),)}, "prometheus.targets", "job h:1 (refused)"),
        ({"targets": (Target("job", "h", up=False),) * 7}, "prometheus.targets", "and 2 more"),
        ({"missing": {"targets": "404"}, "targets": ()}, "prometheus.targets", "404"),
        ({"tenants": {"a": {"r": Sample(1, NOW.wall + 90)}}}, "prometheus.clock", "differ by 90 s"),
    ],
)
def test_what_prometheus_lacks_is_a_warning(changes: dict[str, Any], name: str, words: str) -> None:
    found = metrics(**changes)
    assert {check.name for check in found.values() if check.level is Level.WARN} == {name}
    assert words in found[name].text


def test_alertmanager_is_described_and_what_is_left_out_is_said() -> None:
    alert = Alert("f", "n", Severity.CRITICAL, AlertState.FIRING, "alertmanager", 0.0)
    facts = AlertFacts(alerts=(alert, replace(alert, state=AlertState.SILENCED)), version="0.25.0", cluster="ready")
    settings = HttpServer(url="http://h")
    found = by_name(alertmanager_checks(facts, settings))
    assert {check.level for check in found.values()} == {Level.OK}
    assert found["alertmanager.alerts"].text == "Alerts: 1 firing of 2, silences: 0"
    troubled = by_name(alertmanager_checks(replace(facts, discarded=1, version="", cluster="settling"), settings))
    assert troubled["alertmanager.alerts"].level is troubled["alertmanager.cluster"].level is Level.WARN
    assert "1 entry cannot be used" in troubled["alertmanager.alerts"].text
    assert troubled["alertmanager.server"].text == "Alertmanager of unknown version at http://h"


# Terminal and demo

XTERM = {"TERM": "xterm-256color", "LANG": "pt_BR.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "size", "name", "level", "words"),
    [
        (XTERM, (120, 40), "terminal.size", Level.OK, "120 × 40"),
        (XTERM, (79, 24), "terminal.size", Level.OK, "79 × 24"),
        (XTERM, (39, 40), "terminal.size", Level.FAIL, "39 × 40"),
        (XTERM, (100, 11), "terminal.size", Level.FAIL, "100 × 11"),
        (XTERM, None, "terminal.size", Level.OK, "No terminal here"),
        (XTERM, None, "terminal.colours", Level.OK, "256 colours"),
        ({**XTERM, "COLORTERM": "truecolor"}, None, "terminal.colours", Level.OK, "True colour"),
        ({**XTERM, "COLORTERM": "24bit", "NO_COLOR": "1"}, None, "terminal.colours", Level.OK, "NO_COLOR"),
        ({**XTERM, "TERM": "linux"}, None, "terminal.colours", Level.OK, "16 colours"),
        ({**XTERM, "TERM": "dumb"}, None, "terminal.colours", Level.WARN, "dumb"),
        ({"LANG": "C.UTF-8"}, None, "terminal.colours", Level.WARN, "not set"),
        (XTERM, None, "terminal.characters", Level.OK, "pt_BR.UTF-8"),
        ({**XTERM, "LC_ALL": "C"}, None, "terminal.characters", Level.WARN, "is C,"),
        ({"LC_CTYPE": "en_US.utf8", "LANG": "C"}, None, "terminal.characters", Level.OK, "en_US.utf8"),
        ({}, None, "terminal.characters", Level.WARN, "not set"),
        ({**XTERM, "TMUX": "/tmp/x,1,0"}, None, "terminal.tmux", Level.OK, "tmux"),
        ({**XTERM, "TMUX": "/tmp/x,1,0"}, None, "terminal.copying", Level.OK, "newest buffer"),
        ({**XTERM, "STY": "1.pts-0"}, None, "terminal.screen", Level.OK, "GNU screen"),
        ({**XTERM, "STY": "1.pts-0"}, None, "terminal.copying", Level.OK, "into a file"),
        ({**XTERM, "TERM": "linux"}, None, "terminal.copying", Level.OK, "into a file"),
        ({**XTERM, "TERM": "linux"}, None, "terminal.linux", Level.OK, "Linux console"),
        (XTERM, None, "terminal.copying", Level.OK, "OSC 52"),
        ({**XTERM, "TERM": "xterm-kitty"}, None, "terminal.colours", Level.OK, "True colour"),
        ({**XTERM, "TERM": "alacritty"}, None, "terminal.colours", Level.OK, "True colour"),
        ({**XTERM, "TERM": "vt220"}, None, "terminal.colours", Level.OK, "16 colours"),
        ({**XTERM, "NO_COLOR": ""}, None, "terminal.colours", Level.OK, "NO_COLOR"),
    ],
)
def test_the_terminal(
    environ: dict[str, str], size: tuple[int, int] | None, name: str, level: Level, words: str
) -> None:
    found = by_name(terminal_checks(environ, size))
    assert found[name].level is level
    assert words in found[name].text
    assert found[name].hint or level is Level.OK


def test_what_the_demo_lacks_is_told_and_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lacking = by_name(demo_checks())
    assert {check.level for check in lacking.values()} == {Level.OK}
    assert lacking["demo.alertmanager"].hint == "Debian: apt install prometheus-alertmanager"
    for program in ("prometheus", "prometheus-alertmanager"):
        (tmp_path / program).touch(0o755)
    found = by_name(demo_checks())
    assert found["demo.prometheus"].text.endswith(str(tmp_path / "prometheus"))
    assert found["demo.alertmanager"].text.endswith(str(tmp_path / "prometheus-alertmanager"))


# The report

REPORT = [
    Check("redis.server", Level.OK, "Redis at " + "a-long-name." * 8),
    Check("redis.writes", Level.WARN, "This user could write", "Run this:\nACL SETUSER " + "+x " * 100 + "end"),
    Check("terminal.size", Level.FAIL, "small\x1b[2J\n\u202eevil", "do\x07 this"),
]


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_the_text_fits_and_commands_stay_whole(width: int) -> None:
    text = as_text(REPORT, width)
    command = next(line for line in text.splitlines() if line.startswith("ACL SETUSER"))
    assert command.endswith("end")
    assert all(len(line) <= max(40, min(100, width)) or line == command for line in text.splitlines() if " " in line)
    assert all(line.isprintable() for line in text.split("\n"))
    for mark in ("● ok    Redis at", "▲ warn  This user", "✖ fail  small␛[2J␊", "→ Run this:", "→ do␇"):
        assert mark in text
    assert text.endswith("\n1 failure, 1 warning\n")


def test_json_is_a_document_of_its_schema_and_safe() -> None:
    text = as_json(REPORT)
    assert "\x1b" not in text
    document = json.loads(text)
    assert list(document) == ["schema", "worst", "checks"]
    assert (document["schema"], document["worst"]) == ("kryonix.doctor/1", "fail")
    assert [(check["name"], check["level"]) for check in document["checks"]] == [
        ("redis.server", "ok"),
        ("redis.writes", "warn"),
        ("terminal.size", "fail"),
    ]
    assert document["checks"][2] == {
        "name": "terminal.size",
        "level": "fail",
        "text": r"small␛[2J␊\u{202e}evil",
        "hint": "do␇ this",
        "why": "",
    }


def test_a_report_without_trouble_says_so() -> None:
    assert as_text(REPORT[:1], 80).endswith("\nEverything is fine.\n")
    assert worst([]) is Level.OK


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ({"redis.server": Level.OK, "terminal.size": Level.WARN}, 0),
        ({"redis.server": Level.OK, "prometheus.server": Level.FAIL}, 1),
        ({"redis.server": Level.FAIL, "terminal.size": Level.FAIL}, 3),
        ({"redis.server": Level.WARN, "redis.permissions": Level.FAIL}, 1),
    ],
)
def test_the_exit_code(levels: dict[str, Level], code: int) -> None:
    assert exit_code(Check(name, level, "") for name, level in levels.items()) == code


# One failing check never stops the others


async def _raise(error: Exception) -> str:
    raise error


@pytest.mark.parametrize(
    ("work", "text", "hint"),
    [
        (lambda: _raise(UnreachableError("nobody", hint="start it")), "Unreachable: nobody", "start it"),
        (lambda: _raise(KeyError("secret")), "Internal error: KeyError", "report"),
        (asyncio.Event().wait, "Timed out: no answer within 0 s", ""),
    ],
)
async def test_an_attempt_that_fails_is_a_check(work: Callable[[], Awaitable[Any]], text: str, hint: str) -> None:
    found = await attempted("x", work(), 0.01)
    assert isinstance(found, Check)
    assert (found.name, found.level, found.text) == ("x", Level.FAIL, text)
    assert hint in found.hint


class Port:
    """Stands for any port: each question gives what it was told to."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[[], Awaitable[object]]:
        async def answer() -> object:
            value = self._answers[name]
            if isinstance(value, Exception):
                raise value
            return value

        return answer


async def test_a_defect_in_one_place_holds_up_nothing_elsewhere() -> None:
    config = Config(prometheus=Prometheus(url="http://p"), alertmanager=HttpServer(url="http://a"))
    sources = Sources(
        cast("RedisPort", Port(server=SERVER, permissions=SourceError("no more"))),
        cast("MetricsPort", Port(fetch=ZeroDivisionError())),
        cast("AlertsPort", Port(fetch=AlertFacts(version="0.25.0"))),
    )
    found = by_name(await examine(Loaded(config, {}, None, ""), sources))
    assert found["redis.server"].level is Level.OK
    assert found["redis.permissions"].text == "Source: no more"
    assert found["prometheus.server"].text == "Internal error: ZeroDivisionError"
    assert found["alertmanager.server"].level is Level.OK
    assert {check.area for check in found.values()} == {
        *("configuration", "redis", "prometheus", "alertmanager", "terminal", "demo")
    }


async def test_a_reading_that_the_doctor_does_not_understand_is_one_line() -> None:
    sources = Sources(cast("RedisPort", Port(server="no facts")))
    found = by_name(await examine(Loaded(Config(), {}, None, ""), sources))
    assert found["redis.checks"].text == "Internal error: AttributeError"
    assert found["prometheus.server"].text == "Prometheus is not configured"
    assert found["demo.server"].level is Level.OK


# The deep examination


@pytest.mark.parametrize(
    ("late", "level"), [(10.0, Level.OK), (50.0, Level.OK), (50.1, Level.WARN), (250.1, Level.FAIL)]
)
def test_a_series_is_judged_by_its_99th_percentile(late: float, level: Level) -> None:
    check = latency_check([0.2] * 98 + [late, 9000.0], Config().thresholds.latency)
    assert check.level is level
    assert "half within 0.2 ms" in check.text
    assert bool(check.why and check.hint) is (level is not Level.OK)


@pytest.mark.parametrize(
    ("saving", "level", "words"),
    [
        (Persistence(aof_enabled=True), Level.OK, "about a second"),
        (Persistence(last_save=999_900, changes_since_save=7), Level.OK, "7 changes"),
        (Persistence(last_save=999_900, changes_since_save=7, save_ok=False), Level.FAIL, "7 changes"),
        (Persistence(last_save=1_000_000 - 7000, changes_since_save=7), Level.WARN, "last save was 1 h 56 min ago"),
        # A server that has never saved tells the time of its start.
        (Persistence(last_save=1_000_000 - 7200, changes_since_save=7), Level.FAIL, "nothing was saved"),
        (Persistence(last_save=1_000_000 - 7200), Level.OK, "0 changes"),
        (Persistence(aof_enabled=True, aof_ok=False, last_save=1, changes_since_save=9), Level.FAIL, "9 changes"),
    ],
)
def test_what_a_crash_would_lose_is_told(saving: Persistence, level: Level, words: str) -> None:
    found = by_name(loss_checks(replace(SERVER, persistence=saving), NOW))["persistence.loss"]
    assert found.level is level
    assert words in found.text


def test_a_server_without_a_limit_is_a_finding() -> None:
    assert by_name(loss_checks(SERVER, NOW))["memory.limit"].level is Level.WARN
    limited = replace(SERVER, memory=Memory(limit=100))
    assert by_name(loss_checks(limited, NOW))["memory.limit"].level is Level.OK


def test_databases_that_cannot_be_read_are_counted_and_named() -> None:
    check = database_check({14: "", 15: "\x1b[31mno"}, range(16))
    assert check.level is Level.FAIL
    assert "2 of 16" in check.text
    assert "14 (does not exist)" in check.text
    assert "\x1b" not in check.text
    assert database_check({}, range(16)).level is Level.OK


def test_a_deep_finding_fails_the_run_where_a_plain_warning_does_not() -> None:
    assert exit_code([Check("redis.user", Level.WARN, "x")]) == 0
    assert exit_code([Check("isolation.look_alike", Level.WARN, "x")]) == 1
    assert exit_code([Check("isolation.look_alike", Level.OK, "x")]) == 0


def test_a_report_says_why_between_what_and_what_to_do() -> None:
    text = as_text([Check("memory.limit", Level.WARN, "no limit", "set one", "it matters")], 80)
    assert text.index("no limit") < text.index("it matters") < text.index("set one")
    assert json.loads(as_json([Check("a.b", Level.WARN, "x", "y", "z\x1b")]))["checks"][0]["why"] == "z␛"

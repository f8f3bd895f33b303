"""The command line: flags, exit codes, what goes to stdout and what to stderr. Front ends are not started here."""

from __future__ import annotations

import importlib
import json
import os
import platform
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest

from kryonix_tui import __version__, bootstrap, cli
from kryonix_tui.cli import main
from kryonix_tui.cli.language import wanted
from kryonix_tui.config import files
from kryonix_tui.config.load import Loaded, load
from kryonix_tui.config.options import RunOptions
from kryonix_tui.config.secret import secret_text
from kryonix_tui.errors import UnreachableError
from kryonix_tui.model.permissions import MONITOR_COMMANDS, monitor_acl_line
from kryonix_tui.paths import state_folder
from tests.servers import RedisServer, Server

_KRYONIX = [sys.executable, "-m", "kryonix_tui"]


class Run(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str


Kryonix = Callable[..., Run]


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, folder in (("HOME", "home"), ("XDG_CONFIG_HOME", "xdg"), ("XDG_STATE_HOME", "state")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    for name in os.environ:
        if name.startswith("KRYONIX_"):
            monkeypatch.delenv(name)


@pytest.fixture
def kryonix(capsys: pytest.CaptureFixture[str]) -> Kryonix:
    """Run a command line in this process, without a terminal."""

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Run(ended.value.code, out, err)

    return run


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Loaded, dict[str, Any]]]:
    """Record what `status` is asked for, instead of reading servers."""
    calls: list[tuple[Loaded, dict[str, Any]]] = []

    def run_status(loaded: Loaded, **options: Any) -> int:
        calls.append((loaded, options))
        return 0

    monkeypatch.setattr(bootstrap, "run_status", run_status)
    return calls


# Start-up


def test_version_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from kryonix_tui.cli import main\n"
        "try: main(['--version'])\n"
        "finally: print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == f"kryonix {__version__}"
    heavy = {
        "textual",
        "rich",
        "redis",
        "httpx",
        "prometheus_api_client",
        "plotext",
        "requests",
        "asyncio",
        "yaml",
        "msgspec",
    }
    assert "click" in modules
    assert not [name for name in heavy if f"'{name}'" in modules]


# Shared flags


def test_shared_flags_stand_before_or_after_the_command_and_the_later_counts(
    kryonix: Kryonix, status: list[tuple[Loaded, dict[str, Any]]]
) -> None:
    run = kryonix(
        "--redis", "redis://a", "--role", "operator", "status", "--redis", "redis://b", "--read-only", "--no-mouse"
    )
    assert run == Run(0, "", "")
    config = status[0][0].config
    assert (config.redis.url, config.role, config.read_only, config.ui.mouse) == ("redis://b", "operator", True, False)
    assert status[0][1] == {"json_output": False, "tenant": None, "fail_on": None, "wait_census": False}


def test_flags_of_a_command_reach_it(kryonix: Kryonix, status: list[tuple[Loaded, dict[str, Any]]]) -> None:
    assert kryonix("status", "--json", "--tenant", "t", "--fail-on", "critical", "--wait-census").code == 0
    assert status[0][1] == {"json_output": True, "tenant": "t", "fail_on": "critical", "wait_census": True}


def test_the_demo_gets_its_numbers(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[RunOptions, dict[str, Any]]] = []

    def run_demo(_loaded: Loaded, options: RunOptions, **numbers: Any) -> int:
        calls.append((options, numbers))
        return 0

    monkeypatch.setattr(bootstrap, "run_demo", run_demo)
    assert kryonix("-v", "demo", "--serve-only", "--keys", "500", "--fps", "10").code == 0
    assert calls == [(RunOptions(fps=10, verbose=True), {"tenants": 40, "keys": 500, "serve_only": True})]
    assert kryonix("demo").code == 2


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_of_a_command_is_the_code_of_the_run(
    kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(bootstrap, "run_doctor", lambda _loaded, json_output, **_more: code + json_output)
    assert kryonix("doctor").code == code
    assert kryonix("doctor", "--json").code == code + 1


# How things go wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stauts"], "did you mean status?"),
        (["--redis"], "requires an argument"),
        (["config"], "Missing command"),
        (["status", "--role", "admin"], "'viewer', 'operator'"),
        (["status", "--nonsense\x1b[2J"], "No such option"),
        (["demo", "--tenants", "x"], "not a valid integer"),
        ([], "needs a terminal"),
        (["init"], "no terminal"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_usage(kryonix: Kryonix, arguments: list[str], said: str) -> None:
    run = kryonix(*arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("Usage: ")
    assert said in run.err
    assert "\nhint: " in run.err
    assert "\x1b" not in run.err


def test_a_configuration_that_cannot_be_used_is_told_line_by_line(kryonix: Kryonix) -> None:
    Path("own.yaml").write_text("role: king\nredis: {port: x}\n")
    run = kryonix("status", "--config", "own.yaml")
    assert run.code == 2
    lines = run.err.splitlines()
    assert lines[0].startswith("Configuration: own.yaml:1: role: expected one of viewer, operator")
    assert lines[1].startswith("  own.yaml:2: redis.port: ")
    assert lines[2].startswith("hint: ")


def test_an_error_of_ours_has_its_code_title_and_hint(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_status(*_: Any, **__: Any) -> int:
        raise UnreachableError("nobody at h:1\x1b", hint="start it")

    monkeypatch.setattr(bootstrap, "run_status", run_status)
    assert kryonix("status") == Run(3, "", "Unreachable: nobody at h:1␛\nhint: start it\n")


def test_what_nobody_foresaw_goes_into_a_private_log(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_status(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError("\x1b]0;secret detail\udcff")

    monkeypatch.setattr(bootstrap, "run_status", run_status)
    run = kryonix("status")
    log = state_folder() / "error.log"
    assert run == Run(
        1, "", f"Internal error: ZeroDivisionError\nhint: The details are in {log}; please report them.\n"
    )
    assert "secret detail" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    verbose = kryonix("status", "-v").err
    assert "Traceback" in verbose
    assert "\x1b" not in verbose


def test_a_log_that_cannot_be_written_changes_nothing_else(
    kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("in the way")
    monkeypatch.setattr(bootstrap, "run_status", lambda *_, **__: 1 // 0)
    run = kryonix("status")
    assert run.code == 1
    assert "could not be written" in run.err


def test_a_module_that_is_missing_is_said_so_and_what_helps(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_status(*_: Any, **__: Any) -> int:
        importlib.import_module("a_module_that_nobody_has")
        return 0

    monkeypatch.setattr(bootstrap, "run_status", run_status)
    python = f"Python {platform.python_version()} ({sys.executable})"
    run = kryonix("status")
    assert (run.code, run.out) == (1, "")
    said = f"Incomplete installation: a_module_that_nobody_has cannot be imported by {python}\nhint: Install kryonix-tui anew"
    assert run.err.startswith(said)
    assert "Traceback" in kryonix("status", "-v").err


def test_also_where_nothing_at_all_was_installed_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "kryonix_tui.cli.exits")
    monkeypatch.delattr(cli, "exits")
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit) as ended:
        cli.main(["status"])
    assert str(ended.value).startswith("Incomplete installation: click cannot be imported by Python")


def test_an_interrupt_is_quiet(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_status(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run_status", run_status)
    run = kryonix("status")
    assert (run.code, run.out, run.err.strip()) == (130, "", "")


def test_a_reader_that_went_away_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*_KRYONIX, "config", "show", "--json"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_terminal_without_unicode_is_no_error() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "latin-1", "KRYONIX_PROMETHEUS_PASSWORD": "hush"}
    done = subprocess.run([*_KRYONIX, "config", "show"], env=environ, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"\\u2022" in done.stdout


# config


def test_config_path_names_the_file_even_if_it_is_broken(kryonix: Kryonix) -> None:
    none = kryonix("config", "path")
    assert (none.code, none.out) == (1, "")
    assert str(files.user_file()) in none.err
    assert json.loads(kryonix("config", "path", "--json").out) == {"schema": "kryonix.config-path/1", "path": None}
    path = Path("config.yaml")
    path.write_text("[")
    path.chmod(0o600)
    assert kryonix("config", "path") == Run(0, f"{path.absolute()}\n", "")


def test_config_show_prints_values_with_origin_and_notes_apart(kryonix: Kryonix) -> None:
    path = Path("config.yaml")
    path.write_text("role: operator")
    path.chmod(0o666)
    run = kryonix("config", "show", "--json", "--redis", "redis://u:hush@h")
    report = json.loads(run.out)
    assert report["schema"] == "kryonix.config/1"
    assert {"key": "redis.url", "value": "redis://u:•••@h", "origin": "flag --redis"} in report["values"]
    assert run.err.startswith("note: ./config.yaml is ignored")
    assert "hush" not in run.out + run.err


def test_config_check_finds_what_is_wrong_in_any_context(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kryonix("config", "check") == Run(0, "The configuration is sound.\n", "")
    secret = Path("secret").absolute()
    secret.write_text("hush")
    secret.chmod(0o644)
    Path("own.yaml").write_text(
        "redis: {credentials: {monitor: {password: '${NOT_THERE}'}}}\n"
        f"contexts: {{prod: {{prometheus: {{url: 'http://p', password: 'file:{secret}'}}}}}}\n"
    )
    run = kryonix("config", "check", "--config", "own.yaml")
    assert run.code == 2
    assert "NOT_THERE is not set" in run.err
    assert "can be read by others" in run.err
    monkeypatch.setenv("NOT_THERE", "x")
    report = json.loads(kryonix("config", "check", "--config", "own.yaml", "--json").out)
    assert report["problems"] == []
    assert len(report["warnings"]) == 2
    Path("own.yaml").write_text("role: king\nlang: 5\n")
    assert len(json.loads(kryonix("--config", "own.yaml", "config", "check", "--json").out)["problems"]) == 2


# Help and completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_calls_back(kryonix: Kryonix, shell: str) -> None:
    run = kryonix("completion", shell)
    assert run.code == 0
    assert "_KRYONIX_COMPLETE" in run.out


def test_the_shell_is_answered(kryonix: Kryonix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_KRYONIX_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "kryonix st")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert kryonix().out == "plain,status\n"


def test_help_lists_every_command(kryonix: Kryonix) -> None:
    run = kryonix("-h")
    assert run.code == 0
    for name in ("init", "status", "doctor", "demo", "config", "completion"):
        assert f"\n  {name} " in run.out
        assert kryonix(name, "--help").code == 0


def test_the_language_is_that_of_flag_variable_or_file() -> None:
    Path("own.yaml").write_text("lang: pt_BR\n")
    assert wanted(["--config", "own.yaml"], {}) == "pt_BR"
    assert wanted(["--config=own.yaml"], {"KRYONIX_LANG": "en"}) == "en"
    assert wanted(["status", "--lang", "pt_BR", "--lang=en"], {"KRYONIX_LANG": "pt_BR"}) == "en"
    assert wanted([], {"KRYONIX_CONFIG": "own.yaml"}) == "pt_BR"
    for broken in ("[", "lang: [1]\n"):
        Path("own.yaml").write_text(broken)
        assert wanted(["--config", "own.yaml"], {}) == ""


# init


def _own(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_init_writes_a_private_configuration_after_testing_it(kryonix: Kryonix, one_redis: Server) -> None:
    run = kryonix("init", "--yes", "--redis", one_redis.url)
    assert run.code == 0, run.err
    assert "ok     Redis: " in run.out
    assert monitor_acl_line("kx_mon") in run.out
    path = files.user_file()
    assert _own(path)
    assert load(environ={}).config.redis.url == one_redis.url


def test_init_keeps_the_password_out_of_the_configuration(kryonix: Kryonix) -> None:
    with RedisServer(requirepass="hush:@/?") as server:
        url = f"redis://:hush%3A%40%2F%3F@127.0.0.1:{server.port}"
        run = kryonix("init", "--redis", url)
    assert run.code == 0, run.err
    assert "hush" not in run.out + files.user_file().read_text()
    monitor = load(environ={}).config.redis.credentials.monitor
    assert secret_text(monitor.password, "k") == "hush:@/?"
    assert _own(Path(monitor.password.removeprefix("file:")))


def test_init_never_replaces_a_file_unasked(kryonix: Kryonix, one_redis: Server) -> None:
    path = Path("own.yaml")
    path.write_text("role: operator\n")
    arguments = ("init", "--config", "own.yaml", "--redis", one_redis.url)
    run = kryonix(*arguments)
    assert run.code == 4
    assert "--force" in run.err
    assert path.read_text() == "role: operator\n"
    assert kryonix(*arguments, "--force").code == 0
    assert Path("own.yaml.bak").read_text() == "role: operator\n"
    assert load(path, environ={}).config.redis.url == one_redis.url


def test_init_writes_nothing_where_a_server_fails_unless_forced(kryonix: Kryonix) -> None:
    arguments = ("init", "--redis", "redis://127.0.0.1:1")
    run = kryonix(*arguments)
    assert run.code == 3
    assert "fail   Redis: " in run.out
    assert not files.user_file().exists()
    assert kryonix(*arguments, "--force").code == 0
    assert files.user_file().exists()


def test_init_refuses_an_address_that_is_none(kryonix: Kryonix) -> None:
    run = kryonix("init", "--redis", "http://u:hush@h")
    assert run.code == 2
    assert "hush" not in run.err


# At a terminal


def _spawn(*arguments: str) -> pexpect.spawn[str]:
    environment = {**os.environ, "TERM": "xterm"}
    return pexpect.spawn(_KRYONIX[0], [*_KRYONIX[1:], *arguments], encoding="utf-8", timeout=60, env=environment)


def test_init_asks_and_hides_the_password() -> None:
    with RedisServer(requirepass="hush") as server:
        terminal = _spawn("init")
        for question, answer in (
            ("Redis URL", f"redis://127.0.0.1:{server.port}"),
            ("Redis user", ""),
            ("password", "hush"),
            ("Prometheus URL", ""),
            ("Alertmanager URL", ""),
        ):
            terminal.expect(question)
            terminal.expect(": ?")
            terminal.sendline(answer)
        terminal.expect("Written: ")
        shown = str(terminal.before) + terminal.read()
        terminal.wait()
        terminal.close()
    assert terminal.exitstatus == 0
    assert "hush" not in shown
    assert secret_text(load(environ={}).config.redis.credentials.monitor.password, "k") == "hush"


def test_the_first_run_offers_to_set_up_and_a_demo() -> None:
    terminal = _spawn()
    terminal.expect("kryonix init")
    terminal.expect("kryonix demo")
    terminal.expect("Your choice")
    terminal.sendline("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    terminal.close()
    assert terminal.exitstatus == 0


def test_an_interrupt_at_a_question_is_quiet() -> None:
    terminal = _spawn()
    terminal.expect("Your choice")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    terminal.close()
    assert terminal.exitstatus == 130
    assert "Traceback" not in str(terminal.before)


# The monitoring user


def test_the_monitoring_user_can_read_and_not_write() -> None:
    assert len(MONITOR_COMMANDS) == len(set(MONITOR_COMMANDS))
    with RedisServer() as server, server.client() as client:
        client.execute_command(*monitor_acl_line("kx_mon").split())
        dry_run = ("ACL", "DRYRUN", "kx_mon")
        assert client.execute_command(*dry_run, "GET", "k") == b"OK"
        for refused in (("SET", "k", "v"), ("CONFIG", "GET", "x"), ("FLUSHALL",), ("EVAL", "x", "0"), ("KEYS", "*")):
            answer = client.execute_command(*dry_run, *refused)
            assert b"no permissions" in answer, refused
    for name in ("", "a b", "a\nb", "ü"):
        with pytest.raises(ValueError):
            monitor_acl_line(name)

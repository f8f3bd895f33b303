"""Schedules as text: every path survives systemd's and cron's ways of quoting, and a crontab keeps what is not ours."""

from __future__ import annotations

import bisect
import configparser
import shlex
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kryonix_tui.config.load import Loaded, load
from kryonix_tui.config.schema import Backup, Config, Redis
from kryonix_tui.errors import ConfigError, KryonixError
from kryonix_tui.maintenance.schedule.cron import BEGIN, END, Parts, block_text, parted
from kryonix_tui.maintenance.schedule.job import STEPS, Job, job_of, left_out, next_run
from kryonix_tui.maintenance.schedule.place import MARK, differences
from kryonix_tui.maintenance.schedule.systemd import SERVICE, TIMER, unit_texts

HOSTILE = '/srv/ana/my "best" 100% of $HOME\'s `id`;\\ \\x41 %h # é/config.yaml'
TABLE = "MAILTO=ana@example.org\n# my own\n*/5 * * * * /bin/mine --every 5%\n"


def a_job(path: str = "/srv/ana/config.yaml", environment: tuple[tuple[str, str], ...] = ()) -> Job:
    """Return a job whose commands have `path` as their last word."""
    return Job(("/usr/bin/kryonix",), ("--config", path), 3, 5, environment)


def loaded_with(path: Path | None, config: Config | None = None, context: str = "", **origins: str) -> Loaded:
    return Loaded(config or Config(), origins, path, context)


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("role: viewer\n")
    return path


def test_a_job_lets_old_items_go_then_makes_a_backup_and_then_lets_old_ones_go(config_file: Path) -> None:
    config = Config(backup=Backup(time="23:45"))
    job = job_of(loaded_with(config_file, config, "prod"), {"XDG_STATE_HOME": "/state", "HOME": "/x"})
    assert job.options == ("--yes", "--role", "operator", "--context", "prod", "--config", str(config_file))
    assert job.command(("queues", "prune")) == (*job.program, "queues", "prune", *job.options)
    assert STEPS == ((("queues", "prune"), True), (("backup", "create"), False), (("backup", "prune"), False))
    assert Path(job.program[0]).is_absolute()
    assert (job.time, job.hour, job.minute) == ("23:45", 23, 45)
    assert job.environment == (("XDG_STATE_HOME", "/state"),)


def test_the_program_of_a_job_starts_from_any_folder(config_file: Path, tmp_path: Path) -> None:
    start = job_of(loaded_with(config_file), {}).program
    run = subprocess.run([*start, "--version"], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("kryonix ")


def test_without_the_script_beside_it_python_runs_the_package(
    config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = str(tmp_path / "empty" / "python3")
    monkeypatch.setattr(sys, "executable", python)
    assert job_of(loaded_with(config_file), {}).program == (python, "-P", "-m", "kryonix_tui")


def test_a_relative_configuration_becomes_absolute(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config_file.parent / "sub").mkdir()
    monkeypatch.chdir(config_file.parent / "sub")
    assert job_of(loaded_with(Path("../config.yaml")), {}).options[-1] == str(config_file)


@pytest.mark.parametrize("name", ["a\nb.yaml", "a\x1b[2J.yaml", "a\udcff.yaml", "a\u202eb.yaml", "a\tb.yaml"])
def test_a_path_that_does_not_print_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("")
    with pytest.raises(ConfigError, match="does not print") as error:
        job_of(loaded_with(path), {})
    assert error.value.message.isprintable()


def test_a_folder_that_does_not_print_is_refused(config_file: Path) -> None:
    with pytest.raises(ConfigError, match="does not print"):
        job_of(loaded_with(config_file), {"XDG_STATE_HOME": "/state\nExecStart=/bin/evil"})


def test_a_schedule_needs_a_configuration_that_stays(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        job_of(loaded_with(None), {})
    with pytest.raises(ConfigError, match="not a file that stays"):
        job_of(loaded_with(tmp_path / "gone.yaml"), {})


@pytest.mark.parametrize("text", ["24:00", "3:00", "03:60", "noon", "03:00\n"])
def test_a_wrong_time_is_an_error_of_the_configuration(config_file: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"backup\.time"):
        load(config_file, {"backup.time": text}, environ={})


def test_what_a_scheduled_run_will_not_have_is_told(config_file: Path) -> None:
    config = Config(redis=Redis(url="${REDIS_URL}"))
    origins = {"redis.url": "flag --redis", "backup.keep_days": "env KRYONIX_BACKUP_KEEP_DAYS", "role": "flag --role"}
    settings, secrets = left_out(Loaded(config, origins, config_file, ""))
    assert "backup.keep_days (env KRYONIX_BACKUP_KEEP_DAYS), redis.url (flag --redis)" in settings
    assert "role" not in settings
    assert "REDIS_URL" in secrets
    assert list(left_out(loaded_with(config_file))) == []


def systemd_words(text: str, setting: str = "ExecStart") -> list[list[str]]:
    """Read the words of a setting as systemd.syntax(7) and systemd.service(5) say; for what `unit_texts` writes."""
    found = []
    for line in [line for line in text.splitlines() if line.startswith(f"{setting}=")]:
        value = line.removeprefix(f"{setting}=").removeprefix("-")
        assert value.startswith(":") or "$" not in value or setting != "ExecStart", "systemd would replace $NAME"
        words = shlex.split(value.removeprefix(":"))
        assert all("%" not in word.replace("%%", "") for word in words), "systemd would replace %"
        found.append([word.replace("%%", "%") for word in words])
    return found


def cron_command(text: str) -> str:
    """Return the command of a block as crontab(5) says."""
    (line,) = [line for line in text.splitlines() if line[:1].isdigit()]
    command = line.split(" ", 5)[5]
    assert "\\\\" not in command, "Debian's cron would take one of two backslashes away, others would not"
    assert "%" not in command.replace("\\%", ""), "cron would end the command there"
    return command.replace("\\%", "%")


RECORDING = """#!/bin/sh
printf '%s\\0' "$@" >>"$OUT"
case "$*" in "$FAILING"*) exit 7 ;; esac
"""


class Cron:
    """Runs the command of a block as cron does, with a program in place of ours whose name is as difficult as a path."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "out"
        self.program = folder / HOSTILE.rpartition("/")[0].replace("/", "-") / "kryonix"
        self.program.parent.mkdir()
        self.program.write_text(RECORDING)
        self.program.chmod(0o700)

    def run(self, *options: str, failing: str = "none") -> tuple[int, list[str]]:
        """Return the exit code, and the words that the program was called with, all calls in a row."""
        self._out.unlink(missing_ok=True)
        command = cron_command(block_text(Job((str(self.program),), options, 3, 5)))
        environment = {"PATH": "/usr/bin:/bin", "OUT": str(self._out), "FAILING": failing}
        ran = subprocess.run(["/bin/sh", "-c", command], env=environment, check=False, capture_output=True)
        assert (ran.stdout, ran.stderr) == (b"", b"")
        return ran.returncode, self._out.read_text().split("\0")[:-1]


@pytest.fixture
def cron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cron:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "st%ate 'x' $HOME"))
    return Cron(tmp_path)


PATHS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1).filter(str.isprintable)


@given(PATHS)
def test_systemd_gets_every_path_as_it_is(path: str) -> None:
    units = unit_texts(a_job(f"/{path}", (("XDG_STATE_HOME", f"/{path}"),)))
    assert systemd_words(units[SERVICE]) == [
        ["/usr/bin/kryonix", *step.words, "--config", f"/{path}"] for step in STEPS
    ]
    assert systemd_words(units[SERVICE], "Environment") == [[f"XDG_STATE_HOME=/{path}"]]


def test_systemd_goes_on_after_queues_prune_and_after_nothing_else() -> None:
    starts = [line for line in unit_texts(a_job("/$x"))[SERVICE].splitlines() if line.startswith("ExecStart=")]
    assert [line.split(" --config")[0] for line in starts] == [
        "ExecStart=-:/usr/bin/kryonix queues prune",
        "ExecStart=:/usr/bin/kryonix backup create",
        "ExecStart=:/usr/bin/kryonix backup prune",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--config", HOSTILE),
        ("", "'", "\\'", "!", "~", "*", '"$(false)', "-n"),
        ("k", "$@", "$s", "%%", "${b}"),
        ("\\", "\\\\", "\\%", "\\$HOME", '\\"', "\\`false`", "a\\"),
    ],
)
def test_cron_gets_hostile_words_as_they_are(cron: Cron, options: tuple[str, ...]) -> None:
    wanted = [word for step in STEPS for word in (*step.words, *options)]
    assert cron.run(*options) == (0, wanted)


@pytest.mark.parametrize(
    ("failing", "code", "steps"),
    [
        ("queues prune", 0, "queues prune backup create backup prune"),
        ("backup create", 7, "queues prune backup create"),
        ("backup prune", 7, "queues prune backup create backup prune"),
    ],
)
def test_cron_prunes_items_whatever_becomes_of_the_backup_and_backups_only_after_a_new_one(
    cron: Cron, failing: str, code: int, steps: str
) -> None:
    assert cron.run(failing=failing) == (code, steps.split())


def longest(characters: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how long a path of such characters a crontab takes, where program and state folder are 60 bytes long."""
    monkeypatch.setenv("XDG_STATE_HOME", "/" + "s" * 51)

    def fits(length: int) -> bool:
        path = (characters * length)[:length]
        try:
            block_text(Job(("/" + "p" * 59,), ("--yes", "--role", "operator", "--config", path), 3, 5))
        except ConfigError:
            return False
        return True

    return bisect.bisect_left(range(1, 2000), x=True, key=lambda length: not fits(length))


def test_what_cron_would_cut_off_is_refused_and_that_is_far_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="too long"):
        block_text(a_job("/" + "x" * 1000))
    assert longest("x", monkeypatch) >= 700
    assert longest('it\'s 100% of "$HOME" ', monkeypatch) >= 500
    assert longest("'", monkeypatch) >= 140


def test_systemd_itself_accepts_the_units(tmp_path: Path) -> None:
    job = Job((sys.executable, "-P"), ("--config", HOSTILE), 3, 0, (("XDG_STATE_HOME", HOSTILE),))
    for name, text in unit_texts(job).items():
        (tmp_path / name).write_text(text)
    run = _verified(tmp_path)
    assert run == ""
    with (tmp_path / SERVICE).open("a") as file:
        file.write('ExecStart="/unclosed\n')
    assert _verified(tmp_path) != "", "the check finds what is wrong"


def _verified(folder: Path) -> str:
    """Return what systemd-analyze has against the units; where it is not installed, what a parser has."""
    units = [folder / SERVICE, folder / TIMER]
    if not shutil.which("systemd-analyze"):
        return "\n".join(_parsed(unit) for unit in units).strip()
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    return "\n".join(line for line in run.stderr.splitlines() if "kryonix" in line)


def _parsed(unit: Path) -> str:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(unit.read_text())
    try:
        for section in parser.values():
            for value in section.values():
                shlex.split(value)
    except ValueError as error:
        return str(error)
    return ""


def test_the_timer_runs_daily_and_makes_up_for_missed_runs() -> None:
    timer = unit_texts(a_job())[TIMER]
    assert "\nOnCalendar=*-*-* 03:05:00\n" in timer
    assert "\nPersistent=true\n" in timer


@pytest.mark.parametrize("before", ["", TABLE])
@pytest.mark.parametrize("after", ["", "@daily x\r\n", f"\udcff\x0b\x85{BEGIN}\x0b no newline"])
def test_our_block_is_found_and_the_rest_is_kept(before: str, after: str) -> None:
    block = block_text(a_job())
    assert parted(before + block + after) == Parts(before, block, after)
    assert parted(before + after) == Parts(before + after, "", "")


@pytest.mark.parametrize("lines", [[BEGIN], [END], [END, BEGIN], [BEGIN, BEGIN, END], [BEGIN, END, BEGIN, END]])
def test_marks_that_are_no_pair_are_refused(lines: list[str]) -> None:
    with pytest.raises(KryonixError, match="not one pair"):
        parted(TABLE + "\n".join(lines) + "\n")


def test_a_diff_shows_what_changes_and_nothing_that_could_act_on_a_terminal() -> None:
    shown = list(differences({"unit": "same\nold\x1b[2J\n"}, {"unit": "same\nnew\n", "other": f"{MARK}\n"}))
    assert shown == ["other", f"+ {MARK}", "unit", "- old␛[2J", "+ new"]
    assert list(differences({"unit": "x"}, {"unit": "x"})) == []


def test_the_next_run_is_today_or_tomorrow_also_when_clocks_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    time.tzset()
    try:
        zone = ZoneInfo("Europe/Lisbon")
        before, after = datetime(2026, 3, 28, 2, 0, tzinfo=zone), datetime(2026, 3, 28, 3, 0, tzinfo=zone)
        assert next_run(3, 0, before) == datetime(2026, 3, 28, 3, 0, tzinfo=zone)
        tomorrow = next_run(3, 0, after)
        assert tomorrow == datetime(2026, 3, 29, 3, 0, tzinfo=zone)
        assert (tomorrow.timestamp() - after.timestamp()) == 23 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()

"""Schedules as text: every path survives systemd's and cron's ways of quoting, and a crontab keeps what is not ours."""

from __future__ import annotations

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
from kryonix_tui.maintenance.schedule.job import Job, job_of, left_out, next_run
from kryonix_tui.maintenance.schedule.place import MARK, differences
from kryonix_tui.maintenance.schedule.systemd import SERVICE, TIMER, unit_texts

HOSTILE = '/srv/ana/my "best" 100% of $HOME\'s `id`;\\ \\x41 %h # é/config.yaml'
TABLE = "MAILTO=ana@example.org\n# my own\n*/5 * * * * /bin/mine --every 5%\n"


def a_job(path: str = "/srv/ana/config.yaml", environment: tuple[tuple[str, str], ...] = ()) -> Job:
    """Return a job with one command that has `path` as its last word."""
    return Job((("/usr/bin/kryonix", "backup", "create", "--config", path),), 3, 5, environment)


def loaded_with(path: Path | None, config: Config | None = None, context: str = "", **origins: str) -> Loaded:
    return Loaded(config or Config(), origins, path, context)


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("role: viewer\n")
    return path


def test_a_job_makes_a_backup_and_then_lets_old_ones_go(config_file: Path) -> None:
    config = Config(backup=Backup(time="23:45"))
    job = job_of(loaded_with(config_file, config, "prod"), {"XDG_STATE_HOME": "/state", "HOME": "/x"})
    create, prune, items = job.commands
    assert create[-8:] == ("create", "--yes", "--role", "operator", "--context", "prod", "--config", str(config_file))
    assert prune[1:3] == ("backup", "prune")
    assert items[1:3] == ("queues", "prune")
    assert items[3:] == prune[3:] == create[3:]
    assert Path(create[0]).is_absolute()
    assert (job.time, job.hour, job.minute) == ("23:45", 23, 45)
    assert job.environment == (("XDG_STATE_HOME", "/state"),)


def test_the_program_of_a_job_starts_from_any_folder(config_file: Path, tmp_path: Path) -> None:
    words = job_of(loaded_with(config_file), {}).commands[0]
    start = words[: words.index("backup")]
    run = subprocess.run([*start, "--version"], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("kryonix ")


def test_without_the_script_beside_it_python_runs_the_package(
    config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = str(tmp_path / "empty" / "python3")
    monkeypatch.setattr(sys, "executable", python)
    words = job_of(loaded_with(config_file), {}).commands[0]
    assert words[:4] == (python, "-P", "-m", "kryonix_tui")


def test_a_relative_configuration_becomes_absolute(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config_file.parent / "sub").mkdir()
    monkeypatch.chdir(config_file.parent / "sub")
    assert job_of(loaded_with(Path("../config.yaml")), {}).commands[0][-1] == str(config_file)


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


def systemd_words(text: str, setting: str = "ExecStart") -> list[str]:
    """Read the words of a setting as systemd.syntax(7) and systemd.service(5) say; for what `unit_texts` writes."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{setting}=")]
    value = line.removeprefix(f"{setting}=")
    assert value.startswith(":") or "$" not in value or setting != "ExecStart", "systemd would replace $NAME"
    words = shlex.split(value.removeprefix(":"))
    assert all("%" not in word.replace("%%", "") for word in words), "systemd would replace %"
    return [word.replace("%%", "%") for word in words]


def cron_words(text: str) -> list[str]:
    """Read the command of a block as crontab(5) says, then as sh does, down to the words of the first program."""
    (line,) = [line for line in text.splitlines() if line[:1].isdigit()]
    command = line.split(" ", 5)[5]
    assert "%" not in command.replace("\\%", ""), "cron would end the command there"
    shell, option, script = shlex.split(command.replace("\\%", "%"))
    assert (shell, option) == ("/bin/sh", "-c")
    run = subprocess.run(
        [shell, option, script.replace("/usr/bin/kryonix", "printf '%s\\0'").split(">>")[0]],
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().split("\0")[:-1]


PATHS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1).filter(str.isprintable)


@given(PATHS)
def test_systemd_gets_every_path_as_it_is(path: str) -> None:
    units = unit_texts(a_job(f"/{path}", (("XDG_STATE_HOME", f"/{path}"),)))
    assert systemd_words(units[SERVICE])[-1] == f"/{path}"
    assert systemd_words(units[SERVICE], "Environment") == [f"XDG_STATE_HOME=/{path}"]


def test_cron_gets_a_hostile_path_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "st%ate 'x'"))
    assert cron_words(block_text(a_job(HOSTILE)))[-1] == HOSTILE


def test_a_command_that_cron_would_cut_off_is_refused() -> None:
    with pytest.raises(ConfigError, match="too long"):
        block_text(a_job("/" + "x" * 1000))


def test_systemd_itself_accepts_the_units(tmp_path: Path) -> None:
    command = (sys.executable, "backup", HOSTILE)
    for name, text in unit_texts(Job((command, command), 3, 0, (("XDG_STATE_HOME", HOSTILE),))).items():
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

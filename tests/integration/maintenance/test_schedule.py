"""`kryonix schedule`: what is installed where, what stays untouched, and that what is installed makes backups."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kryonix_tui.cli import main
from kryonix_tui.maintenance.audit import AuditLog, Entry
from kryonix_tui.maintenance.schedule import systemd
from kryonix_tui.maintenance.schedule.cron import BEGIN, END, LOG
from kryonix_tui.maintenance.schedule.place import MARK
from kryonix_tui.maintenance.schedule.systemd import SERVICE, TIMER
from kryonix_tui.paths import state_folder
from tests.integration.maintenance.test_queues_prune import saved
from tests.schedulers import NEXT_RUN, Schedulers
from tests.servers import RedisServer, Server
from tests.unit.maintenance.test_notify import listening

TABLE = b"MAILTO=ana@example.org\r\n# mine: \xff\n*/5 * * * * /bin/mine --every 5\\%\n"


class Ran(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str


Schedule = Callable[..., Ran]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a configuration, and without any scheduler."""
    for name in [name for name in os.environ if name.startswith("KRYONIX_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    (folder / ".config" / "kryonix").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(folder)
    configure(folder)
    return folder


def configure(home: Path, **backup: str) -> None:
    document = {"role": "operator", "backup": backup}
    (home / ".config" / "kryonix" / "config.yaml").write_text(json.dumps(document))


@pytest.fixture
def schedulers(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Schedulers:
    """The programs that keep schedules; none of them is installed yet."""
    made = Schedulers(tmp_path / "schedulers", home)
    monkeypatch.setenv("PATH", str(made.programs))
    for program in ("cat", "cp", "mv", "rm", "tail", "touch"):
        found = next(path for folder in ("/usr/bin", "/bin") if (path := Path(folder, program)).exists())
        (made.programs / program).symlink_to(found)
    return made


@pytest.fixture
def schedule(capsys: pytest.CaptureFixture[str]) -> Schedule:
    """Run `kryonix schedule ...` in this process, without a terminal."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["schedule", *arguments])
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run


def shown(schedule: Schedule, *arguments: str) -> dict[str, Any]:
    ran = schedule("show", "--json", *arguments)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    assert document["schema"] == "kryonix.schedule/1"
    return document


def ends() -> list[tuple[str, str]]:
    return [(entry.action, str(entry.details["result"])) for entry in AuditLog().entries() if entry.event == "finished"]


def test_a_timer_is_installed_shown_changed_and_removed(schedulers: Schedulers, schedule: Schedule, home: Path) -> None:
    schedulers.have_systemd()
    assert shown(schedule)["installed"] == []
    ran = schedule("install", "--yes")
    assert ran.code == 0, ran.err
    assert "+ OnCalendar=*-*-* 03:00:00" in ran.err
    assert "OnCalendar=*-*-* 03:00:00" in schedulers.active_timer
    assert schedulers.calls == ["daemon-reload", f"enable {TIMER}", f"restart {TIMER}"]
    assert (schedulers.units / SERVICE).stat().st_mode & 0o777 == 0o600
    found = shown(schedule)
    assert (found["in_sync"], found["differences"], found["time"]) == (True, [], "03:00")
    assert found["installed"][0]["place"] == "systemd"
    assert time.mktime(time.strptime(found["next_run"][:19], "%Y-%m-%dT%H:%M:%S")) == NEXT_RUN
    configure(home, time="22:30")
    found = shown(schedule)
    assert not found["in_sync"]
    assert found["differences"] == [TIMER, "- OnCalendar=*-*-* 03:00:00", "+ OnCalendar=*-*-* 22:30:00"]
    assert schedule("install", "--yes").code == 0
    assert "OnCalendar=*-*-* 22:30:00" in schedulers.active_timer
    assert schedule("remove", "--yes").code == 0
    assert schedulers.active_timer == ""
    assert list(schedulers.units.iterdir()) == []
    assert shown(schedule)["installed"] == []
    assert ends() == [("schedule.install", "done"), ("schedule.install", "done"), ("schedule.remove", "done")]
    assert AuditLog().verify().broken_at is None


@pytest.mark.parametrize("form", ["systemd", "cron"])
def test_installing_and_removing_twice_changes_nothing_more(
    schedulers: Schedulers, schedule: Schedule, form: str
) -> None:
    schedulers.have_systemd()
    schedulers.have_cron()
    for command in ("install", "remove"):
        assert schedule(command, "--yes", f"--{form}").code == 0
        calls, table = schedulers.calls, schedulers.table.read_bytes() if form == "cron" else b""
        ran = schedule(command, "--yes", f"--{form}")
        assert (ran.code, schedulers.calls) == (0, calls)
        assert "nothing changes" in ran.err
        assert "nothing had to be changed" in ran.out
        assert not table or schedulers.table.read_bytes() == table


def test_a_timer_that_somebody_stopped_is_started_again(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_systemd()
    schedule("install", "--yes")
    schedulers.stop_timer()
    assert not shown(schedule)["in_sync"]
    assert "not active" in schedule("show").out
    ran = schedule("install", "--yes")
    assert "the timer is not active" in ran.err
    assert schedulers.active_timer
    assert shown(schedule)["in_sync"]


def test_who_is_not_logged_in_has_no_timer(
    schedulers: Schedulers, schedule: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedulers.have_systemd()
    user = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(systemd.SystemdUser.__init__, "__defaults__", (None, tmp_path))
    assert f"loginctl enable-linger {user}" in schedule("show").err
    (tmp_path / user).touch()
    assert "enable-linger" not in schedule("show").err


@pytest.mark.parametrize("table", [None, b"", TABLE])
def test_a_crontab_keeps_every_byte_that_is_not_ours(
    schedulers: Schedulers, schedule: Schedule, table: bytes | None, home: Path
) -> None:
    schedulers.have_cron()
    if table is not None:
        schedulers.table.write_bytes(table)
    ran = schedule("install", "--yes")
    assert ran.code == 0, ran.err
    assert "mine" not in ran.err, "what is not ours is nobody's business"
    content = schedulers.table.read_bytes()
    assert content.startswith((table or b"") + BEGIN.encode())
    schedulers.table.write_bytes(content + b"@daily later\n")
    configure(home, time="04:10")
    assert shown(schedule)["next_run"][11:16] == "03:00", "what is installed counts, not what is configured"
    assert schedule("install", "--yes").code == 0
    content = schedulers.table.read_bytes()
    assert content.count(b"\n10 4 * * * ") == 1
    assert content.endswith(END.encode() + b"\n@daily later\n")
    assert shown(schedule)["next_run"][11:16] == "04:10"
    assert schedule("remove", "--yes").code == 0
    assert schedulers.table.read_bytes() == (table or b"") + b"@daily later\n"


def test_a_real_crontab_takes_our_block_and_gives_it_back(
    schedulers: Schedulers, schedule: Schedule, home: Path
) -> None:
    schedulers.have_real_cron()
    theirs = TABLE.replace(b"\r", b"")
    configure(home, time="04:10")
    assert shown(schedule)["installed"] == [], "there is no table yet"
    for table in (b"", theirs):
        if table:
            subprocess.run([schedulers.programs / "crontab", "-"], input=table, check=True)
        ran = schedule("install", "--yes", "--cron")
        assert ran.code == 0, ran.err
        found = shown(schedule, "--cron")
        assert (found["in_sync"], found["next_run"][11:16]) == (True, "04:10")
        content = schedulers.table.read_bytes()
        assert table + BEGIN.encode() in content
        assert b"\n10 4 * * * /bin/sh -c " in content
        assert schedule("remove", "--yes", "--cron").code == 0
        assert schedulers.table.read_bytes().endswith(table)
        assert BEGIN.encode() not in schedulers.table.read_bytes()
        assert shown(schedule, "--cron")["installed"] == []


def test_a_block_of_another_version_is_shown_as_different_and_replaced(
    schedulers: Schedulers, schedule: Schedule
) -> None:
    schedulers.have_cron()
    schedule("install", "--yes")
    ours = schedulers.table.read_bytes()
    older = f"{BEGIN}\n{MARK}\n0 3 * * * /bin/sh -c '{{ /bin/kryonix backup create && /bin/kryonix queues prune; }}'\n{END}\n"
    schedulers.table.write_bytes(TABLE + older.encode() + b"@daily later\n")
    found = shown(schedule)
    assert (found["in_sync"], [line[:14] for line in found["differences"]]) == (
        False,
        ["crontab", "- 0 3 * * * /b", "+ 0 3 * * * /b"],
    )
    assert schedule("install", "--yes").code == 0
    assert schedulers.table.read_bytes() == TABLE + ours + b"@daily later\n"
    assert shown(schedule)["in_sync"]


def test_a_crontab_that_cannot_be_read_is_not_written(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_cron()
    schedulers.table.write_bytes(TABLE)
    schedulers.deny_cron()
    ran = schedule("install", "--yes", "--cron")
    assert (ran.code, "not allowed" in ran.err) == (1, True)
    assert schedulers.table.read_bytes() == TABLE


def test_marks_that_somebody_edited_are_left_alone(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_cron()
    schedulers.table.write_bytes(TABLE + BEGIN.encode() + b"\n")
    for command in ("install", "remove"):
        ran = schedule(command, "--yes", "--cron")
        assert (ran.code, "not one pair" in ran.err, "crontab -e" in ran.err) == (1, True, True)
    assert schedulers.table.read_bytes() == TABLE + BEGIN.encode() + b"\n"


def test_systemd_comes_first_and_what_is_in_use_before_it(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_cron()
    assert shown(schedule)["wanted"]["place"] == "cron"
    schedulers.have_systemd()
    assert shown(schedule)["wanted"]["place"] == "systemd"
    schedule("install", "--yes", "--cron")
    assert shown(schedule)["wanted"]["place"] == "cron"


def test_there_is_one_schedule_also_after_a_change_of_mind(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_cron()
    schedulers.have_systemd()
    schedule("install", "--yes", "--cron")
    ran = schedule("install", "--yes", "--systemd")
    assert ran.code == 0
    assert "cron:" in ran.err
    assert BEGIN not in schedulers.table.read_text()
    assert [place["place"] for place in shown(schedule)["installed"]] == ["systemd"]
    schedule("install", "--yes", "--cron")
    assert schedulers.active_timer == ""
    assert [place["place"] for place in shown(schedule)["installed"]] == ["cron"]


def test_a_unit_that_is_not_ours_stays(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_systemd()
    schedulers.units.mkdir(parents=True)
    theirs = schedulers.units / SERVICE
    theirs.write_text("[Service]\nExecStart=/bin/theirs\n")
    masked = schedulers.units / TIMER
    for _again in range(2):
        for command in ("install", "remove"):
            ran = schedule(command, "--yes", "--systemd")
            assert (ran.code, "was not written by kryonix" in ran.err) == (1, True)
        if not masked.is_symlink():
            assert theirs.read_text() == "[Service]\nExecStart=/bin/theirs\n"
            theirs.unlink()
            masked.symlink_to("/dev/null")
    assert masked.is_symlink()
    assert schedulers.calls == []


def test_a_link_is_not_ours_even_to_a_file_of_ours(schedulers: Schedulers, schedule: Schedule, tmp_path: Path) -> None:
    schedulers.have_systemd()
    schedule("install", "--yes")
    linked = schedulers.units / SERVICE
    linked.rename(tmp_path / SERVICE)
    linked.symlink_to(tmp_path / SERVICE)
    for command in ("install", "remove"):
        assert schedule(command, "--yes", "--systemd").code == 1
    assert linked.is_symlink()


def test_units_go_also_where_systemd_is_silent(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_systemd()
    schedule("install", "--yes")
    schedulers.silence_systemd()
    wants = schedulers.units / "timers.target.wants"
    wants.mkdir()
    (wants / TIMER).symlink_to(schedulers.units / TIMER)
    assert shown(schedule, "--systemd")["installed"][0]["active"] is False
    assert schedule("remove", "--yes").code == 0
    assert list(schedulers.units.rglob("kryonix*")) == []


def test_without_any_scheduler_it_says_what_to_do(schedulers: Schedulers, schedule: Schedule) -> None:
    ran = schedule("install", "--yes")
    assert (ran.code, "--output DIR" in ran.err) == (1, True)
    ran = schedule("install", "--yes", "--cron")
    assert (ran.code, "crontab is not installed" in ran.err) == (1, True)
    schedulers.have_systemd()
    schedulers.silence_systemd()
    ran = schedule("install", "--yes", "--systemd")
    assert (ran.code, "no systemd of this user answers" in ran.err) == (1, True)
    assert not schedulers.units.exists()
    assert schedule("install", "--yes", "--systemd", "--cron").code == 2


@pytest.mark.usefixtures("schedulers")
def test_a_folder_gets_the_files_for_other_means(schedule: Schedule, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    assert shown(schedule, "--output", str(folder))["installed"] == []
    assert not folder.exists()
    ran = schedule("install", "--yes", "--output", str(folder))
    assert (ran.code, "is made (0700)" in ran.err) == (0, True)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert schedule("remove", "--yes", "--output", str(folder)).code == 0
    (tmp_path / "a file").touch()
    assert schedule("install", "--yes", "--output", str(tmp_path / "a file")).code == 2
    for form, names in (("systemd", [SERVICE, TIMER]), ("cron", ["kryonix-backup.crontab"])):
        where = (f"--{form}", "--output", str(folder))
        assert schedule("install", "--yes", *where).code == 0
        assert sorted(path.name for path in folder.iterdir()) == names
        assert shown(schedule, *where)["in_sync"]
        assert schedule("remove", "--yes", *where).code == 0
        assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(schedulers: Schedulers, schedule: Schedule, home: Path) -> None:
    schedulers.have_systemd()
    (home / ".config" / "systemd").write_text("not a folder")
    ran = schedule("install", "--yes")
    assert ran.code == 1
    assert "systemd/user" in ran.err
    assert "Internal" not in ran.err


def test_it_goes_through_the_door(
    schedulers: Schedulers, schedule: Schedule, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedulers.have_systemd()
    assert schedule("install", "--yes", "--role", "viewer").code == 4
    assert schedule("install", "--yes", "--read-only").code == 4
    assert schedule("install").code == 2
    stop = state_folder() / "maintenance" / "STOP"
    stop.touch()
    assert schedule("install", "--yes").code == 4
    stop.unlink()
    assert schedulers.calls == []
    monkeypatch.setenv("LANG", "C")
    plan = json.loads(schedule("install", "--json").out)["plan"]
    configure(home, time="05:00")
    ran = schedule("install", "--yes", "--plan", plan["hash"])
    assert (ran.code, "no longer fits" in ran.err) == (4, True)
    configure(home)
    assert schedule("install", "--yes", "--plan", plan["hash"]).code == 0
    assert schedule("remove", "--yes", "--plan", plan["hash"]).code == 4
    assert schedulers.active_timer


def test_a_wrong_time_and_a_hostile_path_are_refused(schedulers: Schedulers, schedule: Schedule, home: Path) -> None:
    schedulers.have_systemd()
    configure(home, time="25:00")
    ran = schedule("show")
    assert (ran.code, "backup.time" in ran.err) == (2, True)
    configure(home)
    hostile = home / "a\nExecStart=evil.yaml"
    hostile.write_text("role: operator\n")
    ran = schedule("install", "--yes", "--config", str(hostile))
    assert (ran.code, "does not print" in ran.err) == (2, True)
    assert not schedulers.units.exists()


def test_no_secret_is_in_what_is_written(schedulers: Schedulers, schedule: Schedule) -> None:
    schedulers.have_systemd()
    ran = schedule("install", "--yes", "--redis", "redis://ana:hunter2@127.0.0.1:6399")
    assert ran.code == 0
    assert "redis.url (flag --redis)" in ran.err, "the scheduled run will not have it"
    written = [*schedulers.units.iterdir(), *state_folder().rglob("*.json*")]
    assert len(written) > 2
    assert not [path for path in written if "hunter2" in path.read_text()]
    assert "hunter2" not in ran.err + ran.out


# What was installed, run as systemd and cron would.


@pytest.fixture
def slow_redis() -> Iterator[Server]:
    """A Redis of its own with 100 keys, whose snapshots take two seconds. Wanted before `schedulers`, which hide its program."""
    with RedisServer(**{"rdb-key-save-delay": 20_000}) as server:
        with server.client() as behind:
            for number in range(100):
                behind.set(f"tenant:t1:api:crm:{number}", "x")
        yield server


def commands_of(unit: Path) -> list[list[str]]:
    """Return the words of each ExecStart=, read as systemd does."""
    lines = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    starts = [line.removeprefix("ExecStart=").lstrip("-:") for line in lines]
    return [[word.replace("%%", "%") for word in shlex.split(start)] for start in starts]


def serve(home: Path, server: Server | None, hook: str, name: str = "100% $HOME 'x'.yaml") -> Path:
    """Write a configuration with a difficult name, and the role that a scheduled run has to overrule."""
    path = home / name
    url = server.url if server else "redis://127.0.0.1:1"
    path.write_text(json.dumps({"role": "viewer", "redis": {"url": url}, "notifications": {"urls": [hook]}}))
    path.chmod(0o600)
    return path


def bare_environment(home: Path) -> dict[str, str]:
    """Return what systemd and cron leave of an environment, and what the unit adds."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}


def backups() -> list[Entry]:
    return [entry for entry in AuditLog().entries() if entry.action.startswith("backup.")]


def test_what_the_unit_says_makes_a_backup_and_a_second_one_at_the_same_time_is_refused(
    slow_redis: Server, schedulers: Schedulers, schedule: Schedule, home: Path
) -> None:
    schedulers.have_systemd()
    with listening() as hook, slow_redis.client() as behind:
        config = serve(home, slow_redis, hook.url)
        assert schedule("install", "--yes", "--role", "operator", "--config", str(config)).code == 0
        items, create, prune = commands_of(schedulers.units / SERVICE)
        environment = bare_environment(home)
        with subprocess.Popen(
            create, env=environment, cwd=home, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        ) as first:
            # Not sooner: a process that is stopped while it writes its line would keep the audit log locked.
            while not behind.info("persistence")["rdb_bgsave_in_progress"]:
                assert first.poll() is None, first.communicate()
                time.sleep(0.01)  # the server tells nobody that a replica has come
            first.send_signal(signal.SIGSTOP)
            try:
                second = subprocess.run(create, env=environment, cwd=home, capture_output=True, text=True, check=False)
            finally:
                first.send_signal(signal.SIGCONT)
            out, err = first.communicate(timeout=60)
        assert first.returncode == 0, err
        assert b"100 keys" in out
        assert (second.returncode, "is at work since" in second.stderr) == (4, True)
        for command in (items, prune):
            pruned = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
            assert pruned.returncode == 0, pruned.stderr
        titles = [received["title"] for _path, _headers, received in hook.received]
    assert [entry.event for entry in backups() if entry.action == "backup.create"] == ["started", "refused", "finished"]
    assert "KRYONIX · Backup: refused" in titles, "also the run that another one kept out"
    assert AuditLog().verify().broken_at is None
    assert "KRYONIX · Backup: done" in titles
    assert len(list(state_folder().rglob("kryonix-full-*.tar"))) == 1


def test_what_the_crontab_says_makes_a_backup_and_leaves_a_log(
    schedulers: Schedulers, schedule: Schedule, home: Path, one_redis: Server
) -> None:
    schedulers.have_cron()
    with one_redis.client() as behind:
        behind.set("tenant:t1:x", "y")
    with listening() as hook:
        config = serve(home, one_redis, hook.url)
        assert schedule("install", "--yes", "--role", "operator", "--config", str(config)).code == 0
        (line,) = [line for line in schedulers.table.read_text().splitlines() if line.startswith("0 3 * * * ")]
        command = line.removeprefix("0 3 * * * ").replace("\\%", "%")
        environment = bare_environment(home)
        del environment["XDG_STATE_HOME"]  # the line sets it
        run = subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=home, capture_output=True, check=False)
        log = (state_folder() / LOG).read_text()
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), log
        assert hook.received
    assert "1 key, " in log
    assert (state_folder() / LOG).stat().st_mode & 0o777 == 0o600
    ends = [(entry.action, entry.details["result"]) for entry in backups() if entry.event == "finished"]
    assert ends[0] == ("backup.create", "done")
    assert len(list(state_folder().rglob("kryonix-full-*.tar"))) == 1


def test_a_run_that_fails_prunes_no_backup_but_old_items_and_says_so(
    schedulers: Schedulers, schedule: Schedule, home: Path
) -> None:
    schedulers.have_cron()
    old, young = saved("old.jsonl", 31), saved("young.jsonl", 29)
    with listening() as hook:
        config = serve(home, None, hook.url)
        schedule("install", "--yes", "--role", "operator", "--config", str(config))
        (line,) = [line for line in schedulers.table.read_text().splitlines() if line.startswith("0 3 * * * ")]
        command = line.removeprefix("0 3 * * * ").replace("\\%", "%")
        run = subprocess.run(["/bin/sh", "-c", command], env=bare_environment(home), cwd=home, check=False)
    assert run.returncode == 3
    (told,) = [received for _path, _headers, received in hook.received if "Backup" in received["title"]]
    assert told["title"] == "KRYONIX · Backup: FAILED"
    assert "127.0.0.1:1" in told["message"]
    assert "Unreachable" in (state_folder() / LOG).read_text()
    (missed,) = backups()
    assert (missed.event, missed.action, missed.details["result"]) == ("missed", "backup.create", "failed")
    assert AuditLog().verify().newest in told["message"]
    assert (old.exists(), young.exists()) == (False, True)
    assert ("queues.prune", "done") in ends()


@pytest.mark.parametrize("cause", ["stop", "read_only", "destination"])
def test_a_run_that_is_not_let_in_is_written_down_and_told(
    schedulers: Schedulers, schedule: Schedule, home: Path, cause: str
) -> None:
    schedulers.have_systemd()
    with listening() as hook:
        config = serve(home, None, hook.url)
        assert schedule("install", "--yes", "--role", "operator", "--config", str(config)).code == 0
        hook.received.clear()
        document = json.loads(config.read_text())
        if cause == "stop":
            (state_folder() / "maintenance" / "STOP").touch()
        elif cause == "read_only":
            config.write_text(json.dumps({**document, "read_only": True}))
        else:
            config.write_text(json.dumps({**document, "backup": {"destination": "s3://bucket/backups"}}))
        items, *backup = commands_of(schedulers.units / SERVICE)
        # Files of items lie on this machine, whatever is wrong with the destination of backups.
        for command in backup if cause == "destination" else (items, *backup):
            ran = subprocess.run(command, env=bare_environment(home), cwd=home, capture_output=True, check=False)
            assert ran.returncode in (1, 3, 4), ran.stderr
        told = [received["title"] for _path, _headers, received in hook.received]
    result = "failed" if cause == "destination" else "refused"
    word = "FAILED" if cause == "destination" else "refused"
    assert [(entry.event, entry.action, entry.details["result"]) for entry in backups()] == [
        ("missed", "backup.create", result),
        ("missed", "backup.prune", result),
    ]
    assert told[-2:] == [f"KRYONIX · Backup: {word}", f"KRYONIX · Old backups pruned: {word}"]
    assert told[:-2] == ([] if cause == "destination" else ["KRYONIX · Old files of queue items pruned: refused"])


def test_whoever_carries_out_a_plan_is_not_told_of_its_refusal(
    schedulers: Schedulers, schedule: Schedule, home: Path
) -> None:
    with listening() as hook:
        config = serve(home, None, hook.url)
        (state_folder() / "maintenance").mkdir(parents=True)
        (state_folder() / "maintenance" / "STOP").touch()
        words = ("--yes", "--plan", "0" * 16, "--role", "operator", "--output", str(home), "--config", str(config))
        assert schedule("install", *words).code == 4
        assert hook.received == []


def test_a_store_whose_credentials_the_run_will_not_have_is_named(
    schedulers: Schedulers, schedule: Schedule, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedulers.have_systemd()
    configure(home, destination="s3://bucket/backups")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "one")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:1")
    said = schedule("show").err
    assert "AWS_SECRET_ACCESS_KEY" in said
    assert "AWS_ENDPOINT" in said
    assert "hunter2" not in said
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    assert "AWS_SECRET_ACCESS_KEY" in schedule("show").err

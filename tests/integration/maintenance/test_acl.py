"""The generated lines on real servers: enough for each purpose, and for nothing else."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from kryonix_tui.config.schema import Config
from kryonix_tui.maintenance.permissions import ASKED_ONLY, HARMLESS, KEY, LOCK_COMMANDS
from kryonix_tui.maintenance.purposes import COMMANDS, LOCK, WRITERS
from kryonix_tui.model.kryonix_map import KRYONIX
from kryonix_tui.model.operation import Purpose
from kryonix_tui.provision.acl import acl_users
from tests import program
from tests.servers import FLAVOURS, Server, running

USERS = {user.purpose: user for user in acl_users(Config())}
WRITE_SIDE = [purpose for purpose in Purpose if purpose is not Purpose.MONITOR]
FOREIGN = (b"user:1", b"xtenant:a:x", b"tenants", b"queue:other:x", b"kryonix:other", b"kryonix:lock:x")


def provision(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `kryonix provision` in an empty home."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    return program.run("provision", *arguments, cwd=folder, env=environment)


@pytest.fixture(params=FLAVOURS, scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose administrator has run the printed lines with redis-cli, twice."""
    lines = provision(tmp_path_factory.mktemp("home"), "--only", "acl")
    assert lines.returncode == 0, lines.stderr
    for one in running(request.param):
        for _ in range(2):
            cli = ["redis-cli", "-s", str(one.socket)]
            run = subprocess.run(cli, input=lines.stdout, capture_output=True, text=True, check=True)
            assert run.stdout.split() == ["OK"] * len(Purpose)
        yield one


@pytest.fixture
def admin(server: Server) -> Iterator[redis.Redis]:
    with server.client(protocol=2) as client:
        yield client


def allowed(admin: redis.Redis, purpose: Purpose, *command: Any) -> bool:
    """Ask the server whether the user of a purpose might run a command."""
    reply = admin.execute_command("ACL", "DRYRUN", USERS[purpose].username, *command)  # type: ignore[no-untyped-call]
    return reply in (b"OK", "OK", True)


def questions(purpose: Purpose, key: bytes) -> dict[str, tuple[Any, ...]]:
    """Return each command of a purpose with arguments, by name."""
    known = {**HARMLESS, **ASKED_ONLY}
    return {
        name: (*name.split("|"), *(key if part == KEY else part for part in known[name]))
        for name in COMMANDS[purpose]
        if name in known
    }


@pytest.mark.parametrize("purpose", WRITE_SIDE)
def test_each_purpose_may_do_its_work_on_every_key_of_the_map(admin: redis.Redis, purpose: Purpose) -> None:
    keys = [key for key in KRYONIX.example_keys("a") if not key.startswith(b"kryonix:")]
    for key in keys:
        for name, command in questions(purpose, key).items():
            assert allowed(admin, purpose, *command), (name, key)


@pytest.mark.parametrize("purpose", WRITE_SIDE)
def test_keys_outside_the_map_are_refused(admin: redis.Redis, purpose: Purpose) -> None:
    writes = {"restore", "unlink", "persist", "pexpireat", "lmove", "lrem", "lpush", "rpush"}
    for key in FOREIGN:
        for name, command in questions(purpose, key).items():
            if KEY not in {**HARMLESS, **ASKED_ONLY}[name]:
                continue
            # A backup reads every key; a restore brings keys of any name back; a lock is for all who take one.
            free = purpose is Purpose.RESTORE or (purpose is Purpose.BACKUP and name not in writes)
            own_lock = name in LOCK.commands and key.startswith(b"kryonix:lock:") and purpose in WRITERS
            assert allowed(admin, purpose, *command) == (free or own_lock), (name, key)


@pytest.mark.parametrize("purpose", Purpose)
def test_locks_are_for_those_who_write(admin: redis.Redis, purpose: Purpose) -> None:
    for name in LOCK.commands:
        arguments = [b"kryonix:lock:maintenance" if part == KEY else part for part in LOCK_COMMANDS[name]]
        reads = purpose is Purpose.MONITOR and name in ("get", "pttl")
        assert allowed(admin, purpose, name, *arguments) == (purpose in WRITERS or reads), name
    for key in (b"tenant:a:x", b"kryonix:other", b"metrics:tenant:a"):
        assert not allowed(admin, purpose, "set", key, "x")


@pytest.mark.parametrize("purpose", Purpose)
def test_no_other_command_is_granted(admin: redis.Redis, purpose: Purpose) -> None:
    """Every command of the categories that change or endanger something, by all numbers of arguments it may take."""
    named = {*COMMANDS[purpose], *(LOCK.commands if purpose in WRITERS else ())}
    permitted = set()
    for name in dangerous_commands(admin):
        for count in range(7):
            command = (*name.split("|"), *(["kryonix:lock:x"] * count))
            try:
                if allowed(admin, purpose, *command):
                    permitted.add(name)
                    break
            except redis.ResponseError:
                continue  # not so many arguments
    writes = {name for name in permitted if name in named}
    # A container is permitted by its subcommands alone.
    assert permitted - named == set()
    expected = {
        Purpose.MONITOR: {"slowlog|get", "client|list"},
        Purpose.BACKUP: {"sync", "psync", "replconf"},
        Purpose.RESTORE: {"restore", "unlink", "set", "pexpire"},
        Purpose.MAINTAIN: {"unlink", "set", "pexpire"},
        Purpose.TUNE: {"config|set", "config|get", "config|rewrite"},
    }[purpose]
    assert expected <= writes


def dangerous_commands(admin: redis.Redis) -> set[str]:
    """Return the names of all commands that write, administrate, endanger, or run scripts."""
    found: set[str] = set()
    for category in ("write", "admin", "dangerous", "scripting", "pubsub"):
        names = admin.execute_command("COMMAND LIST", "FILTERBY", "ACLCAT", category)  # type: ignore[no-untyped-call]
        found |= {name.decode() for name in names}
    assert len(found) > 150
    # The monitor subscribes to keyspace notifications, which says nothing to anybody.
    return found - {"subscribe", "unsubscribe", "psubscribe", "punsubscribe"}


@pytest.mark.parametrize("purpose", WRITE_SIDE)
def test_what_the_server_does_when_it_is_tried(server: Server, purpose: Purpose) -> None:
    with server.client(username=USERS[purpose].username, password="PASSWORD") as client:
        for command in (("FLUSHALL",), ("SET", "tenant:a:x", "1"), ("DEL", "tenant:a:x"), ("KEYS", "*")):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)
        for command in (("EVAL", "return 1", "0"), ("SHUTDOWN", "NOSAVE"), ("ACL", "LIST"), ("SAVE",)):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)


@pytest.mark.parametrize("command", [("status", "--json"), ("doctor",)])
def test_the_monitor_still_sees_everything(server: Server, tmp_path: Path, command: tuple[str, ...]) -> None:
    with server.client() as admin:
        admin.hset("metrics:tenant:a", "cache_hit_rate", "90")
        admin.acl_log_reset()
    url = f"redis://{USERS[Purpose.MONITOR].username}:PASSWORD@127.0.0.1:{server.port}"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm-256color"}
    run = program.run(*command, "--redis", url, cwd=tmp_path, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr
    if command[0] == "doctor":
        assert "Every read that the console uses is permitted" in run.stdout
        assert "This user may not write" in run.stdout
    else:
        assert [tenant["id"] for tenant in json.loads(run.stdout)["tenants"]] == ["a"]
    with server.client() as admin:
        admin.flushall()


def test_files_are_private_and_say_the_same_every_time(tmp_path: Path) -> None:
    first = provision(tmp_path, "--only", "acl", "--output", str(tmp_path / "out"), "--json")
    (path,) = (tmp_path / "out").glob("[!.]*")
    content = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(first.stdout)
    assert (document["schema"], document["files"]) == ("kryonix.provision/1", [str(path)])
    assert [user["line"] for user in document["acl"]] == content.splitlines()
    provision(tmp_path, "--only", "acl", "--output", str(tmp_path / "out"))
    assert path.read_text() == content
    assert provision(tmp_path, "--only", "acl").stdout == content


def test_names_come_from_the_configuration_and_secrets_never(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("redis: {credentials: {backup: {username: nightly, password: hunter2}}}\n")
    run = provision(tmp_path, "--only", "acl", "--config", str(config))
    assert "ACL SETUSER nightly reset on >PASSWORD " in run.stdout
    assert "hunter2" not in run.stdout + run.stderr
    config.write_text('redis: {credentials: {backup: {username: "two words"}}}\n')
    run = provision(tmp_path, "--only", "acl", "--config", str(config))
    assert (run.returncode, run.stdout) == (2, "")
    assert "redis.credentials.backup.username" in run.stderr


@pytest.mark.parametrize("arguments", [(), ("--only", "acl,prometheus"), ("--only", "acl,nonsense"), ("--only", "")])
def test_what_cannot_be_printed_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = provision(tmp_path, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert "acl" in run.stderr

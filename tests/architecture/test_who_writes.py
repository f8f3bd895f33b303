"""Nothing but maintenance (and the demo, on its own server) writes to Redis: by what the sources say, and by what a server saw."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib
import pkgutil
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import kryonix_tui
from kryonix_tui import bootstrap
from kryonix_tui.config.schema import HttpServer, Prometheus, Redis
from kryonix_tui.sources.redis.guard import ALLOWED, Access
from kryonix_tui.tui.app import ConsoleApp
from kryonix_tui.tui.commands import COMMANDS, Scope
from tests.servers import Server, seed
from tests.tui.console import NORMAL, loaded

PACKAGE = Path(kryonix_tui.__file__).parent
WRITERS = ("maintenance/", "demo/")

MENTIONED = {
    "sources/redis/write_probe.py": "asks the server whether a user could: ACL DRYRUN, or a RESTORE that creates nothing",
    "wallboard/proof.py": "looks whether the guard refuses them",
    "sources/redis/slow_log.py": "knows where the keys stand in commands that others have sent",
    "model/permissions.py": "prints lines for the administrator to run",
}
"""Modules that name writing commands and send none, and why they name them."""

CLIENTS = {
    "sources/redis/clients.py",
    "sources/redis/connection.py",
    "sources/redis/write_probe.py",
    "sources/redis/sentinel.py",
    "sources/redis/address.py",
}
"""Outside of maintenance and the demo, modules that may know a client or connection of redis-py."""

NAME = re.compile(r"[A-Z][A-Z0-9_]*(?: [A-Z][A-Z0-9_-]*)?")


@pytest.fixture
def writing(redis_server: Server) -> frozenset[str]:
    """What the server itself counts as writing, scripting or administration, without what reads; upper case."""
    found = {"PUBLISH", "SPUBLISH"}
    with redis_server.client() as client:
        for category in ("write", "scripting", "admin"):
            reply = client.execute_command("ACL", "CAT", category)
            found |= {bytes(name).decode().upper().replace("|", " ") for name in reply}
    return frozenset(found - {name.decode() for name in ALLOWED})


@cache
def sources() -> list[tuple[str, ast.Module]]:
    """Return the modules outside of maintenance and the demo, by their place in the package."""
    places = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    return [
        (place, ast.parse(path.read_text(encoding="utf-8")))
        for place, path in places.items()
        if not place.startswith(WRITERS)
    ]


def literals(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module that could name a command; docstrings are none."""
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documents and isinstance(node.value, str | bytes):
            text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            yield " ".join(text.split()[:2])


def named(tree: ast.Module, commands: frozenset[str]) -> set[str]:
    """Return the commands among `commands` that a module names."""
    found = {text for text in literals(tree) if NAME.fullmatch(text)}
    return {text for text in found if text in commands or text.split()[0] in commands}


def test_only_maintenance_names_writing_commands(writing: frozenset[str]) -> None:
    assert {"SET", "UNLINK", "EXPIRE", "FLUSHALL", "EVAL", "CONFIG SET", "RESTORE"} <= writing
    found = {place: names for place, tree in sources() if (names := named(tree, writing))}
    assert found.keys() <= MENTIONED.keys(), found


def test_a_command_is_recognised_however_it_is_written(writing: frozenset[str]) -> None:
    for text in ('c.call(0, "SET", k)', 'c.batch(0, [("CONFIG SET", "a", 1)])', 'c.call(0, b"HSET")', 'N = "DEL"'):
        assert named(ast.parse(text), writing), text
    for text in ('"""SET a b"""', 'c.call(0, "SCAN", 0)', 'x = "set"', 'c.call(0, "SLOWLOG GET")', 'y = "Set it"'):
        assert not named(ast.parse(text), writing), text


def test_few_modules_know_the_client_library() -> None:
    """A client is used through the guard alone; what it could do by its own methods, nobody can call."""
    knowing = set()
    for place, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "redis":
                names = {alias.name for alias in node.names}
                errors = all(name.endswith("Error") or name == "exceptions" for name in names)
                if not errors and not (node.module or "").endswith("exceptions"):
                    knowing.add(place)
            elif isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "redis" for alias in node.names):
                knowing.add(place)
    assert knowing <= CLIENTS


def test_no_list_of_what_may_be_sent_holds_a_writing_command(writing: frozenset[str]) -> None:
    lists = []
    for module in pkgutil.walk_packages(kryonix_tui.__path__, "kryonix_tui."):
        place = module.name.removeprefix("kryonix_tui.").replace(".", "/") + "/"
        if not place.startswith((*WRITERS, "__main__")):
            lists += [
                value for value in vars(importlib.import_module(module.name)).values() if isinstance(value, Access)
            ]
    assert len({id(found) for found in lists}) >= 2, "the monitor's and the key browser's"
    for found in lists:
        assert {name.decode() for name in found.commands} & writing == set()


class Watched:
    """A server that tells what was sent to it since the beginning, and whether anything of it has changed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with server.client() as client:
            self.writing = {bytes(name).decode() for name in client.execute_command("ACL", "CAT", "write")}
            client.config_resetstat()
        self.changes = self._changes()

    def _changes(self) -> int:
        with self.server.client() as client:
            return int(client.info("persistence")["rdb_changes_since_last_save"])

    def sent(self) -> set[str]:
        """Return the names of all commands that it saw."""
        with self.server.client() as client:
            return {name.removeprefix("cmdstat_") for name in client.info("commandstats")}

    def assert_untouched(self, *expected: str) -> None:
        """Look that nothing was written, and that this was a look at something: `expected` commands were seen."""
        sent = self.sent()
        assert set(expected) <= sent
        assert sent & self.writing == set()
        assert self._changes() == self.changes


@pytest.fixture
def watched(one_redis: Server) -> Watched:
    seed(
        one_redis,
        [
            (0, "HSET tenant:alfa:mobile:session:1 platform ios"),
            (1, "SET tenant:alfa:api:crm:x {}"),
            (2, "LPUSH queue:tenant:alfa:crm {}"),
            (3, "HSET metrics:tenant:alfa cache_hit_rate 90"),
            (6, "HSET creation:tenant:nova status running progress 35%"),
        ],
    )
    return Watched(one_redis)


@pytest.mark.parametrize(
    "command",
    [("status", "--json"), ("doctor",), ("doctor", "--deep"), ("queues", "list"), ("optimize", "plan", "--all")],
)
def test_commands_that_read_write_nothing(
    watched: Watched, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    arguments = [sys.executable, "-m", "kryonix_tui", *command, "--redis", watched.server.url, "--role", "operator"]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode in (0, 1), ended.stderr
    watched.assert_untouched("info", "scan" if command[0] != "doctor" else "info")


def test_the_exporter_writes_nothing(watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    command = [sys.executable, "-m", "kryonix_tui", "exporter", "--listen", "127.0.0.1:0"]
    with subprocess.Popen([*command, "--redis", watched.server.url], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().partition("=")[2]
            while True:
                with urllib.request.urlopen(url, timeout=60) as page:
                    if b'tenant_id="alfa"' in page.read():
                        break
        finally:
            process.kill()
    watched.assert_untouched("scan", "hmget")


async def test_a_walk_over_all_screens_writes_nothing(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator's, who looks at everything and confirms nothing."""
    for name in ("STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    servers = {"redis": Redis(url=watched.server.url), "prometheus": Prometheus(), "alertmanager": HttpServer()}
    start = loaded(role="operator", **servers)
    app = ConsoleApp(start, lambda: bootstrap.monitor_of(start.config))
    async with app.run_test(size=NORMAL, notifications=True) as pilot:
        async with asyncio.timeout(60):
            while not app.shown.platform.complete or not app.shown.snapshot.facts:
                await pilot.pause(0.02)
        for command in COMMANDS:
            if command.scope is Scope.SCREENS:
                app.run_command(command.name)
                await pilot.pause()
        for name, argument in (
            ("keys", "0"),
            ("silences", ""),
            ("screen", "modules"),
            ("tenants", ""),
            ("actions", ""),
        ):
            app.run_command(name, argument)
            await pilot.pause()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while not {"scan", "hmget", "llen", "lindex"} <= watched.sent():
                    await pilot.pause(0.05)
    watched.assert_untouched("scan", "hmget", "llen", "lindex")

"""Backups in an object store, over HTTP: made, listed, shown, verified, restored, pruned; cut off, and never with a secret."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import obstore.store
import pytest

from kryonix_tui.errors import AuthenticationError, ConfigError, SourceError
from kryonix_tui.maintenance.backup.catalogue import State
from kryonix_tui.maintenance.backup.destination import Destination, destination_at, scratch_folder
from kryonix_tui.maintenance.backup.object_store import ObjectStore
from kryonix_tui.maintenance.backup.verification import Level
from tests import program, s3_server
from tests.archives import configured, listed, publish, verified
from tests.faults import Proxy, listening, speaking
from tests.integration.maintenance.operators import fill_tenants, meaning
from tests.s3_server import KEY_ID, SECRET, S3Server
from tests.servers import Server
from tests.unit.maintenance.archive.test_writing import noise

URL: Final = "s3://bucket/some/where"
Kryonix = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def _s3() -> Iterator[S3Server]:
    yield from s3_server.running()


@pytest.fixture
def s3(_s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3Server:
    """A store with an empty bucket, and an environment with its credentials and nothing else of ours."""
    for name in [name for name in os.environ if name.startswith(("KRYONIX_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, value in _s3.environment().items():
        monkeypatch.setenv(name, value)
    _s3.make_bucket("bucket")
    return _s3


@pytest.fixture
def store(s3: S3Server) -> Destination:
    """The destination, as the console opens it."""
    assert s3.port
    return destination_at(URL)


def arguments(*words: str, server: Server) -> list[str]:
    return [*words, "--redis", server.url, "--role", "operator"]


def kryonix(*words: str, server: Server, **environment: str) -> tuple[int, Any, str]:
    """Run a command without a terminal; return how it ended, its JSON, and what it said."""
    done = program.run(
        *arguments(*words, server=server),
        env={**os.environ, "KRYONIX_BACKUP_DESTINATION": URL, **environment},
        timeout=100,
    )
    for secret in (SECRET, KEY_ID):
        assert secret not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else {}, done.stderr


def test_there_and_back(s3: S3Server, one_redis: Server, tmp_path: Path) -> None:
    assert s3.port
    fill_tenants(one_redis, 5)
    before = meaning(one_redis)
    code, made, said = kryonix("backup", "create", "--yes", "--json", server=one_redis)
    assert code == 0, said
    name = made["outcome"]["artefact"]
    _code, found, _said = kryonix("backup", "list", "--json", server=one_redis)
    assert [(entry["name"], entry["state"], entry["signature"]) for entry in found["archives"]] == [
        (name, "good", "ours")
    ]
    assert kryonix("backup", "show", name, "--json", server=one_redis)[1]["manifest"]["contents"]["keys"] == 603
    code, report, said = kryonix("backup", "verify", f"{URL}/{name}", "--level", "drill", "--json", server=one_redis)
    assert (code, report["archives"][0]["sound"]) == (0, True), said
    one_redis.client().flushall()
    code, _restored, said = kryonix("restore", f"{URL}/{name}", "--yes", "--json", server=one_redis)
    assert code == 0, said
    assert meaning(one_redis) == before
    assert not any(SECRET.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_old_ones_go(store: Destination, one_redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    configured()
    names = []
    for days in (20, 10, 9, 8, 1):
        with monkeypatch.context() as patched:
            then = time.time() - days * 86_400
            patched.setattr(time, "time", lambda then=then: then)
            names.append(str(publish(store)))
    code, done, said = kryonix("backup", "prune", "--yes", "--json", server=one_redis)
    assert (code, done["outcome"]["figures"]["archives"]) == (0, 2), said
    assert sorted(stored.name for stored in store.stored()) == sorted(
        name + ending for name in names[2:] for ending in ("", ".sha256")
    )


def test_large_ones_go_up_in_parts_and_damage_is_found(store: Destination) -> None:
    name = publish(store, noise(25_000))
    (entry,) = listed(store)
    assert (entry.state, entry.size > 6_000_000) == (State.GOOD, True)
    assert verified(store, name).sound
    with store.open(str(name)) as file:
        content = bytearray(file.read())
    content[len(content) // 2] ^= 1
    obstore.put(obstore.store.from_url(URL), str(name), bytes(content))
    assert verified(store, name, Level.QUICK).sound, "a quick look reads no data"
    assert not verified(store, name).sound


@dataclass
class Cut(Proxy):
    """Takes so many bytes of each connection, then hangs up on it, or holds still where `hang`."""

    limit: int = 3_000_000
    hang: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def _requests(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        passed = 0
        while data := await reader.read(65536):
            passed += len(data)
            if passed > self.limit:
                self.reached.set()
                if self.hang:
                    await asyncio.Event().wait()
                to_server.close()
                return
            to_server.write(data)
            await to_server.drain()


async def test_an_upload_that_is_cut_leaves_nothing(
    s3: S3Server, store: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Cut(s3.port)
    async with listening(cut.serve) as port:
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{port}")
        impatient = obstore.store.from_url(URL, retry_config={"max_retries": 1})
        behind = ObjectStore(impatient, URL, scratch_folder())
        with pytest.raises(SourceError) as failed:
            await asyncio.to_thread(publish, behind, noise(25_000))
    assert cut.reached.is_set()
    assert SECRET not in f"{failed.value} {failed.value.hint}"
    assert store.stored() == []


async def test_a_backup_that_is_killed_in_mid_upload_is_never_listed(
    s3: S3Server, store: Destination, one_redis: Server
) -> None:
    with one_redis.client() as client:
        for number in range(40):
            client.set(f"tenant:t1:api:crm:{number}", os.urandom(250_000))
    cut = Cut(s3.port, hang=True)
    async with listening(cut.serve) as port:
        environment = {**os.environ, **s3.environment(port)}
        words = arguments("backup", "create", "--to", URL, "--yes", server=one_redis)
        backup = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kryonix_tui", *words),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await cut.reached.wait()
        backup.kill()
        await backup.wait()
    assert [stored.name.endswith(".sha256") for stored in store.stored()] == [True], "it was on its way"
    assert listed(store) == ()
    code, _made, said = kryonix("backup", "create", "--yes", "--json", server=one_redis)
    assert code == 0, said
    _code, found, _said = kryonix("backup", "list", "--json", server=one_redis)
    assert [entry["state"] for entry in found["archives"]] == ["good"]


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({}, AuthenticationError),
        ({"AWS_ENDPOINT": f"http://{KEY_ID}:{SECRET}@127.0.0.1:{{port}}"}, AuthenticationError),
        ({"AWS_ENDPOINT": f"ftp://{KEY_ID}:{SECRET}@127.0.0.1:{{port}}"}, ConfigError),
        ({"AWS_ENDPOINT": SECRET}, ConfigError),
        ({"AWS_SESSION_TOKEN": f"{SECRET}\n{SECRET}"}, ConfigError),
        ({"AWS_SECRET_ACCESS_KEY": ""}, AuthenticationError),
    ],
)
async def test_no_error_shows_a_credential(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], error: type[Exception]
) -> None:
    said = f"<Error><Code>Denied</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId>{SECRET}</Error>".encode()
    reply = b"HTTP/1.1 403 Forbidden\r\ncontent-length: %d\r\n\r\n%b" % (len(said), said)
    async with speaking(reply) as port:
        for name, value in (s3.environment(port) | environment).items():
            monkeypatch.setenv(name, value.replace("{port}", str(port)))
        with pytest.raises(error) as failed:
            await asyncio.to_thread(lambda: destination_at(URL).stored())
    told = "".join(traceback.format_exception(failed.value)) + getattr(failed.value, "hint", "")
    assert SECRET not in told
    assert KEY_ID not in told


def test_a_wrong_secret_in_a_command_is_an_error_of_ours(s3: S3Server, one_redis: Server) -> None:
    assert s3.port
    code, _document, said = kryonix("backup", "list", "--json", server=one_redis, AWS_ENDPOINT="nonsense")
    assert (code, "AWS_ENDPOINT" in said, "Traceback" in said) == (2, True, False)

"""Unix socket, TLS with and without a client certificate, Sentinel and its failover."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kryonix_tui.config.schema import Sentinel, Tls
from kryonix_tui.errors import AuthenticationError, SourceError, UnreachableError
from tests.integration.redis.conftest import MakeSource
from tests.servers import RedisServer, Server, free_port, seed


async def test_a_unix_socket(redis_server: Server, make_source: MakeSource) -> None:
    seed(redis_server, [(5, "SET a 1")])
    for settings in ({"socket": str(redis_server.socket)}, {"url": f"unix://{redis_server.socket}"}):
        facts = await make_source(**settings).server()
        assert facts.databases[5].keys == 1
        assert facts.database_count == 16


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and a certificate of 127.0.0.1 (`server.pem`, `server.key`, `ca.pem`)."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is needed to make certificates"
    folder = tmp_path_factory.mktemp("tls")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    made = [openssl, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    extension = ("-addext", "subjectAltName=IP:127.0.0.1", "-CA", "ca.pem", "-CAkey", "ca.key")
    made = [
        openssl,
        "req",
        "-x509",
        *key,
        "-keyout",
        "server.key",
        "-out",
        "server.pem",
        "-subj",
        "/CN=test",
        *extension,
    ]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module", params=["no", "yes"])
def tls_server(request: pytest.FixtureRequest, certificates: Path) -> Iterator[tuple[Server, int, bool]]:
    """A server with a TLS port; the second one demands a client certificate."""
    port = free_port()
    with RedisServer(
        tls_port=port,
        tls_cert_file=certificates / "server.pem",
        tls_key_file=certificates / "server.key",
        tls_ca_cert_file=certificates / "ca.pem",
        tls_auth_clients=request.param,
    ) as server:
        yield server, port, request.param == "yes"


async def test_tls(tls_server: tuple[Server, int, bool], certificates: Path, make_source: MakeSource) -> None:
    _, port, demands_certificate = tls_server
    url = f"rediss://127.0.0.1:{port}"
    ca_file = str(certificates / "ca.pem")
    own = Tls(ca_file=ca_file, cert_file=str(certificates / "server.pem"), key_file=str(certificates / "server.key"))
    assert (await make_source(url=url, tls=own).server()).database_count == 16
    if demands_certificate:
        with pytest.raises(SourceError):
            await make_source(url=url, tls=Tls(ca_file=ca_file)).server()
    else:
        for tls in (Tls(ca_file=ca_file), Tls(verify=False)):
            assert (await make_source(url=url, tls=tls).server()).database_count == 16
        with pytest.raises(AuthenticationError, match="not trusted"):
            await make_source(url=url).server()
    with pytest.raises(SourceError):
        await make_source(url=f"redis://127.0.0.1:{port}", timeout=1).server()


@pytest.fixture
def sentinel_world() -> Iterator[tuple[RedisServer, RedisServer, RedisServer]]:
    """A primary, its replica, and a Sentinel that watches them as `main`."""
    with RedisServer() as primary, RedisServer(replicaof=f"127.0.0.1 {primary.port}") as replica:
        watch = f"main 127.0.0.1 {primary.port} 1"
        with RedisServer(sentinel=True, **{"sentinel monitor": watch}) as sentinel:
            yield primary, replica, sentinel


async def test_sentinel_finds_the_primary_and_the_next_one(
    sentinel_world: tuple[RedisServer, RedisServer, RedisServer], make_source: MakeSource
) -> None:
    primary, replica, sentinel = sentinel_world
    nodes = (f"127.0.0.1:{free_port()}", f"127.0.0.1:{sentinel.port}")
    source = make_source(sentinel=Sentinel(name="main", nodes=nodes))
    first = await source.server()
    with primary.client() as behind:
        assert first.run_id == behind.info("server")["run_id"]
    # The Sentinel now names another server, and the old one is gone.
    with sentinel.client() as behind:
        behind.execute_command("SENTINEL", "REMOVE", "main")
        behind.execute_command("SENTINEL", "MONITOR", "main", "127.0.0.1", str(replica.port), "1")
    with replica.client() as behind:
        behind.replicaof("NO", "ONE")
        new = behind.info("server")["run_id"]
    primary.stop()
    with pytest.raises(UnreachableError):
        await source.server()
    assert (await source.server()).run_id == new


async def test_a_demoted_primary_is_left(
    sentinel_world: tuple[RedisServer, RedisServer, RedisServer], make_source: MakeSource
) -> None:
    primary, replica, sentinel = sentinel_world
    source = make_source(sentinel=Sentinel(name="main", nodes=(f"127.0.0.1:{sentinel.port}",)))
    await source.server()
    with replica.client() as behind:
        behind.replicaof("NO", "ONE")
    with primary.client() as behind:
        behind.replicaof("127.0.0.1", str(replica.port))
    with sentinel.client() as behind:
        behind.execute_command("SENTINEL", "REMOVE", "main")
        behind.execute_command("SENTINEL", "MONITOR", "main", "127.0.0.1", str(replica.port), "1")
    assert (await source.server()).replication.role == "slave"
    assert (await source.server()).replication.role == "master"


async def test_a_sentinel_that_knows_no_such_name(
    sentinel_world: tuple[RedisServer, RedisServer, RedisServer], make_source: MakeSource
) -> None:
    *_, sentinel = sentinel_world
    source = make_source(sentinel=Sentinel(name="other\x1b", nodes=(f"127.0.0.1:{sentinel.port}",)))
    with pytest.raises(UnreachableError, match=r"other␛.*knows no primary"):
        await source.server()
